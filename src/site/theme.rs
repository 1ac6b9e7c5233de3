//! Templates and static files: the embedded ones, each replaced by the catalog's own of that name.

pub struct Theme {}
