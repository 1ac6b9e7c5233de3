// Pages of other origins beside an open catalog: whatever they try, they change and read nothing.

import fs from "node:fs";
import http from "node:http";
import { Catalog } from "./catalog.mjs";

const COLLECTION = "collections/team/collection.yaml";

// What a stranger's page tries, each in words, as a function of the catalog's address and a token
// that it could have guessed. Each gives what it could read, or nothing.
const TRIES = {
  "a form": `
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.name = "hidden";
    for (const [action, type] of [["/edit", "application/x-www-form-urlencoded"],
      ["/api/v1/collections", "text/plain"], ["/api/v1/undo", "multipart/form-data"]]) {
      const form = document.body.appendChild(document.createElement("form"));
      Object.assign(form, { method: "post", action: site + action, enctype: type, target: "hidden" });
      for (const [name, value] of [["token", token], ["action", "delete-collection"],
        ["collection", "team"], ["{\\"title\\":\\"x\\"", "}"]]) {
        const field = form.appendChild(document.createElement("input"));
        Object.assign(field, { type: "hidden", name, value });
      }
      form.submit();
    }
    await pause(500);`,
  "fetch without asking": `
    const heads = { method: "POST", mode: "no-cors", body: JSON.stringify({ title: "Stolen" }) };
    const answer = await fetch(site + "/api/v1/collections", heads);
    return await answer.text();`,
  "fetch of JSON with the token": `
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      await fetch(site + "/api/v1/collections/team", {
        method,
        headers: { "Content-Type": "application/json", "X-Skillmeat-Token": token },
        body: JSON.stringify({ title: "Stolen", seen: {} }),
      }).then((answer) => answer.text()).then(tell, () => {});
    }`,
  "fetch of pages and JSON": `
    for (const path of ["/", "/api/v1/index.json", "/api/v1/status", "/metrics", "/healthz"]) {
      await fetch(site + path).then((answer) => answer.text()).then(tell, () => {});
    }`,
  "fetch without credentials, of all": `
    const answer = await fetch(site + "/api/v1/artifacts.json", { mode: "no-cors" });
    return await answer.text();`,
  "an image": `return await loads(Object.assign(new Image(), { src: icon }));`,
  "a script of JSON": `
    const script = document.createElement("script");
    script.src = site + "/api/v1/artifacts.json";
    return await loads(document.head.appendChild(script));`,
  "a script of ours": `
    const script = document.createElement("script");
    script.src = site + "/status.js";
    return await loads(document.head.appendChild(script));`,
  "a style": `
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: style });
    return await loads(document.head.appendChild(link));`,
  "a stream of events": `
    const stream = new EventSource(site + "/api/v1/events");
    stream.addEventListener("revision", (event) => tell(event.data));
    await pause(700);
    stream.close();`,
  "a frame": `
    const frame = document.createElement("iframe");
    frame.src = site + "/collections/team/";
    document.body.append(frame);
    await pause(700);
    try { return frame.contentDocument?.querySelector("h1")?.textContent ?? ""; } catch { return ""; }`,
  "a window": `
    const opened = open(site + "/collections/team/");
    await pause(700);
    try { return opened?.document.documentElement.dataset.token ?? ""; } catch { return ""; }`,
  "a beacon": `
    navigator.sendBeacon(site + "/edit", new URLSearchParams({ token, action: "delete-collection" }));
    navigator.sendBeacon(site + "/api/v1/undo", new Blob(["{}"], { type: "text/plain" }));
    await pause(300);`,
  "a worker": `
    try { new Worker(site + "/status.js"); return "a worker of theirs"; } catch { return ""; }`,
};

// Those that a page of ours may do: they show that a try would have been noticed.
const OURS = ["fetch of pages and JSON", "an image", "a script of ours", "a style", "a stream of events"];

// What a try needs, and the try itself; `window.read` has what it could read.
function script(code, known) {
  return `
    const { site, token, icon, style } = ${JSON.stringify(known)};
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    window.read = [];
    const tell = (text) => { if (text) read.push(text); };
    const loads = (element) => new Promise((done) => {
      element.onload = () => done("it loaded");
      element.onerror = () => done("");
      setTimeout(() => done(""), 3000);
    });
    const attempt = async () => {${code}
    };
    attempt().then(tell, () => {}).finally(() => { window.done = true; });`;
}

