// A browser that notes every fault of the pages it opens, and a static server below a sub-path.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROME_PATH || "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// A page of its own context. `faults` fills with errors of scripts and of the console, broken
// content security rules, answers that are no success, and requests to anywhere but `origin`.
export async function open(browser, origin, options = {}) {
  const { width = 1280, height = 800, theme = "light", scripts = true } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    javaScriptEnabled: scripts,
    deviceScaleFactor: options.scale ?? 1,
  });
  const faults = [];
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`content security: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(origin) || url.startsWith("data:")) return route.continue();
    faults.push(`asks for ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} for ${response.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".xml": "application/xml",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".png": "image/png",
  ".ico": "image/x-icon",
};

// Serves a folder below `base` and nothing else, as a project page on a static host does.
export async function serveFolder(folder, base = "/") {
  const server = http.createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const inside = asked.startsWith(base) ? asked.slice(base.length) : null;
    const name = inside !== null && (inside === "" || inside.endsWith("/")) ? "index.html" : "";
    const file = inside === null ? null : path.join(folder, inside, name);
    if (!file || !file.startsWith(folder) || !fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      const page = path.join(folder, "404.html");
      response.writeHead(404, { "content-type": TYPES[".html"] });
      return response.end(fs.existsSync(page) ? fs.readFileSync(page) : "not found");
    }
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type });
    response.end(fs.readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, url: origin + base, stop: () => server.close() };
}
