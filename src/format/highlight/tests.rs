//! Shown by example; held by what is true of every text in every language.

use proptest::prelude::*;

use super::*;

/// The parts as `class:text`, with what is plain left out.
fn parts(word: &str, text: &str) -> String {
    let html = html(Language::named(word), text);
    let spans = html.split("<span class=\"").skip(1).map(|part| {
        let (class, rest) = part.split_once("\">").unwrap();
        format!("{class}:{}", rest.split_once("</span>").unwrap().0)
    });
    spans.collect::<Vec<_>>().join(" ")
}

fn without_spans(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('>').unwrap() + 1..];
    }
    out.push_str(rest);
    out
}

#[test]
fn each_language_shows_its_comments_texts_words_and_names() {
    let cases = [
        ("bash", "# a\ncd x && npm i --save \"$A\" # b", "c:# a k:cd a:--save s:\"$A\" c:# b"),
        ("bash", "A=1 echo $A ${B:-c} it's", "a:A n:1 k:echo a:$A a:${B:-c}"),
        ("bash", "cat <<'EOF' > x\n it's\nEOF\nfi", "s:'EOF' s: it's\n k:fi"),
        ("bash", "cat <<<x; a << b\nif", "k:if"),
        (
            "python",
            "@x\ndef f(a): # b\n  return r'\\d' + 1.5e3",
            "a:@x k:def a:f c:# b k:return \
          s:r'\\d' n:1.5e3",
        ),
        ("python", "\"\"\"a\n'b\"\"\" if None", "s:\"\"\"a\n'b\"\"\" k:if n:None"),
        (
            "json",
            "{\"a\" : \"b\", \"c\": [1, true, \"x:\"]}",
            "a:\"a\" s:\"b\" a:\"c\" n:1 n:true s:\"x:\"",
        ),
        ("yaml", "- a-b: 'c' # d\n  e: http://f:1 #g", "a:a-b s:'c' c:# d a:e n:1 c:#g"),
        ("yaml", "x: don't\nz: 0x1f", "a:x a:z n:0x1f"),
        ("ts", "const a: T = `b\n${c}` // d", "k:const a:a s:`b\n${c}` c:// d"),
        ("tsx", "if (a.type) f('b') /* c", "k:if a:f s:'b' c:/* c"),
        ("rust", "fn f<'a>(x: &'a u8) { r#\"a\"b\"#; 'c' }", "k:fn k:u8 s:r#\"a\"b\"# s:'c'"),
        ("sql", "select 1 From t -- a", "k:select n:1 k:From c:-- a"),
        ("toml", "[a.b]\nc-d = \"e\" # f", "k:[a.b] a:c-d s:\"e\" c:# f"),
        ("css", "a:hover { color: #fff; margin: 2px }", "a:color a:margin n:2px"),
        ("dockerfile", "FROM a AS b\nRUN c --d", "k:FROM k:AS k:RUN a:--d"),
        (
            "html",
            "<!-- a --><p class=\"b\" hidden>c</p><script>if</script>",
            "c:<!-- a --> k:<p a:class s:\"b\" a:hidden k:> k:</p k:> k:<script k:> k:if \
             k:</script k:>",
        ),
        ("diff", "--- a\n+++ b\n@@ 1\n-c\n+d\n e", "c:--- a c:+++ b k:@@ 1 m:-c p:+d"),
        ("console", "$ cd a\nif b", "c:$ k:cd"),
        (
            "markdown",
            "---\na: 1\n---\n# B `c`\n\n- d `e`\n2. f\n\n```sh\ncd x\n```\ng",
            "c:--- a:a n:1 c:--- k:# B `c` a:- s:`e` a:2. c:```sh k:cd c:```",
        ),
        ("sh", "git bisect v1.0.0 .5 ./test.sh test.sh", "n:5"),
        ("klingon", "if \"a\" # b", ""),
    ];
    for (word, text, want) in cases {
        let got = parts(word, text).replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(got, want.replace("&amp;", "&"), "{word}: {text}");
    }
}

#[test]
fn a_file_has_its_language_by_name() {
    for name in ["a/b.PY", "Dockerfile", "x/Makefile", ".gitignore", "hooks.json", ".mcp.json"] {
        assert!(Language::of_file(name).is_some(), "{name}");
    }
    for name in ["LICENSE", "a.bin", "", ".", "README"] {
        assert!(Language::of_file(name).is_none(), "{name}");
    }
}

#[test]
fn the_words_of_every_language_are_sorted() {
    for syntax in Language::syntaxes() {
        assert!(syntax.keywords.is_sorted(), "{:?}", syntax.keywords);
    }
}

const LANGUAGES: [&str; 18] = [
    "js",
    "python",
    "bash",
    "json",
    "yaml",
    "toml",
    "rust",
    "go",
    "c",
    "java",
    "css",
    "ruby",
    "sql",
    "dockerfile",
    "html",
    "markdown",
    "diff",
    "console",
];

#[test]
fn after_so_many_parts_the_rest_is_plain() {
    let text = "1 ".repeat(SPANS_MAX + 10);
    let html = html(Language::named("js"), &text);
    assert_eq!(html.matches("<span").count(), SPANS_MAX);
    assert!(html.ends_with("1 1 "));
    let mut left = 1;
    assert_eq!(
        html_within(Language::named("js"), "1 2", &mut left),
        "<span class=\"n\">1</span> 2"
    );
    assert_eq!(left, 0);
}

/// What makes a reader that looks back slow: openings without end, repeated. One that is quadratic
/// in them would be at it for minutes.
#[test]
fn openings_without_end_are_looked_for_once() {
    let openings = [
        "\"", "'", "`", "/*", "<<A\n", "${", "<a ", "<!--", "'''", "\"\"\"", "\\\"", "```\n",
        "\"\\", "<script>", "---\n", "'a ", "a\"\n", "((", "[[", "a: ", "$", "#", "r#\"", "</",
    ];
    for language in LANGUAGES {
        for opening in openings {
            let text = opening.repeat(20_000 / opening.len());
            let marked = html(Language::named(language), &text);
            assert_eq!(
                without_spans(&marked).len(),
                html(None, &text).len(),
                "{language} {opening}"
            );
        }
    }
}

proptest! {
    #[test]
    fn no_text_loses_or_gains_a_character(
        text in "(\\PC|[\"'`#/*<>$={}\\[\\]()\\\\ \\n:a1-]|<<EOF\n|EOF\n|```|---\n){0,60}",
        language in 0..LANGUAGES.len(),
    ) {
        let marked = html(Language::named(LANGUAGES[language]), &text);
        prop_assert_eq!(without_spans(&marked), html(None, &text));
    }
}
