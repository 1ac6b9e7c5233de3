// What the pages of a large catalog cost a browser whose processor is slowed down four times, as
// Markdown tables on standard output, beside the budgets:
//
//   node budgets.mjs FOLDER [--check]                    a site that is built
//   node budgets.mjs --serve BINARY CATALOG [--check]    a catalog, served while it is measured
//
// With --check it fails when a budget is missed; without, times guard nothing. A budget is held by
// three of four runs: the others are the machine's.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { launch, open, serveFolder } from "./browse.mjs";

const THROTTLE = 4;
const OPENINGS = 7;
const TYPED = ["review", "code re", "kind:agent test", "documnts"];
const CHOICES = 12;
const QUIET_MS = 500;
const LARGEST_PAINT_MS = 1000;
// From a key to what comes of it, in a catalog of up to so many artifacts.
const ANSWER_MS = [[10_000, 100], [Infinity, 300]];
const SCRIPT_BYTES = 20 * 1024;
const STYLE_BYTES = 10 * 1024;
const PAGES = ["", "collections/all/", "search/", "tags/"];

// In the page: paints and long tasks, and of each key and click how long until the first change that
// came of it was painted, and the last. What is only said to those who listen is no change.
function watch() {
  const seen = { largest: 0, long: [], acts: [] };
  globalThis.seen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.long.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
  const painted = (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
  const note = (event) => {
    const act = { start: event.timeStamp, first: null, last: null };
    seen.acts.push(act);
    sessionStorage.setItem("clicked", performance.timeOrigin + event.timeStamp);
  };
  addEventListener("keydown", note, true);
  addEventListener("click", note, true);
  const isSeen = ({ target }) => !(target.closest ? target : target.parentElement)?.closest("[role=status], [aria-live]");
  const changed = (changes) => {
    const act = seen.acts.at(-1);
    if (!act || !changes.some(isSeen)) return;
    painted((now) => {
      act.first ??= now;
      act.last = now;
    });
  };
  const options = { subtree: true, childList: true, characterData: true };
  new MutationObserver(changed).observe(document, options);
}

const rows = [];
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const ms = (n) => `${Math.round(n)} ms`;

function row(what, values, budget, shown = ms) {
  if (values.length === 0) throw new Error(`${what}: nothing was measured`);
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const isHeld = budget === undefined || at(0.75) <= budget;
  rows.push({ what, cells: [at(0.5), at(0.75), sorted.at(-1)].map(shown), n: values.length, budget, isHeld, shown });
}

async function slow(site, url) {
  const { page, faults, close } = await open(site.browser, site.origin);
  await page.addInitScript(watch);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  const bytes = { script: 0, stylesheet: 0, document: 0, all: 0 };
  const sizes = [];
  page.on("response", (response) => {
    const kind = response.request().resourceType();
    const size = response.body().then((body) => zlib.gzipSync(body, { level: 9 }).length);
    sizes.push(size.then((n) => {
      // Data is a script that a script asked for.
      const name = kind === "script" && response.url().includes("/data/") ? "data" : kind;
      bytes[name] = (bytes[name] ?? 0) + n;
      bytes.all += n;
    }).catch(() => {}));
  });
  await page.goto(site.url + url, { waitUntil: "load" });
  const told = async () => {
    await Promise.all(sizes);
    return { ...bytes };
  };
  const heap = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((one) => one.name === "JSHeapUsedSize").value;
  };
  return { page, faults, close, told, heap };
}

const seen = (page) => page.evaluate(() => globalThis.seen);
const acts = async (page) => {
  await page.waitForTimeout(QUIET_MS);
  const found = await page.evaluate(() => globalThis.seen.acts.splice(0));
  const answered = found.filter((act) => act.first !== null);
  return answered.map(({ start, first, last }) => ({ first: first - start, last: last - start }));
};
const firsts = (all) => all.map((act) => act.first);
const lasts = (all) => all.map((act) => act.last);

