// The refresh button, and what a page says of the age of its data.

import { axe, overflow, summary } from "./access.mjs";
import { open } from "./browse.mjs";
import { Upstream } from "./upstream.mjs";
import { same } from "./visit.mjs";

const WAIT_MS_MAX = 15_000;
const PAGE = "/collections/far/";

// A served catalog with a source elsewhere, and one page open on it.
async function fresh(world, look, { every = "off", options = {}, args = [] } = {}) {
  const upstream = await Upstream.start();
  const catalog = upstream.catalog(world.binary);
  const at = { upstream, catalog };
  const tabs = [];
  at.tab = async (url = PAGE, options = {}) => {
    const tab = await open(await world.browser(), at.server.url, options);
    tabs.push(tab);
    await tab.page.goto(at.server.url + url, { waitUntil: "load" });
    return tab.page;
  };
  try {
    at.server = await catalog.serve("--watch", "--interval", every, ...args);
    at.page = await at.tab(PAGE, options);
    at.faults = tabs[0].faults;
    at.button = at.page.getByTestId("refresh-button");
    await look(at);
    const faults = tabs.flatMap((tab) => tab.faults);
    if (faults.length > 0) throw new Error(summary(faults));
  } finally {
    for (const tab of tabs) await tab.close();
    await at.server?.stop();
    upstream.stop();
    catalog.remove();
  }
}

const shows = (page, text, state = "visible") =>
  page.getByText(text).first().waitFor({ state, timeout: WAIT_MS_MAX });

const toast = (page, text) => page.locator(".toast", { hasText: text });

const toasted = (page, text) =>
  toast(page, text).first().waitFor({ state: "visible", timeout: WAIT_MS_MAX });

async function refresh(at) {
  await at.button.click();
  await toasted(at.page, "Collection refreshed");
}

