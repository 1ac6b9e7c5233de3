//! Documents of the size and shape that artifacts have, as many as wanted, the same each time.
//!
//! Median 5.9 KB, mean 7.8, 95th of a hundred 23, at most 31; 2.9 fenced blocks each; so are those
//! that people publish.

use std::fmt::Write;

pub const COLLECTIONS: [&str; 10] =
    ["c01", "c02", "c03", "c04", "c05", "c06", "c07", "c08", "c09", "c10"];
pub const TYPES: [&str; 5] = ["skill", "command", "agent", "hook", "mcp"];
/// How many of a hundred are of each type.
const TYPE_SHARES: [usize; 5] = [46, 22, 18, 8, 6];
const GROUPS: [&str; 8] =
    ["core", "testing", "docs", "release", "data", "infra", "review", "design"];
const TAGS: &str = "api auth backend ci cli cloud csv database debug deploy diagram docker email excel \
    frontend git github golang graphql html http json kubernetes lint markdown metrics migration node pdf \
    perf planning postgres prompt python react refactor regex release rust search security shell slack spec \
    sql swift terraform test typescript ui video web yaml";
const WORDS: &str = "the a an of to in for with on and or when if then from by as is are be must should can may \
    will not artifact agent skill command workflow repository branch commit file folder path module function \
    parameter option flag value default output input result error warning message log trace report table \
    schema field record query index cache buffer stream parser token template page section heading list user \
    reviewer maintainer team project collection group version release deployment target source runs reads \
    writes creates updates deletes validates checks compares renders builds parses loads stores fast small \
    large simple complex strict optional required local remote shared public private stable before after \
    during while until unless each every any all only first last next previous new existing use keep avoid \
    prefer ensure verify confirm describe explain summarise inspect search replace refactor test coverage \
    fixture mock snapshot baseline budget latency throughput memory disk network process thread request \
    response header body status code timeout retry limit quota policy permission scope";
const NOUNS: &str = "config client server handler builder reader writer parser loader store cache index item \
    record entry result payload schema target source token buffer stream worker task queue event state context";
const VERBS: &str = "load parse build render write read fetch merge split check apply resolve update remove collect";

/// A language, how many of a hundred blocks are of it, and what its blocks are made of. In these `@a`
/// and `@b` stand for nouns, `@v` for a verb, `@n` for a number and `@s` for a few words.
const LANGUAGES: [(&str, usize, &[&str]); 8] = [
    (
        "bash",
        40,
        &[
            "# @s\n@v --@a \"${@b:-@n}\" | grep -v '@a' > @b.log\n",
            "if [ -f \"@a.json\" ]; then\n  @v-@b --limit @n @a.json || exit 1\nfi\n",
            "for @a in $(ls @b/*.md); do\n  echo \"@v $@a: @s\"\ndone\n",
        ],
    ),
    (
        "python",
        16,
        &[
            "def @v_@a(@b: str, limit: int = @n) -> dict[str, int]:\n    \"\"\"@s.\"\"\"\n    \
             return {k: len(v) for k, v in @b.items() if k != \"@a\"}\n\n",
            "@a = @v_@b(\"@s\", timeout=@n)  # @s\n",
            "if @a is None or @a.@b > @n:\n    raise ValueError(f\"@s: {@a!r}\")\n",
        ],
    ),
    ("json", 12, &["  \"@a_@n\": {\"@b\": \"@s\", \"limit\": @n, \"strict\": true},\n"]),
    ("yaml", 9, &["@a_@n:\n  @b: \"@s\"\n  limit: @n  # @v\n  tags: [@a, @b]\n"]),
    (
        "typescript",
        9,
        &[
            "export async function @v@a(@b: string, limit = @n): Promise<number> {\n  \
             const @a = await @v(`@s ${@b}`);\n  return @a.length ?? limit;\n}\n",
            "const @a: Record<string, number> = { @b: @n, \"@v\": 0x@n }; // @s\n",
        ],
    ),
    (
        "rust",
        6,
        &[
            "pub fn @v_@a(@b: &str, limit: usize) -> Result<Vec<u8>, Error> {\n    // @s\n    \
             let @a = @v(@b)?; // @n\n    Ok(@a.iter().take(limit.min(@n_usize)).copied().collect())\n}\n",
            "let mut @a: HashMap<String, u64> = HashMap::with_capacity(@n);\n",
        ],
    ),
    (
        "sql",
        4,
        &["SELECT @a.id, count(*) AS @b_count FROM @a LEFT JOIN @b ON @b.id = @a.@b_id\n\
           WHERE @a.name LIKE '%@s%' AND @b.limit > @n GROUP BY 1 ORDER BY 2 DESC;\n"],
    ),
    ("toml", 4, &["[@a.@b_@n]\n@v = \"@s\"\nlimit = @n # @s\ntags = [\"@a\", \"@b\"]\n"]),
];

