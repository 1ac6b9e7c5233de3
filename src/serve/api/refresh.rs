//! `/api/v1/refresh`: has the sources asked, tells how that goes, and ends it.

use serde_json::Value;

use crate::error::Problem;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::head::Method;
use crate::serve::http::Asked;
use crate::serve::refresh::Wanted;
use crate::words;

/// How it goes, or went.
pub fn read(server: &Server) -> Answer {
    Answer::json(200, &server.refresher.to_json())
}

/// Begins or ends one; who asks was judged already.
pub fn write(server: &Server, asked: &Asked) -> Answer {
    match asked.method {
        Method::Post => match wanted(asked.body) {
            Ok(wanted) => begin(server, asked, wanted),
            Err(problem) => asked.wrong(422, "Not a wish for a refresh", &[problem]),
        },
        Method::Delete => Answer::json(200, &server.refresher.cancel()),
        _ => asked
            .wrong(405, "A refresh is begun with POST and ended with DELETE", &[])
            .with("Allow", "GET, HEAD, POST, DELETE"),
    }
}

fn begin(server: &Server, asked: &Asked, wanted: Wanted) -> Answer {
    match server.refresher.press(wanted) {
        Ok(state) => Answer::json(202, &state).with("Location", "/api/v1/refresh"),
        Err(problem) => asked.wrong(409, "The sources cannot be asked", &[problem]),
    }
}

/// `{"force": true, "sources": ["team"]}`, each as one likes; nothing for all sources.
fn wanted(body: &[u8]) -> Result<Wanted, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(Wanted::default());
    }
    let wrong = |text: String| {
        let help = "send `{\"force\": true, \"sources\": [\"NAME\"]}`, or nothing";
        Err(Problem::error("SM742", text).help(help))
    };
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return wrong("the body is no JSON object".to_owned());
    };
    let mut wanted = Wanted::default();
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("force", Value::Bool(force)) => wanted.force = force,
            ("sources", Value::Array(names)) => {
                for name in names {
                    let Value::String(name) = name else {
                        return wrong("`sources` holds something that is no name".to_owned());
                    };
                    wanted.sources.push(name);
                }
            }
            (key, _) => {
                let key = words::visible(key);
                return wrong(format!("`{key}` is not known, or not of that kind"));
            }
        }
    }
    Ok(wanted)
}
