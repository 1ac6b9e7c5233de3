//! `/api/v1/cache/…`: has the cache looked after.

use serde_json::json;

use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::care::Care;
use crate::serve::head::Method;
use crate::serve::http::Asked;

/// The shape of the answer; only ever added to.
const SCHEMA: u32 = 1;

/// Answers when it is done; who asks was judged already.
pub fn write(server: &Server, asked: &Asked, care: Care) -> Answer {
    if asked.method != Method::Post {
        return asked.wrong(405, "The cache is looked after with POST", &[]).with("Allow", "POST");
    }
    match server.refresher.care(care) {
        Ok(message) => {
            let refresh = server.refresher.to_json();
            Answer::json(200, &json!({"schema": SCHEMA, "message": message, "refresh": refresh}))
        }
        Err(problem) if problem.code == "SM743" => {
            asked.wrong(409, "The sources are being asked", &[problem])
        }
        Err(problem) => asked.wrong(500, "The cache could not be looked after", &[problem]),
    }
}
