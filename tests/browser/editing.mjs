// What the tests of editing share: a catalog of its own, served, a page open on it, and its files.

import fs from "node:fs";
import path from "node:path";
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
    const at = { catalog, server, page: tab.page, faults: tab.faults };
    // It may be started again.
    await look(at).finally(() => { server = at.server; });
    // A refusal is an answer, too, and so is that the page shown was deleted.
    const faults = tab.faults.filter((fault) => !/\b(404|412|422)\b/.test(fault));
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

// Waits until `look` finds what it looks for; else fails with these words.
export async function until(look, words) {
  for (let n = 0; n < 400; n += 1) {
    if (await look()) return;
    await new Promise((go) => setTimeout(go, 25));
  }
  throw new Error(typeof words === "function" ? await words() : words);
}

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

// Every file below `collections`, by its path; not those that are on the way to be one.
export function wholeCatalog(catalog) {
  const all = fs.readdirSync(path.join(catalog.root, "collections"), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
  const names = files.map((entry) => path.relative(catalog.root, path.join(entry.parentPath, entry.name)));
  return Object.fromEntries(names.sort().map((file) => [file, catalog.read(file)]));
}

// What is otherwise than it was before; `null` is a file that is gone.
export function changes(catalog, before) {
  const now = wholeCatalog(catalog);
  const all = Object.keys({ ...before, ...now }).sort().filter((file) => now[file] !== before[file]);
  return Object.fromEntries(all.map((file) => [file, now[file] ?? null]));
}