export default {
  "the collection is there at once, the button refreshes it and says what is new": (world) =>
    fresh(world, async (at) => {
      await shows(at.page, "Far");
      if (!(await at.button.isVisible())) throw new Error("there is no button");
      at.upstream.delay = 1000;
      await at.button.click();
      await shows(at.page, "Refreshing…");
      await shows(at.page, /^\d of \d sources$/);
      same(await at.button.getAttribute("aria-busy"), "true", "busy");
      same(await at.button.getAttribute("aria-disabled"), "true", "disabled");
      if (!(await at.page.getByRole("progressbar", { name: "Refreshing" }).isVisible())) {
        throw new Error("there is no progress");
      }
      await toasted(at.page, "Collection refreshed");
      await toasted(at.page, "1 new");
      await shows(at.page, "Serves files");
      same(await at.button.getAttribute("aria-busy"), "false", "busy after it");
      same(await at.button.innerText(), "Refresh", "label after it");
      await refreshedAgain(at);
    }),

  "two clicks make one refresh": (world) =>
    fresh(world, async (at) => {
      at.upstream.delay = 2_000;
      await at.button.dblclick();
      await at.button.click();
      await toasted(at.page, "Collection refreshed");
      same(at.upstream.asked, 1, "questions to the source");
      same(await at.page.locator(".toast").count(), 1, "messages");
    }),

  "Enter and Space press the button, which keeps the focus": (world) =>
    fresh(world, async (at) => {
      for (const key of ["Enter", "Space"]) {
        await at.button.focus();
        await at.page.keyboard.press(key);
        await toasted(at.page, "Collection refreshed");
        const has = await at.button.evaluate((button) => button === document.activeElement);
        if (!has) throw new Error(`${key} took the focus`);
        await at.page.keyboard.press("F6");
        const isIn = await at.page.evaluate(() => !!document.activeElement.closest(".toast"));
        if (!isIn) throw new Error("F6 does not lead to the message");
        await at.page.keyboard.press("Escape");
        same(await at.page.locator(".toast").count(), 0, "messages after Escape");
        const back = await at.button.evaluate((button) => button === document.activeElement);
        if (!back) throw new Error("Escape did not lead back");
      }
    }),

  "a refresh can be cancelled": (world) =>
    fresh(world, async (at) => {
      at.upstream.delay = 60_000;
      await at.button.click();
      await at.page.getByRole("button", { name: "Cancel" }).click();
      await toasted(at.page, "Refresh cancelled");
      same(await at.button.innerText(), "Refresh", "label after it");
    }),

  "a source that fails is named, and Retry asks it again": (world) =>
    fresh(world, async (at) => {
      at.upstream.broken = true;
      await at.button.click();
      await toasted(at.page, "Refresh failed");
      await toasted(at.page, "far: ");
      same(await at.page.getByRole("alert").filter({ hasText: "Refresh failed" }).count(), 1, "alerts");
      at.upstream.broken = false;
      await at.page.getByRole("button", { name: "Retry" }).click();
      await toasted(at.page, "Collection refreshed");
      same(await toast(at.page, "Refresh failed").count(), 0, "errors after it");
    }),

  "one source of two that fails is named beside what the other brought": (world) =>
    fresh(world, async (at) => {
      const other = await Upstream.start();
      try {
        other.broken = true;
        const config = at.catalog.read("skillmeat.yaml");
        at.catalog.write("skillmeat.yaml", config.replace("projects:", `  near: {mcp: "${other.url}"}\nprojects:`));
        while (!(await (await fetch(`${at.server.url}/settings/`)).text()).includes(other.url));
        at.upstream.names.push("mail");
        await at.button.click();
        await toasted(at.page, "Collection refreshed, but 1 source failed");
        await toasted(at.page, "near: ");
        await shows(at.page, "Serves mail");
      } finally {
        other.stop();
      }
    }),

  "a refresh in the background changes what is open, and other tabs hear of it": (world) =>
    fresh(
      world,
      async (at) => {
        const other = await at.tab("/");
        await shows(at.page, "Serves files");
        at.upstream.names.push("mail");
        const told = [at.page, other].map((page) => toasted(page, "Collection refreshed"));
        await Promise.all([...told, shows(at.page, "Serves mail")]);
        // Nothing new is no news.
        const asked = at.upstream.asked;
        await at.page.locator(".toast button").first().click();
        while (at.upstream.asked < asked + 3) await at.page.waitForTimeout(100);
        same(await at.page.locator(".toast").count(), 0, "messages of nothing");
      },
      { every: "1s" },
    ),

  "pressing the button ends a refresh in the background and takes its place": (world) =>
    fresh(
      world,
      async (at) => {
        await shows(at.page, "Serves files");
        at.upstream.delay = 60_000;
        await at.page.getByRole("progressbar", { name: "Refreshing" }).waitFor();
        same(await at.button.innerText(), "Refresh", "label during one in the background");
        same(await at.button.getAttribute("aria-disabled"), "false", "disabled");
        at.upstream.delay = 0;
        at.upstream.names.push("mail");
        await refresh(at);
        await shows(at.page, "Serves mail");
      },
      { every: "1s" },
    ),

  "a server that is started again shows what its cache holds, without its sources": (world) =>
    fresh(world, async (at) => {
      await refresh(at);
      await shows(at.page, "Serves files");
      await at.server.stop();
      at.upstream.broken = true;
      await shows(at.page, /Connection lost/);
      // The browser says so too.
      at.faults.length = 0;
      at.server = await at.catalog.serve("--watch");
      const page = await at.tab();
      await shows(page, "Serves files");
      await shows(page, /^Offline: pages come from the cache; last synced .+\.$/);
      await shows(at.page, /Connection lost/, "hidden");
      // The page that stayed open has learned to talk to the new server.
      await at.button.click();
      await toasted(at.page, "Refresh failed");
      await toasted(at.page, "the server was started offline");
      at.faults.length = 0;
    }),

  "when the sources were read is told, counts on, and is stale after its time": (world) =>
    fresh(world, async (at) => {
      await refresh(at);
      await at.page.clock.install();
      await at.page.clock.setFixedTime(Date.now() + 12.5 * 60_000);
      await at.page.reload();
      // The oldest of them: the small catalog was synced at a time of its own.
      await shows(at.page, /^Last synced \d+\s(minute|day)s? ago$/);
      await at.page.clock.setFixedTime(Date.now() + 9 * 86_400_000);
      await at.page.reload();
      await shows(at.page, /^Data is \d+ days old \(limit 1 hour\)\.$/);
      const title = await at.button.getAttribute("title");
      if (!/^Last synced \d+ days ago \(.+\)$/.test(title)) throw new Error(`the title is ${title}`);
    }),

  "without scripts the button is a form that works": (world) =>
    fresh(
      world,
      async (at) => {
        await at.button.click();
        await at.page.waitForURL(`**${PAGE}`);
        for (let n = 0; n < 50 && !(await at.page.getByText("Serves files").count()); n += 1) {
          await at.page.waitForTimeout(200);
          await at.page.reload();
        }
        await shows(at.page, "Serves files");
      },
      { options: { scripts: false } },
    ),

  "a page that only reads has no button, and says how old it is": (world) =>
    fresh(
      world,
      async (at) => {
        same(await at.button.count(), 0, "buttons");
        await shows(at.page, /^Last synced/);
      },
      { args: ["--read-only"] },
    ),

  "messages and lines below the head are accessible at every width": (world) =>
    fresh(world, async (at) => {
      const complaints = [];
      for (const theme of ["light", "dark"]) {
        for (const width of [320, 390, 1280]) {
          const page = await at.tab("/", { theme, width });
          // Else what the server says comes after what is said here.
          await page.locator("[data-testid][aria-busy=false]").waitFor();
          await page.evaluate(() => {
            const channel = new BroadcastChannel("skillmeat-events");
            const sources = [{ name: "far", outcome: "running" }];
            const sync = { id: 9, state: "running", trigger: "manual", done: 1, total: 2, sources };
            const problems = [{ code: "SM101", message: "wrong", place: "a.yaml:1:1", help: "mend" }];
            channel.postMessage({ known: { run: 1, revision: 1, problems, sync, lost: true } });
            const actions = [{ label: "Undo", run() {} }];
            // A long title gives way to what stands beside it.
            document.querySelector(".brand span").textContent = "A catalog with a long title, of a large house";
            skillmeat.toast({ text: "Moved a-very-long-name-without-an-end to Documents", actions });
            skillmeat.toast({ kind: "error", text: "Refresh failed", detail: "far: no answer", actions });
          });
          await shows(page, "1 of 2 sources", width < 768 ? "attached" : "visible");
          for (const one of [...(await axe(page)), ...(await overflow(page))]) {
            complaints.push(`${theme} ${width}: ${one}`);
          }
        }
      }
      if (complaints.length > 0) throw new Error(summary(complaints));
    }),

  "messages go by themselves, but not while they are pointed to; three at most": (world) =>
    fresh(world, async (at) => {
      const { page } = at;
      const say = (what) => page.evaluate((what) => { skillmeat.toast(what); }, what);
      const texts = () => page.locator(".toast b").allInnerTexts();
      await page.clock.install();
      await page.clock.pauseAt(Date.now() + 60_000);
      await say({ text: "One" });
      await toast(page, "One").hover();
      await page.clock.runFor(7000);
      same(await texts(), ["One"], "messages pointed to");
      await say({ text: "Two" });
      await say({ kind: "error", text: "Three" });
      await say({ text: "Four" });
      same(await texts(), ["Three", "Two", "Four"], "messages");
      await page.mouse.move(5, 5);
      await page.clock.runFor(4500);
      same(await texts(), ["Three", "Two", "Four"], "messages after less than their time");
      await page.clock.runFor(2500);
      same(await texts(), ["Three"], "messages after their time");
    }),

  "a message is above an open dialog, within reach, and outlives it": (world) =>
    fresh(world, async (at) => {
      const { page } = at;
      await page.keyboard.press("?");
      await page.evaluate(() => {
        const run = () => { document.title = "undone"; };
        skillmeat.toast({ text: "Moved", actions: [{ label: "Undo", run }] });
        skillmeat.toast({ text: "Stays", kind: "error" });
      });
      await page.getByRole("button", { name: "Undo" }).click();
      same(await page.title(), "undone", "title");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      same(await page.locator("dialog[open]").count(), 0, "dialogs");
      await page.evaluate(() => { skillmeat.toast({ text: "After" }); });
      await toasted(page, "After");
    }),
};

// Nothing new is told too, to the one who asked.
async function refreshedAgain(at) {
  await at.button.click();
  await toasted(at.page, "Nothing new");
}
