//! Random edits of random files: the values become what the model says, and no other line changes.

use std::fmt::Write;

use proptest::prelude::*;

use super::super::*;
use super::dress::a_dress;
use crate::format::collection::{parse_collection, parse_group};
use crate::format::scalar::{self, tests::text};
use crate::model::collection::{Collection, Group, Member, Pinned, Rule};

/// How one list of a file is laid out.
#[derive(Clone, Debug)]
struct Layout {
    /// Block, flow on one line, flow over several lines, or nothing at all where it is empty.
    style: usize,
    indent: usize,
    /// A comma behind the last.
    comma: bool,
    entries: Vec<(String, Entry)>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// None, `{}`, `{rank: N}`, with more space, or on a line of its own.
    style: usize,
    rank: i64,
    comment_above: bool,
    comment_behind: bool,
    blank_above: bool,
    quoted: bool,
}

/// A key with one text.
#[derive(Clone, Debug)]
struct Line {
    key: &'static str,
    value: String,
    style: usize,
    comment_above: bool,
    comment_behind: bool,
    blank_above: bool,
}

#[derive(Clone, Debug)]
enum Section {
    Text(Line),
    Map(&'static str, Layout),
    List(&'static str, Layout),
}

const IDS: [&str; 9] = [
    "a/skill/b",
    "a/skill/d",
    "a/skill/p:q",
    "b/mcp/io.x/y",
    "b/skill/é f",
    "c/agent/# x",
    "c/skill/a",
    "d/hook/{z",
    "m/skill/it's",
];

fn an_id() -> impl Strategy<Value = String> {
    prop::sample::select(IDS.map(str::to_owned).to_vec())
}

fn an_entry() -> impl Strategy<Value = Entry> {
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), any::<bool>());
    (0..6_usize, -3..40_i64, flags).prop_map(|(style, rank, flags)| {
        let (comment_above, comment_behind, blank_above, quoted) = flags;
        Entry { style, rank, comment_above, comment_behind, blank_above, quoted }
    })
}

fn a_layout(indents: std::ops::Range<usize>) -> impl Strategy<Value = Layout> {
    let entries = || {
        let map = prop::collection::btree_map(an_id(), an_entry(), 0..5);
        map.prop_map(|map| map.into_iter().collect::<Vec<_>>())
    };
    let shuffled = prop_oneof![3 => entries(), 1 => entries().prop_shuffle()];
    (0..4_usize, indents, any::<bool>(), shuffled)
        .prop_map(|(style, indent, comma, entries)| Layout { style, indent, comma, entries })
}

fn a_line(key: &'static str) -> impl Strategy<Value = Section> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    ("[a-z#:'\" é]{0,9}", 0..6_usize, flags).prop_map(move |(value, style, flags)| {
        let (comment_above, comment_behind, blank_above) = flags;
        Section::Text(Line { key, value, style, comment_above, comment_behind, blank_above })
    })
}

/// The sections in any order, some left out, as text with its line ends.
fn a_file(form: Form) -> impl Strategy<Value = String> {
    let (key, map) = match form {
        Form::Group => ("icon", "members"),
        Form::Collection => ("owner", "pin"),
    };
    let sections = (
        a_line("title"),
        a_line("description"),
        a_line(key),
        a_layout(1..5).prop_map(move |layout| Section::Map(map, layout)),
        a_layout(0..4).prop_map(|layout| Section::List("exclude", layout)),
    );
    let sections = sections.prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]);
    let kept = prop::collection::vec(prop::bool::weighted(0.8), 5);
    let ends = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    let all = (sections.prop_shuffle(), kept, ends, a_dress());
    all.prop_map(move |(sections, kept, ends, dress)| {
        let (crlf, no_last_newline, header) = ends;
        let mut out = String::new();
        if header {
            out.push_str("# about the file\n# yaml-language-server: x\n");
        }
        let kept = sections.iter().zip(kept).filter(|(_, kept)| *kept);
        kept.for_each(|(section, _)| write(&mut out, section));
        // An artifact that a collection names has a note where a member has a rank.
        let out = if form == Form::Collection { out.replace("rank:", "note:") } else { out };
        let mut out = dress.put_on(&out);
        if no_last_newline {
            out.truncate(out.trim_end().len());
        }
        if crlf { out.replace("\r\n", "\n").replace('\n', "\r\n") } else { out }
    })
}

