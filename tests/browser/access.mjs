// Every kind of page, in both themes and on wide and narrow screens: accessible, at home, quiet.

import fs from "node:fs";
import { createRequire } from "node:module";
import { open, serveFolder } from "./browse.mjs";
import { address, examples } from "./kinds.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = [390, 1280];

// Opens each example of each page kind of both sites and collects what `look` complains of.
async function everyKind(world, options, look) {
  const browser = await world.browser();
  const complaints = [];
  let seen = 0;
  for (const [site, catalog] of world.sites()) {
    const server = await serveFolder(catalog.public);
    const { page, faults, close } = await open(browser, server.origin, options);
    for (const [kind, file] of examples(catalog.pages(), site === "example" ? 2 : 1)) {
      // A host answers with 404.html where nothing else is, at any depth.
      const url = kind === "not found" ? "404.html" : address(file);
      await page.goto(server.url + url, { waitUntil: "load" });
      seen += 1;
      for (const complaint of [...faults.splice(0), ...(await look(page))]) {
        complaints.push(`${site}: ${kind} /${address(file)}: ${complaint}`);
      }
    }
    await close();
    server.stop();
  }
  if (seen === 0) complaints.push("there was no page to look at");
  if (complaints.length > 0) throw new Error(summary(complaints));
}

// The first complaints, so that one fault in a layout does not fill the screen.
export function summary(complaints, limit = 25) {
  const more = complaints.length - limit;
  return [...complaints.slice(0, limit), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((rules) => {
    return globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  }, RULES);
  return violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}: ${nodes[0].html.slice(0, 160)}, ${nodes.length} in all`;
  });
}

export async function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    // What sticks out, unless it scrolls inside a box of its own.
    const scrolls = (element) => {
      for (let box = element.parentElement; box; box = box.parentElement) {
        if (getComputedStyle(box).overflowX !== "visible" && box !== document.body) return true;
      }
      return false;
    };
    const wide = [...document.querySelectorAll("body, body *")].filter((element) => {
      const box = element.getBoundingClientRect();
      const inside = box.left + element.scrollWidth;
      return Math.max(box.right, inside) > width + 1 && !scrolls(element);
    });
    const names = wide.slice(-1).map((element) => element.outerHTML.slice(0, 120));
    return [`${document.documentElement.scrollWidth} px wide: ${names}`];
  });
}

const cases = {};
for (const theme of ["light", "dark"]) {
  for (const width of WIDTHS) {
    cases[`axe finds nothing, ${theme} at ${width} px; no fault, no request off the machine`] = (
      world,
    ) => everyKind(world, { theme, width }, axe);
  }
}

cases["no page scrolls sideways at 320 px"] = (world) =>
  everyKind(world, { width: 320, height: 640 }, overflow);

export default cases;
