// The HTML of every page is valid.

import fs from "node:fs";
import path from "node:path";
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

export default {
  "the markup of every page is valid": async (world) => {
    const loader = new FileSystemConfigLoader({
      root: true,
      extends: ["html-validate:recommended"],
      rules: RULES,
    });
    const validator = new HtmlValidate(loader);
    const complaints = [];
    let seen = 0;
    for (const [site, catalog] of world.sites()) {
      for (const file of catalog.pages().filter((file) => file.endsWith(".html"))) {
        seen += 1;
        const html = fs.readFileSync(path.join(catalog.public, file), "utf8");
        const report = await validator.validateString(html, file);
        for (const { messages } of report.results) {
          for (const { line, column, ruleId, message } of messages) {
            complaints.push(`${site}: ${file}:${line}:${column}: ${ruleId}: ${message}`);
          }
        }
      }
    }
    if (seen === 0) complaints.push("there was no page to look at");
    if (complaints.length > 0) throw new Error(summary(complaints));
  },
};
