// Pictures of a site's pages: `node screenshots.mjs BINARY [--readme] FOLDER`.

import fs from "node:fs";
import path from "node:path";
import { launch, open, serveFolder } from "./browse.mjs";
import { Catalog } from "./catalog.mjs";
import { address, examples } from "./kinds.mjs";

const README_BYTES_MAX = 300_000;
const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
const THEMES = ["light", "dark"];

async function everyKind(browser, catalog, folder) {
  const server = await serveFolder(catalog.public);
  for (const size of SIZES) {
    for (const theme of THEMES) {
      const { page, close } = await open(browser, server.origin, { ...size, theme });
      for (const [kind, file] of examples(catalog.pages())) {
        await page.goto(server.url + (kind === "not found" ? file : address(file)));
        const name = `${kind.replaceAll(" ", "-")}-${size.width}-${theme}.png`;
        await page.screenshot({ path: path.join(folder, name) });
      }
      await close();
    }
  }
  server.stop();
}

// The collection with the most artifacts, as the first thing a reader of the README sees.
async function readme(browser, catalog, folder) {
  const server = await serveFolder(catalog.public);
  const size = (file) => fs.statSync(path.join(catalog.public, file)).size;
  const [collection] = catalog
    .pages()
    .filter((file) => /^collections\/(?!all\/)[^/]+\/index\.html$/.test(file))
    .sort((a, b) => size(b) - size(a));
  for (const theme of THEMES) {
    const options = { width: 1280, height: 800, theme };
    const { page, close } = await open(browser, server.origin, options);
    await page.goto(server.url + address(collection));
    const file = path.join(folder, `collection-${theme}.png`);
    await page.screenshot({ path: file });
    const bytes = fs.statSync(file).size;
    if (bytes > README_BYTES_MAX) throw new Error(`${file} has ${bytes} bytes`);
    await close();
  }
  server.stop();
}

const [binary, ...rest] = process.argv.slice(2);
const folder = rest.pop();
if (!binary || !folder) {
  console.error("usage: node screenshots.mjs BINARY [--readme] FOLDER");
  process.exit(2);
}
const sites = [["example", Catalog.example(binary)]];
if (rest.includes("--readme")) {
  // Only the example: its pictures are the same for everyone.
} else if (process.env.SKILLMEAT_CORPUS) {
  sites.push(["corpus", Catalog.corpus(binary, process.env.SKILLMEAT_CORPUS)]);
} else {
  console.log("skipped: real artifacts, SKILLMEAT_CORPUS is unset");
}

const browser = await launch();
try {
  for (const [name, catalog] of sites) {
    catalog.run("build");
    const into = rest.includes("--readme") ? folder : path.join(folder, name);
    fs.mkdirSync(into, { recursive: true });
    await (rest.includes("--readme") ? readme : everyKind)(browser, catalog, into);
    console.log(`wrote ${fs.readdirSync(into).length} files to ${into}`);
  }
} finally {
  await browser.close();
  for (const [, catalog] of sites) catalog.remove();
}
