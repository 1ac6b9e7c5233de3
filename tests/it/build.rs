//! `build`: the same bytes from the same catalog, and nothing done when nothing changed.

use crate::case::{Case, times};

#[test]
fn a_fresh_catalog_builds_and_a_second_build_writes_nothing() {
    let case = Case::new();
    case.synced();
    let first = case.run("build --json").ends(0).json();
    assert!(first["pages"].as_u64() > Some(0) && first["written"].as_u64() > Some(0), "{first}");
    let (site, stamps) = (case.files("public"), times(&case.path("public")));
    for page in ["index.html", "404.html", "collections/team/index.html", "sync/index.html"] {
        assert!(site.contains_key(page), "{page} is missing: {:?}", site.keys());
    }
    assert!(site.contains_key("a/local/skill/report/index.html"));
    let second = case.run("build --json").ends(0).json();
    assert_eq!((&second["written"], &second["deleted"]), (&0.into(), &0.into()), "{second}");
    assert_eq!(case.files("public"), site);
    assert_eq!(times(&case.path("public")), stamps, "a file was written again");
}

#[test]
fn a_build_after_any_edit_equals_a_build_from_nothing() {
    let case = Case::new();
    case.synced().built();
    case.skill("content/artifacts/skills/second", "Another one");
    case.write("content/guide.md", "# Guide\n\nWords.\n");
    case.synced().built();
    case.write(
        "collections/team/groups/documents.yaml",
        "title: Documents\nmembers:\n  local/skill/second:\n",
    );
    case.remove("content/artifacts/skills/report").remove("content/guide.md");
    case.synced().built();
    let edited = case.site();
    case.remove("public").remove("../cache");
    case.built();
    assert_eq!(case.site(), edited);
}

#[test]
fn the_same_catalog_makes_the_same_bytes_everywhere() {
    let mut case = Case::new();
    for n in 0..20 {
        case.skill(&format!("content/artifacts/skills/s{n}"), "One of many");
    }
    let vendor = case.repository("vendor");
    vendor.skill("skills/pdf", "Reads PDF").commit();
    let config = format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{}\"}}\n",
        vendor.url()
    );
    case.config(&config);
    case.synced();
    case.set("RAYON_NUM_THREADS", "1");
    case.built();
    let (site, tracked) = (case.files("public"), case.tracked());

    case.remove("public").remove("../cache");
    std::fs::create_dir(case.path("../elsewhere")).expect("another home");
    let home = case.path("../elsewhere").to_string_lossy().into_owned();
    case.set("HOME", &home).set("TZ", "Pacific/Kiritimati").set("RAYON_NUM_THREADS", "4");
    case.set("LANG", "tr_TR.UTF-8").set("LC_ALL", "tr_TR.UTF-8");
    case.shell("umask 077; \"$0\" sync && \"$0\" build").ends(0);
    assert_eq!(case.files("public"), site);
    assert_eq!(case.tracked(), tracked);
}

#[test]
fn only_status_js_knows_when_the_sources_were_synced() {
    let mut case = Case::new();
    case.skill("../side/skills/t", "Beside");
    case.config("sources:\n  side: {path: ../side}\n").synced().built();
    let site = case.files("public");
    case.set("SOURCE_DATE_EPOCH", "1767312000").synced().built();
    let mut changed = case.files("public");
    changed.retain(|path, hash| site.get(path) != Some(hash));
    assert_eq!(changed.into_keys().collect::<Vec<_>>(), ["status.js"]);
}

#[test]
fn build_deletes_only_what_it_wrote_and_takes_no_folder_of_others() {
    let case = Case::new();
    case.synced().built();
    case.write("public/mine.txt", "kept\n");
    case.remove("content/artifacts/skills/report");
    case.skill("content/artifacts/skills/other", "Another one");
    case.synced().built();
    assert_eq!(case.read("public/mine.txt"), "kept\n");

    case.write("other/file.txt", "not ours\n");
    let ran = case.run("build -o other");
    ran.ends(2).tells("error[SM6", "");
    assert_eq!(case.files("other").len(), 1);
}

#[test]
fn neither_site_nor_lock_names_a_path_of_this_machine() {
    let case = Case::new();
    case.skill("../vendor/skills/pdf", "Reads PDF");
    let web_shop = "../web-shop/.claude/skills/pdf";
    case.skill(web_shop, "Reads PDF");
    let outside = case.path("../vendor").to_string_lossy().into_owned();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{path: \"{outside}\"}}\n\
         projects:\n  web-shop: {{path: ../web-shop}}\n"
    ));
    case.synced().built();
    let home = case.path("../").to_string_lossy().trim_end_matches('/').to_owned();
    let mut texts = vec![("skillmeat.lock".to_owned(), case.read("skillmeat.lock"))];
    for path in case.files("public").into_keys() {
        if let Ok(text) = std::fs::read_to_string(case.path(&format!("public/{path}"))) {
            texts.push((path, text));
        }
    }
    for (path, text) in texts {
        assert!(!text.contains(&home), "{path} names {home}");
    }
}

#[test]
fn a_page_at_an_address_of_the_site_itself_moves_and_is_told() {
    let case = Case::new();
    case.write("content/tags.md", "# Our tags\n\nWhat we call things.\n");
    case.synced().built();
    assert!(case.read("public/pages/tags/index.html").contains("What we call things."));
    assert!(!case.read("public/tags/index.html").contains("What we call things."));
    let told = case.run("check").ends(0).out.clone();
    assert!(told.contains("note[SM621]") && told.contains("content/tags.md"), "{told}");
}
