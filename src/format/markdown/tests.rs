//! What a text may do to a page: shown by example, and held by a scanner over the finished HTML.

use proptest::prelude::*;

use super::*;

fn resolve(address: &str, role: Role) -> Target {
    match (address, role) {
        ("other.md", Role::Link) => Target::To("../other/".into()),
        ("pic.png", Role::Image) => Target::To("pic.png".into()),
        ("evil", _) => Target::To("javascript:alert(1)".into()),
        _ => Target::Broken("no such file".into()),
    }
}

fn rendered(text: &str) -> Rendered {
    let mut options = Options::new("SKILL.md", &resolve);
    options.first_line = 11;
    options.id_prefix = "x-";
    render(text, &options)
}

fn html(text: &str) -> String {
    rendered(text).html
}

fn check(text: &str, want: &str) {
    assert_eq!(html(text).trim_end(), want, "of {text:?}");
}

/// Problems as `line:column code message`.
fn problems(text: &str) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem.place.as_ref().unwrap();
        format!("{}:{} {} {}", place.line, place.column, problem.code, problem.message)
    };
    rendered(text).problems.iter().map(line).collect()
}

/// Reads finished HTML as strictly as the sanitiser writes it: what is off the list is an error.
/// Gives the number of elements.
fn scan_finished(html: &str) -> Result<usize, String> {
    const VOID: [&str; 5] = ["br", "hr", "img", "input", "wbr"];
    let mut open: Vec<&str> = Vec::new();
    let mut n = 0;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').ok_or("a tag without end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("`</{name}>` closes nothing"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !sanitise::ELEMENTS.contains(&name) {
            return Err(format!("element `{name}`"));
        }
        n += 1;
        scan_attributes(attributes)?;
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(n) } else { Err(format!("left open: {open:?}")) }
}

fn scan_attributes(mut rest: &str) -> Result<(), String> {
    const NAMES: [&str; 20] = [
        "aria-label",
        "checked",
        "class",
        "colspan",
        "dir",
        "disabled",
        "href",
        "id",
        "lang",
        "loading",
        "open",
        "rel",
        "rowspan",
        "scope",
        "src",
        "start",
        "title",
        "type",
        "alt",
        "width",
    ];
    while !rest.trim().is_empty() {
        let (name, after) = rest.trim_start().split_once("=\"").ok_or(rest)?;
        let (value, after) = after.split_once('"').ok_or(rest)?;
        rest = after;
        if !NAMES.contains(&name) {
            return Err(format!("attribute `{name}`"));
        }
        let address = matches!(name, "href" | "src");
        let good = ["http://", "https://", "mailto:", "#", "../other/", "pic.png"];
        if address && !good.iter().any(|start| value.to_lowercase().starts_with(start)) {
            return Err(format!("address `{value}`"));
        }
        if name == "id" && !value.starts_with("x-") {
            return Err(format!("id `{value}`"));
        }
    }
    Ok(())
}

#[test]
fn markdown_becomes_plain_html_without_inline_style() {
    check(
        "# A *b*\n\nc `d<` ~~e~~",
        "<h2 id=\"x-a-b\">A <em>b</em></h2><p>c <code>d&lt;</code> <del>e</del></p>",
    );
    check(
        "|a|b|\n|:-:|-|\n|1|2|",
        "<div class=\"table-scroll\">\n<table>\n<thead>\n<tr><th scope=\"col\" class=\"align-center\">\
         a</th><th scope=\"col\">b</th></tr>\n</thead>\n<tbody>\n<tr><td class=\"align-center\">1</td>\
         <td>2</td></tr>\n</tbody>\n</table>\n</div>",
    );
    check(
        "- [x] a\n- b",
        "<ul>\n<li class=\"task\"><input type=\"checkbox\" disabled=\"\" checked=\"\" \
         aria-label=\"done\"> a</li>\n<li>b</li>\n</ul>",
    );
    check(
        "> [!WARNING]\n> a",
        "<div class=\"markdown-alert markdown-alert-warning\">\n\
         <p class=\"markdown-alert-title\">Warning</p>\n<p>a</p>\n</div>",
    );
    check(
        "a[^n] b[^n]\n\n[^n]: c",
        "<p>a<sup class=\"footnote-ref\"><a href=\"#x-fn-1\" id=\"x-fnref-1\">1</a></sup> \
         b<sup class=\"footnote-ref\"><a href=\"#x-fn-1\">1</a></sup></p>\n\
         <section class=\"footnotes\">\n<ol>\n<li id=\"x-fn-1\">\n<p>c</p>\n\
         <a href=\"#x-fnref-1\" class=\"backref\">↩</a>\n</li>\n</ol>\n</section>",
    );
}

