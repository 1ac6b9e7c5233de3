//! Languages by the names that people give them, and by the names of files.

use super::code::{self, Keys, PLAIN, Quote, Reach, Syntax};
use super::{Html, lines, markup, words};

/// A language that is told apart from others.
#[derive(Clone, Copy)]
pub enum Language {
    Code(&'static Syntax),
    /// HTML and XML.
    Markup,
    Markdown,
    Diff,
    /// A shell with its answers.
    Console,
}

const DOUBLE: Quote = quote("\"", Reach::Line, true);
const SINGLE: Quote = quote("'", Reach::Line, true);
const BACKTICK: Quote = quote("`", Reach::Text, true);
const CHARACTER: Quote = quote("'", Reach::Character, true);

const fn quote(sign: &'static str, reach: Reach, escapes: bool) -> Quote {
    Quote { open: sign, close: sign, escapes, reach }
}

/// What most descendants of C have in common.
const BRACES: Syntax = Syntax {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &[quote("\"\"\"", Reach::Text, true), DOUBLE, SINGLE],
    keywords: words::FAMILY,
    sigils: b"@$",
    ..PLAIN
};

static FAMILY: Syntax = BRACES;
static JAVASCRIPT: Syntax = Syntax {
    quotes: &[DOUBLE, SINGLE, BACKTICK],
    keywords: words::JAVASCRIPT,
    sigils: b"@",
    keys: Keys::Colon,
    ..BRACES
};
static RUST: Syntax = Syntax {
    quotes: &[
        Quote { open: "#\"", close: "\"#", escapes: false, reach: Reach::Text },
        quote("\"", Reach::Text, true),
        CHARACTER,
    ],
    prefixes: b"br",
    keywords: words::RUST,
    sigils: b"",
    ..BRACES
};
static GO: Syntax =
    Syntax { quotes: &[DOUBLE, BACKTICK, CHARACTER], keywords: words::GO, sigils: b"", ..BRACES };
static C: Syntax =
    Syntax { quotes: &[DOUBLE, CHARACTER], sigils: b"#", keywords: words::FAMILY, ..BRACES };
static SCHEMA: Syntax =
    Syntax { line_comments: &["//", "#"], keywords: words::SCHEMA, keys: Keys::Sections, ..BRACES };
static STYLE: Syntax = Syntax {
    quotes: &[DOUBLE, SINGLE],
    keywords: words::STYLE,
    letters: b"-",
    keys: Keys::Colon,
    ..BRACES
};
static JSON: Syntax = Syntax {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &[DOUBLE],
    keys: Keys::Quoted,
    ..PLAIN
};
static PYTHON: Syntax = Syntax {
    line_comments: &["#"],
    quotes: &[quote("\"\"\"", Reach::Text, true), quote("'''", Reach::Text, true), DOUBLE, SINGLE],
    prefixes: b"BFRUbfru",
    keywords: words::PYTHON,
    sigils: b"@",
    ..PLAIN
};
static RUBY: Syntax = Syntax {
    line_comments: &["#"],
    quotes: &[DOUBLE, SINGLE],
    keywords: words::RUBY,
    sigils: b"@$",
    ..PLAIN
};
static LUA: Syntax = Syntax { line_comments: &["--"], ..RUBY };
static SHELL: Syntax = Syntax {
    line_comments: &["#"],
    quotes: &[quote("\"", Reach::Text, true), quote("'", Reach::Text, false)],
    keywords: words::SHELL,
    sigils: b"$",
    letters: b"-",
    keys: Keys::Equals,
    shell: true,
    ..PLAIN
};
static CONFIG: Syntax =
    Syntax { keywords: words::CONFIG, quotes: &[DOUBLE, SINGLE], keys: Keys::Colon, ..SHELL };
static SQL: Syntax = Syntax {
    line_comments: &["--"],
    block_comment: Some(("/*", "*/")),
    quotes: &[SINGLE],
    keywords: words::SQL,
    any_case: true,
    ..PLAIN
};
static YAML: Syntax = Syntax {
    line_comments: &["#"],
    quotes: &[DOUBLE, SINGLE],
    letters: b"-./",
    sigils: b"&*!",
    keys: Keys::Colon,
    ..PLAIN
};
static TOML: Syntax = Syntax {
    line_comments: &["#", ";"],
    quotes: &[quote("\"\"\"", Reach::Text, true), quote("'''", Reach::Text, false), DOUBLE, SINGLE],
    letters: b"-.",
    keys: Keys::Sections,
    ..PLAIN
};

impl Language {
    /// By the word after a code fence, in lower case, or the ending of a file's name.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "javascript" | "js" | "jsx" | "mjs" | "cjs" | "typescript" | "ts" | "tsx" | "mts"
            | "cts" => Self::Code(&JAVASCRIPT),
            "python" | "py" | "pyi" | "python3" | "gdscript" | "gd" | "starlark" => {
                Self::Code(&PYTHON)
            }
            "bash" | "sh" | "shell" | "zsh" | "fish" | "ksh" | "bats" | "powershell" | "ps1"
            | "env" | "dotenv" => Self::Code(&SHELL),
            "json" | "jsonc" | "json5" | "jsonl" | "webmanifest" => Self::Code(&JSON),
            "yaml" | "yml" => Self::Code(&YAML),
            "toml" | "ini" | "cfg" | "conf" | "properties" | "editorconfig" | "lock" => {
                Self::Code(&TOML)
            }
            "rust" | "rs" => Self::Code(&RUST),
            "go" | "golang" => Self::Code(&GO),
            "c" | "h" | "cpp" | "c++" | "cc" | "cxx" | "hpp" | "objc" | "glsl" | "wgsl" => {
                Self::Code(&C)
            }
            "java" | "kotlin" | "kt" | "kts" | "swift" | "csharp" | "c#" | "cs" | "dart"
            | "scala" | "solidity" | "sol" | "php" | "groovy" | "gradle" => Self::Code(&FAMILY),
            "graphql" | "gql" | "proto" | "protobuf" | "hcl" | "terraform" | "tf" | "prisma" => {
                Self::Code(&SCHEMA)
            }
            "css" | "scss" | "less" => Self::Code(&STYLE),
            "ruby" | "rb" | "elixir" | "ex" | "exs" | "perl" | "pl" => Self::Code(&RUBY),
            "lua" => Self::Code(&LUA),
            "sql" | "postgresql" | "mysql" | "psql" | "plpgsql" | "sqlite" => Self::Code(&SQL),
            "dockerfile" | "docker" | "makefile" | "make" | "mk" => Self::Code(&CONFIG),
            "html" | "htm" | "xml" | "svg" | "vue" | "svelte" | "xhtml" | "astro" | "plist"
            | "jinja" => Self::Markup,
            "markdown" | "md" | "mdx" | "mdc" => Self::Markdown,
            "diff" | "patch" => Self::Diff,
            "console" | "shell-session" | "terminal" | "sh-session" => Self::Console,
            _ => return None,
        })
    }

    /// By the name of a file, with or without its folders.
    pub fn of_file(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        match name.rsplit_once('.') {
            Some(("", "gitignore" | "dockerignore" | "bashrc" | "zshrc")) => {
                Some(Self::Code(&SHELL))
            }
            Some((_, ending)) => Self::named(ending),
            None => Self::named(&name),
        }
    }

    pub(super) fn lex(self, text: &str, out: &mut Html) {
        match self {
            Self::Code(syntax) => code::lex(syntax, text, out),
            Self::Markup => markup::lex(text, out),
            Self::Markdown => lines::markdown(text, out),
            Self::Diff => lines::diff(text, out),
            Self::Console => lines::console(text, out),
        }
    }

    pub(super) const SHELL: Self = Self::Code(&SHELL);
    pub(super) const YAML: Self = Self::Code(&YAML);
    pub(super) const JAVASCRIPT: Self = Self::Code(&JAVASCRIPT);
    pub(super) const STYLE: Self = Self::Code(&STYLE);

    #[cfg(test)]
    pub(super) fn syntaxes() -> Vec<&'static Syntax> {
        vec![
            &FAMILY,
            &JAVASCRIPT,
            &RUST,
            &GO,
            &C,
            &SCHEMA,
            &STYLE,
            &JSON,
            &PYTHON,
            &RUBY,
            &LUA,
            &SHELL,
            &CONFIG,
            &SQL,
            &YAML,
            &TOML,
        ]
    }
}
