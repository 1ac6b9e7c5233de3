// Addresses: a site works below any path, nothing leads nowhere, and links alone reach everything.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { summary } from "./access.mjs";
import { open, serveFolder } from "./browse.mjs";
import { address, examples, isArtifact } from "./kinds.mjs";

const BASE = "/some/where/";

// What a page points to, as written: [attribute, value]. Text of scripts and comments is no link.
function pointers(html) {
  const plain = html.replace(/<!--[^]*?-->|(<script\b[^>]*>)[^]*?<\/script>/g, "$1");
  const found = plain.matchAll(/<([a-z]+)\b[^>]*?\s(href|src|action)="([^"]*)"/g);
  return [...found].map(([, tag, , value]) => [tag, value.replaceAll("&amp;", "&")]);
}

// Each page of a site: its file, and the files of the site it points to, with their fragments.
function graph(catalog) {
  const files = new Set(catalog.pages());
  const origin = "http://site.example";
  const pages = new Map();
  const broken = [];
  for (const file of files) {
    if (!file.endsWith(".html")) continue;
    const html = fs.readFileSync(path.join(catalog.public, file), "utf8");
    const targets = [];
    for (const [tag, value] of pointers(html)) {
      const url = new URL(value, `${origin}${BASE}${address(file)}`);
      if (url.origin !== origin) continue;
      // Shown at every depth, so its links cannot be relative; a host is needed to judge them.
      if (file === "404.html" && value.startsWith("/")) continue;
      const inside = decodeURIComponent(url.pathname);
      const name = inside.startsWith(BASE) ? inside.slice(BASE.length) : null;
      const target = name === null ? null : name.replace(/(^|\/)$/, "$1index.html");
      if (target === null || !files.has(target)) {
        broken.push(`${file}: <${tag}> ${value}`);
      } else {
        targets.push([tag, target, decodeURIComponent(url.hash.slice(1))]);
      }
    }
    const ids = new Set([...html.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, id]) => id));
    pages.set(file, { targets, ids });
  }
  for (const [file, { targets }] of pages) {
    for (const [tag, target, fragment] of targets) {
      const ids = pages.get(target)?.ids;
      if (tag === "a" && fragment && fragment !== "top" && ids && !ids.has(fragment)) {
        broken.push(`${file}: ${target} has no \`${fragment}\``);
      }
    }
  }
  return { pages, broken };
}

// The shortest way of links from the home page to every page: file -> the file before it.
function reached(pages) {
  const before = new Map([["index.html", null]]);
  for (const file of before.keys()) {
    for (const [tag, target] of pages.get(file)?.targets ?? []) {
      if (tag === "a" && !before.has(target)) before.set(target, file);
    }
  }
  return before;
}

export default {
  "every link, image and style of every page exists": async (world) => {
    const broken = world.sites().flatMap(([site, catalog]) => {
      return graph(catalog).broken.map((line) => `${site}: ${line}`);
    });
    if (broken.length > 0) throw new Error(summary(broken));
  },

  "the site works below a sub-path": async (world) => {
    const browser = await world.browser();
    const catalog = world.small();
    const server = await serveFolder(catalog.public, BASE);
    const { page, faults, close } = await open(browser, server.origin);
    for (const [kind, file] of examples(catalog.pages())) {
      if (kind === "not found") continue;
      await page.goto(server.url + address(file), { waitUntil: "load" });
      const styled = await page.evaluate(() => document.styleSheets.length);
      if (styled === 0) faults.push(`${kind} /${address(file)} has no style`);
    }
    await page.goto(server.url, { waitUntil: "load" });
    await page.locator('a[href*="collections/"]').first().click();
    await page.waitForLoadState("load");
    const there = new URL(page.url()).pathname;
    if (!there.startsWith(`${BASE}collections/`)) faults.push(`a click led to ${there}`);
    await close();
    server.stop();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "a missing page, at any depth, is told with nothing missing itself": async (world) => {
    const browser = await world.browser();
    const server = await serveFolder(world.small().public, BASE);
    const { page, faults, close } = await open(browser, server.origin);
    for (const missing of ["nope", "a/local/skill/nope/", "x/y/z/nope.html"]) {
      await page.goto(server.url + missing, { waitUntil: "load" });
      const own = (fault) => fault.includes(missing) || fault.startsWith("console: Failed to load");
      faults.splice(0, faults.length, ...faults.filter((fault) => !own(fault)));
      if ((await page.locator("h1").count()) !== 1) faults.push(`${missing}: no heading`);
    }
    await close();
    server.stop();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "every artifact is reached from home by links": async (world) => {
    const lost = [];
    for (const [site, catalog] of world.sites()) {
      const { pages } = graph(catalog);
      const before = reached(pages);
      const artifacts = [...pages.keys()].filter(isArtifact);
      if (artifacts.length === 0) lost.push(`${site}: there is no artifact`);
      lost.push(...artifacts.filter((file) => !before.has(file)).map((file) => `${site}: ${file}`));
    }
    if (lost.length > 0) throw new Error(summary(lost));
  },

  "without JavaScript a person clicks from home to an artifact and reads it": async (world) => {
    const browser = await world.browser();
    const catalog = world.small();
    const before = reached(graph(catalog).pages);
    const goal = "a/local/skill/report/index.html";
    const way = [];
    for (let file = goal; file; file = before.get(file)) way.unshift(file);
    const server = await serveFolder(catalog.public, BASE);
    const { page, faults, close } = await open(browser, server.origin, { scripts: false });
    await page.goto(server.url);
    for (const file of way.slice(1)) {
      const links = await page.locator("a[href]").all();
      for (const link of links) {
        const url = new URL(await link.getAttribute("href"), page.url());
        const there = url.pathname.replace(/\/$/, "/index.html") === BASE + file;
        if (there && (await link.isVisible())) {
          await link.click();
          break;
        }
      }
      await page.waitForURL((url) => url.pathname === BASE + address(file), { timeout: 10_000 });
    }
    const text = await page.locator("main").innerText();
    for (const words of ["First words.", "echo hello"]) {
      if (!text.includes(words)) faults.push(`the page does not show \`${words}\``);
    }
    await close();
    server.stop();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "opened from a disk, links lead on": async (world) => {
    const browser = await world.browser();
    const catalog = world.small();
    const page = await browser.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (line) => line.type() === "error" && faults.push(line.text()));
    await page.goto(pathToFileURL(path.join(catalog.public, "index.html")).href);
    await page.getByRole("link", { name: "Artifacts" }).first().click();
    await page.waitForURL((url) => url.pathname.endsWith("/collections/all/index.html"));
    await page.getByRole("link", { name: "report", exact: true }).first().click();
    await page.waitForURL((url) => url.pathname.endsWith("/report/index.html"));
    const text = await page.locator("main").innerText();
    if (!text.includes("First words.")) faults.push("the page does not show its document");
    await page.close();
    if (faults.length > 0) throw new Error(summary(faults));
  },
};
