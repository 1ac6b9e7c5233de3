//! `skillmeat rollback`

use super::orders::{self, How};
use super::{Context, lack, retype};
use crate::catalog::load::Loaded;
use crate::deploy::Deployer;
use crate::deploy::order::{Order, What};
use crate::error::{Exit, Problem, Result};
use crate::state::receipts::ReceiptId;

/// Put a project back to how it was
///
/// Takes back the last deployment, or everything after a receipt: the files of then, byte for byte.
/// Only what skillmeat wrote from this machine is known. It asks first.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The project, by its name in skillmeat.yaml
    #[arg(long, value_name = "NAME")]
    project: String,
    /// Number of the receipt that is to be the last; 0 is before the first; `last` takes one back
    #[arg(long, value_name = "RECEIPT", default_value = "last")]
    to: To,
    /// Write text that a reader cannot see, too
    #[arg(long)]
    allow_hidden: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Clone, Copy)]
enum To {
    Receipt(ReceiptId),
    Last,
}

impl std::str::FromStr for To {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.parse() {
            _ if word == "last" => Ok(To::Last),
            Ok(id) if id >= 0 => Ok(To::Receipt(id)),
            _ => Err("neither the number of a receipt nor `last`".to_owned()),
        }
    }
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    loaded.config.project(&args.project)?;
    let what = match args.to {
        To::Receipt(to) => What::Rollback { to },
        To::Last => What::Undo { receipt: last(ctx, &loaded, &args.project)? },
    };
    let order = Order { allow_hidden: args.allow_hidden, ..orders::plain(&args.project, what) };
    orders::run(ctx, &loaded, &args.how, &[order])
}

/// The last receipt that stands and takes none back.
fn last(ctx: &Context, loaded: &Loaded, project: &str) -> Result<ReceiptId> {
    let deployer = Deployer::new(&ctx.env)?;
    let log = deployer.log(&orders::given(ctx, loaded), project, usize::MAX)?;
    let found = log.iter().find(|it| it.undone_by.is_none() && it.undoes.is_none());
    found.map(|receipt| receipt.id).ok_or_else(|| {
        let problem = Problem::error("SM669", format!("`{project}` has no receipt to take back"));
        let log = retype::command(&["deployments", "log", "--project", project]);
        problem.help(format!("`{log}` lists what this machine deployed")).into()
    })
}
