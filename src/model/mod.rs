//! The nouns: pure values, with no idea of files, databases or pages.

pub mod age;
pub mod artifact;
pub mod base64;
pub mod collection;
pub mod deployment;
pub mod glob;
pub mod hash;
pub mod history;
pub mod id;
pub mod path;
pub mod profile;
pub mod shared;
pub mod slug;
pub mod source;
pub mod structure;
