// `serve --watch`: an open page follows the files, and says when they are broken.

import { summary } from "./access.mjs";
import { open } from "./browse.mjs";
import { Catalog } from "./catalog.mjs";
import { same } from "./visit.mjs";

const FOLLOWS_MS_MAX = 10_000;
const ANSWER_MS_MAX = 1000;

// A catalog of its own, served, with one page open on it.
async function live(world, url, look) {
  const catalog = Catalog.small(world.binary);
  let server;
  let tab;
  try {
    server = await catalog.serve("--watch");
    tab = await open(await world.browser(), server.url);
    await tab.page.goto(server.url + url, { waitUntil: "load" });
    await look({ catalog, server, page: tab.page });
    if (tab.faults.length > 0) throw new Error(summary(tab.faults));
  } finally {
    await tab?.close();
    await server?.stop();
    catalog.remove();
  }
}

function shows(page, text) {
  return page.getByText(text).first().waitFor({ state: "visible", timeout: FOLLOWS_MS_MAX });
}

// How long a page takes to answer one.
// How long a page waits for an answer, in milliseconds: for ever, where all connections that a browser
// opens to one server are taken.
async function answered(page) {
  return page.evaluate(async () => {
    const start = performance.now();
    await (await fetch(location.href, { cache: "no-store" })).text();
    return Math.round(performance.now() - start);
  });
}

const SKILL = "content/artifacts/skills/report/SKILL.md";
const COLLECTION = "collections/team/collection.yaml";

