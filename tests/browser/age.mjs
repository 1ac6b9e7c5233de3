// How old the data is, in words that the browser makes: from `status.js` and its own clock.

import { summary } from "./access.mjs";
import { open, serveFolder } from "./browse.mjs";

const MINUTE = 60_000;

// The small site's `vendor`, synced at this moment, looked at so many minutes later.
async function later(world, minutes, url, look, options = {}) {
  const site = await serveFolder(world.small().public);
  const tab = await open(await world.browser(), site.origin, options);
  try {
    const status = world.small().read("public/status.js");
    const synced = Number(status.match(/"vendor":(\d+)/)[1]) * 1000;
    await tab.page.clock.install({ time: synced + minutes * MINUTE });
    await tab.page.goto(site.url + url, { waitUntil: "load" });
    await look(tab.page, synced);
    if (tab.faults.length > 0) throw new Error(summary(tab.faults));
  } finally {
    await tab.close();
    site.stop();
  }
}

function same(got, wanted) {
  if (got !== wanted) throw new Error(`"${got}" instead of "${wanted}"`);
}

const header = (page) => page.locator("[data-synced]").textContent();

export default {
  "a page says when its data was synced, and counts on while it is open": (world) =>
    later(world, 30, "", async (page, synced) => {
      same(await header(page), "Last synced 30 min ago");
      const time = page.locator("[data-synced] time");
      same(await time.getAttribute("datetime"), new Date(synced).toISOString());
      await page.clock.runFor(40 * MINUTE);
      same(await header(page), "Last synced 1 h ago, stale");
    }),

  "the sources pages say which source is stale": (world) =>
    later(world, 61, "sources/", async (page) => {
      const note = page.locator("[data-stale-note]");
      same((await note.innerText()).trim(), "Stale: vendor (1 h ago)");
      same(await page.locator("[data-synced-source=vendor]").innerText(), "synced 1 h ago, stale");
      same(await page.locator("[data-synced-source=local]").count(), 0);
    }),

  "what is current is not called stale": (world) =>
    later(world, 59, "sync/", async (page) => {
      same(await page.locator("[data-stale-note]").isVisible(), false);
      same(await page.locator("[data-synced-source=vendor]").innerText(), "59 min ago");
    }),

  "a clock that is behind makes no time to come of it": (world) =>
    later(world, -180, "", async (page, synced) => {
      const day = await page.evaluate((at) => new Date(at).toLocaleDateString(), synced);
      same(await header(page), `Last synced on ${day}`);
    }),

  "without scripts a page says nothing of the time": (world) =>
    later(
      world,
      120,
      "sync/",
      async (page) => {
        same(await header(page), "Sync status");
        const text = await page.locator("main").innerText();
        if (/\bago\b|stale/i.test(text)) throw new Error(text);
      },
      { scripts: false },
    ),
};
