// What programs read, by programs: feeds and pictures by a parser of XML, JSON by its own schemas;
// and the copy for a disk, walked link by link without scripts.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { summary } from "./access.mjs";
import { Catalog } from "./catalog.mjs";
import { examples } from "./kinds.mjs";

const read = (catalog, file) => fs.readFileSync(path.join(catalog.public, file), "utf8");

// `a/{b}.json` as a regular expression.
function pattern(template) {
  const parts = template.split(/\{[^}]*\}/).map((part) => part.replace(/[.]/g, "\\."));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}

// Refuses what a schema does not name: it would be there and nowhere documented.
function closed(schemas) {
  for (const schema of Object.values(schemas)) schema.additionalProperties ??= false;
  return schemas;
}

// What feeds must have by RFC 4287, of the document that the browser parsed.
function flawsOfAtom(text) {
  const doc = new DOMParser().parseFromString(text, "application/xml");
  if (doc.querySelector("parsererror")) return ["is no XML"];
  const flaws = [];
  const atom = "http://www.w3.org/2005/Atom";
  const own = (element, name) =>
    [...element.children].filter((one) => one.localName === name && one.namespaceURI === atom);
  const feed = doc.documentElement;
  if (feed.localName !== "feed" || feed.namespaceURI !== atom) flaws.push("is no Atom feed");
  if (own(feed, "author").length === 0) flaws.push("has no author");
  const ids = new Set();
  for (const element of [feed, ...own(feed, "entry")]) {
    for (const name of ["id", "title", "updated"]) {
      const found = own(element, name);
      if (found.length !== 1 || !found[0].textContent) flaws.push(`has ${found.length} ${name}`);
    }
    const id = own(element, "id")[0]?.textContent;
    if (!/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) flaws.push(`id ${id}`);
    if (ids.has(id)) flaws.push(`id ${id} twice`);
    ids.add(id);
    const updated = own(element, "updated")[0]?.textContent;
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(updated)) flaws.push(`updated ${updated}`);
    const links = own(element, "link").filter((link) => link.getAttribute("rel") === "alternate");
    if (links.length !== 1 || !links[0].getAttribute("href")) flaws.push("has not one alternate");
  }
  return flaws;
}

