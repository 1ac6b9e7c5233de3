//! What robots are told, and the headers of hosts that read them from a file (Netlify, Cloudflare).

use crate::site::Site;
use crate::site::page::ONLY_LIVE;

/// Hosts read so many rules at most; assets beyond them are only kept less long by browsers.
const ASSETS_MAX: usize = 80;

pub(super) fn robots(site: &Site<'_>) -> String {
    let mut out = String::from("User-agent: *\nAllow: /\n");
    if let Some(base) = &site.options.base_url {
        out.push_str(&format!("Sitemap: {base}sitemap.xml\n"));
    }
    out
}

/// What a page cannot say of itself, types that hosts guess wrong, and what never changes.
pub(super) fn headers(site: &Site<'_>) -> String {
    const ATOM: &str = "application/atom+xml; charset=utf-8";
    const JSON: &str = "application/feed+json; charset=utf-8";
    const MARKDOWN: &str = "text/markdown; charset=utf-8";
    let mut out = String::from(
        "/*\n  Content-Security-Policy: frame-ancestors 'none'\n  \
         X-Content-Type-Options: nosniff\n  Referrer-Policy: same-origin\n",
    );
    // What people wrote elsewhere, shown as it is.
    out.push_str(
        "/a/:source/:kind/:name/raw/*\n  Content-Security-Policy: sandbox; default-src 'none'\n  \
         Content-Type: text/plain; charset=utf-8\n",
    );
    let folders = ["", "/collections/:collection", "/sources/:source"];
    for folder in folders {
        out.push_str(&format!("{folder}/feed.xml\n  Content-Type: {ATOM}\n"));
        out.push_str(&format!("{folder}/feed.json\n  Content-Type: {JSON}\n"));
    }
    for pages in ["/a/:source/:kind/:name", "/collections/:collection", "/kinds/:kind"] {
        out.push_str(&format!("{pages}/index.md\n  Content-Type: {MARKDOWN}\n"));
    }
    // By name: beside them are images of pages, whose names stay when they change.
    // What only `serve` has no host serves.
    let assets =
        site.theme.assets().iter().filter(|asset| !ONLY_LIVE.contains(&asset.name.as_str()));
    for asset in assets.take(ASSETS_MAX) {
        let path = &asset.path;
        out.push_str(&format!("/{path}\n  Cache-Control: public, max-age=31536000, immutable\n"));
    }
    out
}
