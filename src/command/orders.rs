//! What the commands that act on projects share: planned, shown, asked for, carried out, told.

use std::io::IsTerminal;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Context, edits, planned, report, retype};
use crate::catalog::load::Loaded;
use crate::deploy::order::{Choice, Consent, Order, What};
use crate::deploy::plan::{Action, Plan, Step};
use crate::deploy::refusal::Refused;
use crate::deploy::{Deployer, Given};
use crate::error::{Error, Exit, Place, Problem, Result, Severity};
use crate::model::hash::ContentHash;
use crate::state::receipts::ReceiptId;
use crate::sync;
use crate::words;

/// How an order is carried out.
#[derive(clap::Args)]
pub(super) struct How {
    /// Show every line that would be written and what would run, and write nothing
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Do not ask, where nothing new would run
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Agree to the plan with this digest, as `-n` prints it; may be given several times
    #[arg(long, value_name = "HASH")]
    pub(super) consent: Vec<ContentHash>,
}

/// What is done where it is not plain.
#[derive(clap::Args)]
pub(super) struct Care {
    /// What becomes of copies that somebody changed: keep, source, merge
    #[arg(long, value_name = "WHAT")]
    choice: Option<Choice>,
    /// Write text that a reader cannot see, too
    #[arg(long)]
    allow_hidden: bool,
}

impl Care {
    pub(super) fn order(&self, project: &str, what: What) -> Order {
        let (choice, allow_hidden) = (self.choice, self.allow_hidden);
        Order { project: project.to_owned(), what, choice, choices: Vec::new(), allow_hidden }
    }
}

/// An order in which nothing has to be chosen.
pub(super) fn plain(project: &str, what: What) -> Order {
    Care { choice: None, allow_hidden: false }.order(project, what)
}

pub(super) fn given<'a>(ctx: &'a Context, loaded: &'a Loaded) -> Given<'a> {
    let Loaded { catalog, contents, config, .. } = loaded;
    Given { env: &ctx.env, config, catalog, contents }
}

/// What came of one order.
enum Came {
    /// It was shown.
    Planned(Plan),
    Done(Plan, Option<ReceiptId>),
    /// A person said no.
    Declined(Plan),
    Refused(Option<Box<Plan>>, Error),
}

/// Carries orders out, or shows them: each whole or not at all, and one that is refused keeps no
/// other from being carried out.
pub(super) fn run(
    ctx: &Context,
    loaded: &Loaded,
    how: &How,
    orders: &[Order],
) -> Result<Option<Exit>> {
    let desk =
        Desk { ctx, loaded, how, deployer: Deployer::new(&ctx.env)?, alone: orders.len() == 1 };
    let (mut told, mut problems, mut exits) = (Vec::new(), Vec::new(), Vec::new());
    for order in orders {
        let came = desk.one(order);
        if let (Came::Refused(None, error), true) = (&came, desk.alone) {
            return Err(error.clone());
        }
        exits.push(match &came {
            Came::Declined(_) => Some(Exit::No),
            Came::Refused(_, error) => Some(error.exit),
            Came::Planned(plan) if is_refused(plan) => Some(Exit::No),
            Came::Planned(_) | Came::Done(..) => None,
        });
        let found = desk.tell(order, &came, &mut told);
        found.iter().for_each(|problem| ctx.problem(problem));
        problems.extend(found);
    }
    if ctx.json {
        report::json(&json!({"schema": 1, "projects": told, "problems": problems}));
    }
    Ok(worst(&exits))
}

/// That of the only one; of several, whether all of them failed or some.
fn worst(exits: &[Option<Exit>]) -> Option<Exit> {
    let failed = exits.iter().flatten().find(|exit| **exit != Exit::No).copied();
    match failed {
        None => exits.iter().flatten().next().copied(),
        Some(_) if exits.contains(&None) => Some(Exit::Partial),
        failed => failed,
    }
}

struct Desk<'a> {
    ctx: &'a Context,
    loaded: &'a Loaded,
    how: &'a How,
    deployer: Deployer,
    /// There is no other order.
    alone: bool,
}