async function opening(site, url) {
  const found = { first: [], largest: [], usable: [], long: [], worst: [], heap: [] };
  let bytes;
  for (let n = 0; n < OPENINGS; n += 1) {
    const tab = await slow(site, url);
    await tab.page.waitForTimeout(QUIET_MS);
    const at = await tab.page.evaluate(() => ({
      first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
      usable: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
    }));
    const { largest, long } = await seen(tab.page);
    found.first.push(at.first);
    found.usable.push(at.usable);
    found.largest.push(largest);
    found.long.push(long.length);
    found.worst.push(Math.max(0, ...long));
    found.heap.push(await tab.heap());
    bytes = await tab.told();
    await tab.close();
  }
  const name = `\`/${url}\``;
  row(`${name}: first contentful paint`, found.first);
  row(`${name}: largest contentful paint`, found.largest, LARGEST_PAINT_MS);
  row(`${name}: scripts have run`, found.usable);
  row(`${name}: longest task`, found.worst);
  row(`${name}: memory of scripts`, found.heap, undefined, (n) => `${(n / 2 ** 20).toFixed(1)} MiB`);
  row(`${name}: the page itself`, [bytes.document], undefined, kb);
  row(`${name}: scripts`, [bytes.script], SCRIPT_BYTES, kb);
  row(`${name}: styles`, [bytes.stylesheet], STYLE_BYTES, kb);
  row(`${name}: data, unasked`, [bytes.data ?? 0], undefined, kb);
}

// From nothing to the answer of the first choice, all data being loaded on the way.
async function firstAnswer(site) {
  const found = [];
  let last;
  for (let n = 0; n < 3; n += 1) {
    const tab = await slow(site, "collections/all/");
    const all = await tab.page.locator("[data-count]").first().textContent();
    await tab.page.locator("[data-facet=kind] input").first().click();
    await tab.page.waitForFunction((all) => document.querySelector("[data-count]").textContent !== all, all);
    const took = await acts(tab.page);
    found.push(took.at(-1).last);
    last = { bytes: await tab.told(), heap: await tab.heap() };
    await tab.close();
  }
  row("first filter of all artifacts, their data loaded", found);
  row("data that this takes", [last.bytes.data ?? 0], undefined, kb);
  row("memory of scripts with it", [last.heap], undefined, (n) => `${(n / 2 ** 20).toFixed(1)} MiB`);
}

async function typing(site, url, budget) {
  const tab = await slow(site, url);
  const field = tab.page.locator("main [type=search]").first();
  await field.click();
  await field.pressSequentially("re");
  await tab.page.waitForTimeout(4000);
  await acts(tab.page);
  const keys = [];
  for (const text of TYPED) {
    await field.fill("");
    await acts(tab.page);
    for (const key of text) {
      await tab.page.keyboard.press(key === " " ? "Space" : key);
      keys.push(...(await acts(tab.page)));
    }
  }
  row(`\`/${url}\`: a key to what it finds`, firsts(keys), budget);
  row(`\`/${url}\`: to all of it`, lasts(keys));
  await field.fill("");
  await acts(tab.page);
  const clicks = [];
  const choices = await tab.page.locator("[data-facet] input, [data-kind]").all();
  for (const choice of choices.slice(0, CHOICES)) {
    if (!(await choice.isVisible())) continue;
    await choice.click({ timeout: 5000 }).catch(() => {});
    clicks.push(...(await acts(tab.page)));
  }
  if (clicks.length > 0) {
    row(`\`/${url}\`: a choice to what it leaves`, firsts(clicks), budget);
    row(`\`/${url}\`: to all of it`, lasts(clicks));
  }
  for (const fault of tab.faults) console.log(`fault: ${fault}`);
  await tab.close();
}

async function palette(site, budget) {
  const found = [];
  const keys = [];
  for (let n = 0; n < 3; n += 1) {
    const tab = await slow(site, "");
    await tab.page.keyboard.press("Control+k");
    await tab.page.locator("dialog[open] [role=option]").first().waitFor();
    found.push((await acts(tab.page)).at(-1).last);
    for (const key of "review") {
      await tab.page.keyboard.press(key);
      keys.push(...(await acts(tab.page)));
    }
    await tab.close();
  }
  row("palette: opened, its data loaded", found);
  row("palette: a key to what it finds", firsts(keys), budget);
}