function page(code, known) {
  return `<!doctype html><title>stranger</title><body><script type="module">${script(code, known)}</script>`;
}

// A server of strangers: each try is a page.
async function strangers(pages) {
  const server = http.createServer((request, response) => {
    const html = pages(decodeURIComponent(request.url.slice(1)));
    response.writeHead(html ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
    response.end(html ?? "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
  return { port: server.address().port, stop };
}

function files(catalog) {
  const all = fs.readdirSync(`${catalog.root}/collections`, { recursive: true, withFileTypes: true });
  const named = all.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
  return named.sort().map((file) => `${file}\n${fs.readFileSync(file, "utf8")}`).join("\n");
}

export default {
  "a page of another port or site changes nothing and reads nothing": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await catalog.serve("--watch", "--metrics", "-v");
    // The worst case: the token is known to them, as to another user of the machine.
    const home = await (await fetch(server.url)).text();
    const token = home.match(/data-token="([0-9a-f]+)"/)[1];
    const asset = (pattern) => `${server.url}/${home.match(pattern)[0]}`;
    const known = {
      site: server.url,
      token,
      icon: asset(/assets\/favicon[^"]+svg/),
      style: asset(/assets\/site[^"]+css/),
    };
    const pages = (name) => TRIES[name] && page(TRIES[name], known);
    const other = await strangers(pages);
    const browser = await world.browser();
    const before = files(catalog);
    try {
      const context = await browser.newContext();
      const readBy = async (tab) => {
        await tab.waitForFunction(() => window.done, null, { timeout: 30_000 });
        const read = await tab.evaluate(() => window.read);
        await tab.close();
        return read;
      };
      for (const name of OURS) {
        const tab = await context.newPage();
        await tab.goto(server.url);
        await tab.evaluate(`{${script(TRIES[name], known)}}`);
        if ((await readBy(tab)).length === 0) throw new Error(`${name}: not even our own page may`);
      }
      for (const origin of [`http://127.0.0.1:${other.port}`, `http://localhost:${other.port}`]) {
        await Promise.all(
          Object.keys(TRIES).map(async (name) => {
            const tab = await context.newPage();
            await tab.goto(`${origin}/${encodeURIComponent(name)}`);
            const read = await readBy(tab);
            if (read.length > 0) throw new Error(`${name} from ${origin} reads ${read}`);
          }),
        );
      }
      await context.close();
      if (files(catalog) !== before) throw new Error(`${COLLECTION} or another file was changed`);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      const writes = metrics.match(/rejected_total\{reason="(origin|site|content_type)"\} \d+/g);
      if (!writes) throw new Error(`no attempt arrived:\n${metrics}`);
      const done = server.said().match(/^(POST|PUT|PATCH|DELETE) \S+: 2\d\d/gm);
      if (done) throw new Error(`let in: ${done}`);
    } finally {
      await other.stop();
      await server.stop();
      catalog.remove();
    }
  },

  "a name that was pointed at this machine is not answered": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await catalog.serve("--watch");
    const { port } = new URL(server.url);
    const { chromium } = await import("playwright-core");
    const browser = await chromium.launch({
      executablePath: process.env.CHROME_PATH || "/usr/bin/chromium",
      args: ["--no-sandbox", "--host-resolver-rules=MAP evil.test 127.0.0.1"],
    });
    try {
      const tab = await (await browser.newContext()).newPage();
      for (const path of ["/", "/api/v1/index.json", "/api/v1/status", "/healthz", "/metrics"]) {
        const answer = await tab.goto(`http://evil.test:${port}${path}`).catch(() => null);
        const length = answer ? (await answer.body().catch(() => Buffer.alloc(0))).length : 0;
        if (answer && (answer.status() !== 403 || length > 0)) {
          throw new Error(`${path}: ${answer.status()}, ${length} bytes`);
        }
      }
    } finally {
      await browser.close();
      await server.stop();
      catalog.remove();
    }
  },
};