#[test]
fn a_fence_gives_its_first_word_or_no_class() {
    let pre = |class: &str| format!("<pre><code{class}>x\n</code></pre>");
    check("```Rust,ignore x\nx\n```", &pre(" class=\"language-rust\""));
    check("```c++\nx\n```", &pre(" class=\"language-c++\""));
    check("```\"><script>\nx\n```", &pre(""));
    check("    x\n", &pre(""));
}

#[test]
fn tags_of_prompts_stay_visible_and_what_is_between_them_is_markdown() {
    let tag = |text: &str| format!("<span class=\"raw-tag\">&lt;{text}&gt;</span>");
    check(
        "<example>\nuser: **hi**\n</example>",
        &format!(
            "<p>{}<br>\nuser: <strong>hi</strong><br>\n{}</p>",
            tag("example"),
            tag("/example")
        ),
    );
    check("- <a-b>\n  c\n", &format!("<ul>\n<li>{}<br>\nc</li>\n</ul>", tag("a-b")));
    check("set `<x>` to <name>", &format!("<p>set <code>&lt;x&gt;</code> to {}</p>", tag("name")));
    check("<summary>x", &format!("{}x", tag("summary")));
    check("a <!-- b --> c", "<p>a  c</p>");
    check("<!-- never ended", "&lt;!-- never ended");
}

#[test]
fn harmless_raw_html_is_honoured() {
    check(
        "<details>\n<summary>More</summary>\n\n**a**\n\n</details>",
        "<details>\n<summary>More</summary>\n<p><strong>a</strong></p>\n</details>",
    );
    check("<p align=\"center\"><kbd>a</kbd></p>", "<p class=\"align-center\"><kbd>a</kbd></p>");
    check(
        "<b>a *b</b> c*",
        "<p><b>a <em>b</em></b> c</p>".replace("</em></b> c", " c</em></b>").as_str(),
    );
    check(
        "a<br>b<img src=pic.png width=9 onerror=x>",
        "<p>a<br>b<img src=\"pic.png\" alt=\"\" width=\"9\" loading=\"lazy\"></p>",
    );
    check(
        "<table><tr><td>a<td>b</table>c",
        "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>c",
    );
    check("<a href=other.md title=t id=i>a</a>", "<p><a href=\"../other/\" title=\"t\">a</a></p>");
}

#[test]
fn links_go_where_they_may_and_the_rest_is_said() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    check("[a](other.md)", "<p><a href=\"../other/\">a</a></p>");
    check(
        "https://a.b/c_d.",
        &format!("<p><a href=\"https://a.b/c_d\" {rel}>https://a.b/c_d</a>.</p>"),
    );
    check("<me@a.b>", "<p><a href=\"mailto:me@a.b\">me@a.b</a></p>");
    check(
        "[a](gone.md)",
        "<p><span class=\"broken-link\" title=\"broken link: no such file\">a</span></p>",
    );
    check("![a](pic.png)", "<p><img src=\"pic.png\" alt=\"a\" loading=\"lazy\"></p>");
    check(
        "![a](http://t.example/p.gif)",
        &format!(
            "<p><a class=\"remote-image\" href=\"http://t.example/p.gif\" {rel}>image: a (t.example)</a></p>"
        ),
    );
    check(
        "[![a](http://t/p)](http://c)",
        &format!("<p><a href=\"http://c\" {rel}>image: a</a></p>"),
    );
    check("[A](#B-c)\n\n# B c", "<p><a href=\"#x-b-c\">A</a></p>\n<h2 id=\"x-b-c\">B c</h2>");
    assert_eq!(
        problems("a\n\n<tag>\né [x](gone.md) [y](#no) ![z](data:x) [w](evil)\n"),
        [
            "14:3 SM341 the link `gone.md` leads nowhere: no such file",
            "14:16 SM341 the link to `#no` leads to no heading of this text",
            "14:25 SM342 the image `data:x` leads nowhere: `data:` is not allowed",
            "14:38 SM342 the link `evil` leads nowhere: `javascript:` is not allowed",
        ]
    );
}

