//! A catalog's own look: its style sheet and templates, in `build` and under `serve --watch`.

use crate::case::Case;
use crate::serve::Server;

#[test]
fn a_style_sheet_of_ones_own_comes_after_the_built_in_one() {
    let case = Case::new();
    case.write("templates/static/own.css", ":root { --accent: #0b6947; }\n");
    case.synced().built();
    let site = case.site();
    let own = site.keys().find(|path| path.starts_with("assets/own.")).expect("published");
    let home = case.read("public/index.html");
    let (before, after) = home.split_once(own.as_str()).expect("linked");
    assert!(before.contains("assets/site.") && after.contains("</head>"), "{home}");
    let page = case.read("public/tags/index.html");
    assert!(page.contains(&format!("href=\"../{own}\"")), "{page}");
}

#[test]
fn a_template_of_ones_own_extends_the_one_it_replaces_on_every_page() {
    let case = Case::new();
    case.write(
        "templates/base.html",
        "{% extends \"builtin/base.html\" %}\n\
         {% block footer %}{{ super() }}<p>Ours: {{ page.site_title }}</p>{% endblock %}\n",
    );
    case.write("templates/static/favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n");
    case.synced().built();
    let site = case.site();
    // Without a known address, 404.html stands alone.
    let pages = site.keys().filter(|path| path.ends_with("index.html"));
    for path in pages {
        let html = case.read(&format!("public/{path}"));
        assert_eq!(html.matches("<p>Ours: ").count(), 1, "{path}");
        assert_eq!(html.matches("Built with skillmeat").count(), 1, "{path}");
    }
    let icon = site.keys().find(|path| path.starts_with("assets/favicon.")).expect("published");
    assert_eq!(
        case.read(&format!("public/{icon}")),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"
    );
}

#[test]
fn a_template_that_fails_names_its_line_and_leaves_the_site() {
    let case = Case::new();
    case.synced().built();
    let before = case.site();
    case.write("templates/tags.html", "{% extends \"base.html\" %}\n{{ view.nothing.here }}\n");
    case.write("templates/home.html", "a\n{% block main %}{{ page.nothing }}{% endblock %}\n");
    let ran = case.run("build");
    let told = ran.ends(2).told();
    assert!(told.iter().any(|one| one.head.starts_with("error[SM603]")), "{}", ran.err);
    assert!(ran.err.contains("--> templates/home.html:2"), "{}", ran.err);
    assert_eq!(case.site(), before);
}

#[test]
fn a_served_page_follows_templates_styles_and_its_own_title() {
    let case = Case::new();
    case.write("content/guide.md", "---\ntitle: Guide\n---\nWords.\n");
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    assert!(server.get("/guide/").body.contains("<h1>Guide</h1>"));

    case.write(
        "templates/content.html",
        "{% extends \"base.html\" %}{% block main %}<h2>{{ view.title }}</h2>{% endblock %}",
    );
    server.wait_for("/guide/", |answer| answer.body.contains("<h2>Guide</h2>"));

    case.write("templates/static/own.css", "body { color: red }\n");
    let page = server.wait_for("/guide/", |answer| answer.body.contains("assets/own."));
    let at = page.body.find("assets/own.").expect("linked");
    let path = page.body[at..].split('"').next().expect("quoted");
    assert_eq!(server.get(&format!("/{path}")).body, "body { color: red }\n");

    // What cannot be parsed keeps the last good pages.
    case.write("templates/content.html", "{% if %}");
    server.wait_for("/api/v1/status", |answer| answer.body.contains("SM601"));
    assert!(server.get("/guide/").body.contains("<h2>Guide</h2>"));

    case.remove("templates");
    case.write("content/guide.md", "---\ntitle: Renamed\n---\nWords.\n");
    server.wait_for("/guide/", |answer| answer.body.contains("<h1>Renamed</h1>"));
}
