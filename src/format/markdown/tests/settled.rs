//! What is known as settled is what the sanitiser gives back, byte for byte: of real documents, of
//! Markdown by chance, and of HTML that is nearly or not at all what the writer makes.
//!
//! 40,000 texts in every run, half a million with `SKILLMEAT_DEEP=1`. The documents are those of
//! the folder of bundles that `SKILLMEAT_CORPUS` names.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::Event;

use super::super::settled::{ELEMENTS, Room, is_settled};
use super::*;

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (seed + 1))
    }

    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.roll(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// How many texts one test takes.
fn rounds(normal: usize, deep: usize) -> usize {
    if std::env::var_os("SKILLMEAT_DEEP").is_some() { deep } else { normal }
}

/// Whether a text is settled, which is held against what the sanitiser makes of it.
fn settled(html: &str) -> bool {
    let settled = is_settled(html);
    if settled {
        assert_eq!(sanitise::clean(html), html, "settled, and yet changed");
    }
    settled
}

/// As the writer writes it, before the wall.
fn written(text: &str) -> String {
    let resolve = |address: &str, _: Role| match address {
        "evil" => Target::To("javascript:alert(1)".into()),
        "gone" => Target::Broken("no such file".into()),
        address => Target::To(address.into()),
    };
    let mut options = Options::new("SKILL.md", &resolve);
    options.id_prefix = "x-";
    let source = scan::Source::read(text);
    let document = scan::scan(&source, &options);
    let done = document.and_then(|document| write::write(document, &options));
    done.unwrap_or_else(|scan::TooMuch(why)| unrendered(text, &why, &options)).html
}

#[test]
fn what_the_writer_makes_of_each_part_of_markdown_is_settled() {
    let texts = [
        "",
        "a < b > c & \"d\" 'e' \u{a0}f ° «g» 日本 😀 \u{fffd}",
        "# A *b*\n\nc `d<` ~~e~~ **f *g *h* i* j**\\\nk",
        "- [x] a\n- [ ] b\n\n3. c\n\n   d\n   - e",
        "|a|b|c|\n|:-:|-|-:|\n|1|[x](y)||",
        "> [!WARNING]\n> a\n\n> b",
        "a[^n] b[^n]\n\n[^n]: c",
        "```rust\n\nfn a() {}\n```\n\n    b\n\n```\n```",
        "[a](b/c.md \"t \\\"u\\\" & v\u{a0}\") [d](#e) [f](gone) [g](evil) <h@i.j> ![k](l.png \"m\")",
        "https://a.b/c?d=e&f=g [h](http://i.example:80/#j) ![k](https://l/m.png) [n](mailto:o@p)",
        "<example>\nuser: **hi**\n</example>\n\na\u{202e}b\u{200b} <!-- c -->\n\n---",
    ];
    for text in texts {
        let html = written(text);
        assert!(settled(&html), "{text:?} is written as {html}");
    }
}

#[test]
fn everything_that_can_be_settled_is_on_the_lists_of_the_sanitiser() {
    for (name, stands, holds) in ELEMENTS {
        assert!(sanitise::ELEMENTS.contains(&name), "{name}");
        let end = if holds == Room::Nothing { String::new() } else { format!("</{name}>") };
        let alone = format!("<{name}>{end}");
        assert_eq!(settled(&alone), matches!(stands, Room::Flow | Room::Phrase), "{alone}");
    }
}

#[test]
fn elements_that_a_browser_opens_again_may_stand_in_each_other() {
    // Of more than three alike it forgets the outer ones.
    for html in [
        "<em>".repeat(6) + "a" + &"</em>b".repeat(6),
        "<code>a<em>b".repeat(6) + &"</em>c</code>".repeat(6) + "d",
        format!(
            "<ul><li><strong>a</strong></li><li>{}</li></ul>",
            "<strong>".repeat(5) + &"</strong>".repeat(5)
        ),
        format!(
            "<p>{0}</p><table><tbody><tr><td>{0}</td><td>a</td></tr></tbody></table>b",
            "<code>".repeat(4) + &"</code>".repeat(4)
        ),
        "<p><a href=\"#a\">b</a><a href=\"#a\">c</a><sup><a href=\"#a\">d</a></sup></p>".repeat(5),
    ] {
        assert!(settled(&html), "{html}");
    }
}

/// Each is but one step away from what is settled.
#[rustfmt::skip]
const UNSETTLED: &[&str] = &[
    "<script>a</script>", "<svg></svg>", "<style>a</style>", "<b>a</b>", "<P>a</P>",
    "<form></form>", "<p onclick=\"a\">b</p>", "<p style=\"a\">b</p>",
    "<p class=\"toolbar\">a</p>", "<p href=\"a\">b</p>", "<p class=\"language-sh\">a</p>",
    "<code class=\"language-<\">a</code>", "<p class=\"\">a</p>", "<a href=\"javascript:a\">b</a>",
    "<a href=\"JavaScript:a\">b</a>", "<a href=\"data:a\">b</a>",
    "<a href=\" javascript:a\">b</a>", "<a href=\"java\nscript:a\">b</a>",
    "<a href=\"\u{1}javascript:a\">b</a>", "<a href=\"javascript&colon;a\">b</a>",
    "<a href=\"&#106;avascript:a\">b</a>", "<a href=\"ftp://a\">b</a>", "<a href=\"//a\">b</a>",
    "<a href=\"/\\a\">b</a>", "<a href=\"\\\\a\">b</a>", "<a href=\"\t//a\">b</a>",
    "<a href=\"http:a\">b</a>", "<a href=\"http://\">b</a>", "<a href=\"http://a:99999\">b</a>",
    "<a href=\"http://[a\">b</a>", "<a href=\"https://a&lt;b\">b</a>", "<a href=\"a:b\">c</a>",
    "<a href=\"\">b</a>", "<img src=\"data:image/png,a\">", "<img src=\"//a\">",
    "<img onerror=\"a\">", "<a rel=\"opener\">b</a>", "<input type=\"text\">",
    "<input value=\"a\">", "<ol start=\"-1\"></ol>", "<p id='a'>b</p>", "<p id=a>b</p>",
    "<p id>b</p>", "<p ID=\"a\">b</p>", "<p  id=\"a\">b</p>", "<p id=\"a\" >b</p>",
    "<p id=\"a\"title=\"b\">c</p>", "<p id=\"a\" id=\"b\">c</p>", "<p\nid=\"a\">b</p>",
    "<p id=\"a<b\">c</p>", "<p id=\"a>b\">c</p>", "<p id=\"a&b\">c</p>", "<p id=\"\u{a0}\">c</p>",
    "<br/>", "<br />", "<br></br>", "</br>", "<p/>", "<p>a", "a</p>", "<p>a</p >", "<p>a</P>",
    "</p>", "<em>a<strong>b</em>c</strong>", "<p><p>a</p></p>", "<p><ul></ul></p>",
    "<h2><h3>a</h3></h2>", "<em><p>a</p></em>", "<a><em><a>b</a></em></a>", "<a><div>b</div></a>",
    "<li>a</li>", "<ul>a</ul>", "<ul><p>a</p></ul>", "<ul><ul></ul></ul>", "<tr></tr>",
    "<table><tr></tr></table>", "<table>a</table>", "<table><tbody>a</tbody></table>",
    "<table><tbody><tr>a</tr></tbody></table>", "<td>a</td>",
    "<table><tbody><td>a</td></tbody></table>", "<table><em></em></table>", "<table><br></table>",
    "<p>a</p><p", "<p>a</p><", "<!---->", "<!-- a -->", "<![CDATA[a]]>", "<!doctype html>",
    "<?a?>", "< p>", "<pre>\na</pre>", "<pre><p>a</p></pre>", "<hr></hr>", "<em><hr></em>",
    "<p><hr></p>", "a>b", "a&b", "&", "&amp", "&quot;", "&#38;", "&AMP;", "&apos;", "&lt", "&nbsp",
    "\u{a0}", "a\rb", "a\r\nb", "\0", "a\u{c}b", "a\u{7f}b", "a\u{85}b", "<p\0>a</p>",
    "<p \u{a0}id=\"a\">b</p>",
];

#[test]
fn what_is_one_step_away_is_not_settled() {
    for html in UNSETTLED {
        assert!(!settled(html), "{html:?}");
        assert!(!settled(&format!("<p>a</p>\n{html}")), "{html:?} after a paragraph");
        assert!(!settled(&format!("<div>{html}</div>")), "{html:?} in a block");
    }
    assert!(!settled("\u{feff}a") && settled("a\u{feff}"));
    let nested = |n: usize| "<div>".repeat(n) + &"</div>".repeat(n);
    assert!(settled(&nested(DEPTH_MAX)) && !settled(&nested(DEPTH_MAX + 1)));
}

#[test]
fn no_probe_is_settled_unless_it_is_plain_text() {
    for probe in hostile::PROBES {
        let plain = !probe.contains(['<', '>']) && !probe.contains("&#");
        for html in [probe.to_string(), format!("<p>{probe}</p>"), format!("<div>{probe}</div>")] {
            assert!(!settled(&html) || plain, "{html}");
        }
        settled(&written(probe));
    }
}

#[rustfmt::skip]
const MARKDOWN: &[&str] = &[
    "\n", "\n\n", " ", "  \n", "    ", "> ", "- ", "1. ", "7) ", "- [ ] ", "- [x] ", "# ", "### ",
    "*", "**", "_", "~~", "`", "``", "```\n", "```sh\n", "|", "|a|b|\n|-|:-:|\n|", "---\n",
    "***\n", "a", "word ", "\\", "\"", "'", "&", "&amp;", "&nbsp;", "<", ">", "\u{a0}", "°", "日本",
    "😀", "\t", "\r\n", "\u{202e}", "\u{0}", "\u{1}", "\u{85}", "\u{feff}", "\u{fdd0}", "[a](",
    "](", ")", "[", "]", "![", "b.md", "#c", "http://d.e/f?g&h", "mailto:i@j", "gone", "evil",
    " \"t\"", "<k@l.m>", "<https://n/>", "[^1]", "\n[^1]: ", "> [!NOTE]\n> ", "<example>",
    "</example>", "<!-- o -->", "<b>", "</b>", "<br>", "<details>", "<summary>", "http://[::1]/",
    "http://p:99999", "http://q.1.2.3",
];

#[test]
fn markdown_by_chance_is_written_settled_or_left_to_the_sanitiser() {
    let mut dice = Dice::new(1);
    let n = rounds(8_000, 100_000);
    let mut n_settled = 0;
    for _ in 0..n {
        let parts: String = (0..dice.roll(25)).map(|_| dice.pick(MARKDOWN)).collect();
        n_settled += usize::from(settled(&written(&parts)));
    }
    println!("{n_settled} of {n} were settled");
    assert!(n_settled * 10 > n * 6, "{n_settled} of {n} were settled");
}

#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "a", "b c", "\n", " ", "\t", "&amp;", "&lt;", "&gt;", "&nbsp;", "\"", "'", "°", "é", "日本", "😀",
    "javascript:", "amp;", "#38;", "/", "=", "]]", "--", "\u{feff}", "\u{200b}", "\u{2028}",
    "\u{fffd}",
];