fn write(out: &mut String, section: &Section) {
    match section {
        Section::Text(line) => write_line(out, line),
        Section::Map(name, layout) => write_entries(out, name, layout, true),
        Section::List(name, layout) => write_entries(out, name, layout, false),
    }
}

fn write_line(out: &mut String, line: &Line) {
    let key = line.key;
    if line.blank_above {
        out.push('\n');
    }
    if line.comment_above {
        let _ = writeln!(out, "# about {key}");
    }
    let behind = if line.comment_behind { format!("   # behind {key}") } else { String::new() };
    let shown = match line.style {
        0 => format!(" '{}'{behind}", line.value.replace('\'', "''")),
        1 => format!(" {}{behind}", scalar::quoted(&line.value)),
        2 => format!(" |\n  {key} a\n\n  {key} b\n"),
        3 => format!(" {key} a\n  {key} b{behind}"),
        4 => behind,
        _ => format!(" {}{behind}", scalar::value(&line.value)),
    };
    let _ = writeln!(out, "{key}:{shown}");
}

fn write_entries(out: &mut String, name: &str, layout: &Layout, is_map: bool) {
    let indent = " ".repeat(layout.indent);
    let (open, close) = if is_map { ("{", "}") } else { ("[", "]") };
    if layout.entries.is_empty() {
        let shown = [String::new(), format!(" {open}{close}"), " ~".into(), "  # none".into()];
        let _ = writeln!(out, "{name}:{}", shown[layout.style]);
        return;
    }
    let last = layout.entries.len() - 1;
    let comma = |at: usize| if at < last || layout.comma { "," } else { "" };
    match layout.style {
        0 | 1 => {
            let _ = writeln!(out, "{name}:");
            for (id, entry) in &layout.entries {
                write_above(out, id, entry, &indent);
                let behind = behind(id, entry);
                let nested = format!("\n{indent}   rank: {}{behind}", entry.rank);
                let _ = match (is_map, entry.style) {
                    (true, 5) => writeln!(out, "{indent}{}:{nested}", key(id, entry)),
                    (true, _) => {
                        writeln!(out, "{indent}{}:{}{behind}", key(id, entry), value(entry))
                    }
                    (false, _) => writeln!(out, "{indent}- {}{behind}", item(id, entry)),
                };
                if entry.comment_behind && entry.quoted {
                    let _ = writeln!(out, "{indent}     # and on: {id}");
                }
            }
        }
        2 => {
            let shown: Vec<String> =
                layout.entries.iter().map(|(id, entry)| inline(id, entry, is_map)).collect();
            let _ =
                writeln!(out, "{name}: {open}{}{}{close}  # all", shown.join(", "), comma(last));
        }
        _ => {
            let _ = writeln!(out, "{name}: {open}");
            for (at, (id, entry)) in layout.entries.iter().enumerate() {
                write_above(out, id, entry, &format!(" {indent}"));
                let shown = inline(id, entry, is_map);
                let _ = writeln!(out, " {indent}{shown}{}{}", comma(at), behind(id, entry));
            }
            let _ = writeln!(out, " {close}");
        }
    }
}

fn write_above(out: &mut String, id: &str, entry: &Entry, indent: &str) {
    if entry.blank_above {
        out.push('\n');
    }
    if entry.comment_above {
        let _ = writeln!(out, "{indent}# about {id}");
    }
}

fn behind(id: &str, entry: &Entry) -> String {
    if entry.comment_behind { format!("  # behind {id}") } else { String::new() }
}

fn key(id: &str, entry: &Entry) -> String {
    if entry.quoted { scalar::quoted(id) } else { scalar::key(id).into_owned() }
}