export default {
  "a changed artifact shows in the open page, which keeps its scroll": (world) =>
    live(world, "/a/local/skill/report/", async ({ catalog, page }) => {
      await shows(page, "First words.");
      await page.evaluate(() => scrollTo(0, 600));
      const before = await page.evaluate(() => scrollY);
      catalog.write(SKILL, catalog.read(SKILL).replace("First words.", "Second words."));
      await page.getByText("Second words.").first().waitFor({ timeout: FOLLOWS_MS_MAX });
      // A reload restores the scroll a moment after the text.
      await page.waitForFunction((y) => Math.abs(scrollY - y) <= 2, before, {
        timeout: FOLLOWS_MS_MAX,
      });
      if (before === 0) throw new Error("the page is too short to scroll");
    }),

  "a new artifact shows in the open collection": (world) =>
    live(world, "/collections/team/", async ({ catalog, page }) => {
      catalog.write(
        "content/artifacts/skills/fresh/SKILL.md",
        "---\nname: fresh\ndescription: A skill made just now\n---\n\nFresh.\n",
      );
      await shows(page, "A skill made just now");
    }),

  "what changed while the page was on its way shows at once": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await catalog.serve("--watch");
    const tab = await open(await world.browser(), server.url);
    try {
      let letGo;
      const held = new Promise((resolve) => (letGo = resolve));
      await tab.page.route("**/assets/live.*.js", async (route) => {
        await held;
        await route.continue();
      });
      const loaded = tab.page.goto(`${server.url}/collections/team/`, { waitUntil: "load" });
      await shows(tab.page, "What the team uses");
      const text = catalog.read(COLLECTION);
      catalog.write(COLLECTION, text.replace("What the team uses", "What came meanwhile"));
      const fresh = async () => (await fetch(`${server.url}/collections/team/`)).text();
      while (!(await fresh()).includes("What came meanwhile"));
      letGo();
      await loaded;
      await shows(tab.page, "What came meanwhile");
    } finally {
      await tab.close();
      await server.stop();
      catalog.remove();
    }
  },

  "a page that lost its server shows what the next one has": async (world) => {
    const catalog = Catalog.small(world.binary);
    let server = await catalog.serve("--watch");
    const tab = await open(await world.browser(), server.url);
    try {
      await tab.page.goto(`${server.url}/collections/team/`, { waitUntil: "load" });
      await shows(tab.page, "What the team uses");
      await server.stop();
      await shows(tab.page, /Connection lost/);
      const text = catalog.read(COLLECTION);
      catalog.write(COLLECTION, text.replace("What the team uses", "What the next one has"));
      server = await catalog.serve("--watch");
      await shows(tab.page, "What the next one has");
      await tab.page.getByText(/Connection lost/).waitFor({ state: "hidden", timeout: 5_000 });
    } finally {
      await tab.close();
      await server.stop();
      catalog.remove();
    }
  },

  "going back to a page, and on again, shows it as it is now": (world) =>
    live(world, "/collections/team/", async ({ catalog, page, server }) => {
      await shows(page, "What the team uses");
      await page.goto(`${server.url}/a/local/skill/report/`, { waitUntil: "load" });
      await shows(page, "First words.");
      catalog.write(COLLECTION, catalog.read(COLLECTION).replace("What the team uses", "What came meanwhile"));
      while (!(await (await fetch(`${server.url}/collections/team/`)).text()).includes("What came meanwhile"));
      await page.goBack();
      await shows(page, "What came meanwhile");
      catalog.write(SKILL, catalog.read(SKILL).replace("First words.", "Second words."));
      while (!(await (await fetch(`${server.url}/a/local/skill/report/`)).text()).includes("Second words."));
      await page.goForward();
      await shows(page, "Second words.");
    }),

  "a broken collection file is told in the open page until it is mended": (world) =>
    live(world, "/collections/team/", async ({ catalog, page }) => {
      await shows(page, "What the team uses");
      const good = catalog.read(COLLECTION);
      catalog.write(COLLECTION, `${good}unknown_key: 1\n`);
      const told = page.getByText(/unknown_key/).first();
      await told.waitFor({ state: "visible", timeout: FOLLOWS_MS_MAX });
      // The last good page stays.
      await shows(page, "What the team uses");
      catalog.write(COLLECTION, good.replace("What the team uses", "What we all use"));
      await shows(page, "What we all use");
      await told.waitFor({ state: "hidden", timeout: FOLLOWS_MS_MAX });
    }),

  "a page that is opened while a file is broken tells so too": (world) =>
    live(world, "/", async ({ catalog, server, page }) => {
      const good = catalog.read(COLLECTION);
      catalog.write(COLLECTION, "title: [\n");
      await page.getByText(/collection\.yaml/).first().waitFor({ timeout: FOLLOWS_MS_MAX });
      await page.goto(`${server.url}/collections/`, { waitUntil: "load" });
      await page.getByText(/collection\.yaml/).first().waitFor({ timeout: FOLLOWS_MS_MAX });
      catalog.write(COLLECTION, good);
    }),

  "focus, words, what is open and what is marked outlive a change": (world) =>
    live(world, "/a/local/skill/report/", async ({ catalog, page }) => {
      await shows(page, "First words.");
      // None of them has an id.
      const link = page.locator("main .crumbs a").last();
      await link.focus();
      await page.evaluate(() => {
        const words = document.evaluate("//main//p/text()[contains(., 'A paragraph')]", document, null, 9).singleNodeValue;
        getSelection().setBaseAndExtent(words, 2, words, 11);
      });
      catalog.write(SKILL, catalog.read(SKILL).replace("First words.", "Second words."));
      await shows(page, "Second words.");
      same(await link.evaluate((link) => link === document.activeElement), true, "focus");
      same(await page.evaluate(() => String(getSelection())), "paragraph", "marked text");
    }),

  "filters outlive a change, and what is new is found by them": (world) =>
    live(world, "/collections/team/", async ({ catalog, page }) => {
      const field = page.locator("main input[name=q]");
      await field.fill("report");
      await shows(page, /^1 of \d+ artifacts$/);
      catalog.write(
        "content/artifacts/skills/report-two/SKILL.md",
        "---\nname: report-two\ndescription: Another report\n---\n\nFresh.\n",
      );
      await shows(page, /^2 of \d+ artifacts$/);
      same(await field.inputValue(), "report", "the field");
      same(await field.evaluate((field) => field === document.activeElement), true, "focus");
    }),

  "the search page and the palette find what came after they were opened": (world) =>
    live(world, "/search/?q=brandnew", async ({ catalog, page }) => {
      await shows(page, "No artifact found");
      catalog.write(
        "content/artifacts/skills/brandnew/SKILL.md",
        "---\nname: brandnew\ndescription: Made just now\n---\n\nFresh.\n",
      );
      await shows(page, "1 artifact");
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("brandnew");
      await page.getByRole("option", { name: "brandnew" }).first().waitFor();
      await page.keyboard.press("Escape");
    }),

  "what is above the view may grow": (world) =>
    live(world, "/a/local/skill/report/", async ({ catalog, page }) => {
      const last = page.locator(".prose > p").last();
      await last.scrollIntoViewIfNeeded();
      const top = () => last.evaluate((last) => Math.round(last.getBoundingClientRect().top));
      const before = await top();
      const more = `First words.\n\n${"More words.\n\n".repeat(5)}`;
      catalog.write(SKILL, catalog.read(SKILL).replace("First words.", more));
      await page.getByText("More words.").first().waitFor({ state: "attached" });
      for (let n = 0; n < 100 && Math.abs((await top()) - before) > 2; n += 1) await page.waitForTimeout(50);
      if (Math.abs((await top()) - before) > 2) throw new Error(`${await top()} instead of ${before}`);
    }),

  "nothing changes while something is held, and all of it after": (world) =>
    live(world, "/collections/team/", async ({ catalog, page }) => {
      await shows(page, "What the team uses");
      await page.evaluate(() => { skillmeat.hold += 1; });
      const text = catalog.read(COLLECTION);
      const come = page.waitForResponse((answer) => answer.url() === page.url());
      catalog.write(COLLECTION, text.replace("What the team uses", "What came meanwhile"));
      await (await come).finished();
      // Time enough to show it, where it did not wait.
      await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
      await shows(page, "What the team uses");
      await page.evaluate(() => { skillmeat.hold -= 1; });
      await shows(page, "What came meanwhile");
    }),

  "eight tabs follow, and answer, at once; the one that listened may go": async (world) => {
    const catalog = Catalog.small(world.binary);
    const server = await catalog.serve("--watch");
    const tab = await open(await world.browser(), server.url);
    try {
      const pages = [tab.page];
      await tab.page.goto(`${server.url}/collections/team/`, { waitUntil: "load" });
      while (pages.length < 8) pages.push(await tab.page.context().newPage());
      for (const page of pages) {
        await page.goto(`${server.url}/collections/team/`, { waitUntil: "load" });
      }
      const change = async (pages, from, to) => {
        catalog.write(COLLECTION, catalog.read(COLLECTION).replace(from, to));
        await Promise.all(pages.map((page) => shows(page, to)));
      };
      await change(pages, "What the team uses", "What eight show");
      const times = [];
      for (const page of pages) times.push(await answered(page));
      const ms = times.sort((a, b) => a - b)[4];
      if (ms > ANSWER_MS_MAX) throw new Error(`half of the answers took ${ms} ms or more`);
      await pages.shift().close();
      await change(pages, "What eight show", "What seven show");
      if (tab.faults.length > 0) throw new Error(summary(tab.faults));
    } finally {
      await tab.close();
      await server.stop();
      catalog.remove();
    }
  },

  "serve ends quietly when it is told to": async (world) => {
    const catalog = Catalog.small(world.binary);
    try {
      const server = await catalog.serve();
      const code = await server.stop();
      if (![0, 143, "SIGTERM"].includes(code)) throw new Error(`ended with ${code}:\n${server.said()}`);
    } finally {
      catalog.remove();
    }
  },
};
