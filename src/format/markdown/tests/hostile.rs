//! Texts made to break a page or to keep it busy.

use proptest::prelude::*;

use super::*;

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
    const NAMES: [&str; 21] = [
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
        "height",
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

/// One for each way in that is known; the oracle is the scanner, so none names what it expects.
pub const PROBES: &[&str] = &[
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
    "```html\n</code></pre><script a=\"</code>\">x</script>\n```",
    "```sh\n&lt;script&gt; &amp;lt;b <b>\n```",
    "[a](other.md '<pre><code class=\"language-sh\">cd')",
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
        "<table>\n\n".to_owned() + &"x\n\n".repeat(20_000),
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
        "&".repeat(50_000),
        "a & b ".repeat(20_000),
        format!("<b>a</b>{}", "°".repeat(50_000)),
        format!("<b>a</b>{}", "\u{a0}".repeat(50_000)),
        format!("<p title=\"{}\">a", "&".repeat(100_000)),
        format!("[a](b '{}')", "&".repeat(100_000)),
        format!("```js\n{}", "1 ".repeat(100_000)),
        "```js\n1\n```\n".repeat(20_000),
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_text_renders_the_same_twice_and_stays_on_the_list(
        parts in proptest::collection::vec(
            prop_oneof![
                4 => proptest::sample::select(PROBES).prop_map(str::to_owned),
                4 => proptest::sample::select(&[
                    "\n", "\n\n", "> ", "- ", "  ", "    ", "*", "_", "`", "```\n", "```sh\n", "cd ", "|",
                    "<b>", "</b>",
                    "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<ul>", "<p>",
                    "<a href=http://a>", "</a>", "<x>", "</x>", "[^1]", "\n[^1]: ", "[a](", ")",
                    "# ",
                    "<details>", "<summary>", "&", "\u{fdd0}", "|a|b|\n|-|-|\n|", "- [ ] ",
                    "> [!NOTE]\n",
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
