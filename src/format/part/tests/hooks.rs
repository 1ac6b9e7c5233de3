//! Hooks put into settings of others and taken out again, and what they run in a project.

use serde_json::{Value, json};

use crate::format::part::hooks::{Handler, digest, handlers, put, settled};

fn handler(event: &str, matcher: Option<&str>, command: &str) -> Handler {
    let body = json!({"type": "command", "command": command});
    Handler { event: event.to_owned(), matcher: matcher.map(str::to_owned), body }
}

fn with(text: Option<&str>, add: &[Handler]) -> String {
    put("settings.json", text, &[], add).unwrap().unwrap()
}

fn without(text: &str, remove: &[Handler]) -> Option<String> {
    put("settings.json", Some(text), remove, &[]).unwrap()
}

#[test]
fn every_shape_of_hooks_is_read() {
    let lines = |value: Value| -> Vec<String> {
        let all = handlers(&value).into_iter();
        all.map(|h| format!("{} {} {}", h.event, h.matcher.unwrap_or("-".into()), h.body)).collect()
    };
    let claude = json!({"hooks": {"Stop": [{"matcher": "x", "hooks": [
        {"type": "command", "command": "a"}, {"type": "http", "url": "u"}, {"type": "none"}]}]}});
    let want =
        [r#"Stop x {"type":"command","command":"a"}"#, r#"Stop x {"type":"http","url":"u"}"#];
    assert_eq!(lines(claude), want);
    let copilot = json!({"version": 1, "hooks": {"sessionStart": [{"bash": "a"}]}});
    assert_eq!(lines(copilot), [r#"sessionStart - {"bash":"a"}"#]);
    let list = json!({"hooks": [{"event": "Stop", "matcher": "", "command": "a", "args": ["b"]}]});
    assert_eq!(lines(list), [r#"Stop - {"command":"a","args":["b"]}"#]);
    let bare = json!({"Stop": {"hooks": {"command": "a"}}, "note": "x"});
    assert_eq!(lines(bare), [r#"Stop - {"command":"a"}"#]);
}

#[test]
fn a_digest_covers_event_matcher_and_body_but_no_order() {
    let (a, b) = (handler("Stop", None, "a"), handler("Stop", Some("x"), "a"));
    assert_ne!(a.digest(), b.digest());
    assert_ne!(a.digest(), handler("Start", None, "a").digest());
    assert_ne!(a.digest(), handler("Stop", None, "b").digest());
    assert_eq!(a.digest(), handler("Stop", Some(""), "a").digest());
    let (all, turned) = ([a.clone(), b.clone()], [b, a.clone()]);
    assert_eq!(digest(&all), digest(&turned));
    assert_ne!(digest(&all), digest(&[a]));
}

#[test]
fn settings_that_are_not_there_are_made_and_go_with_their_last_hook() {
    let all = [handler("Stop", None, "a"), handler("Stop", None, "b")];
    let text = with(None, &all);
    let want = json!({"hooks": {"Stop": [{"hooks": [all[0].body, all[1].body]}]}});
    assert_eq!(text, serde_json::to_string_pretty(&want).unwrap() + "\n");
    assert_eq!(with(Some(&text), &all), text, "what is there already is not put in again");
    assert_eq!(without(&text, &all), None);
    assert_eq!(put("f", None, &all, &[]).unwrap(), None);
}

const SETTINGS: &str = r#"{
  // mine
  "permissions": {"allow": []},
  "hooks": {
    "Stop": [
      {"matcher": "x", "hooks": [{"type": "command", "command": "own"}]},
      {"matcher": "y", "hooks": []}
    ],
    "Start": []
  },
}
"#;

#[test]
fn a_hook_joins_those_of_its_event_and_matcher() {
    let text = with(Some(SETTINGS), &[handler("Stop", Some("x"), "a")]);
    let own = r#"{"type": "command", "command": "own"}"#;
    let want = SETTINGS.replace(own, &format!("{own}, {}", own.replace("own", "a")));
    assert_eq!(text, want);
    assert_eq!(without(&text, &[handler("Stop", Some("x"), "a")]).unwrap(), SETTINGS);
    let text = with(Some(SETTINGS), &[handler("Stop", None, "a"), handler("New", None, "b")]);
    let want = r#"{
  // mine
  "permissions": {"allow": []},
  "hooks": {
    "Stop": [
      {"matcher": "x", "hooks": [{"type": "command", "command": "own"}]},
      {"matcher": "y", "hooks": []},
      {
        "hooks": [
          {
            "type": "command",
            "command": "a"
          }
        ]
      }
    ],
    "Start": [],
    "New": [
      {
        "hooks": [
          {
            "type": "command",
            "command": "b"
          }
        ]
      }
    ]
  },
}
"#;
    assert_eq!(text, want);
    let both = [handler("Stop", None, "a"), handler("New", None, "b")];
    assert_eq!(without(&text, &both).unwrap(), SETTINGS);
}

#[test]
fn what_others_left_empty_or_said_beside_a_hook_stays() {
    let a = [handler("Stop", None, "a")];
    let gone = |text: &str| without(text, &a);
    let kept =
        r#"{"hooks": {"Stop": [{"id": 1, "hooks": [{"type": "command", "command": "a"}]}]}}"#;
    assert_eq!(gone(kept).unwrap(), r#"{"hooks": {"Stop": [{"id": 1, "hooks": []}]}}"#);
    let told = r#"{"hooks": {"Stop": [/* c */ {"hooks": [{"type": "command", "command": "a"}]}]}}"#;
    assert_eq!(gone(told).unwrap(), r#"{"hooks": {"Stop": [/* c */]}}"#);
    let more = r#"{"a": 1, "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "a"}]}]}}"#;
    assert_eq!(gone(more).unwrap(), r#"{"a": 1}"#);
    let flat = r#"{"a": 1, "hooks": {"Stop": [{"type": "command", "command": "a"}]}}"#;
    assert_eq!(gone(flat).unwrap(), r#"{"a": 1}"#);
    assert_eq!(gone("{\"hooks\": {}}").unwrap(), "{\"hooks\": {}}");
}

#[test]
fn settings_that_cannot_be_understood_are_left_alone() {
    for text in [
        "{",
        "[]",
        "{\"hooks\": []}",
        "{\"hooks\": {\"Stop\": {}}}",
        "{\"hooks\": {}, \"hooks\": {}}",
    ] {
        let error = put("f", Some(text), &[], &[handler("Stop", None, "a")]).unwrap_err();
        assert_eq!(error.problems[0].code, "SM649", "{text}");
    }
}

fn command(file: &str, files: &[&str], text: &str) -> Result<String, String> {
    let all = settled(vec![handler("Stop", None, text)], file, files, ".claude/hooks/guard")?;
    Ok(all[0].body["command"].as_str().unwrap().to_owned())
}

#[test]
fn a_script_beside_the_hooks_is_run_where_it_was_put() {
    let guard = |text: &str| command("hooks/hooks.json", &["guard.sh", "a b.sh", "lib/x.py"], text);
    let want = "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/guard/guard.sh";
    for text in [
        "${CLAUDE_PLUGIN_ROOT}/guard.sh",
        "${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh",
        "\"${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh\"",
        "'${CLAUDE_PLUGIN_ROOT}/./hooks//guard.sh'",
        "\"${CLAUDE_PLUGIN_ROOT}\"/hooks/guard.sh",
        "$CLAUDE_PLUGIN_ROOT/hooks/guard.sh",
    ] {
        assert_eq!(guard(text).unwrap(), want, "{text}");
        let call = format!("bash {text} --all; echo 'é'");
        assert_eq!(guard(&call).unwrap(), format!("bash {want} --all; echo 'é'"));
    }
    let spaced = guard("\"${CLAUDE_PLUGIN_ROOT}/a b.sh\" x").unwrap();
    assert_eq!(spaced, "\"$CLAUDE_PROJECT_DIR\"/'.claude/hooks/guard/a b.sh' x");
    let inner = guard("sh -c \"cd / && ${CLAUDE_PLUGIN_ROOT}/guard.sh\"").unwrap();
    assert_eq!(inner, "sh -c \"cd / && $CLAUDE_PROJECT_DIR/.claude/hooks/guard/guard.sh\"");
    let dir = guard("PYTHONPATH=${CLAUDE_PLUGIN_ROOT}/hooks/lib python3 -m x").unwrap();
    assert_eq!(dir, "PYTHONPATH=\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/guard/lib python3 -m x");
    assert_eq!(guard("echo done").unwrap(), "echo done");
    assert_eq!(
        command("hooks.json", &["x.sh"], "${CLAUDE_PLUGIN_ROOT}/x.sh").unwrap(),
        want.replace("guard.sh", "x.sh")
    );
}

#[test]
fn what_names_anything_else_of_a_plugin_says_why_it_cannot_be_alone() {
    let why = |text: &str| command("hooks/hooks.json", &["guard.sh"], text).unwrap_err();
    let other = "it names `scripts/x.py`, which is not beside the hooks";
    assert_eq!(why("python3 ${CLAUDE_PLUGIN_ROOT}/scripts/x.py"), other);
    assert_eq!(why("\"${CLAUDE_PLUGIN_ROOT}/scripts/x.py\""), other);
    assert_eq!(
        why("${CLAUDE_PLUGIN_ROOT}/hooks/../guard.sh"),
        "it names `hooks/../guard.sh`, which is not beside the hooks"
    );
    assert_eq!(
        why("cd ${CLAUDE_PLUGIN_ROOT} && ./x"),
        "it names the folder of the plugin as a whole"
    );
    assert_eq!(why("${CLAUDE_PLUGIN_ROOT:-.}/guard.sh"), "it looks at the folder of the plugin");
    assert_eq!(
        why("echo 'a ${CLAUDE_PLUGIN_ROOT}/guard.sh'"),
        "it names the folder of the plugin in a way that is not understood"
    );
    let body =
        json!({"type": "command", "command": "x", "args": ["${CLAUDE_PLUGIN_ROOT}/guard.sh"]});
    let one = Handler { body, ..handler("Stop", None, "") };
    let got = settled(vec![one], "hooks/hooks.json", &["guard.sh"], "d").unwrap_err();
    assert_eq!(got, "its `args` names the folder of the plugin");
}

#[test]
fn only_hooks_of_claude_code_are_put_into_its_settings() {
    let one = |event: &str, body: Value| {
        let handler = Handler { event: event.to_owned(), matcher: None, body };
        settled(vec![handler], "hooks.json", &[], "d").map(|all| all[0].body.clone())
    };
    let typed = json!({"command": "a", "type": "command"});
    assert_eq!(one("Stop", json!({"command": "a"})).unwrap(), typed);
    assert_eq!(one("Stop", json!({"prompt": "a", "type": "agent"})).unwrap()["type"], "agent");
    let error = one("stop", json!({"command": "a"})).unwrap_err();
    assert_eq!(error, "`stop` is no event of Claude Code");
    let error = one("Stop", json!({"bash": "a"})).unwrap_err();
    assert_eq!(error, "its hooks are written for another agent");
}