#[test]
fn what_hides_is_shown_and_reported() {
    let span = "<span class=\"hidden-char\" title=\"hidden character\">\\u{202e}\\u{200b}</span>";
    check("a\u{202e}\u{200b}b", &format!("<p>a{span}b</p>"));
    check("a&#x202e;&#x200b;b", &format!("<p>a{span}b</p>"));
    check("<p>a&#x202e;&#x200b;b</p>", &format!("<p>a{span}b</p>"));
    check("[a](# \"\u{202e}\")", "<p><a href=\"#\" title=\"\\u{202e}\">a</a></p>");
    assert_eq!(
        problems("a\n`b\u{202e}`"),
        ["12:1 SM343 the text has 1 hidden character, shown as escapes"]
    );
}

/// One for each way in that is known; the oracle is the scanner, so none names what it expects.
const PROBES: &[&str] = &[
    // Raw elements that run or load.
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//h/x.js></SCRIPT>",
    "a <script>b</script> c",
    "<scr<script>ipt>x</script>",
    "<script\n>x</script\n>",
    "<script/x>1</script>",
    "<style>*{background:url(//h)}</style>",
    "<link rel=stylesheet href=//h>",
    "<base href=//h>",
    "<meta http-equiv=refresh content='0;url=javascript:x'>",
    "<iframe src=javascript:x></iframe>",
    "<iframe srcdoc='<script>x</script>'>",
    "<object data=x></object>",
    "<embed src=x>",
    "<form action=javascript:x><button formaction=javascript:x>a",
    "<input autofocus onfocus=x>",
    "<textarea><img src=x onerror=x></textarea>",
    "<title><img src=x onerror=x></title>",
    "<noscript><p title=\"</noscript><img src=x onerror=x>\">",
    "<template><script>x</script>",
    "<xmp><img src=x onerror=x></xmp>",
    "<plaintext>a",
    "<video src=//h onerror=x><source src=//h>",
    "<audio autoplay src=//h>",
    "<marquee onstart=x>a",
    "<portal src=//h>",
    "<frameset onload=x>",
    // Foreign content and mutation.
    "<svg onload=x>",
    "<svg><script>x</script></svg>",
    "<svg><a xlink:href=javascript:x>a</a></svg>",
    "<svg><animate attributeName=href values=javascript:x>",
    "<math href=javascript:x>a</math>",
    "<math><mtext><table><mglyph><style><img src onerror=x></style>",
    "<svg></p><style><g title='</style><img src onerror=x>'>",
    "<math><annotation-xml encoding=text/html><style><img onerror=x></style>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x>",
    // Attributes.
    "<p onclick=x>a</p>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=x>",
    "<div style=position:fixed>a",
    "<a href=# onmouseover=x>a</a>",
    "<b \"><img src=x onerror=x>",
    "<p title='\"><img src=x onerror=x>'>a</p>",
    "<p id=login class=\"toolbar raw-tag\">a</p>",
    "<a name=constructor>a</a>",
    "<img src=x srcset=\"//h 2x\">",
    "<a href=other.md target=_blank ping=//h download>a</a>",
    "<div background=//h><table background=//h>",
    // Schemes, in each place that takes an address.
    "[a](javascript:x)",
    "[a](JaVaScRiPt:x)",
    "[a](java&Tab;script:x)",
    "[a](&#106;avascript:x)",
    "[a](&#x6A&#x61;vascript:x)",
    "[a](<java\tscript:x>)",
    "[a](\u{1}javascript:x)",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](file:///etc/passwd)",
    "[a](//h/x)",
    "[a](/\\h)",
    "[a](\\\\h\\x)",
    "[a](blob:x)",
    "<javascript:alert(1)>",
    "<a href=\"jav&#x0A;ascript:x\">a</a>",
    "<a href=' &#14; javascript:x'>a</a>",
    "<a href=javascript&colon;x>a</a>",
    "[a][r]\n\n[r]: javascript:x",
    "![a](javascript:x)",
    "<img src=javascript:x>",
    "![a](data:image/svg+xml,x)",
    "[a](evil)",
    "![a](evil)",
    // Text that closes an attribute or an element.
    "[a](other.md \"\\\"><img src=x onerror=x>\")",
    "![\"><img src=x onerror=x>](pic.png)",
    "![a](pic.png \"' onerror=x '\")",
    "```\"><img/src/onerror=x>\nx\n```",
    "```x\" onclick=\"y\nx\n```",
    "# a {onclick=x #i .c}",
    "# <img src=x onerror=x>",
    "# </h2><script>x</script>",
    "a[^\"><img>]\n\n[^\"><img>]: <script>x</script>",
    "|a|\n|-|\n|<img src=x onerror=x>|",
    "`</code><script>x</script>`",
    "    </pre><script>x</script>",
    "> [!NOTE]\n> <script>x</script>",
    "<!--><script>x</script>-->",
    "<!-- --!><script>x</script> -->",
    "<![CDATA[<script>x</script>]]>",
    "<?php <script>x</script> ?>",
    "<!DOCTYPE x [<!ENTITY y '<script>'>]>",
    "&lt;script&gt;x&lt;/script&gt;",
    "\\<script>x\\</script>",
    "<a href=\"http://a\"><a href=\"http://b\">[c](http://d)</a>",
    "</div></main></body><script>x",
    "<table><td><b><tr>a<script>x",
    "<div\u{0}onload=x>a",
    "<\u{0}script>x",
    "<b\u{b}onclick=x>a</b>",
    "http://a\"onmouseover=\"x",
    "https://a/<script>x</script>",
    "www.a.b <https://a\" onclick=x>",
];

