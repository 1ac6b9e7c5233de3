//! Asks SQLite how it goes about each statement of the cache: none may read a whole table, unless it
//! is for that.

use std::collections::BTreeMap;

use crate::cache::pool::Target;
use crate::cache::sql;

/// Statements that read a whole table, and why they may; `INDEX` where an index alone is read.
const WHOLE: &[(&str, &str)] = &[
    ("BLOB_HASHES", "INDEX: what is kept at all, asked once a run instead of once a content"),
    ("BLOB_TOTAL", "`cache info` counts"),
    ("CONTENTS_NAMED", "once a day, and for `cache vacuum`: which contents are still needed"),
    ("COUNTS", "INDEX: `cache info` counts"),
    ("EVERY_ARTIFACT", "`cache check` looks at every row"),
    ("EVERY_BLOB", "`cache check` looks at every row"),
    ("EVERY_FILE", "`cache check` looks at every row; once a day, which contents are needed"),
    ("EVERY_GROUP_MEMBER", "`cache check` looks at every row"),
    ("EVERY_MEMBER", "`cache check` looks at every row"),
    ("FACTS", "INDEX: a few facts a source, for `cache info` and once a day"),
    ("FILE_SOURCES", "once a day: which sources there are"),
    ("FORGET_FILE_ROW", "`cache repair` takes out a row whose key is damaged"),
    ("FORGET_WHOLE", "when something is lost: a few facts a source"),
];

/// The steps of a plan that read something whole. A statement that only empties a table has none.
fn whole(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for parameter in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(parameter, "x").unwrap();
    }
    let mut steps = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>("detail").unwrap());
    }
    let is_whole = |step: &String| step.starts_with("SCAN") && !step.starts_with("SCAN (subquery");
    steps.retain(|step| is_whole(step) && step != "SCAN CONSTANT ROW");
    steps
}

#[test]
fn an_index_answers_every_statement_but_those_that_mean_a_whole_table() {
    let db = Target::Memory.connect().unwrap();
    let allowed: BTreeMap<&str, &str> = WHOLE.iter().copied().collect();
    for (name, sql) in sql::ALL {
        let whole = whole(&db, sql);
        match allowed.get(name) {
            None => assert_eq!(whole, Vec::<String>::new(), "{name}: {sql}"),
            Some(why) => {
                assert_eq!(whole.len(), 1, "{name} need not be excused: {whole:?}");
                let is_index = whole[0].contains("USING") && whole[0].contains("INDEX");
                assert!(!why.starts_with("INDEX") || is_index, "{name}: {whole:?}");
            }
        }
    }
    assert!(allowed.keys().all(|name| sql::ALL.iter().any(|(known, _)| known == name)));
}

#[test]
fn no_statement_stands_anywhere_else() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cache");
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() || ["sql.rs", "schema.rs", "tests.rs"].contains(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["SELECT ", "INSERT ", "UPDATE ", "DELETE "] {
            assert!(!text.contains(&format!("\"{word}")), "{name} has a {word}of its own");
        }
    }
}
