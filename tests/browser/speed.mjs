// How fast the pages of a large catalog answer on a slow machine, as a table on standard output:
//
//   node speed.mjs BINARY [N]      makes a catalog of N artifacts (10,000), builds it and measures
//   node speed.mjs --site FOLDER   measures a site that is built already
//
// The texts are those of the Git bundles in SKILLMEAT_CORPUS, grown to N; unset: made up.
// Nothing here fails for being slow: times depend on the machine. Sizes are held by search.mjs.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { launch, open, serveFolder } from "./browse.mjs";
import { Catalog, skill } from "./catalog.mjs";

const THROTTLE = 4;
const TYPED = ["review", "code re", "test kind:agent", "documnts"];
const PAUSE_MS = 250;
const MADE_UP = "review write test plan deploy document parse query cache build chart agent data".split(" ");

// Name and description of every Markdown file with a front matter.
function texts() {
  const folder = process.env.SKILLMEAT_CORPUS;
  const found = [];
  const clones = fs.mkdtempSync("/tmp/skillmeat-speed-");
  const bundles = folder ? fs.readdirSync(folder).filter((name) => name.endsWith(".bundle")) : [];
  for (const bundle of bundles) {
    const clone = path.join(clones, path.basename(bundle, ".bundle"));
    execFileSync("git", ["clone", "-q", path.join(folder, bundle), clone]);
    for (const file of fs.readdirSync(clone, { recursive: true })) {
      if (!file.endsWith(".md")) continue;
      const text = fs.readFileSync(path.join(clone, file), "utf8");
      const name = /^---\n[^]*?^name: *(.+)$/m.exec(text)?.[1].replace(/["']/g, "");
      const words = /^---\n[^]*?^description: *(.{20,})$/m.exec(text)?.[1].replace(/^["']|["']$/g, "");
      if (name && words) found.push({ name: name.trim(), words });
    }
  }
  fs.rmSync(clones, { recursive: true });
  for (let n = 0; found.length === 0 || (bundles.length === 0 && n < 1000); n += 1) {
    const word = (step) => MADE_UP[(n * step) % MADE_UP.length];
    const name = `${word(1)}-${word(3)}-${n}`;
    found.push({ name, words: `Helps to ${word(5)} and ${word(7)} the ${word(2)} of a project.` });
  }
  return found;
}

function large(binary, n) {
  const catalog = new Catalog(binary);
  const all = texts();
  const sources = ["platform", "vendor", "community", "archive"];
  const lines = sources.map((name) => `  ${name}: {path: ../${name}, tags: [${name}-made]}\n`);
  catalog.write("skillmeat.yaml", `version: 1\nsite: {title: Large catalog}\nsources:\n${lines.join("")}`);
  const taken = new Set();
  for (let at = 0; at < n; at += 1) {
    // What is there is taken as it is, then half of one and half of another.
    const [one, other] = [all[at % all.length], all[(at * 7) % all.length]];
    const half = (text, end) => text.split(/(?<=[ -])/).filter((_, n, all) => n < all.length / 2 === !end).join("");
    const mixed = (key) => (at < all.length ? one[key] : `${half(one[key])}${half(other[key], true)}`);
    let name = mixed("name").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    if (taken.has(name)) name += `-${at}`;
    taken.add(name);
    const tags = mixed("words").toLowerCase().match(/[a-z]{5,12}/g) ?? [];
    const text = skill(name, JSON.stringify(mixed("words")), `# ${name}\n`).replace(
      "\n---\n\n",
      `\ntags: [${[...new Set(tags)].slice(0, at % 4).join(", ")}]\n---\n\n`,
    );
    const files = [`skills/${name}/SKILL.md`, `agents/${name}.md`, `commands/${name}.md`];
    catalog.write(`../${sources[at % 4]}/${files[at % 3]}`, text);
  }
  catalog.run("sync");
  catalog.run("build", "--offline");
  return catalog;
}

const gz = (file) => zlib.gzipSync(fs.readFileSync(file), { level: 9 }).length;

function sizes(site) {
  const total = (folder, pattern) => {
    const full = path.join(site, folder);
    const names = fs.readdirSync(full).filter((name) => pattern.test(name));
    return names.reduce((sum, name) => sum + gz(path.join(full, name)), 0);
  };
  const rows = [
    ["scripts", total("assets", /\.js$/)],
    ["styles", total("assets", /\.css$/)],
    ["names and facets of all artifacts", total("collections/all/data", /^\d+\.js$/)],
    ["their descriptions", total("collections/all/data", /^text-/)],
    ["other places", total("collections/all/data", /^places/)],
    ["search page", gz(path.join(site, "search/index.html"))],
    ["first page of all artifacts", gz(path.join(site, "collections/all/index.html"))],
  ];
  for (const [what, bytes] of rows) console.log(`${what.padEnd(44)} ${(bytes / 1024).toFixed(1).padStart(8)} KB gz`);
}

// Notes for each key and click how long it took until what came of it was painted: the frame after
// the next has begun.
function stopwatch() {
  globalThis.took = [];
  const note = (event) => {
    const start = event.timeStamp;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => globalThis.took.push(performance.now() - start)),
    );
  };
  addEventListener("keydown", note, true);
  addEventListener("click", note, true);
  addEventListener("DOMContentLoaded", () => (globalThis.loaded = performance.now()));
}

function line(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const [middle, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const ms = (n) => `${Math.round(n)} ms`.padStart(8);
  console.log(`${what.padEnd(44)} ${ms(middle)} ${ms(worst)} ${String(times.length).padStart(6)}`);
}

async function slow(browser, server, url) {
  const { page, faults, close } = await open(browser, server.origin);
  await page.addInitScript(stopwatch);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  await page.goto(server.url + url, { waitUntil: "commit" });
  return { page, faults, close };
}

const times = (page) => page.evaluate(() => globalThis.took.splice(0));

// From the request until all of the page is there and its scripts have run.
async function opening(browser, server, url) {
  const found = [];
  for (let n = 0; n < 5; n += 1) {
    const { page, close } = await slow(browser, server, url);
    await page.waitForFunction(() => globalThis.loaded);
    found.push(await page.evaluate(() => globalThis.loaded));
    await close();
  }
  line(`${url} until it can be used`, found);
}

async function typing(browser, server, url) {
  const { page, faults, close } = await slow(browser, server, url);
  const field = page.locator("main [type=search]").first();
  await field.click();
  await page.waitForTimeout(3000);
  await times(page);
  for (const text of TYPED) {
    for (const key of text) {
      await page.keyboard.press(key === " " ? "Space" : key);
      await page.waitForTimeout(PAUSE_MS);
    }
    await field.fill("");
    await page.waitForTimeout(PAUSE_MS);
  }
  line(`${url} keys`, await times(page));
  await field.fill("re");
  await page.waitForTimeout(1000);
  const choices = await page.locator("[data-facet] input, [data-kind]").all();
  for (const choice of choices.slice(0, 12)) {
    if (!(await choice.isVisible())) continue;
    await choice.click({ timeout: 5000 }).catch(() => {});
    await page.waitForTimeout(PAUSE_MS * 2);
  }
  line(`${url} choices`, await times(page));
  // What a frame costs on this machine while others work on it too.
  for (let n = 0; n < 12; n += 1) {
    await page.keyboard.press("Shift");
    await page.waitForTimeout(PAUSE_MS);
  }
  line(`${url} a key that does nothing`, await times(page));
  for (const fault of faults) console.log(`fault: ${fault}`);
  await close();
}

// The engine alone, on the data of the site.
async function engine(browser, server, site) {
  const { page, close } = await slow(browser, server, "search/");
  const parts = fs.readdirSync(path.join(site, "collections/all/data")).filter((name) => /^\d+\.js$/.test(name)).length;
  await page.waitForFunction(() => globalThis.SM);
  const found = await page.evaluate(
    async ({ parts, typed }) => {
      const SM = globalThis.SM;
      SM.forget();
      const took = { load: [], find: [], choose: [], guess: [] };
      const time = (name, run) => {
        const start = performance.now();
        const result = run();
        took[name].push(performance.now() - start);
        return result;
      };
      const start = performance.now();
      const scope = await SM.open("../", "collections/all/", parts);
      took.load.push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 6000));
      for (const text of typed.slice(0, 3)) {
        for (let n = 1; n <= text.length; n += 1) {
          time("find", () => scope.find(SM.parse(text.slice(0, n))));
        }
      }
      for (const kind of ["skill", "agent", "command"]) {
        for (const sort of ["name", "changed", "relevance"]) {
          time("choose", () => scope.find({ words: [], facets: { kind: [kind] }, sort }));
        }
      }
      for (const word of ["documnts", "reveiw", "nosuchthing"]) time("guess", () => scope.find({ words: [word] }));
      return took;
    },
    { parts, typed: TYPED },
  );
  line("engine: load names and facets", found.load);
  line("engine: find words", found.find);
  line("engine: choose and sort", found.choose);
  line("engine: guess a typo", found.guess);
  await close();
}

const [first, second] = process.argv.slice(2);
if (!first || (first === "--site" && !second)) {
  console.error("usage: node speed.mjs BINARY [N] | --site FOLDER");
  process.exit(2);
}
const catalog = first === "--site" ? null : large(first, Number(second ?? 10_000));
const site = catalog ? catalog.public : path.resolve(second);
const browser = await launch();
const server = await serveFolder(site);
try {
  sizes(site);
  console.log(`\n${`CPU slowed ${THROTTLE} times`.padEnd(44)} ${"median".padStart(8)} ${"worst".padStart(8)} ${"n".padStart(6)}`);
  await engine(browser, server, site);
  for (const url of ["search/", "collections/all/"]) {
    await opening(browser, server, url);
    if (fs.readFileSync(path.join(site, url, "index.html"), "utf8").includes("find.")) await typing(browser, server, url);
  }
} finally {
  await browser.close();
  server.stop();
  if (process.env.SPEED_KEEP && catalog) fs.cpSync(site, process.env.SPEED_KEEP, { recursive: true });
  catalog?.remove();
}
