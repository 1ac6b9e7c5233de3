//! The catalog that the pages are tested with, and its files.

use std::collections::BTreeMap;

use crate::catalog::contents::Contents;
use crate::catalog::{
    Catalog, ContentImage, ContentPage, Index, Removed, ResolvedCollection, ResolvedGroup,
    ResolvedView, SourceState, Stamps,
};
use crate::error::{Error, Place, Problem, Result};
use crate::format::config::SiteSettings;
use crate::model::artifact::{Artifact, External, File, HookAction, Server};
use crate::model::collection::{Collection, Group, Selector, View};
use crate::model::deployment::{By, Deployment, ProjectState, State};
use crate::model::hash::ContentHash;
use crate::model::history::History;
use crate::model::id::{ArtifactId, Kind};
use crate::model::source::{Address, Source};
use crate::site::routes::Routes;
use crate::site::theme::Theme;
use crate::site::{Options, Site};

/// Words that would hurt if they were taken for anything but words.
pub(super) const HOSTILE: &str =
    r#"<script>alert(1)</script>"><img src=x onerror='alert(2)'>{{7*7}}{% x %}"#;

pub(in crate::site) struct Texts(pub BTreeMap<ContentHash, Vec<u8>>);

impl Contents for Texts {
    fn read(&self, _artifact: &Artifact, file: &File) -> Result<Vec<u8>> {
        self.0.get(&file.hash).cloned().ok_or_else(|| {
            Error::from(Problem::error("SM501", format!("`{}` is not in the cache", file.path)))
        })
    }

    fn history(&self, artifact: &Artifact) -> Result<Option<History>> {
        Ok(super::history::of(artifact))
    }
}

pub(in crate::site) struct Fixture {
    pub catalog: Catalog,
    pub texts: Texts,
    pub theme: Theme,
    pub options: Options,
}