pub struct Document {
    pub slug: String,
    /// One of `TYPES`.
    pub kind: &'static str,
    /// One of `COLLECTIONS`.
    pub collection: &'static str,
    pub group: &'static str,
    pub version: String,
    pub tags: Vec<String>,
    /// in one line.
    pub description: String,
    pub body: String,
}

/// The one with this number; no document depends on another.
pub fn document(at: usize) -> Document {
    let mut dice = Dice::new(at);
    let size = (5_000.0 * (0.9 * dice.normal()).exp()).clamp(1_024.0, 30_000.0) as usize;
    let (verb, noun, tag) = (dice.word(VERBS), dice.word(NOUNS), dice.word(TAGS));
    let slug = format!("{verb}-{noun}-{tag}-{at:06}");
    let description = (0..=dice.below(3)).map(|_| dice.plain()).collect::<Vec<_>>().join(" ");
    let mut tags: Vec<String> = (0..=dice.below(6)).map(|_| dice.word(TAGS).to_owned()).collect();
    tags.sort();
    tags.dedup();
    Document {
        kind: TYPES[dice.shared(&TYPE_SHARES)],
        collection: COLLECTIONS[at % COLLECTIONS.len()],
        group: GROUPS[dice.below(GROUPS.len())],
        version: format!("{}.{}.{}", dice.below(5), dice.below(21), dice.below(10)),
        tags,
        description,
        body: body(&mut dice, &slug, size),
        slug,
    }
}

fn body(dice: &mut Dice, slug: &str, size: usize) -> String {
    let n_fences = match size {
        ..1_500 => 1,
        1_500..2_500 => 2,
        _ => 2 + dice.below(3) + size / 8_000,
    };
    let mut text = format!("# {}\n\n{}\n", slug.replace('-', " "), dice.paragraph());
    let (mut n_made, mut n_heads) = (0, 0);
    while text.len() + 900 < size {
        n_heads += 1;
        let marks = if n_heads == 1 || dice.chance(55) { "##" } else { "###" };
        let n_words = 2 + dice.below(4);
        let _ = write!(text, "\n{marks} {} {n_heads}\n\n", dice.words(n_words));
        let _ = writeln!(text, "{}", dice.paragraph());
        match dice.below(100) {
            ..35 => text.push_str(&dice.bullets()),
            35..45 => text.push_str(&dice.table()),
            _ => {}
        }
        if n_made < n_fences && dice.chance((n_fences * 120_000 / size).max(45)) {
            n_made += 1;
            let _ = write!(text, "{}\n{}\n", dice.fence(), dice.paragraph());
        }
        if dice.chance(4) {
            let _ = write!(text, "\n> {}\n", dice.sentence());
        }
    }
    while n_made < n_fences.min(1 + size / 2_000) {
        n_made += 1;
        let _ = write!(text, "\n## Example {n_made}\n{}", dice.fence());
    }
    text
}

/// Any sequence that never changes will do.
struct Dice(u64);

