// What a person does to find something: types, filters, pages, goes by keyboard, gets lost.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { pathToFileURL } from "node:url";
import { axe, summary } from "./access.mjs";
import { open, serveFolder } from "./browse.mjs";
import { Catalog, skill } from "./catalog.mjs";
import { examples } from "./kinds.mjs";
import { on, same } from "./visit.mjs";

const JS_BYTES_MAX = 20 * 1024;
const CSS_BYTES_MAX = 10 * 1024;
// What pages of a server load beyond that.
const LIVE = /^assets\/(live|edit|drag)\./;
const LIVE_JS_BYTES_MAX = 20 * 1024;
const LIVE_CSS_BYTES_MAX = 4 * 1024;

const results = (page) => page.locator("[data-hits] a").allInnerTexts();
const sum = (page, words) =>
  page.locator("[data-sum]").filter({ hasText: new RegExp(`^${words}$`) }).waitFor({ timeout: 10_000 });

export default {
  "what is typed is found at once, and the address keeps it": (world) =>
    on(world, "search/", async (page) => {
      await page.locator("main [type=search]").fill("cut");
      await sum(page, "3 artifacts");
      same((await results(page)).sort(), ["cut", "cut", "cutter"], "results");
      await page.locator("[data-kind=agent]").click();
      await sum(page, "1 artifact");
      same(await results(page), ["cutter"], "agents");
      same(new URL(page.url()).search, "?q=cut&kind=agent", "address");
      await page.reload();
      await sum(page, "1 artifact");
      same(await page.locator("main [type=search]").inputValue(), "cut", "the field");
      await page.goBack();
      await sum(page, "3 artifacts");
    }),

  "a search leads to pages, collections and groups too, with the words marked": (world) =>
    on(world, "search/?q=documents", async (page) => {
      const group = page.locator("[data-places] a", { hasText: "Documents" });
      same(await group.locator("mark").allInnerTexts(), ["Documents"], "marks");
      await group.click();
      await page.waitForURL(/collections\/team\/groups\/documents\/$/);
    }),

  "operators narrow a search, and every tip finds something": (world) =>
    on(world, "search/?q=source:vendor%20kind:skills%20-cut", async (page) => {
      await sum(page, "1 artifact");
      same(await results(page), ["pdf"], "results");
      const tips = await page.locator("[data-tips] a").evaluateAll((all) => all.map((one) => one.href));
      if (tips.length < 3) throw new Error(`${tips.length} tips`);
      for (const tip of tips) {
        await page.goto(tip);
        await sum(page, "\\d+ artifacts?");
      }
    }),

  "a typo is told with what was probably meant": (world) =>
    on(world, "search/?q=reprot", async (page) => {
      await sum(page, "1 artifact");
      same(await page.locator("[data-note]").innerText(), "Nothing has “reprot”. Shown is report.", "note");
      await page.goto(page.url().replace("reprot", "nosuchthing"));
      await sum(page, "No artifact found");
      await page.getByRole("link", { name: "start again" }).click();
      await page.locator("#by-kind").waitFor();
    }),

  "without scripts the search page leads to everything": (world) =>
    on(
      world,
      "search/?q=pdf",
      async (page) => {
        same(await page.locator("[data-search]").isVisible(), false, "results");
        for (const name of [/from A to Z/, /Skills/, /Team/, /vendor/]) {
          if ((await page.locator("main").getByRole("link", { name }).count()) === 0) {
            throw new Error(`no link ${name}`);
          }
        }
        await page.goto(new URL("../collections/", page.url()).href);
        await page.locator(".top [type=search]").fill("pdf");
        await page.keyboard.press("Enter");
        await page.waitForURL(/search\/\?q=pdf$/);
      },
      { scripts: false },
    ),

  "opened from a disk, the field of any page finds": async (world) => {
    const page = await (await world.browser()).newPage();
    const file = path.join(world.small().public, "collections/index.html");
    await page.goto(pathToFileURL(file).href);
    await page.locator(".top [type=search]").fill("pdf");
    await page.keyboard.press("Enter");
    await page.waitForURL(/search\/index\.html\?q=pdf$/);
    await sum(page, "1 artifact");
    await page.close();
  },

  "long results come a page at a time": async (world) => {
    const catalog = new Catalog(world.binary);
    catalog.write("skillmeat.yaml", "version: 1\nsources:\n  local: {path: content/artifacts}\n");
    for (let n = 0; n < 130; n += 1) {
      const file = `content/artifacts/skills/many-${n}/SKILL.md`;
      catalog.write(file, skill(`many-${n}`, `One of many, ${n}`, "Words.\n"));
    }
    catalog.run("sync");
    catalog.run("build", "--offline");
    const server = await serveFolder(catalog.public);
    const { page, faults, close } = await open(await world.browser(), server.origin);
    await page.goto(`${server.url}search/?q=many&page=4`, { waitUntil: "load" });
    await sum(page, "130 artifacts");
    same((await results(page)).length, 30, "a full page");
    await page.getByRole("link", { name: "Next" }).click();
    same((await results(page)).length, 10, "the last page");
    same(new URL(page.url()).search, "?q=many&page=5", "address");
    const focus = await page.evaluate(() => document.activeElement.id);
    same(focus, "found", "focus");
    await close();
    server.stop();
    catalog.remove();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "a key leads to the search field, and keys can be switched off": (world) =>
    on(world, "collections/", async (page) => {
      const focus = () => page.evaluate(() => document.activeElement.name ?? "");
      await page.keyboard.press("/");
      same(await focus(), "q", "focus");
      await page.keyboard.type("/?");
      same(await page.locator(".top [type=search]").inputValue(), "/?", "keys inside a field");
      await page.locator("h1").click();
      await page.keyboard.press("?");
      await page.getByLabel("Use keys of one character").uncheck();
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.reload();
      await page.keyboard.press("?");
      await page.keyboard.press("/");
      same([await page.locator("dialog").count(), await focus()], [0, ""], "keys that are off");
      await page.getByRole("button", { name: "Keyboard" }).click();
      await page.getByLabel("Use keys of one character").check();
    }),

  "the palette goes anywhere by keyboard alone": (world) =>
    on(world, "deployments/", async (page) => {
      await page.keyboard.press("Control+k");
      const box = page.getByRole("combobox", { name: "Go to" });
      await page.locator("dialog [role=option]").first().waitFor();
      await page.keyboard.type("pd");
      await page.keyboard.type("f");
      const active = async () => {
        const id = await box.getAttribute("aria-activedescendant");
        return page.locator(`#${id}`).innerText();
      };
      if (!(await active()).startsWith("pdf")) throw new Error(`first is ${await active()}`);
      await page.keyboard.press("ArrowUp");
      same((await active()).trim(), "Search for “pdf”", "the last choice");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL(/a\/vendor\/skill\/pdf\/$/);
      await page.keyboard.press("Control+k");
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
    }),

  "a lost address names the artifacts that are like it": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await serveFolder(catalog.public);
    catalog.run("build", "--offline", "-u", server.url);
    const { page, close } = await open(await world.browser(), server.origin);
    const cases = {
      "a/vendor/skill/pfd/": ["vendor/skill/pdf"],
      "old/kit--cut.html": ["vendor/command/kit:cut", "vendor/skill/kit:cut"],
      "reports.html": ["local/skill/report"],
    };
    for (const [missing, wanted] of Object.entries(cases)) {
      await page.goto(server.url + missing, { waitUntil: "load" });
      await page.locator("[data-near] a").first().waitFor();
      const near = await page.locator("[data-near] a").allInnerTexts();
      same(near.slice(0, wanted.length).sort(), wanted, missing);
    }
    await page.locator("[data-near] a").first().click();
    await page.waitForURL(/a\/local\/skill\/report\/$/);
    await close();
    server.stop();
    catalog.remove();
  },

  "results, palette and help are accessible": (world) =>
    on(world, "search/?q=cut", async (page) => {
      await sum(page, "3 artifacts");
      const complaints = await axe(page);
      await page.keyboard.press("Control+k");
      await page.locator("dialog [role=option]").first().waitFor();
      complaints.push(...(await axe(page)));
      await page.keyboard.press("Escape");
      await page.locator("h1").click();
      await page.keyboard.press("?");
      complaints.push(...(await axe(page)));
      if (complaints.length > 0) throw new Error(summary(complaints));
    }),

  "no page loads many scripts or styles": (world) => {
    for (const [, catalog] of world.sites()) {
      for (const [kind, file] of examples(catalog.pages())) {
        const html = fs.readFileSync(path.join(catalog.public, file), "utf8");
        const assets = assetsOf(html);
        const size = (ending) =>
          total(assets, ending, (asset) => fs.readFileSync(path.join(catalog.public, asset)));
        const [js, css] = [size(".js"), size(".css")];
        if (js > JS_BYTES_MAX) throw new Error(`${kind}: ${js} bytes of scripts`);
        if (css > CSS_BYTES_MAX) throw new Error(`${kind}: ${css} bytes of styles`);
      }
    }
  },

  "no page of a server loads many scripts or styles of its own": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await catalog.serve();
    try {
      const bytes = new Map();
      const get = async (url) => Buffer.from(await (await fetch(`${server.url}/${url}`)).arrayBuffer());
      for (const url of ["", "collections/team/", "collections/team/groups/", "a/local/skill/report/"]) {
        const assets = assetsOf((await get(url)).toString());
        const own = assets.filter((asset) => LIVE.test(asset));
        for (const asset of own) bytes.set(asset, bytes.get(asset) ?? (await get(asset)));
        const size = (ending) => total(own, ending, (asset) => bytes.get(asset));
        const [js, css] = [size(".js"), size(".css")];
        if (!js || !css) throw new Error(`/${url} has no scripts or styles of a server`);
        if (js > LIVE_JS_BYTES_MAX) throw new Error(`/${url}: ${js} bytes of scripts`);
        if (css > LIVE_CSS_BYTES_MAX) throw new Error(`/${url}: ${css} bytes of styles`);
      }
    } finally {
      await server.stop();
      catalog.remove();
    }
  },
};

// Also what a script of the page loads when it is needed.
function assetsOf(html) {
  const wanted = html.matchAll(/(?:src|href|data-engine)="[^"]*(assets\/[^"/]+\.(?:js|css))"/g);
  return [...new Set([...wanted].map(([, asset]) => asset))];
}

function total(assets, ending, read) {
  const zipped = (asset) => zlib.gzipSync(read(asset), { level: 9 }).length;
  const those = assets.filter((asset) => asset.endsWith(ending));
  return those.reduce((sum, asset) => sum + zipped(asset), 0);
}
