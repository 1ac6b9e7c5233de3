//! Random files of random layout: what is put in is there, what is taken out is gone, and then every
//! byte is as it was.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::format::part::hooks::{self, Handler, handlers};
use crate::format::part::servers::{put, servers};
use crate::format::part::value;
use crate::model::profile::ServerFile::{Json, Toml};

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "[ -~]{0,6}", "é\\PC{0,3}", Just("// \"x\" /* , } ]".to_owned())]
}

fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-9..9_i8).prop_map(|n| Value::from(f64::from(n) / 4.0)),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            a_map(inner).prop_map(Value::Object),
        ]
    })
}

fn a_map(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((word(), value), 0..4).prop_map(|pairs| pairs.into_iter().collect())
}

/// JSON as no program would write it: what stands between its parts comes from `dress`, in turn.
struct Dressed<'a> {
    out: String,
    dress: std::iter::Cycle<std::slice::Iter<'a, usize>>,
    /// Maps and lists that are empty stay so, as what comes of them after all is taken out.
    newline: &'static str,
}

impl Dressed<'_> {
    fn gap(&mut self) {
        let n = self.dress.next().copied().unwrap_or_default();
        let newline = self.newline;
        match n {
            0..4 => {}
            4..6 => self.out.push(' '),
            6..8 => self.out.push_str(&format!("{newline}  ")),
            8 => self.out.push_str(&format!("{newline}\t{newline}\t")),
            9 => self.out.push_str(" /* \", } é ]*/ "),
            _ => self.out.push_str(&format!("// {{ , \"é{newline}   ")),
        }
    }

    fn write(&mut self, value: &Value) {
        let (open, close, parts): (char, char, Vec<(Option<&String>, &Value)>) = match value {
            Value::Object(map) => ('{', '}', map.iter().map(|(k, v)| (Some(k), v)).collect()),
            Value::Array(items) => ('[', ']', items.iter().map(|v| (None, v)).collect()),
            plain => return self.out.push_str(&plain.to_string()),
        };
        self.out.push(open);
        for (at, (key, value)) in parts.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.gap();
            if let Some(key) = key {
                self.out.push_str(&Value::from(key.as_str()).to_string());
                self.gap();
                self.out.push(':');
                self.gap();
            }
            self.write(value);
            self.gap();
        }
        if !parts.is_empty() {
            if self.dress.next().is_some_and(|n| n % 3 == 0) {
                self.out.push(',');
            }
            self.gap();
        }
        self.out.push(close);
    }
}

fn dressed(value: &Value, dress: &[usize], is_crlf: bool) -> String {
    let newline = if is_crlf { "\r\n" } else { "\n" };
    let mut writer = Dressed { out: String::new(), dress: dress.iter().cycle(), newline };
    writer.gap();
    writer.write(value);
    writer.gap();
    writer.out
}

fn a_dress() -> impl Strategy<Value = (Vec<usize>, bool)> {
    (prop::collection::vec(0..11_usize, 1..24), any::<bool>())
}

fn a_handler() -> impl Strategy<Value = Handler> {
    let event = prop_oneof!["Stop", "Start", word()];
    let matcher = prop_oneof![Just(None), Just(Some("x".to_owned())), Just(Some("é".to_owned()))];
    (event, matcher, word(), a_map(a_value())).prop_map(|(event, matcher, command, mut body)| {
        body.remove("hooks");
        body.remove("matcher");
        body.insert("command".to_owned(), command.into());
        Handler { event, matcher, body: Value::Object(body) }
    })
}

