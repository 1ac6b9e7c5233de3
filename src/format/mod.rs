//! Text to model and back: configuration, collection files, lock, front matter, Markdown.
//!
//! Pure: it is given text and the name of the file the text came from, and gives back values and
//! problems with places. It never opens a file.

pub mod collection;
pub mod config;
pub mod deployed;
pub mod diff;
pub mod edit;
pub mod fields;
pub mod frontmatter;
pub mod highlight;
pub mod lock;
pub mod markdown;
pub mod part;
pub mod redact;
pub mod scalar;
pub mod schema;
pub mod three;
pub mod unified;
pub mod yaml;