// What any answer costs on this machine while others work on it, too: one word that changes.
async function least(site) {
  const tab = await slow(site, "");
  await tab.page.evaluate(() => {
    const word = document.body.appendChild(document.createElement("p"));
    addEventListener("keydown", () => (word.textContent = String(performance.now())));
  });
  await acts(tab.page);
  const found = [];
  for (let n = 0; n < CHOICES; n += 1) {
    await tab.page.keyboard.press("Shift");
    found.push(...(await acts(tab.page)));
  }
  row("a key that changes one word: the machine's share", firsts(found));
  await tab.close();
}

// From a click on a card to the first paint of the page that it leads to.
async function following(site) {
  const found = [];
  for (let n = 0; n < OPENINGS; n += 1) {
    const tab = await slow(site, "collections/all/");
    const links = tab.page.locator("[data-shown] a[href^=\"../../a/\"]");
    await links.nth(n).click();
    await tab.page.waitForURL(/\/a\//);
    await tab.page.waitForTimeout(QUIET_MS);
    found.push(await tab.page.evaluate(() => {
      const { startTime } = performance.getEntriesByName("first-contentful-paint")[0];
      return performance.timeOrigin + startTime - Number(sessionStorage.getItem("clicked"));
    }));
    await tab.close();
  }
  row("a card to the first paint of its page", found);
}

// The server of a catalog, and its address.
async function served(binary, catalog) {
  const child = spawn(path.resolve(binary), ["serve", "--read-only", "-p", "0"], { cwd: catalog, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const origin = await new Promise((resolve, reject) => {
    child.stderr.on("data", (text) => {
      said += text;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) resolve(found[0]);
    });
    child.on("exit", () => reject(new Error(`serve ended:\n${said}`)));
  });
  return { origin, url: `${origin}/`, stop: () => child.kill() };
}

function print(n) {
  console.log(`${n} artifacts; the processor slowed down ${THROTTLE} times; bytes as gzip makes them.\n`);
  console.log("| What | Median | Three of four | Worst | Runs | Budget |\n|---|---|---|---|---|---|");
  for (const { what, cells, n, budget, isHeld, shown } of rows) {
    const limit = budget === undefined ? "" : `${shown(budget)}${isHeld ? "" : ", **missed**"}`;
    console.log(`| ${what} | ${cells.join(" | ")} | ${n} | ${limit} |`);
  }
}

const words = process.argv.slice(2).filter((word) => word !== "--check");
const isServed = words[0] === "--serve";
if (words.length !== (isServed ? 3 : 1)) {
  console.error("usage: node budgets.mjs FOLDER [--check] | --serve BINARY CATALOG [--check]");
  process.exit(2);
}
if (!isServed && !fs.existsSync(path.join(words[0], "collections/all/index.html"))) {
  console.error(`${words[0]} is no built site with a list of all artifacts`);
  process.exit(2);
}
const server = isServed ? await served(words[1], words[2]) : await serveFolder(path.resolve(words[0]));
const site = { browser: await launch(), origin: server.origin, url: server.url };
try {
  const list = await (await fetch(`${site.url}collections/all/`)).text();
  const n = Number(/data-n="(\d+)"/.exec(list)[1]);
  const budget = ANSWER_MS.find(([most]) => n <= most)[1];
  const one = /href="[./]*(a\/[^"]+)"/.exec(list)[1];
  for (const url of [...PAGES, one]) await opening(site, url);
  await firstAnswer(site);
  for (const url of ["collections/all/", "search/"]) await typing(site, url, budget);
  await palette(site, budget);
  await following(site);
  await least(site);
  print(n);
} finally {
  await site.browser.close();
  server.stop();
}
if (process.argv.includes("--check") && rows.some((one) => !one.isHeld)) process.exit(1);