impl Desk<'_> {
    fn one(&self, order: &Order) -> Came {
        let given = given(self.ctx, self.loaded);
        let plan = match self.deployer.plan(&given, order) {
            Ok(plan) => plan,
            Err(Refused::Undecided(plan)) if self.how.dry_run => *plan,
            Err(refused) => return refusal(refused),
        };
        if self.how.dry_run {
            return Came::Planned(plan);
        }
        if plan.undecided().next().is_some() {
            return refusal(Refused::Undecided(Box::new(plan)));
        }
        if plan.files.is_empty() {
            return Came::Done(plan, None);
        }
        // Text that hides is refused before anybody is asked.
        let agreed =
            if is_refused(&plan) { Ok(Some(Some(plan.digest()))) } else { self.agree(&plan) };
        let consent = match agreed {
            Ok(Some(consent)) => consent,
            Ok(None) => return Came::Declined(plan),
            Err(error) => return Came::Refused(Some(Box::new(plan)), error),
        };
        match self.deployer.apply(&given, order, consent, self.ctx.env.now) {
            Ok(done) => Came::Done(done.plan, done.receipt),
            Err(refused) => refusal(refused),
        }
    }

    /// What a person agrees to: this plan, or whatever it comes to if nothing runs; `None` is no.
    fn agree(&self, plan: &Plan) -> Result<Option<Consent>> {
        let digest = plan.digest();
        if self.how.consent.contains(&digest) {
            return Ok(Some(Some(digest)));
        }
        // A digest for another project says nothing of this one.
        let is_other = self.alone && !self.how.consent.is_empty();
        let runs = !plan.runs.is_empty();
        if self.how.yes && !is_other && !runs {
            return Ok(Some(None));
        }
        if self.ctx.json || !std::io::stdin().is_terminal() {
            return Err(if runs || is_other { not_agreed(plan) } else { nobody(plan) });
        }
        planned::print(plan, &self.root(plan));
        if is_other {
            self.ctx.say("this is not the plan that `--consent` names");
        }
        let what = if runs { ", for an agent to run" } else { "" };
        let question = format!("write this to {}{what}?", words::visible(&plan.order.project));
        Ok(edits::agrees(&question, false)?.then_some(Some(digest)))
    }

    /// The project's folder.
    fn root(&self, plan: &Plan) -> PathBuf {
        let project = self.loaded.config.project(&plan.order.project);
        let path = project.ok().and_then(|project| project.path.as_deref());
        self.ctx.env.path(path.unwrap_or_default())
    }

    /// Says what came of an order; what is wrong is given back.
    fn tell(&self, order: &Order, came: &Came, told: &mut Vec<Value>) -> Vec<Problem> {
        let ctx = self.ctx;
        let (plan, receipt, mut problems) = match came {
            Came::Planned(plan) => (Some(plan), None, Vec::new()),
            Came::Done(plan, receipt) => (Some(plan), *receipt, self.after(plan, *receipt)),
            Came::Declined(plan) => (Some(plan), None, Vec::new()),
            Came::Refused(plan, error) => (plan.as_deref(), None, error.problems.clone()),
        };
        if ctx.json {
            let mut one = plan.map_or_else(
                || json!({"project": order.project}),
                |plan| planned::to_json(plan, &self.root(plan), self.how.dry_run),
            );
            one["receipt"] = json!(receipt);
            told.push(one);
        } else {
            match came {
                Came::Planned(plan) => self.show(plan),
                Came::Done(plan, receipt) => self.say_done(plan, *receipt),
                Came::Declined(_) => ctx.say("nothing was written"),
                Came::Refused(..) => {}
            }
        }
        if let Came::Planned(plan) | Came::Done(plan, _) = came {
            problems.extend(undecided(plan).problems);
        }
        problems
    }

    /// The whole plan, and how to have it carried out.
    fn show(&self, plan: &Plan) {
        let project = words::visible(&plan.order.project);
        if plan.files.is_empty() && plan.undecided().next().is_none() {
            report::out(&format!("{project}: nothing to do"));
            planned::steps(plan);
            return;
        }
        planned::print(plan, &self.root(plan));
        if !is_refused(plan) {
            let how = if plan.runs.is_empty() { "-y".to_owned() } else { consent(plan) };
            self.ctx.say(&format!(
                "nothing was written; `{}` does",
                retype::again(&plan.order.project, &how)
            ));
        }
    }

    fn say_done(&self, plan: &Plan, receipt: Option<ReceiptId>) {
        let project = words::visible(&plan.order.project);
        if plan.files.is_empty() {
            report::out(&format!("{project}: nothing to do"));
            planned::steps(plan);
            return;
        }
        report::out(&words::visible(&plan.message));
        planned::steps(plan);
        if let Some(receipt) = receipt {
            let back = retype::command(&["rollback", "--project", &plan.order.project]);
            self.ctx.say(&format!("receipt {receipt}; `{back}` takes it back"));
        }
    }

    /// Has the lock show what was done; says what is left for a person.
    fn after(&self, plan: &Plan, receipt: Option<ReceiptId>) -> Vec<Problem> {
        let conflicts = plan.steps.iter().filter(|step| step.conflicts > 0).map(|step| {
            let text = format!("{} in `{}`", places(step.conflicts), step.path);
            Problem::warning("SM664", text).help("edit the lines between `<<<<<<<` and `>>>>>>>`")
        });
        let mut problems: Vec<Problem> = conflicts.collect();
        if receipt.is_none() {
            return problems;
        }
        let cache = self.ctx.cache();
        let scanned =
            cache.and_then(|cache| sync::rescan(&self.ctx.env, &cache, &plan.order.project));
        let found = scanned.unwrap_or_else(|error| error.problems);
        problems.extend(
            found.into_iter().map(|problem| Problem { severity: Severity::Warning, ..problem }),
        );
        problems
    }
}

