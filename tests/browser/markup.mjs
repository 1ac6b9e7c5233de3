// The HTML of every page is valid.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { summary } from "./access.mjs";

const RULES = {
  // Matters of taste and of bytes, not of validity.
  "attribute-boolean-style": "off",
  "attribute-empty-style": "off",
  "doctype-style": "off",
  "long-title": "off",
  "no-trailing-whitespace": "off",
  "void-style": "off",
  // A table that scrolls sideways is a region that takes the focus, and no section of the page.
  "prefer-native-element": ["error", { exclude: ["region"] }],
  // Artifacts bring their own headings and characters.
  "heading-level": "off",
  "no-raw-characters": "off",
  // Files of the site itself need no integrity hash.
  "require-sri": "off",
};

// Gives a function from HTML and its name to a line for each thing that is wrong with it.
export function validator(rules = {}) {
  const extend = ["html-validate:recommended"];
  const loader = new FileSystemConfigLoader({ root: true, extends: extend, rules: { ...RULES, ...rules } });
  const validator = new HtmlValidate(loader);
  return async (html, file = "page") => {
    const { results } = await validator.validateString(html, file);
    return results.flatMap(({ messages }) => messages.map(({ line, column, ruleId, message }) => {
      return `${file}:${line}:${column}: ${ruleId}: ${message}`;
    }));
  };
}

// The same for files of a folder.
async function complaintsOf(folder, files) {
  const validate = validator();
  const complaints = [];
  for (const file of files) {
    complaints.push(...(await validate(fs.readFileSync(path.join(folder, file), "utf8"), file)));
  }
  return complaints;
}

if (!isMainThread && workerData?.folder) {
  parentPort.postMessage(await complaintsOf(workerData.folder, workerData.files));
}

// The same by all cores: it is the browser's turn to wait.
async function complaintsOfAll(catalog) {
  const files = catalog.pages().filter((file) => file.endsWith(".html"));
  if (files.length === 0) throw new Error("there was no page to look at");
  const n = Math.max(1, Math.min(os.availableParallelism(), Math.floor(files.length / 200)));
  const shares = Array.from({ length: n }, (_, at) => files.filter((_, i) => i % n === at));
  const work = (share) => {
    const workerData = { folder: catalog.public, files: share };
    const worker = new Worker(new URL(import.meta.url), { workerData });
    return new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
  };
  return (await Promise.all(shares.map(work))).flat();
}

async function check(sites) {
  const complaints = [];
  for (const [site, catalog] of sites) {
    complaints.push(...(await complaintsOfAll(catalog)).map((line) => `${site}: ${line}`));
  }
  if (complaints.length > 0) throw new Error(summary(complaints));
}

export default {
  "the markup of every page is valid": (world) => check(world.sites()),

  "the markup of every page of real artifacts is valid": async (world) => {
    const corpus = world.corpus();
    if (corpus) await check([["corpus", corpus]]);
    else console.log("       skipped: SKILLMEAT_CORPUS is unset");
  },
};
