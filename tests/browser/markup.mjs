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

// Validates files of a folder; gives a line for each thing that is wrong.
async function complaintsOf(folder, files) {
  const extend = ["html-validate:recommended"];
  const loader = new FileSystemConfigLoader({ root: true, extends: extend, rules: RULES });
  const validator = new HtmlValidate(loader);
  const complaints = [];
  for (const file of files) {
    const html = fs.readFileSync(path.join(folder, file), "utf8");
    const report = await validator.validateString(html, file);
    for (const { messages } of report.results) {
      for (const { line, column, ruleId, message } of messages) {
        complaints.push(`${file}:${line}:${column}: ${ruleId}: ${message}`);
      }
    }
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