fn places(n: usize) -> String {
    format!("{} with both versions", words::count(n, "place"))
}

fn consent(plan: &Plan) -> String {
    format!("--consent {}", plan.digest())
}

fn refusal(refused: Refused) -> Came {
    match refused {
        Refused::Failed(error) => Came::Refused(None, error),
        Refused::Unknown(problem) => Came::Refused(None, problem.into()),
        Refused::Impossible(problems) => {
            Came::Refused(None, Error { exit: Exit::Failed, problems })
        }
        Refused::Undecided(plan) => {
            let error = undecided(&plan);
            Came::Refused(Some(plan), error)
        }
        Refused::NotAgreed(plan) => {
            let error = not_agreed(&plan);
            Came::Refused(Some(plan), error)
        }
        Refused::Changed(files) => {
            let problem = |file: String| {
                let text = "somebody changed the file meanwhile; nothing was written";
                let problem = Problem::error("SM663", text).at(Place::file(file));
                problem.help("look at it, and run the command again")
            };
            let problems = files.into_iter().map(problem).collect();
            Came::Refused(None, Error { exit: Exit::Failed, problems })
        }
    }
}

/// Nothing would run, and nobody said that it may be written.
fn nobody(plan: &Plan) -> Error {
    let text = format!("nobody can answer whether to write to `{}`", plan.order.project);
    let help = format!("look with `-n`, or add `-y`: {}", retype::again(&plan.order.project, "-y"));
    Error::new(Exit::No, Problem::error("SM660", text).help(help))
}

/// Whether it is not carried out, whatever is agreed to.
fn is_refused(plan: &Plan) -> bool {
    let is_hiding = !plan.hidden.is_empty() && !plan.order.allow_hidden;
    is_hiding || plan.undecided().next().is_some()
}

/// What a person has to choose, each with the commands that say it: errors where nothing is done
/// before they do, else warnings of what was left.
fn undecided(plan: &Plan) -> Error {
    let problem = |step: &Step| {
        let choices = planned::choices(step);
        if choices.is_empty() {
            return None;
        }
        let project = &plan.order.project;
        let what = step.id.as_ref().map_or_else(|| step.label.clone(), ToString::to_string);
        let mut commands: Vec<(String, &str)> = choices
            .into_iter()
            .map(|choice| (retype::choosing(plan, step, choice), meaning(choice)))
            .collect();
        if let Some(id) = &step.id {
            let diff = retype::command(&["diff", &id.to_string(), "--project", project]);
            commands.push((diff, "shows what was changed"));
        }
        let width = commands.iter().map(|(command, _)| command.chars().count()).max();
        let width = width.unwrap_or_default();
        let line = |(command, what): &(String, &str)| format!("\n    {command:width$}  # {what}");
        let lines: String = commands.iter().map(line).collect();
        let help = format!("say what is to become of it:{lines}");
        let problem = match step.action {
            Action::Undecided => {
                let note = step.note.as_deref().unwrap_or("it was changed");
                Problem::error(
                    "SM661",
                    format!("`{what}` waits for a choice in `{project}`: {note}"),
                )
            }
            _ => {
                let text = format!("`{what}` was edited in `{project}`, and stays as it is");
                Problem::warning("SM661", text)
            }
        };
        Some(problem.at(Place::file(step.path.clone())).help(help))
    };
    Error { exit: Exit::No, problems: plan.steps.iter().filter_map(problem).collect() }
}

fn meaning(choice: Choice) -> &'static str {
    match choice {
        Choice::Keep => "it stays as it is",
        Choice::Source => "the source replaces it; the receipt keeps it",
        Choice::Merge => "both, line by line, with markers where they meet",
    }
}

/// Something would run, or it is another plan than was agreed to.
fn not_agreed(plan: &Plan) -> Error {
    let project = &plan.order.project;
    let text = match plan.runs.as_slice() {
        [] => format!("what would be written to `{project}` is not what was agreed to"),
        runs => {
            let first = format!("{}, {}", runs[0].id, runs[0].when);
            let more = match runs.len() - 1 {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            format!("an agent would run what it did not run before: {first}{more}")
        }
    };
    let help = format!(
        "see what with `{}`; to agree to exactly that:\n    {}",
        retype::again(&plan.order.project, "-n"),
        retype::again(&plan.order.project, &consent(plan))
    );
    Error::new(Exit::No, Problem::error("SM662", text).help(help))
}