fn item(id: &str, entry: &Entry) -> String {
    if entry.quoted { scalar::quoted(id) } else { scalar::value(id).into_owned() }
}

fn inline(id: &str, entry: &Entry, is_map: bool) -> String {
    if is_map { format!("{}:{} ", key(id, entry), value(entry)) } else { item(id, entry) }
}

fn value(entry: &Entry) -> String {
    match entry.style {
        0 | 5 => String::new(),
        1 => " {}".to_owned(),
        2 => " ~".to_owned(),
        3 => format!(" {{rank: {}}}", entry.rank),
        _ => format!("   {{ rank:  {} }}", entry.rank),
    }
}

fn edits(form: Form) -> impl Strategy<Value = Vec<Edit>> {
    let id = || an_id().prop_map(|id| id.parse::<ArtifactId>().unwrap());
    let key = match form {
        Form::Group => TextKey::Icon,
        Form::Collection => TextKey::Owner,
    };
    let key = prop::sample::select(vec![TextKey::Title, TextKey::Description, key]);
    let named = move |(id, rank): (ArtifactId, Option<i64>)| match form {
        Form::Group => Edit::Member(id, rank),
        Form::Collection => Edit::Pin(id),
    };
    let unnamed = move |id| match form {
        Form::Group => Edit::NoMember(id),
        Form::Collection => Edit::NoPin(id),
    };
    let tag = |tag| Edit::Include(Selector { tag: vec![tag], ..Selector::default() });
    let edit = prop_oneof![
        2 => (key, prop::option::of(text())).prop_map(|(key, value)| Edit::Text(key, value)),
        1 => prop::option::of(-5..50_i64).prop_map(Edit::Order),
        5 => (id(), prop::option::of(-5..50_i64)).prop_map(named),
        3 => id().prop_map(unnamed),
        2 => id().prop_map(Edit::Exclude),
        2 => id().prop_map(Edit::NoExclude),
        1 => "[a-z: ]{1,5}".prop_map(tag),
    ];
    prop::collection::vec(edit, 1..5)
}

fn place() -> Place {
    Place::file("")
}

/// The edit as it is meant, on a group.
fn on_group(group: &mut Group, edit: &Edit) {
    match edit {
        Edit::Text(key, value) => match key {
            TextKey::Title => group.title = value.clone().unwrap_or_else(|| "S".into()),
            TextKey::Description => group.description = value.clone().unwrap_or_default(),
            _ => group.icon = value.clone(),
        },
        Edit::Order(order) => group.order = order.unwrap_or(collection::ORDER),
        Edit::Member(id, rank) => {
            group.members.retain(|member| member.id != *id);
            group.members.push(Member { id: id.clone(), rank: *rank, place: place() });
        }
        Edit::NoMember(id) => group.members.retain(|member| member.id != *id),
        Edit::Include(selector) => group.include.push(selector.clone()),
        edit => on_rules(&mut group.exclude, edit),
    }
}

fn on_collection(collection: &mut Collection, edit: &Edit) {
    match edit {
        Edit::Text(key, value) => match key {
            TextKey::Title => collection.title = value.clone().unwrap_or_else(|| "S".into()),
            TextKey::Description => collection.description = value.clone().unwrap_or_default(),
            _ => collection.owner = value.clone(),
        },
        Edit::Order(order) => collection.order = order.unwrap_or(collection::ORDER),
        Edit::Pin(id) => {
            if !collection.pins.iter().any(|pin| pin.id == *id) {
                let pin = Pinned { id: id.clone(), at: None, note: None, place: place() };
                collection.pins.push(pin);
            }
        }
        Edit::NoPin(id) => collection.pins.retain(|pin| pin.id != *id),
        Edit::Include(selector) => collection.include.push(selector.clone()),
        edit => on_rules(&mut collection.exclude, edit),
    }
}

fn on_rules(rules: &mut Vec<Rule>, edit: &Edit) {
    match edit {
        Edit::Exclude(id) if !names(rules, id) => rules.push(Rule::Id(id.clone(), place())),
        Edit::NoExclude(id) => rules.retain(|rule| !matches!(rule, Rule::Id(it, _) if it == id)),
        _ => {}
    }
}

