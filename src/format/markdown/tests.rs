//! What a text may do to a page: shown by example, and held by a scanner over the finished HTML.

mod hostile;
mod settled;

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

#[test]
fn headings_follow_each_other_without_a_gap_whatever_their_levels() {
    let levels = |text: &str| -> Vec<usize> {
        rendered(text).toc.iter().map(|heading| heading.level).collect()
    };
    assert_eq!(levels("# a\n\n## b\n\n### c\n\n## d\n\n# e"), [2, 3, 4, 3, 2]);
    assert_eq!(levels("### a\n\n##### b\n\n##### c\n\n### d"), [2, 3, 3, 2]);
    assert_eq!(levels("## a\n\n# b\n\n#### c"), [2, 2, 3]);
    assert_eq!(levels("<h1>a</h1>\n\n### b"), [3]);
    check("#### A", &heading(2, "a", "A", "A"));
}

#[test]
fn a_heading_without_words_is_left_out() {
    let want = format!("{}<p>b</p>", heading(2, "a", "A", "A"));
    check("#\n\n# A\n\n## ##\n\nb", &want);
}

/// A heading as it is shown.
fn heading(level: usize, id: &str, name: &str, html: &str) -> String {
    format!(
        "<h{level} id=\"x-{id}\">{html}<a class=\"anchor\" href=\"#x-{id}\" \
         aria-label=\"Link to {name}\"></a></h{level}>"
    )
}

/// Problems as `line:column code message`.
fn problems(text: &str) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem.place.as_ref().unwrap();
        format!("{}:{} {} {}", place.line, place.column, problem.code, problem.message)
    };
    rendered(text).problems.iter().map(line).collect()
}

#[test]
fn markdown_becomes_plain_html_without_inline_style() {
    check(
        "# A *b*\n\nc `d<` ~~e~~",
        &format!(
            "{}<p>c <code>d&lt;</code> <del>e</del></p>",
            heading(2, "a-b", "A b", "A <em>b</em>")
        ),
    );
    check(
        "|a|b|\n|:-:|-|\n|1|2|",
        "<div class=\"table-scroll\">\n<table>\n<thead>\n\
         <tr><th scope=\"col\" class=\"align-center\">a</th>\
         <th scope=\"col\">b</th></tr>\n</thead>\n<tbody>\n\
         <tr><td class=\"align-center\">1</td>\
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
fn code_is_highlighted_where_its_language_is_known() {
    let pre = |code: &str| format!("<pre><code class=\"language-sh\">{code}\n</code></pre>");
    check("```sh\ncd <a> & b\n```", &pre("<span class=\"k\">cd</span> &lt;a&gt; &amp; b"));
    let hidden = "<span class=\"hidden-char\" title=\"hidden character\">\\u{200b}</span>";
    check("```sh\ncd \u{200b}\n```", &pre(&format!("cd {hidden}")));
    check("```x\ncd\n```", "<pre><code class=\"language-x\">cd\n</code></pre>");
    check("<pre><code class=\"language-sh\">cd</code></pre>", "<pre><code>cd</code></pre>");
}

#[test]
fn tags_of_prompts_stay_visible_and_what_is_between_them_is_markdown() {
    let tag = |text: &str| format!("<span class=\"raw-tag\">&lt;{text}&gt;</span>");
    check(
        "<example>\nuser: **hi**\nhelper: ho\n</example>",
        &format!(
            "<p>{}<br>\nuser: <strong>hi</strong><br>\nhelper: ho<br>\n{}</p>",
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
            "<p><a class=\"remote-image\" href=\"http://t.example/p.gif\" {rel}>\
             image: a (t.example)</a></p>"
        ),
    );
    check(
        "[![a](http://t/p)](http://c)",
        &format!("<p><a href=\"http://c\" {rel}>image: a</a></p>"),
    );
    check(
        "[A](#B-c)\n\n# B c",
        &format!("<p><a href=\"#x-b-c\">A</a></p>\n{}", heading(2, "b-c", "B c", "B c")),
    );
    assert_eq!(
        problems("a\n\n<tag>\né [x](gone.md) [y](#no) ![z](data:x) [w](evil)\n"),
        [
            "14:3 SM351 the link `gone.md` leads nowhere: no such file",
            "14:16 SM351 the link to `#no` leads to no heading of this text",
            "14:25 SM352 the image `data:x` leads nowhere: `data:` is not allowed",
            "14:38 SM352 the link `evil` leads nowhere: `javascript:` is not allowed",
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
        ["12:1 SM353 the text has 1 hidden character, shown as escapes"]
    );
}

#[test]
fn nothing_of_ours_is_removed_by_the_sanitiser() {
    let text = "# A\n\n- [ ] b\n\n|c|\n|-|\n|[d](other.md) ![e](pic.png)|\n\n> [!TIP]\n> f[^1]\n\n\
        [^1]: g\n\n```rust\nh\n```\n\n<example>\n\n\
        <details open><summary>i</summary></details>\n\u{202e}";
    let mut options = Options::new("a.md", &resolve);
    options.id_prefix = "x-";
    let source = scan::Source::read(text);
    let raw =
        write::write(scan::scan(&source, &options).ok().unwrap(), &options).ok().unwrap().html;
    let same = |html: &str| html.replace("=\"\"", "");
    assert_eq!(same(&sanitise::clean(&raw)), same(&raw));
}

#[test]
fn over_a_limit_the_text_is_shown_as_it_is_with_the_reason() {
    let deep = rendered(&"> ".repeat(101));
    assert!(deep.html.starts_with("<pre class=\"unrendered\">&gt; &gt; "));
    assert_eq!(
        deep.problems[0].to_string(),
        "warning[SM354]: the text is nested deeper than 100 levels and is shown unrendered\n  \
         --> SKILL.md:11"
    );
    assert!(html(&"<div>".repeat(101)).starts_with("<pre class=\"unrendered\">&lt;div&gt;"));
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
    let text = "# A *b*\n\n- c `d`\n- [e](f \"g\")\n\n\
        |h|i|\n|-|-|\n|j|k|\n\n<p>l</p> <tag>\n\n<!-- x\n\ny -->\n\n```\nm\n```";
    assert_eq!(plain(text), "A b\nc d\ne\nh i\nj k\nl <tag>\nm");
}