/// Settings with hooks of others.
fn settings() -> impl Strategy<Value = Value> {
    (a_map(a_value()), prop::collection::vec(a_handler(), 0..4)).prop_map(|(mut map, all)| {
        map.insert("a".to_owned(), 1.into());
        let mut events = Map::new();
        for one in all {
            let mut group = json!({"hooks": [one.body]});
            if let Some(matcher) = one.matcher {
                group["matcher"] = matcher.into();
            }
            let event = events.entry(one.event).or_insert_with(|| json!([]));
            event.as_array_mut().unwrap().push(group);
        }
        map.remove("hooks");
        if !events.is_empty() {
            map.insert("hooks".to_owned(), events.into());
        }
        Value::Object(map)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_server_that_comes_and_goes_leaves_no_trace(
        others in a_map(a_value()), more in a_map(a_value()),
        entry in a_map(a_value()), (dress, is_crlf) in a_dress(),
    ) {
        let mut whole = more;
        whole.insert("more".to_owned(), 1.into());
        whole.insert("mcpServers".to_owned(), Value::Object(others.clone()));
        let text = dressed(&Value::Object(whole.clone()), &dress, is_crlf);
        prop_assert_eq!(value("f", &text).unwrap(), Value::Object(whole.clone()), "{}", text);
        let (format, entry) = (Json("mcpServers"), Value::Object(entry));
        let new = put("f", format, Some(&text), "new!", Some(&entry)).unwrap().unwrap();
        whole["mcpServers"]["new!"] = entry.clone();
        prop_assert_eq!(value("f", &new).unwrap(), Value::Object(whole.clone()), "{}", new);
        let all = servers("f", format, &new).unwrap();
        prop_assert_eq!(all.last(), Some(&("new!".to_owned(), entry)));
        let old = put("f", format, Some(&new), "new!", None).unwrap().unwrap();
        prop_assert_eq!(old, text.clone());
        // Another in the place of one that was there, and that one taken out.
        if let Some(name) = others.keys().next() {
            let new = put("f", format, Some(&text), name, Some(&json!({"b": [1]}))).unwrap().unwrap();
            whole["mcpServers"].as_object_mut().unwrap().remove("new!");
            whole["mcpServers"][name] = json!({"b": [1]});
            prop_assert_eq!(value("f", &new).unwrap(), Value::Object(whole.clone()), "{}", new);
            let less = put("f", format, Some(&text), name, None).unwrap().unwrap();
            whole["mcpServers"].as_object_mut().unwrap().remove(name);
            prop_assert_eq!(value("f", &less).unwrap(), Value::Object(whole), "{}", less);
        }
    }

    #[test]
    fn hooks_that_come_and_go_leave_no_trace(
        whole in settings(), add in prop::collection::vec(a_handler(), 1..4), (dress, is_crlf) in a_dress(),
    ) {
        let text = dressed(&whole, &dress, is_crlf);
        let before = handlers(&whole);
        let add: Vec<Handler> = add.into_iter().filter(|one| !before.contains(one)).collect();
        let new = hooks::put("f", Some(&text), &[], &add).unwrap().unwrap();
        let after = handlers(&value("f", &new).unwrap());
        prop_assert!(add.iter().chain(&before).all(|one| after.contains(one)), "{}", new);
        let again = hooks::put("f", Some(&new), &[], &add).unwrap().unwrap();
        prop_assert_eq!(&again, &new);
        let old = hooks::put("f", Some(&new), &add, &[]).unwrap().unwrap();
        prop_assert_eq!(old, text.clone());
        let none = hooks::put("f", Some(&text), &before, &[]).unwrap().unwrap();
        let mut left = value("f", &none).unwrap();
        let mut whole = whole;
        for map in [&mut left, &mut whole] {
            map.as_object_mut().unwrap().remove("hooks");
        }
        prop_assert_eq!(left, whole);
    }

    #[test]
    fn a_table_that_comes_and_goes_leaves_no_trace(
        lines in prop::collection::vec((0..9_usize, "[a-z]{1,3}"), 0..9),
        entry in a_map(a_value()), name in word(), is_crlf in any::<bool>(), has_end in any::<bool>(),
    ) {
        let line = |(at, (kind, word)): (usize, &(usize, String))| match kind {
            0 | 1 => format!("{word}{at} = 1 # [x]"),
            2 => format!("# {word}"),
            3 => String::new(),
            4 => format!("{word}{at}.a = '''\n[mcp_servers.y]\n'''"),
            5 => format!("[mcp_servers.{word}{at}]\ncommand = \"é\""),
            6 => format!("[mcp_servers.{word}{at}.env]"),
            7 => format!("[[{word}{at}]]"),
            _ => format!(" [{word}{at}] # x"),
        };
        let mut text = lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\n");
        if has_end {
            text.push('\n');
        }
        let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
        let had = servers("f", Toml, &text).unwrap();
        prop_assume!(!text.trim().is_empty() && had.iter().all(|(there, _)| *there != name));
        let new = put("f", Toml, Some(&text), &name, Some(&Value::Object(entry))).unwrap().unwrap();
        let all = servers("f", Toml, &new).unwrap();
        prop_assert_eq!(all.len(), had.len() + 1);
        prop_assert_eq!(&all[had.len()].0, &name);
        let old = put("f", Toml, Some(&new), &name, None).unwrap();
        prop_assert_eq!(old, Some(text.clone()));
        for (there, _) in had {
            let less = put("f", Toml, Some(&text), &there, None).unwrap();
            let left = servers("f", Toml, &less.unwrap_or_default()).unwrap();
            prop_assert!(left.iter().all(|(name, _)| *name != there));
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "[{}\\[\\]\",:/* \na1\\\\é.=#-]{0,24}", file in ".{0,8}", command in "[\"'$\\\\ a/é;]{0,4}(\\$\\{CLAUDE_PLUGIN_ROOT\\}[\"'/a$ ]{0,4}){0,2}") {
        let entry = json!({"command": "x"});
        for format in [Json("mcpServers"), Toml] {
            let _ = servers(&file, format, &text);
            let _ = put(&file, format, Some(&text), &file, None);
            if let Ok(new) = put(&file, format, Some(&text), &file, Some(&entry)) {
                let all = servers(&file, format, &new.unwrap()).unwrap();
                prop_assert!(all.contains(&(file.clone(), entry.clone())));
            }
        }
        let body = json!({"command": command});
        let one = Handler { event: file.clone(), matcher: None, body };
        let _ = hooks::put(&file, Some(&text), std::slice::from_ref(&one), &[]);
        let _ = hooks::put(&file, Some(&text), &[], std::slice::from_ref(&one));
        let _ = hooks::settled(vec![one], &file, &["a"], "d");
    }
}
