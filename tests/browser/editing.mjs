// What the tests of editing share: a catalog of its own, served, a page open on it, and its files.

import { summary } from "./access.mjs";
import { open } from "./browse.mjs";
import { Catalog } from "./catalog.mjs";

export const TEAM = "collections/team/collection.yaml";
export const DOCUMENTS = "collections/team/groups/documents.yaml";
export const EMPTY = "collections/team/groups/empty.yaml";

// `look` gets the catalog, the server and a page that stands at `url`.
export async function editing(world, url, look, options = {}) {
  const catalog = Catalog[options.catalog ?? "small"](world.binary);
  let server;
  let tab;
  try {
    server = await catalog.serve("--watch");
    tab = await open(await world.browser(), server.url, options);
    await tab.page.goto(server.url + url, { waitUntil: "load" });
    await look({ catalog, server, page: tab.page, faults: tab.faults });
    // A refusal is an answer, too.
    const faults = tab.faults.filter((fault) => !/\b(412|422)\b/.test(fault));
    if (faults.length > 0) throw new Error(summary(faults));
  } finally {
    await tab?.close();
    await server?.stop();
    catalog.remove();
  }
}

export function is(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}:\n${actual}\nnot:\n${expected}`);
}

export const dialog = (page) => page.locator("dialog[open].edit-dialog").last();

// Waits until a file is as it should be, whole.
export async function holds(catalog, file, expected) {
  let text;
  for (let n = 0; n < 200; n += 1) {
    try {
      text = catalog.read(file);
    } catch {
      text = null;
    }
    if (text === expected) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  is(text, expected, file);
}

export async function toast(page, text) {
  await page.locator(".toast").filter({ hasText: text }).first().waitFor({ timeout: 10_000 });
}

export async function gone(page) {
  await page.locator("dialog[open].edit-dialog").waitFor({ state: "detached", timeout: 10_000 });
}