export default {
  "every JSON file of a site is as its own schemas say": async (world) => {
    const faults = [];
    for (const [site, catalog] of world.sites()) {
      const api = JSON.parse(read(catalog, "api/v1/openapi.json"));
      const ajv = new Ajv({ strict: true, allErrors: true });
      // For references alone: the document is no schema itself.
      ajv.addVocabulary(["openapi", "info", "servers", "paths", "components"]);
      ajv.addSchema({ components: { schemas: closed(api.components.schemas) } }, "api");
      const shapes = Object.entries(api.paths).map(([template, { get }]) => {
        const content = get.responses["200"].content["application/json"];
        if (!content) return [pattern(`api/v1${template}`), null];
        return [pattern(`api/v1${template}`), ajv.compile({ $ref: `api${content.schema.$ref}` })];
      });
      let n = 0;
      for (const file of catalog.pages()) {
        if (!file.startsWith("api/v1/") || file.endsWith("/openapi.json")) continue;
        const [, validate] = shapes.find(([known]) => known.test(file)) ?? [];
        if (validate === null) continue;
        if (!validate) {
          faults.push(`${site}: ${file} is in no path of openapi.json`);
        } else if (!validate(JSON.parse(read(catalog, file)))) {
          faults.push(`${site}: ${file}: ${ajv.errorsText(validate.errors)}`);
        }
        n += 1;
      }
      if (n < 5) faults.push(`${site}: only ${n} files`);
    }
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "feeds and pictures are XML, and feeds have what they must": async (world) => {
    const browser = await world.browser();
    const page = await browser.newPage();
    const faults = [];
    for (const [site, catalog] of world.sites()) {
      for (const file of catalog.pages()) {
        if (file.endsWith("feed.xml")) {
          const flaws = await page.evaluate(flawsOfAtom, read(catalog, file));
          faults.push(...flaws.map((flaw) => `${site}: ${file} ${flaw}`));
        } else if (/\.(xml|svg)$/.test(file) && !file.includes("/raw/")) {
          const bad = await page.evaluate((text) => {
            const doc = new DOMParser().parseFromString(text, "application/xml");
            return doc.querySelector("parsererror") !== null;
          }, read(catalog, file));
          if (bad) faults.push(`${site}: ${file} is no XML`);
        }
      }
    }
    await page.close();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "the text of a badge fits its picture": async (world) => {
    const browser = await world.browser();
    const page = await browser.newPage();
    const faults = [];
    const catalog = world.small();
    for (const file of catalog.pages().filter((file) => file.endsWith("/badge.svg"))) {
      const text = read(catalog, file);
      await page.setContent(text.replaceAll(/ textLength="\d+"/g, ""));
      const widths = await page.evaluate(() =>
        [...document.querySelectorAll("text")].map((text) => text.getBBox().width),
      );
      const wanted = [...text.matchAll(/textLength="(\d+)"/g)].map(([, width]) => Number(width));
      widths.forEach((width, at) => {
        if (Math.abs(width - wanted[at]) > 2) faults.push(`${file}: ${width} for ${wanted[at]}`);
      });
      if (widths.length !== 2) faults.push(`${file} has ${widths.length} texts`);
    }
    await page.close();
    if (faults.length > 0) throw new Error(summary(faults));
  },

  "a copy for a disk is walked whole from its home page, without scripts": async (world) => {
    const browser = await world.browser();
    const catalog = Catalog.small(world.binary);
    try {
      catalog.run("build", "--offline", "--offline-copy", "-u", "https://example.org/x/");
      const files = catalog.pages();
      const root = pathToFileURL(`${catalog.public}/`).href;
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      const faults = [];
      await context.route(/^(?!file:|data:)/, (route) => {
        faults.push(`asks for ${route.request().url()}`);
        return route.abort();
      });
      page.on("requestfailed", (request) => faults.push(`cannot load ${request.url()}`));
      const seen = new Set(["index.html"]);
      for (const file of seen) {
        if (!file.endsWith(".html")) continue;
        await page.goto(root + file, { waitUntil: "load" });
        if ((await page.locator("h1").count()) !== 1) faults.push(`${file}: no heading`);
        const links = await page
          .locator("a[href], link[href], img[src], form[action]")
          .evaluateAll((all) => all.map((one) => one.href || one.src || one.action));
        for (const link of links) {
          if (!link.startsWith("file:")) continue;
          const target = decodeURIComponent(link.split(/[?#]/)[0].slice(root.length));
          if (!link.startsWith(root) || !files.includes(target)) {
            faults.push(`${file}: ${link} is no file of the copy`);
          } else seen.add(target);
        }
      }
      // The page of what is lost is led to by no link, and leads home.
      const lost = files.filter((file) => file.endsWith(".html") && !seen.has(file));
      if (lost.join() !== "404.html") faults.push(`not reached: ${lost.join(" ")}`);
      await page.goto(`${root}404.html`);
      await page.locator("a[href]").filter({ visible: true }).last().click();
      await page.waitForURL((url) => files.includes(url.href.split(/[?#]/)[0].slice(root.length)));
      await context.close();
      if (faults.length > 0) throw new Error(summary(faults));
    } finally {
      catalog.remove();
    }
  },

  "in a copy for a disk, what scripts make leads to files as well": async (world) => {
    const browser = await world.browser();
    const catalog = Catalog.small(world.binary);
    try {
      catalog.run("build", "--offline", "--offline-copy");
      const files = new Set(catalog.pages());
      const root = pathToFileURL(`${catalog.public}/`).href;
      const context = await browser.newContext();
      const page = await context.newPage();
      const faults = [];
      page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
      page.on("console", (line) => {
        if (line.type() === "error") faults.push(`${page.url()}: ${line.text()}`);
      });
      const asked = ["collections/all/index.html?q=pdf", "search/index.html?q=report"];
      const all = [...examples(catalog.pages())].map(([, file]) => file).concat(asked);
      for (const file of all) {
        await page.goto(root + file, { waitUntil: "load" });
        if (file.includes("?")) {
          const found = page.locator("main a", { hasText: file.split("=").pop() }).first();
          await found.waitFor({ state: "visible" });
        }
        const links = await page.locator("a[href]").evaluateAll((all) => all.map((a) => a.href));
        for (const link of links.filter((link) => link.startsWith("file:"))) {
          const target = decodeURIComponent(link.split(/[?#]/)[0].slice(root.length));
          if (!files.has(target)) faults.push(`${file}: ${link}`);
        }
      }
      await context.close();
      if (faults.length > 0) throw new Error(summary(faults));
    } finally {
      catalog.remove();
    }
  },
};