fn names(rules: &[Rule], id: &ArtifactId) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Id(it, _) if it == id))
}

/// Without places, and in one order.
fn plain_rules(include: &mut [Selector], exclude: &mut [Rule]) {
    include.iter_mut().for_each(|selector| selector.place = None);
    for rule in exclude.iter_mut() {
        match rule {
            Rule::Id(_, at) => *at = place(),
            Rule::Matching(selector) => selector.place = None,
        }
    }
    exclude.sort_by_key(|rule| format!("{rule:?}"));
}

fn plain_group(mut group: Group) -> Group {
    plain_rules(&mut group.include, &mut group.exclude);
    group.members.iter_mut().for_each(|member| member.place = place());
    group.members.sort_by_key(|member| member.id.to_string());
    group
}

fn plain_collection(mut it: Collection) -> Collection {
    plain_rules(&mut it.include, &mut it.exclude);
    it.pins.iter_mut().for_each(|pin| pin.place = place());
    it.pins.sort_by_key(|pin| pin.id.to_string());
    it
}

/// Lines that no edit is about must still stand there, in their order.
fn untouched_lines_stay(before: &str, after: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let without = |text: &str| text.strip_prefix('\u{feff}').map(str::to_owned);
    if let Some(before) = without(before) {
        let after = without(after);
        prop_assert!(after.is_some(), "the byte order mark is gone");
        return untouched_lines_stay(&before, &after.unwrap_or_default(), edits);
    }
    let mut rest = after.split_inclusive('\n');
    let bare_ends = |text: &str| text.replace("\r\n", "").contains('\n');
    let is_crlf = before.contains("\r\n") && !bare_ends(before);
    prop_assert!(!is_crlf || !bare_ends(after), "line ends are mixed");
    let indents = before.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("---"));
    let indent = indents.map(|line| line.len() - line.trim_start_matches(' ').len()).min();
    let bare_line = |line: &str| {
        let line = match line.trim() {
            "" => "\n",
            _ => line.get(indent.unwrap_or_default()..).unwrap_or(line),
        };
        line.strip_prefix(['"', '\'']).unwrap_or(line).to_owned()
    };
    let mut section = String::new();
    let mut below = before;
    for line in before.split_inclusive('\n') {
        below = &below[line.len()..];
        let bare = bare_line(line);
        if !bare.starts_with([' ', '#', '-', '\r', '\n', '}', ']']) {
            let own = bare.split(':').next().unwrap_or_default();
            section = own.trim_end_matches(['"', '\'']).to_owned();
        }
        // What follows once all that goes is gone.
        let mut next: Vec<String> = Vec::new();
        for line in below.split_inclusive('\n').map(bare_line) {
            let own = line.split(':').next().unwrap_or_default().to_owned();
            let goes = edits.iter().any(|edit| is_about(&line, &own, edit));
            next.push(line);
            if !goes {
                break;
            }
        }
        let may_go = |edit| {
            is_about(&bare, &section, edit) || next.iter().any(|next| is_between(line, next, edit))
        };
        if edits.iter().any(may_go) {
            continue;
        }
        // A last line may get a newline, or a comma before another entry.
        let bare = |line: &str| line.trim_end().replace(',', "");
        let is_kept = |now: &str| now == line || (bare(now) == bare(line) && ends(line, below));
        let stays = rest.any(is_kept);
        prop_assert!(stays, "the line {line:?} is not as it was:\n{before}\n---\n{after}");
    }
    Ok(())
}

/// Whether a line may change though no edit names it: the last one, or the last between brackets.
fn ends(line: &str, below: &str) -> bool {
    let is_last = below.trim_start_matches(['\r', '\n', ' ']).starts_with(['}', ']']);
    below.is_empty() || (is_last && !line.contains(','))
}