#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    " class=\"raw-tag\"", " class=\"anchor backref\"", " class=\"language-c++\"", " id=\"x-a\"",
    " title=\"a &quot;b&quot; &amp;c\"", " title=\"\"", " lang=\"de\"", " dir=\"rtl\"",
    " alt=\"&lt;a&gt;\"", " href=\"#a\"", " href=\"../a/b.md?c&amp;d\"",
    " href=\"http://a.b/c?d&amp;e\"", " href=\"mailto:a@b\"", " href=\"https://a:1/é\"",
    " rel=\"noopener noreferrer nofollow\"", " aria-label=\"a 'b'\"", " src=\"a.png\"",
    " width=\"9\"", " height=\"50%\"", " loading=\"lazy\"", " type=\"checkbox\"", " disabled=\"\"",
    " checked=\"\"", " start=\"7\"", " scope=\"col\"", " colspan=\"2\"", " open=\"\"",
    // Odd ones.
    " class=\"toolbar\"", " class=\"raw-tag  anchor\"", " class=\"\"", " onclick=\"a\"",
    " style=\"a\"", " href=\"javascript:a\"", " href=\"//a\"", " href=\"http://a:b\"",
    " href=\"http://%\"", " href=\"?a:b\"", " href=\"http://1.2.3.999/\"",
    " href=\"https://xn--a/\"", " href=\"http://a b/\"", " href=\"./a:b\"",
    " href=\"http://&amp;lt;/\"", " href=\"mailto:\"", " href=\"a&amp;:b\"", " href=\"&amp;//\"",
    " HREF=\"#a\"", " id='a'", " id=a", " id", " id=\"\u{a0}\"", " id=\"a", "  id=\"a\"",
    " id =\"a\"", "/", " /", "\u{c}", " a=\"b\"", " xmlns=\"a\"", " src=\"data:a\"",
    " start=\"a\"", " title=\"\n\"",
];

