//! Where an order means to write: one artifact for one agent, in one place of a project.

use crate::error::Problem;
use crate::model::deployment::Deployment;
use crate::model::id::{ArtifactId, Kind};
use crate::model::profile::{Profile, Where};
use crate::words;

#[derive(Clone, Debug)]
pub(super) struct Target {
    pub id: Option<ArtifactId>,
    pub kind: Kind,
    /// As records have it.
    pub name: String,
    /// The word of records.
    pub profile: String,
    pub platform: String,
    pub place: Where,
    /// The folder with the record, below the project.
    pub root: String,
}

impl Target {
    /// Where an artifact goes that is to be deployed.
    pub(super) fn new(id: &ArtifactId, profile: Profile) -> Result<Self, Problem> {
        let name = id.short_name();
        check_name(name)?;
        let place = profile.place(id.kind, name).map_err(|why| {
            let text = format!("`{id}` cannot be deployed: {} {why}", profile.label());
            Problem::error("SM632", text).help("choose another profile, or copy it by hand")
        })?;
        Ok(Self {
            id: Some(id.clone()),
            kind: id.kind,
            name: name.to_owned(),
            profile: profile.word().to_owned(),
            platform: profile.platform().to_owned(),
            root: profile.record_root(&place).to_owned(),
            place,
        })
    }

    /// Where something stands that was deployed.
    pub(super) fn of(deployment: &Deployment) -> Result<Self, Problem> {
        let Deployment { kind, name, path, .. } = deployment;
        let (file, part) =
            path.split_once('#').map_or((path.as_str(), None), |(f, p)| (f, Some(p)));
        let known = deployment.profile.parse::<Profile>().ok();
        let place = match (kind, part) {
            (Kind::Mcp | Kind::Hook, Some(_)) => place_of_part(*kind, name, file),
            (Kind::Skill, None) => Some(Where::Dir(path.clone())),
            (Kind::Command | Kind::Agent, None) => Some(Where::File(path.clone())),
            _ => None,
        };
        let Some(place) = place else {
            let text =
                format!("`{}` is nothing that can be changed from here", words::visible(path));
            return Err(
                Problem::error("SM637", text).help("change it with the tool that put it there")
            );
        };
        let first = path.split('/').next().unwrap_or_default().to_owned();
        let root = match (&place, known) {
            (Where::Dir(_) | Where::File(_), _) => first,
            (_, Some(profile)) => profile.record_root(&place).to_owned(),
            _ => ".claude".to_owned(),
        };
        Ok(Self {
            id: deployment.id.clone(),
            kind: *kind,
            name: name.clone(),
            profile: deployment.profile.clone(),
            platform: known.map_or("other", Profile::platform).to_owned(),
            place,
            root,
        })
    }

    /// The path of its record's entry, below the folder with the record.
    pub(super) fn recorded_path(&self) -> String {
        let below = |path: &str| {
            let prefix = format!("{}/", self.root);
            path.strip_prefix(&prefix).unwrap_or(path).to_owned()
        };
        match &self.place {
            Where::Dir(path) | Where::File(path) => below(path),
            Where::Server { .. } => format!("mcp/{}", self.name),
            Where::Hooks { dir, .. } => below(dir),
        }
    }

    /// Where it stands, as people read it.
    pub(super) fn path(&self) -> String {
        match &self.place {
            Where::Dir(path) | Where::File(path) => path.clone(),
            Where::Server { file, .. } => format!("{file}#{}", self.name),
            Where::Hooks { file, .. } => format!("{file}#hooks"),
        }
    }

    pub(super) fn label(&self) -> String {
        self.id.as_ref().map_or_else(|| self.name.clone(), ToString::to_string)
    }
}

fn place_of_part(kind: Kind, name: &str, file: &str) -> Option<Where> {
    let places = Profile::ALL.into_iter().filter_map(|profile| profile.place(kind, name).ok());
    places.into_iter().find(|place| match place {
        Where::Server { file: one, .. } | Where::Hooks { file: one, .. } => one == file,
        _ => false,
    })
}

/// What is safe as the name of a file everywhere: the rule of `gh skill`.
fn check_name(name: &str) -> Result<(), Problem> {
    let is_safe = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b' '))
        && !name.ends_with(['.', ' ']);
    if is_safe {
        return Ok(());
    }
    let text = format!("`{}` cannot be the name of a file in a project", words::visible(name));
    Err(Problem::error("SM633", text).help("rename the artifact in its source"))
}