#[test]
fn no_probe_leaves_the_allow_list() {
    for probe in PROBES {
        for text in
            [probe.to_string(), format!("> - {probe}\n\n{probe}"), format!("x **{probe}** y")]
        {
            let html = html(&text);
            if let Err(found) = scan_finished(&html) {
                panic!("{found} of {text:?}: {html}");
            }
        }
    }
}

#[test]
fn nothing_of_ours_is_removed_by_the_sanitiser() {
    let text = "# A\n\n- [ ] b\n\n|c|\n|-|\n|[d](other.md) ![e](pic.png)|\n\n> [!TIP]\n> f[^1]\n\n\
        [^1]: g\n\n```rust\nh\n```\n\n<example>\n\n<details open><summary>i</summary></details>\n\u{202e}";
    let mut options = Options::new("a.md", &resolve);
    options.id_prefix = "x-";
    let source = scan::Source::read(text);
    let raw =
        write::write(scan::scan(&source, &options).ok().unwrap(), &options).ok().unwrap().html;
    let same = |html: &str| html.replace("=\"\"", "");
    assert_eq!(same(&sanitise::clean(&raw)), same(&raw));
}

#[test]
fn a_bomb_is_shown_unrendered_or_stays_small() {
    let distinct: String = (0..90).map(|i| format!("<b title={i}>")).collect();
    let bombs = [
        "> ".repeat(20_000),
        "* ".repeat(20_000),
        ">".repeat(100_000),
        "<div>".repeat(20_000),
        "[".repeat(50_000),
        "![".repeat(50_000),
        "*a_ ".repeat(50_000),
        "`a``".repeat(20_000),
        (1..700).map(|n| "`".repeat(n) + "a").collect(),
        "<b>".repeat(20_000),
        "<p>".repeat(50_000),
        "a <b>".repeat(20_000),
        "<!--".repeat(50_000),
        "<a b='".repeat(20_000),
        "<x".repeat(50_000),
        "&GT;".repeat(20_000),
        "http://".repeat(50_000),
        "xhttp://a ".repeat(20_000),
        "http://a)".repeat(20_000),
        "[a](".repeat(20_000),
        "[a]: b\n".repeat(20_000),
        "[^a]: b\n".repeat(5_000),
        "|a".repeat(2_000) + "\n" + &"|-".repeat(2_000) + "\n" + &"|\n".repeat(2_000),
        format!("{distinct}\n\n{}", "x\n\n".repeat(20_000)),
        "<table>\n\n".to_owned() + &"x\n\n".repeat(50_000),
        format!("<table>{}", "x<tr>".repeat(20_000)),
        format!("*a {}", "<div>x</div>".repeat(20_000)),
        format!("<ul><li>{distinct}{}", "<li>a".repeat(20_000)),
        "\u{202e}a".repeat(50_000),
        format!("<p {}>", "x ".repeat(100_000)),
        "# a\n".repeat(20_000),
        "[a](b)".repeat(5_000),
        "<sup><a href=#>".repeat(5_000),
        "<example>\n\n".repeat(20_000),
        "- <x>\n".repeat(20_000),
        "<details><summary>".repeat(5_000),
        "</b>".repeat(50_000),
        "a\0".repeat(20_000),
        "**".repeat(50_000),
        "~~a".repeat(20_000),
        "\\".repeat(100_000),
        "- a\n".repeat(20_000),
        "&".repeat(200_000),
        "a & b ".repeat(50_000),
        format!("<p title=\"{}\">a", "&".repeat(100_000)),
        format!("[a](b '{}')", "&".repeat(100_000)),
    ];
    for bomb in bombs {
        let start = &bomb[..bomb.len().min(40)];
        let start_chars: String = start.chars().take(12).collect();
        let rendered = rendered(&bomb);
        let html = &rendered.html;
        assert!(html.len() <= 64 * bomb.len().max(4096), "{start_chars:?}: {}", html.len());
        assert!(html.len() <= 2 * HTML_BYTES_MAX, "{start_chars:?}: {}", html.len());
        if let Err(found) = scan_finished(html) {
            panic!("{found} of {start_chars:?}");
        }
        plain(&bomb);
        summary(&bomb, 200);
    }
}