#[rustfmt::skip]
const ODD: &[&str] = &[
    "<", ">", "&", "&amp", "&#60;", "&#x3c;", "&quot;", "\u{a0}", "\r", "\r\n", "\0", "\u{1}",
    "\u{c}", "\u{85}", "<!-- a -->", "<!---->", "<!--", "-->", "<![CDATA[a]]>", "<!doctype html>",
    "<?a?>", "</", "<p", "<p>", "</p>", "</br>", "<br/>", "<b>", "</b>", "<i>", "<em>", "</em>",
    "<a>", "</a>", "<code>", "</code>", "<li>", "</li>", "<ul>", "</ul>", "<table>", "</table>",
    "<tr>", "<td>", "</td>", "<tbody>", "<caption>", "<div>", "</div>", "<h2>", "</h3>", "<pre>",
    "\n", "<svg>", "</svg>", "<math>", "<script>", "</script>", "<style>", "<title>", "<textarea>",
    "<select>", "<option>", "<template>", "<noscript>", "<plaintext>", "<button>", "<nobr>",
    "<font>", "<form>", "<frameset>", "<body a=\"b\">", "<html>", "<dd>", "<ruby>", "<rt>",
    "<input type=\"hidden\">", "<image>", "<hr>", "<P>", "</EM>", "<em >", "</em >", "< em>",
];

