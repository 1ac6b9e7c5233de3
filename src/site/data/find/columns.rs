//! The parts of compact JSON: tables of what repeats, and columns that point into them.
//!
//! A place in a table counts from 1, so that `0` is nothing. Knows nothing of artifacts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Rows in the order in which they were first asked for.
#[derive(Default)]
pub(super) struct Table {
    places: BTreeMap<String, usize>,
    rows: Vec<Value>,
}

impl Table {
    /// Where the row of this key stands, from 1; made on first use.
    pub(super) fn place(&mut self, key: &str, row: impl FnOnce() -> Value) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        self.rows.push(row());
        self.places.insert(key.to_owned(), self.rows.len());
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn into_json(self) -> Value {
        Value::Array(self.rows)
    }
}

/// One thing about each artifact.
#[derive(Default)]
pub(super) struct Column(Vec<Value>);

impl Column {
    pub(super) fn push(&mut self, value: Value) {
        self.0.push(value);
    }

    /// A list, or where most say nothing an object by place; both are read alike.
    pub(super) fn into_json(self) -> Option<Value> {
        let says = |value: &Value| !(value.is_null() || *value == 0);
        let n = self.0.iter().filter(|value| says(value)).count();
        if n == 0 {
            return None;
        }
        if n * 2 > self.0.len() {
            let all = self.0.into_iter().map(|value| if says(&value) { value } else { 0.into() });
            return Some(all.collect());
        }
        let few = self.0.into_iter().enumerate().filter(|(_, value)| says(value));
        let few = few.map(|(at, value)| (at.to_string(), value));
        Some(Value::Object(few.collect::<Map<_, _>>()))
    }
}

/// Places: one as a number, more as a list.
pub(super) fn several(places: impl Iterator<Item = usize>) -> Value {
    let places: Vec<usize> = places.collect();
    match places[..] {
        [] => Value::Null,
        [one] => Value::from(one),
        _ => Value::from(places),
    }
}
