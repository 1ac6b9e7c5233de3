//! What an edit means, on the values alone: the measure for what became of the text.

use super::Edit;
use crate::format::collection::selector_text;
use crate::format::scalar;
use crate::format::yaml::{self, Data, Key, Limits, Node};

/// Makes the edit on the tree.
pub(super) fn apply(root: &mut Node, edit: &Edit) {
    match edit {
        Edit::Text(key, Some(value)) => child(root, key.name(), |node| {
            if scalar_of(node) != Some(value) || node.is_null() {
                *node = text(value);
            }
        }),
        Edit::Text(key, None) => unset(root, key.name()),
        Edit::Order(Some(order)) => set(root, "order", number(*order)),
        Edit::Order(None) => unset(root, "order"),
        Edit::Member(id, rank) => child(root, "members", |members| {
            child(members, &id.to_string(), |member| match rank {
                Some(rank) => set(member, "rank", number(*rank)),
                None => unset(member, "rank"),
            });
        }),
        Edit::NoMember(id) => child(root, "members", |members| unset(members, &id.to_string())),
        Edit::Pin(id) => child(root, "pin", |pins| child(pins, &id.to_string(), |_| {})),
        Edit::NoPin(id) => child(root, "pin", |pins| unset(pins, &id.to_string())),
        Edit::Exclude(id) => items(root, "exclude", |items| {
            let id = id.to_string();
            if !items.iter().any(|item| scalar_of(item) == Some(&id)) {
                let names: Vec<Option<&str>> = items.iter().map(scalar_of).collect();
                items.insert(place_in_list(&names, &id), text(&id));
            }
        }),
        Edit::NoExclude(id) => items(root, "exclude", |items| {
            let id = id.to_string();
            items.retain(|item| scalar_of(item) != Some(&id));
        }),
        // Its own text read again: that this means the selector is tested where it is written.
        Edit::Include(selector) => items(root, "include", |items| {
            items.extend(yaml::parse(&selector_text(selector), Limits::FILE));
        }),
    }
}

fn items(root: &mut Node, name: &str, change: impl FnOnce(&mut Vec<Node>)) {
    child(root, name, |node| list(node, change));
}

/// Where a new text belongs in a list: among sorted texts before the next one, else at the end.
pub(super) fn place_in_list(names: &[Option<&str>], new: &str) -> usize {
    let texts: Vec<&str> = names.iter().copied().flatten().collect();
    if !texts.is_sorted() {
        return names.len();
    }
    names.iter().position(|name| name.is_some_and(|name| name > new)).unwrap_or(names.len())
}

/// Whether two trees mean the same; nothing, `{}` and `[]` are alike.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    if is_nothing(a) || is_nothing(b) {
        return is_nothing(a) && is_nothing(b);
    }
    match (&a.data, &b.data) {
        (Data::Scalar { text: a, plain: a_plain }, Data::Scalar { text: b, plain: b_plain }) => {
            a == b && (a_plain == b_plain || scalar::value(a) == a.as_str())
        }
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            let (a, b) = (sorted(a), sorted(b));
            let same_entry = |((a_key, a), (b_key, b)): (&(&str, &Node), &(&str, &Node))| {
                a_key == b_key && same(a, b)
            };
            a.len() == b.len() && a.iter().zip(&b).all(same_entry)
        }
        _ => false,
    }
}

/// The entries by key; a list of the file that is empty says as much as one that is not there.
fn sorted(entries: &[(Key, Node)]) -> Vec<(&str, &Node)> {
    const LISTS: [&str; 4] = ["members", "pin", "exclude", "include"];
    let says = |key: &str, node: &Node| !LISTS.contains(&key) || !is_nothing(node);
    let entries = entries.iter().map(|(key, node)| (key.text.as_str(), node));
    let mut entries: Vec<_> = entries.filter(|(key, node)| says(key, node)).collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn is_nothing(node: &Node) -> bool {
    match &node.data {
        Data::Scalar { .. } => node.is_null(),
        Data::List(items) => items.is_empty(),
        Data::Map(entries) => sorted(entries).is_empty(),
    }
}

fn node(data: Data) -> Node {
    Node { line: 0, column: 0, data }
}

fn text(text: &str) -> Node {
    node(Data::Scalar { text: text.to_owned(), plain: false })
}

fn number(number: i64) -> Node {
    node(Data::Scalar { text: number.to_string(), plain: true })
}

fn scalar_of(node: &Node) -> Option<&str> {
    match &node.data {
        Data::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// Changes the node as a mapping; nothing becomes an empty one.
fn map(node: &mut Node, change: impl FnOnce(&mut Vec<(Key, Node)>)) {
    let mut entries = match std::mem::replace(&mut node.data, Data::List(Vec::new())) {
        Data::Map(entries) => entries,
        _ => Vec::new(),
    };
    change(&mut entries);
    node.data = Data::Map(entries);
}

/// Changes the node as a list; nothing becomes an empty one, one thing alone a list of one.
fn list(node: &mut Node, change: impl FnOnce(&mut Vec<Node>)) {
    let is_nothing = is_nothing(node);
    let mut items = match std::mem::replace(&mut node.data, Data::Map(Vec::new())) {
        Data::List(items) => items,
        _ if is_nothing => Vec::new(),
        data => vec![self::node(data)],
    };
    change(&mut items);
    node.data = Data::List(items);
}

/// Changes the value of a key; one that is not there is made.
fn child(parent: &mut Node, name: &str, change: impl FnOnce(&mut Node)) {
    map(parent, |entries| {
        if let Some((_, node)) = entries.iter_mut().find(|(key, _)| key.text == name) {
            return change(node);
        }
        let mut new = node(Data::Scalar { text: String::new(), plain: true });
        change(&mut new);
        entries.push((Key { text: name.to_owned(), line: 0, column: 0 }, new));
    });
}

fn set(parent: &mut Node, name: &str, value: Node) {
    child(parent, name, |node| *node = value);
}

fn unset(parent: &mut Node, name: &str) {
    if let Data::Map(entries) = &mut parent.data {
        entries.retain(|(key, _)| key.text != name);
    }
}