/// HTML as the writer makes it, but for a step aside now and then.
fn grow(dice: &mut Dice, room: Room, depth: usize, out: &mut String) {
    for _ in 0..dice.roll(5) {
        let (kind, apart) = (dice.roll(3), dice.roll(60) == 0);
        if apart {
            out.push_str(dice.pick(ODD));
        } else if kind == 0 {
            let blank = !matches!(room, Room::Flow | Room::Phrase);
            out.push_str(if blank { "\n" } else { dice.pick(TEXTS) });
        } else if depth < 8 {
            let any = dice.roll(80) == 0;
            let fits = |stands: Room| {
                any || stands == room || (stands == Room::Phrase && room == Room::Flow)
            };
            let fitting: Vec<_> = ELEMENTS.iter().filter(|(_, stands, _)| fits(*stands)).collect();
            let Some((name, _, holds)) = fitting.get(dice.roll(fitting.len().max(1))) else {
                continue;
            };
            out.push('<');
            out.push_str(name);
            attributes(dice, name, out);
            out.push('>');
            if *holds != Room::Nothing {
                grow(dice, *holds, depth + 1, out);
                out.push_str(&format!("</{name}>"));
            }
        }
    }
}

/// Mostly such as the element may have.
fn attributes(dice: &mut Dice, element: &str, out: &mut String) {
    for _ in 0..dice.roll(4) {
        let attribute = dice.pick(ATTRIBUTES);
        let known = |(name, value): (&str, &str)| {
            sanitise::is_allowed(element, name.trim_start(), value.trim_matches('"'))
        };
        if dice.roll(30) == 0 || attribute.split_once('=').is_some_and(known) {
            out.push_str(attribute);
        }
    }
}

/// A text with a part taken out, said twice, moved, or put in.
fn mutated(dice: &mut Dice, text: &mut String) {
    let (a, b) = (dice.place(text), dice.place(text));
    let from = a.min(b);
    // Half of the time a single character.
    let one = text[from..].chars().next().map_or(0, char::len_utf8);
    let to = if dice.roll(2) == 0 { from + one } else { a.max(b) };
    match dice.roll(5) {
        0 => drop(text.drain(from..to)),
        1 => {
            let said = text[from..to].to_owned();
            text.insert_str(to, &said);
        }
        2 => {
            let moved: String = text.drain(from..to).collect();
            let at = dice.place(text);
            text.insert_str(at, &moved);
        }
        3 => text.insert_str(from, dice.pick(ODD)),
        _ => text.insert(from, char::from(u8::try_from(dice.roll(128)).unwrap())),
    }
}