#[test]
fn over_a_limit_the_text_is_shown_as_it_is_with_the_reason() {
    let deep = rendered(&"> ".repeat(101));
    assert!(deep.html.starts_with("<pre class=\"unrendered\">\n&gt; &gt; "));
    assert_eq!(
        deep.problems[0].to_string(),
        "warning[SM344]: the text is nested deeper than 100 levels and is shown unrendered\n  --> SKILL.md:11"
    );
    assert!(html(&"<div>".repeat(101)).starts_with("<pre class=\"unrendered\">\n&lt;div&gt;"));
    let long = rendered(&"é".repeat(BYTES_MAX / 2 + 1));
    assert!(long.html.ends_with("é\n…</pre>\n"));
}

#[test]
fn a_summary_is_one_clean_line() {
    let cases = [
        (
            "Use this when\\n\\n<example>\\nuser: \\\"hi\\\"</example>",
            80,
            "Use this when user: \"hi\"",
        ),
        ("**Bold** `code` [link](http://x) <br>next", 80, "Bold code link next"),
        ("Open <name> in *.rs and a_b_c", 80, "Open <name> in *.rs and a_b_c"),
        ("one two three", 9, "one two…"),
        ("one two, three", 9, "one two…"),
        ("onetwothree", 5, "onet…"),
        ("", 5, ""),
    ];
    for (text, max, want) in cases {
        assert_eq!(summary(text, max), want, "{text}");
    }
}

#[test]
fn plain_text_keeps_every_word_and_no_mark() {
    let text = "# A *b*\n\n- c `d`\n- [e](f \"g\")\n\n|h|i|\n|-|-|\n|j|k|\n\n<p>l</p> <tag>\n\n```\nm\n```";
    assert_eq!(plain(text), "A b\nc d\ne\nh i\nj k\nl <tag>\nm");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_text_renders_the_same_twice_and_stays_on_the_list(
        parts in proptest::collection::vec(
            prop_oneof![
                4 => proptest::sample::select(PROBES).prop_map(str::to_owned),
                4 => proptest::sample::select(&[
                    "\n", "\n\n", "> ", "- ", "  ", "    ", "*", "_", "`", "```\n", "|", "<b>", "</b>",
                    "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<ul>", "<p>",
                    "<a href=http://a>", "</a>", "<x>", "</x>", "[^1]", "\n[^1]: ", "[a](", ")", "# ",
                    "<details>", "<summary>", "&", "\u{fdd0}", "|a|b|\n|-|-|\n|", "- [ ] ", "> [!NOTE]\n",
                ][..]).prop_map(str::to_owned),
                1 => "\\PC{0,6}",
            ],
            0..30,
        )
    ) {
        let text = parts.concat();
        let once = rendered(&text);
        prop_assert_eq!(scan_finished(&once.html).err(), None, "{}", once.html);
        prop_assert_eq!(&once, &rendered(&text));
        plain(&text);
        let cut = summary(&text, 20);
        prop_assert!(cut.chars().count() <= 20 && !cut.contains('\n'), "{:?}", cut);
    }
}
