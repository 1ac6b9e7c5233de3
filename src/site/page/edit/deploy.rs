//! The forms that deploy, update, remove and go back: what is to be chosen, and the whole plan before
//! anything of it is written.

use serde::Serialize;

use super::{Asked, Choice, Hidden, Item, items, what};
use crate::catalog::Index;
use crate::deploy::order;
use crate::deploy::plan::{Action, FileChange, Plan, Run, Step};
use crate::error::{Problem, Result};
use crate::format::diff;
use crate::model::deployment::State;
use crate::model::profile::Profile;
use crate::site::Site;
use crate::site::page::card::StateView;
use crate::site::page::frame::{self, Head, Link, ProblemView, line};
use crate::site::page::history::{FileView, changed_file};
use crate::words;

/// The names of these forms.
pub const FORMS: [&str; 4] = ["deploy", "update", "undeploy", "rollback"];
/// Files of a plan whose lines are shown.
const FILES_MAX: usize = 100;
/// Artifacts that a page names.
const ITEMS_MAX: usize = 200;

/// What an order for a project comes to, or why it cannot be carried out.
pub struct Outcome {
    pub project: String,
    pub plan: Result<Plan, Vec<Problem>>,
}

#[derive(Serialize)]
struct View {
    hidden: Hidden,
    heading: String,
    lead: Option<String>,
    /// What it is about, unless all of a place.
    items: Vec<Item>,
    place: Option<Place>,
    /// To choose from; else the one project is in `kept`.
    projects: Vec<ProjectChoice>,
    profiles: Vec<ProfileChoice>,
    /// Fields that are not to be chosen here.
    kept: Vec<(&'static str, String)>,
    plans: Vec<PlanView>,
    /// Whether there is something to do, and nothing in its way.
    is_ready: bool,
    has_hidden: bool,
    allow_hidden: bool,
    submit: String,
    is_danger: bool,
}

/// A collection or a group as a whole.
#[derive(Serialize)]
struct Place {
    n: usize,
    names: Vec<String>,
    n_more: usize,
}

#[derive(Serialize)]
struct ProjectChoice {
    value: String,
    label: String,
    /// `has it: in sync`
    note: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ProfileChoice {
    value: &'static str,
    label: &'static str,
    /// What it cannot take, and why.
    note: String,
    is_possible: bool,
    is_chosen: bool,
}

#[derive(Serialize)]
struct PlanView {
    project: String,
    /// As the form sends it: the digest and the project.
    consent: String,
    problems: Vec<ProblemView>,
    steps: Vec<StepView>,
    /// Something in it waits for a choice.
    is_open: bool,
    files: Vec<PlannedFile>,
    n_more_files: usize,
    plus: usize,
    minus: usize,
    runs: Vec<RunView>,
    hidden: Vec<String>,
}

#[derive(Serialize)]
struct StepView {
    id: String,
    label: String,
    /// `add`, and as people read it.
    action: &'static str,
    words: &'static str,
    state: Option<StateView>,
    profile: String,
    path: String,
    note: Option<String>,
    conflicts: usize,
    choices: Vec<Choice>,
    compare_url: Option<String>,
}

#[derive(Serialize)]
struct PlannedFile {
    #[serde(flatten)]
    file: FileView,
    size: String,
}

#[derive(Serialize)]
struct RunView {
    id: String,
    when: String,
    what: String,
    env: String,
}

/// One of [`FORMS`], with what its orders come to; `None` where what it asks for is not there.
pub fn render(
    site: &Site<'_>,
    name: &str,
    asked: &Asked<'_>,
    outcomes: &[Outcome],
) -> Result<Option<Vec<u8>>> {
    let Some(name) = FORMS.into_iter().find(|known| *known == name) else { return Ok(None) };
    let Some(artifacts) = artifacts(site, asked) else { return Ok(None) };
    let is_place = asked.one("collection").is_some() && asked.one("id").is_none();
    let items = items(site, &artifacts);
    let named = what(&items);
    let project = asked.one("project").map(line).unwrap_or_default();
    let plans: Vec<PlanView> = outcomes.iter().map(|one| plan_view(site, asked, one)).collect();
    let has_hidden = plans.iter().any(|plan| !plan.hidden.is_empty());
    let n_runs: usize = plans.iter().map(|plan| plan.runs.len()).sum();
    let (heading, verb) = match name {
        "deploy" => (format!("Deploy {named}"), "Deploy"),
        "update" if artifacts.is_empty() => (format!("Update {project}"), "Update"),
        "update" => (format!("Update {named} in {project}"), "Update"),
        "undeploy" => (format!("Remove {named} from {project}?"), "Remove"),
        _ if asked.one("to").is_some() => (format!("Roll {project} back"), "Roll back"),
        _ => (format!("Undo in {project}"), "Undo"),
    };
    let is_deploy = name == "deploy";
    let next = asked.one("project").and_then(|name| project_url(site, name));
    let hidden = Hidden::new(site, asked, name, &[]).next(next.unwrap_or_default());
    let view = View {
        hidden: hidden.with_wrong(asked, &["project"]),
        heading: heading.clone(),
        lead: asked.one("again").map(|_| {
            "It is not as it was shown any more. Nothing was written: look again.".to_owned()
        }),
        place: is_place.then(|| place(&items)),
        projects: if is_deploy { projects(site, asked, &artifacts) } else { Vec::new() },
        profiles: if is_deploy { profiles(site, asked, &artifacts) } else { Vec::new() },
        kept: kept(asked, is_deploy, is_place),
        items: if is_place { Vec::new() } else { items },
        is_ready: is_ready(outcomes),
        plans,
        has_hidden,
        allow_hidden: asked.one("allow_hidden").is_some(),
        submit: match n_runs {
            0 => verb.to_owned(),
            n => format!("{verb}, and let {} run", words::count(n, "command")),
        },
        is_danger: name == "undeploy",
    };
    let head = Head {
        title: heading,
        section: "deployments/",
        crumbs: vec![Link::new("Deployments", "deployments/")],
        ..Head::default()
    };
    frame::render(site, &format!("edit/{name}/index.html"), "edit-deploy.html", &head, view)
        .map(Some)
}

fn is_ready(outcomes: &[Outcome]) -> bool {
    let plan =
        |one: &Outcome| one.plan.as_ref().is_ok_and(|plan| plan.undecided().next().is_none());
    let has_files = |one: &Outcome| one.plan.as_ref().is_ok_and(|plan| !plan.files.is_empty());
    !outcomes.is_empty() && outcomes.iter().all(plan) && outcomes.iter().any(has_files)
}

/// The artifacts that are named, or those of the place.
fn artifacts(site: &Site<'_>, asked: &Asked<'_>) -> Option<Vec<Index>> {
    if asked.one("id").is_some() || asked.one("collection").is_none() {
        return asked.artifacts(site.catalog);
    }
    let (_, of) = asked.collection(site)?;
    match asked.one("group").filter(|slug| !slug.is_empty()) {
        None => Some(of.members.clone()),
        Some(_) => Some(asked.group(of)?.1.members.clone()),
    }
}

fn place(items: &[Item]) -> Place {
    let names = items.iter().take(ITEMS_MAX).map(|item| item.label.clone());
    Place { n: items.len(), names: names.collect(), n_more: items.len().saturating_sub(ITEMS_MAX) }
}

/// What goes on from one page to the next as it is.
fn kept(asked: &Asked<'_>, is_deploy: bool, is_place: bool) -> Vec<(&'static str, String)> {
    let all: &[&str] = if is_deploy {
        &["at", "collection", "group"]
    } else {
        &["project", "profile", "to", "receipt", "collection", "group"]
    };
    let own = ["at", "project", "profile", "to", "receipt", "collection", "group"];
    let is_wanted =
        |name: &&str| all.contains(name) && (is_place || !matches!(*name, "collection" | "group"));
    own.into_iter()
        .filter(is_wanted)
        .filter_map(|name| Some((name, asked.one(name).filter(|one| !one.is_empty())?.to_owned())))
        .collect()
}

fn project_url(site: &Site<'_>, name: &str) -> Option<String> {
    let at = site.catalog.projects.iter().position(|one| one.name == name)?;
    Some(site.routes.project_url(at))
}

/// Those with a working copy here, first those that lack it.
fn projects(site: &Site<'_>, asked: &Asked<'_>, artifacts: &[Index]) -> Vec<ProjectChoice> {
    let chosen: Vec<&str> = asked.all("project").collect();
    let mut found: Vec<(usize, ProjectChoice)> = Vec::new();
    for (at, project) in site.catalog.projects.iter().enumerate() {
        if site.catalog.abouts.get(at).is_some_and(|about| !about.is_here) {
            continue;
        }
        let states: Vec<State> = artifacts.iter().filter_map(|one| state(site, at, *one)).collect();
        let note = match (states.len(), artifacts.len()) {
            (0, _) => String::new(),
            (1, 1) => format!("has it: {}", states[0].label().to_lowercase()),
            (n, all) => format!("has {n} of {all}"),
        };
        let value = project.name.clone();
        let is_chosen = chosen.contains(&value.as_str());
        let label = line(&project.name);
        found.push((states.len(), ProjectChoice { value, label, note, is_chosen }));
    }
    found.sort_by_key(|(n, _)| *n);
    found.into_iter().map(|(_, choice)| choice).collect()
}

/// How an artifact stands in a project that has it.
pub fn state(site: &Site<'_>, project: usize, artifact: Index) -> Option<State> {
    let places = &site.routes.deployed[artifact];
    let own = places.iter().filter(|(at, _)| *at == project);
    let states = own.map(|(at, one)| site.catalog.projects[*at].deployments[*one].state);
    states.filter(|state| *state != State::Missing).min()
}

fn profiles(site: &Site<'_>, asked: &Asked<'_>, artifacts: &[Index]) -> Vec<ProfileChoice> {
    let ids = || artifacts.iter().map(|at| &site.catalog.artifacts[*at].id);
    let chosen = asked.one("profile").unwrap_or(Profile::ClaudeCode.word());
    let profile = |profile: Profile| {
        // A plugin stands for its members, which are looked at when it is planned.
        let parts = ids().filter(|id| id.kind != crate::model::id::Kind::Plugin);
        let why_not: Vec<&str> =
            parts.filter_map(|id| profile.place(id.kind, id.short_name()).err()).collect();
        let n = why_not.len();
        let note = match why_not.first() {
            None => String::new(),
            Some(why) if n == artifacts.len() => (*why).to_owned(),
            Some(why) => format!("{why}, so it does not take {n} of them"),
        };
        ProfileChoice {
            value: profile.word(),
            label: profile.label(),
            note,
            is_possible: n < artifacts.len(),
            is_chosen: profile.word() == chosen,
        }
    };
    Profile::ALL.into_iter().map(profile).collect()
}

fn plan_view(site: &Site<'_>, asked: &Asked<'_>, outcome: &Outcome) -> PlanView {
    let mut view = PlanView {
        project: line(&outcome.project),
        consent: String::new(),
        problems: Vec::new(),
        steps: Vec::new(),
        is_open: false,
        files: Vec::new(),
        n_more_files: 0,
        plus: 0,
        minus: 0,
        runs: Vec::new(),
        hidden: Vec::new(),
    };
    let plan = match &outcome.plan {
        Ok(plan) => plan,
        Err(problems) => {
            view.problems = problems.iter().map(ProblemView::from).collect();
            return view;
        }
    };
    view.consent = format!("{} {}", plan.digest(), outcome.project);
    view.steps = plan.steps.iter().map(|one| step(site, asked, outcome, one)).collect();
    view.is_open = plan.undecided().next().is_some();
    view.n_more_files = plan.files.len().saturating_sub(FILES_MAX);
    view.files = plan.files.iter().take(FILES_MAX).map(file).collect();
    let lines = || view.files.iter().filter_map(|one| one.file.lines.as_ref());
    (view.plus, view.minus) =
        (lines().map(|one| one.plus).sum(), lines().map(|one| one.minus).sum());
    view.runs = plan.runs.iter().map(run).collect();
    view.hidden = plan.hidden.iter().map(|one| line(one)).collect();
    view
}

fn step(site: &Site<'_>, asked: &Asked<'_>, outcome: &Outcome, step: &Step) -> StepView {
    let id = step.id.as_ref().map(ToString::to_string).unwrap_or_default();
    let sent = asked.all("choice").find_map(|one| one.strip_suffix(&id)?.strip_suffix(' '));
    // What was chosen is to be seen and to be taken back, whatever the plan made of it.
    let is_chosen = sent.is_some_and(|word| !word.is_empty());
    // An edited copy whose source did not move stays, unless somebody wants it otherwise.
    let is_edited = step.action == Action::Skip && step.state == Some(State::Modified);
    let offered = match is_chosen || (is_edited && !id.is_empty()) {
        true => &order::Choice::ALL[..],
        false => Plan::choices(step),
    };
    let choice = |one: &order::Choice| Choice {
        value: format!("{} {id}", one.word()),
        label: choice_words(*one).to_owned(),
        is_chosen: sent == Some(one.word()),
    };
    StepView {
        label: line(&step.label),
        action: step.action.word(),
        words: action_words(step.action),
        state: step.state.map(StateView::from),
        profile: line(&step.profile),
        path: line(&step.path),
        note: step.note.as_deref().map(line),
        conflicts: step.conflicts,
        choices: offered.iter().map(choice).collect(),
        compare_url: (!offered.is_empty())
            .then(|| super::compare::url(site, &outcome.project, &step.path))
            .flatten(),
        id,
    }
}

fn action_words(action: Action) -> &'static str {
    match action {
        Action::Add => "Added",
        Action::Replace => "Replaced",
        Action::Merge => "Merged",
        Action::Record => "Stays; the record changes",
        Action::Remove => "Removed",
        Action::Skip => "Nothing to do",
        Action::Undecided => "Needs a choice",
    }
}

fn choice_words(choice: order::Choice) -> &'static str {
    match choice {
        order::Choice::Keep => "Keep the copy in the project",
        order::Choice::Source => "Take the source; the receipt keeps the old bytes",
        order::Choice::Merge => "Merge both, with markers where they meet",
    }
}

fn file(change: &FileChange) -> PlannedFile {
    let how = match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let [old, new] = [&change.before, &change.after]
        .map(|held| held.as_ref().map(|held| held.bytes.as_slice()).unwrap_or_default());
    let size = |held: &Option<_>, bytes: &[u8]| {
        held.is_some().then(|| words::bytes(u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
    };
    let is_run = change.after.as_ref().is_some_and(|held| held.executable);
    let sizes = [size(&change.before, old), size(&change.after, new)];
    let mut size = sizes.into_iter().flatten().collect::<Vec<_>>().join(" → ");
    if is_run {
        size += ", executable";
    }
    let difference = diff::between(&change.path, old, new);
    PlannedFile { file: changed_file(how, &change.path, &difference), size }
}

fn run(run: &Run) -> RunView {
    RunView {
        id: line(&run.id.to_string()),
        when: line(&run.when),
        what: words::visible(&run.what),
        env: run.env.iter().map(|name| line(name)).collect::<Vec<_>>().join(", "),
    }
}