#[test]
fn html_by_chance_is_settled_only_where_the_sanitiser_changes_nothing() {
    let mut dice = Dice::new(2);
    let n = rounds(20_000, 250_000);
    let mut n_settled = 0;
    for _ in 0..n {
        let mut html = String::new();
        grow(&mut dice, Room::Flow, 0, &mut html);
        for _ in 0..dice.roll(3).saturating_sub(1) {
            mutated(&mut dice, &mut html);
        }
        n_settled += usize::from(!html.is_empty() && settled(&html));
    }
    println!("{n_settled} of {n} were settled and not empty");
    assert!(n_settled * 5 > n, "{n_settled} of {n} were settled");
}

#[test]
fn what_the_writer_made_and_chance_changed_is_settled_only_where_it_still_is_clean() {
    let mut dice = Dice::new(3);
    let n = rounds(12_000, 150_000);
    let mut n_settled = 0;
    for _ in 0..n {
        let mut html = String::new();
        while html.len() < 40 || !is_settled(&html) {
            let text: String = (0..20).map(|_| dice.pick(MARKDOWN)).collect();
            html = written(&text);
        }
        (0..=dice.roll(2)).for_each(|_| mutated(&mut dice, &mut html));
        n_settled += usize::from(settled(&html));
    }
    println!("{n_settled} of {n} were settled");
    assert!(n_settled * 20 > n, "{n_settled} of {n} were settled");
}

/// Every Markdown file of the bundles, by its path.
fn documents() -> Vec<(PathBuf, String)> {
    let Some(folder) = std::env::var_os("SKILLMEAT_CORPUS") else {
        // Not through `eprintln!`, which a passing test keeps to itself.
        let _ = writeln!(std::io::stderr(), "skipped: SKILLMEAT_CORPUS names no folder of bundles");
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bundle = entry.unwrap().path();
        if bundle.extension().is_none_or(|extension| extension != "bundle") {
            continue;
        }
        let clone = tempfile::tempdir().unwrap();
        let git = Command::new("git").args(["clone", "-q"]).arg(&bundle).arg(clone.path()).status();
        assert!(git.unwrap().success(), "{} cannot be cloned", bundle.display());
        read_below(clone.path(), &mut found);
    }
    assert!(!found.is_empty(), "SKILLMEAT_CORPUS holds no bundle");
    found
}

fn read_below(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || path.ends_with(".git") {
            continue;
        }
        if path.is_dir() {
            read_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            found.push((path, text));
        }
    }
}

/// Whether a text has raw HTML besides the tags of prompts, which are shown.
fn holds_raw_html(text: &str) -> bool {
    let source = scan::Source::read(text);
    let options = Options::new("a.md", &resolve);
    let Ok(document) = scan::scan(&source, &options) else { return true };
    document.events.iter().any(|(event, _)| match event {
        Event::Html(_) => true,
        Event::InlineHtml(html) => !scan::is_shown(html),
        _ => false,
    })
}

#[test]
fn documents_of_the_corpus_without_raw_html_are_settled() {
    let documents = documents();
    let mut dice = Dice::new(4);
    let (mut n_plain, mut n_settled, mut n_all) = (0, 0, 0);
    for (path, text) in &documents {
        // Front matter is no part of what is rendered.
        let body = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
        let body = body.map_or(text.as_str(), |(_, body)| body);
        let html = written(body);
        let is_settled = settled(&html);
        n_all += usize::from(is_settled);
        if !holds_raw_html(body) {
            n_plain += 1;
            n_settled += usize::from(is_settled);
            if !is_settled {
                println!("not settled: {}", path.display());
            }
        }
        for _ in 0..rounds(1, 50) {
            let mut html = html.clone();
            mutated(&mut dice, &mut html);
            settled(&html);
        }
    }
    println!(
        "{n_settled} of {n_plain} documents without raw HTML were settled, \
         {n_all} of all {}",
        documents.len()
    );
    assert!(n_settled * 100 >= n_plain * 95, "{n_settled} of {n_plain} were settled");
}
