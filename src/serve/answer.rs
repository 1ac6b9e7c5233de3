//! Answers: what is said, with the headers that keep it harmless.
//!
//! Every answer of a route is made here. It knows nothing of routes, nor of sockets.

use std::sync::Arc;

use serde_json::{Value, json};

use super::board::problem_list;
use crate::error::Problem;

/// Of the pages: nothing but our own files, and never in a frame.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// Of what people wrote elsewhere, shown as it is.
pub const RAW_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";
/// What a page of an error looks like, and the only style that such a page may have.
const ERROR_STYLE: &str = ":root{color-scheme:light dark}\
    body{max-width:52rem;margin:10vh auto 4rem;padding:0 1.5rem;font:1rem/1.55 ui-sans-serif,system-ui,sans-serif}\
    h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.02em}\
    pre{padding:.75rem 1rem;border:1px solid #8885;border-left:3px solid #d03030;border-radius:.5rem;\
    font:.84rem/1.55 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}\
    a{color:inherit}";
const ERROR_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-yaA+pmgnKLcxYaToeP4En2OFYfxfigl/MOs4BgW2YPw='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
pub const TEXT: &str = "text/plain; charset=utf-8";
pub const JSON: &str = "application/json";
pub const PROBLEM_JSON: &str = "application/problem+json";
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Arc<[u8]>,
}

/// On every answer.
pub const COMMON: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("Server", "skillmeat"),
];

impl Answer {
    /// Made for this one request, so nobody keeps it.
    pub fn whole(status: u16, kind: &str, text: &str) -> Self {
        Self {
            status,
            headers: vec![
                ("Content-Type", kind.to_owned()),
                ("Content-Security-Policy", PAGE_POLICY.to_owned()),
                ("Cache-Control", "no-store".to_owned()),
            ],
            body: text.as_bytes().into(),
        }
    }

    pub fn json(status: u16, value: &Value) -> Self {
        Self::whole(status, JSON, &format!("{value}\n"))
    }

    /// What went wrong, for a program.
    pub fn problem(status: u16, title: &str, problems: &[Problem]) -> Self {
        Self::whole(status, PROBLEM_JSON, &problem_text(status, title, problems))
    }

    /// What went wrong, for a person. Without the theme, since the theme may be what is broken.
    pub fn page(status: u16, title: &str, problems: &[Problem]) -> Self {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title}</title>\n<style>{ERROR_STYLE}</style>\n<h1>{title}</h1>\n"
        );
        for problem in problems {
            html.push_str(&format!("<pre>{}</pre>\n", escaped(&problem.to_string())));
        }
        html.push_str("<p><a href=\"/\">Home</a></p>\n</html>\n");
        let answer = Self::whole(status, "text/html; charset=utf-8", &html);
        answer.under(ERROR_POLICY)
    }

    fn under(mut self, policy: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "Content-Security-Policy");
        self.with("Content-Security-Policy", policy)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The body of a problem as programs read it (RFC 9457).
pub fn problem_text(status: u16, title: &str, problems: &[Problem]) -> String {
    let detail = problems.first().map(|problem| &problem.message);
    let mut value = json!({"title": title, "status": status});
    if let Some(detail) = detail {
        value["detail"] = json!(detail);
    }
    value["problems"] = problem_list(problems);
    format!("{value}\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// By the name of a file.
pub fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => JSON,
        Some("webmanifest") => "application/manifest+json",
        Some("xml") => "application/xml; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("md") => "text/markdown; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("zip") => "application/zip",
        // Also what tells hosts about the site, `_headers` and `.nojekyll`.
        Some("txt" | "nojekyll") | None => TEXT,
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::model::base64;

    #[test]
    fn a_page_of_an_error_may_have_its_own_style_and_nothing_else() {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            base64::encode(&Sha256::digest(ERROR_STYLE)).trim_end()
        );
        let answer = Answer::page(503, "Not now", &[]);
        let said = answer.headers.iter().filter(|(name, _)| *name == "Content-Security-Policy");
        assert_eq!(said.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), [policy.as_str()]);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains(&format!("<style>{ERROR_STYLE}</style>")), "{text}");
    }
}