impl Fixture {
    pub fn site<T>(&self, check: impl FnOnce(Site<'_>) -> T) -> T {
        let routes = Routes::new(&self.catalog, &self.theme, &self.options);
        check(Site {
            catalog: &self.catalog,
            contents: &self.texts,
            theme: &self.theme,
            options: &self.options,
            routes: &routes,
        })
    }
}

fn artifact(texts: &mut Texts, id: &str, files: &[(&str, &str)]) -> Artifact {
    let id: ArtifactId = id.parse().unwrap();
    let mut listed: Vec<File> = files
        .iter()
        .map(|(path, text)| {
            let hash = ContentHash::of(text.as_bytes());
            texts.0.insert(hash, text.as_bytes().to_vec());
            File { path: (*path).into(), size: text.len() as u64, hash, executable: false }
        })
        .collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    let document = files.first().map(|(path, _)| (*path).to_owned());
    let path = format!("{}s/{}", id.kind, id.short_name());
    Artifact {
        hash: ContentHash::of_files(listed.iter().map(|file| (file.path.as_str(), file.hash))),
        document,
        files: listed,
        ..Artifact::empty(id, path)
    }
}

fn source(name: &str, address: Address) -> SourceState {
    let inside = matches!(address, Address::Path(_));
    let url = "https://github.com/example/artifacts";
    let git = !inside;
    SourceState {
        source: Source {
            name: name.into(),
            address,
            include: vec!["skills/**".into()],
            exclude: Vec::new(),
            tags: vec!["vendor".into()],
            place: Place::file("skillmeat.yaml"),
        },
        address: if inside { "content/artifacts".into() } else { url.into() },
        web: git.then(|| url.to_owned()),
        commit: git.then(|| "9d2f1ae6c0ffee0123456789abcdef0123456789".to_owned()),
        commit_date: git.then(|| "2026-07-02".parse().unwrap()),
        inside,
        synced_at: git.then(|| "2026-11-22T08:00:00Z".parse().unwrap()),
        failed: None,
        is_locked: true,
        problems: Vec::new(),
    }
}

fn group(slug: &str, title: &str, color: &str, members: Vec<Index>) -> ResolvedGroup {
    ResolvedGroup {
        definition: Group {
            slug: slug.into(),
            file: format!("collections/platform/groups/{slug}.yaml"),
            title: title.into(),
            description: "What belongs together.".into(),
            icon: None,
            color: Some(color.into()),
            order: 10,
            include: Vec::new(),
            members: Vec::new(),
            exclude: Vec::new(),
        },
        members,
        gone: vec!["vendor/skill/old".parse().unwrap()],
    }
}

fn collection(slug: &str, title: &str, members: Vec<Index>) -> ResolvedCollection {
    let half = members.len() / 2;
    ResolvedCollection {
        definition: Collection {
            slug: slug.into(),
            file: format!("collections/{slug}/collection.yaml"),
            title: title.into(),
            description: "What the platform team uses every day, kept current.".into(),
            owner: Some("platform".into()),
            order: 10,
            include: vec![Selector { source: vec!["vendor".into()], ..Selector::default() }],
            exclude: Vec::new(),
            pins: Vec::new(),
            views: Vec::new(),
            groups: Vec::new(),
        },
        groups: vec![
            group("documents", "Documents", "blue", members[..half].to_vec()),
            group("empty", "Empty", "no-such", Vec::new()),
        ],
        ungrouped: members[half..].to_vec(),
        views: vec![ResolvedView {
            definition: View { slug: "new".into(), title: "New".into(), include: Vec::new() },
            members: Vec::new(),
        }],
        members,
        gone: vec!["vendor/skill/old".parse().unwrap()],
    }
}

fn deployment(name: &str, id: Option<&str>, state: State) -> Deployment {
    Deployment {
        kind: Kind::Skill,
        name: name.into(),
        id: id.map(|id| id.parse().unwrap()),
        profile: "claude_code".into(),
        state,
        path: format!(".claude/skills/{name}"),
        by: Some(By::SkillMeat),
        links: Vec::new(),
        deployed_at: Some("2026-11-01".parse().unwrap()),
        base: Some("original:d15f00000000".into()),
        here: None,
    }
}

fn artifacts(texts: &mut Texts) -> Vec<Artifact> {
    let mut all = Vec::new();
    for n in 0..70 {
        let text = format!("---\nname: s{n}\n---\n# Skill {n}\n\nRead [the notes](notes.md).\n");
        let id = format!("vendor/skill/s{n}");
        let mut one = artifact(texts, &id, &[("SKILL.md", &text), ("notes.md", "# Notes\n")]);
        one.description = format!("Reads and writes the documents of step {n}, with forms.");
        one.tags = vec!["documents".into(), format!("tag {}", n % 5)];
        one.changed = Some("2026-07-02".parse().unwrap());
        one.version = (n % 3 == 0).then(|| format!("1.{n}.0"));
        all.push(one);
    }
    all.push(hostile(texts));
    let mut server = artifact(texts, "local/mcp/files", &[(".mcp.json", SECRETS)]);
    server.path = ".mcp.json#files".into();
    server.can.server = Some(Server {
        transport: "stdio".into(),
        command: Some("npx".into()),
        args: vec!["-y".into(), "files server".into()],
        env: vec!["TOKEN".into()],
        ..Server::default()
    });
    server.fields = vec![("env".into(), r#"{"TOKEN": "s3cret"}"#.into())];
    all.push(server);
    let mut plugin = artifact(texts, "vendor/plugin/kit", &[]);
    plugin.context = Some(ContentHash::of(b"entry"));
    plugin.can.external =
        Some(External { url: "https://u:s3cret@example.com/kit".into(), path: None, at: None });
    all.push(plugin);
    let mut member = artifact(texts, "vendor/agent/kit:helper", &[("helper.md", "# Helper\n")]);
    member.plugin = Some("kit".into());
    all.push(member);
    let mut hook = artifact(texts, "local/hook/guard", &[("hooks.json", "{\"hooks\": {}}\n")]);
    hook.can.hooks = vec![HookAction {
        event: "PreToolUse".into(),
        matcher: Some("Bash".into()),
        kind: "command".into(),
        action: "./guard.sh".into(),
    }];
    all.push(hook);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

const SECRETS: &str = r#"{"command": "npx", "env": {"TOKEN": "s3cret", "HOME": "${HOME}"}}"#;

fn hostile(texts: &mut Texts) -> Artifact {
    let text = format!("# {HOSTILE}\n\n{HOSTILE}\n\n[x](javascript:alert(3)) ![i](//evil/x.png)\n");
    let files = [("SKILL.md", text.as_str()), ("x.html", HOSTILE), ("y.svg", "<svg onload=a>")];
    let mut one = artifact(texts, "local/skill/hostile", &files);
    one.title = Some(HOSTILE.into());
    one.description = HOSTILE.into();
    one.version = Some(HOSTILE.into());
    one.license = Some(HOSTILE.into());
    one.author = Some(HOSTILE.into());
    one.homepage = Some("javascript:alert(4)".into());
    one.tags = vec![HOSTILE.into()];
    one.fields = vec![(HOSTILE.into(), HOSTILE.into())];
    one.can.tools = vec![HOSTILE.into()];
    one.aliases = vec![HOSTILE.into()];
    one.problems = vec![Problem::warning("SM301", HOSTILE).at(Place::new("SKILL.md", 1, 1))];
    one
}

const GUIDE: &str = "Read [more](more.md#x).\n\n![wide](images/A%20b.png) ![no](images/no.png)\n";

fn page(file: &str, url: &str, title: &str, body: &str) -> ContentPage {
    ContentPage {
        file: file.into(),
        url: url.into(),
        title: title.into(),
        description: None,
        order: None,
        body: body.into(),
    }
}

pub(super) fn fixture() -> Fixture {
    let mut texts = Texts(BTreeMap::new());
    let artifacts = artifacts(&mut texts);
    let all: Vec<Index> = (0..artifacts.len()).collect();
    let site = SiteSettings {
        title: "Team catalog".into(),
        description: "Skills, agents and commands that our teams share.".into(),
        base_url: None,
        edit_url: Some("https://example.org/edit/{path}".into()),
        pages: vec!["content".into()],
    };
    let deployments = vec![
        deployment("s1", Some("vendor/skill/s1"), State::InSync),
        deployment("s2", Some("vendor/skill/s2"), State::Outdated),
        deployment("old", Some("vendor/skill/old"), State::Orphaned),
        deployment(HOSTILE, None, State::Untracked),
    ];
    let project = |name: &str, deployments| ProjectState {
        name: name.into(),
        scanned: Some("2026-11-20".parse().unwrap()),
        deployments,
    };
    let git = Address::Git { url: "https://github.com/example/artifacts".into(), reference: None };
    let catalog = Catalog {
        site,
        sources: vec![
            source("local", Address::Path("content/artifacts".into())),
            source("vendor", git),
        ],
        slugs: artifacts.iter().map(|one| crate::model::slug::slug(&one.id.name)).collect(),
        memberships: all.iter().map(|_| vec![0]).collect(),
        artifacts: artifacts.into_iter().map(Into::into).collect(),
        removed: vec![Removed {
            id: "vendor/skill/old".parse().unwrap(),
            path: "skills/old".into(),
            date: "2026-08-01".parse().unwrap(),
        }],
        collections: vec![
            collection("platform", "Platform", all),
            collection("hostile", HOSTILE, Vec::new()),
        ],
        projects: vec![project("web-shop", deployments), project("empty", Vec::new())],
        abouts: Vec::new(),
        pages: vec![
            page("content/guide.md", "guide/", "Guide", GUIDE),
            page("content/index.md", "", "Welcome", "Welcome.\n"),
            page("content/more.md", "pages/collections/", HOSTILE, HOSTILE),
        ],
        images: vec![ContentImage {
            file: "content/images/A b.png".into(),
            bytes: b"\x89PNG".to_vec(),
        }],
        problems: vec![Problem::warning("SM204", HOSTILE)],
        stamps: Stamps { config: Some("0b1f2c3d4e5f".into()), lock: None },
        files: Default::default(),
    };
    let theme = Theme::load(BTreeMap::new()).unwrap();
    Fixture { catalog, texts, theme, options: Options::default() }
}

pub(in crate::site) fn empty() -> Fixture {
    let mut fixture = fixture();
    let catalog = &mut fixture.catalog;
    catalog.sources.clear();
    catalog.artifacts.clear();
    catalog.slugs.clear();
    catalog.memberships.clear();
    catalog.removed.clear();
    catalog.collections.clear();
    catalog.projects.clear();
    catalog.pages.clear();
    catalog.images.clear();
    catalog.problems.clear();
    fixture
}