impl Dice {
    fn new(seed: usize) -> Self {
        let mut dice = Self(seed as u64 * 2 + 1);
        // The first few of seeds that are near are near, too.
        for _ in 0..4 {
            dice.below(2);
        }
        dice
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn chance(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    /// Which of those with these shares of a hundred.
    fn shared(&mut self, shares: &[usize]) -> usize {
        let mut left = self.below(shares.iter().sum());
        for (at, share) in shares.iter().enumerate() {
            if left < *share {
                return at;
            }
            left -= share;
        }
        0
    }

    /// Near enough to a normal distribution: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.below(10_000) as f64 / 10_000.0).sum::<f64>() - 6.0
    }

    fn word(&mut self, of: &'static str) -> &'static str {
        let n_words = of.split_whitespace().count();
        of.split_whitespace().nth(self.below(n_words)).unwrap_or_default()
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word(WORDS)).collect::<Vec<_>>().join(" ")
    }

    /// A sentence without any marks.
    fn plain(&mut self) -> String {
        let n_words = 7 + self.below(16);
        format!("The {}.", self.words(n_words))
    }

    fn sentence(&mut self) -> String {
        let plain = self.plain();
        let (head, tail) = plain.rsplit_once(' ').unwrap_or(("", &plain));
        let (verb, noun, tag) = (self.word(VERBS), self.word(NOUNS), self.word(TAGS));
        match self.below(100) {
            ..18 => format!("{head} `{verb}_{noun}` {tail}"),
            18..28 => format!("{head} **{noun}** {tail}"),
            28..34 => format!("{head} *{noun}* {tail}"),
            34..40 => format!("{head} [{noun}](https://example.com/{tag}/{noun}) {tail}"),
            40..44 => format!("{head} [{noun}](/c01/) {tail}"),
            _ => plain,
        }
    }

    fn paragraph(&mut self) -> String {
        (0..2 + self.below(4)).map(|_| self.sentence()).collect::<Vec<_>>().join("\n")
    }

    fn bullets(&mut self) -> String {
        let is_numbered = self.chance(30);
        let mut text = "\n".to_owned();
        for n in 1..=3 + self.below(6) {
            let mark = if is_numbered { format!("{n}.") } else { "-".to_owned() };
            let _ = writeln!(text, "{mark} {}", self.sentence());
            if !is_numbered && self.chance(15) {
                let _ = writeln!(text, "  - {}", self.sentence());
            }
        }
        text
    }

    fn table(&mut self) -> String {
        let n_columns = 2 + self.below(3);
        let head: Vec<_> = (0..n_columns).map(|_| self.word(NOUNS)).collect();
        let mut text = format!("\n| {} |\n|{}\n", head.join(" | "), " --- |".repeat(n_columns));
        for _ in 0..3 + self.below(6) {
            let cells = (0..n_columns).map(|_| {
                let n_words = 1 + self.below(5);
                self.words(n_words)
            });
            let cells: Vec<_> = cells.collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }

    fn fence(&mut self) -> String {
        let shares = LANGUAGES.map(|(_, share, _)| share);
        let (language, _, kinds) = LANGUAGES[self.shared(&shares)];
        let is_json = language == "json";
        let mut text = format!("\n```{language}\n{}", if is_json { "{\n" } else { "" });
        for _ in 0..4 + self.below(9) {
            let kind = kinds[self.below(kinds.len())];
            self.fill(kind, &mut text);
        }
        text.push_str(if is_json { "  \"end\": null\n}\n```\n" } else { "```\n" });
        text
    }

    fn fill(&mut self, kind: &str, text: &mut String) {
        let (a, b, v) = (self.word(NOUNS), self.word(NOUNS), self.word(VERBS));
        let (n, n_words) = (self.below(10_000).to_string(), 2 + self.below(4));
        let s = self.words(n_words);
        let mut filled = kind.to_owned();
        for (place, with) in [("@a", a), ("@b", b), ("@v", v), ("@n", &n), ("@s", &s)] {
            filled = filled.replace(place, with);
        }
        text.push_str(&filled);
    }
}