/// Whether it is the blank line above a list that may go with its last entry.
fn is_between(line: &str, next: &str, edit: &Edit) -> bool {
    let list = match edit {
        Edit::NoMember(_) => "members",
        Edit::NoPin(_) => "pin",
        Edit::NoExclude(_) => "exclude",
        _ => return false,
    };
    line.trim().is_empty() && next.starts_with(list)
}

fn is_about(line: &str, section: &str, edit: &Edit) -> bool {
    let (list, id) = match edit {
        Edit::Text(key, _) => {
            return section == key.name() || line.contains(&format!("about {}", key.name()));
        }
        Edit::Order(_) => return section == "order",
        Edit::Include(_) => return section == "include",
        Edit::Member(id, _) | Edit::NoMember(id) => ("members", id),
        Edit::Pin(id) | Edit::NoPin(id) => ("pin", id),
        Edit::Exclude(id) | Edit::NoExclude(id) => ("exclude", id),
    };
    let id = id.to_string();
    // The key's own line: it goes with the last entry.
    let is_head = section == list && line.starts_with(list);
    // A list that was emptied loses its brackets with its next first entry.
    let is_foot = section == list && matches!(line.trim(), "}" | "]" | "");
    section == list
        && (line.contains(&id)
            || line.contains(&scalar::quoted(&id))
            || line.contains("rank:")
            || line.contains("note:"))
        || is_head
        || is_foot
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("EDIT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512);
    ProptestConfig { cases, max_shrink_iters: 4000, ..ProptestConfig::default() }
}

/// The blank line above what goes was above the list that goes with it.
#[test]
fn a_blank_line_goes_with_a_list_when_all_between_them_goes() {
    let before = "description: ''\n\ntitle: ''\npin:\n a/skill/p:q:\n";
    let id = "a/skill/p:q".parse().expect("an id");
    let edits = [Edit::Text(TextKey::Title, None), Edit::NoPin(id)];
    let after = apply(Form::Collection, "c", before, &edits).expect("it can be");
    assert_eq!(after, "description: ''\n");
    untouched_lines_stay(before, &after, &edits).expect("all else stays");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn an_edited_group_means_what_was_meant_and_keeps_its_other_lines(
        before in a_file(Form::Group), edits in edits(Form::Group),
    ) {
        let mut model = parse_group("s", "g", &before)
            .map_err(|why| TestCaseError::fail(format!("{why}\n{before}")))?;
        edits.iter().for_each(|edit| on_group(&mut model, edit));
        let after = apply(Form::Group, "g", &before, &edits)
            .map_err(|why| TestCaseError::fail(format!("{why}\n{before}")))?;
        let read = parse_group("s", "g", &after).expect("it was read before");
        prop_assert_eq!(plain_group(read), plain_group(model), "\n{}\n---\n{}", before, after);
        untouched_lines_stay(&before, &after, &edits)?;
    }

    #[test]
    fn an_edited_collection_means_what_was_meant_and_keeps_its_other_lines(
        before in a_file(Form::Collection), edits in edits(Form::Collection),
    ) {
        let mut model = parse_collection("s", "c", &before)
            .map_err(|why| TestCaseError::fail(format!("{why}\n{before}")))?;
        edits.iter().for_each(|edit| on_collection(&mut model, edit));
        let after = apply(Form::Collection, "c", &before, &edits)
            .map_err(|why| TestCaseError::fail(format!("{why}\n{before}")))?;
        let read = parse_collection("s", "c", &after).expect("it was read before");
        prop_assert_eq!(plain_collection(read), plain_collection(model), "\n{}\n---\n{}", before, after);
        untouched_lines_stay(&before, &after, &edits)?;
    }

    #[test]
    fn no_text_panics(
        text in "(members|exclude|title|: |:\n|\n|  |- |[{}]|\\[|\\]|, ?|#|&a|\\*a|\\?|a/skill/x|'|\"|\r|\u{feff}|é|\\|){0,14}",
        edits in edits(Form::Group),
    ) {
        let _ = apply(Form::Group, "g", &text, &edits);
    }
}
