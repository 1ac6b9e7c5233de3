//! `skillmeat schema`

use super::report;
use crate::error::Exit;
use crate::format::schema;

/// Print the JSON Schema of a file, for editors
///
/// With it an editor completes keys and marks typing errors. Write it beside the catalog and name
/// it in the first line of the file: `# yaml-language-server: $schema=config.schema.json`
#[derive(clap::Args)]
pub(super) struct Args {
    /// Which file: `skillmeat.yaml`, a `collection.yaml`, or a file in `groups/`
    #[arg(value_enum, value_name = "FILE")]
    file: File,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum File {
    Config,
    Collection,
    Group,
}

pub(super) fn run(args: &Args) -> Option<Exit> {
    let schema = match args.file {
        File::Config => schema::config(),
        File::Collection => schema::collection(),
        File::Group => schema::group(),
    };
    report::out(&format!("{schema:#}"));
    None
}
