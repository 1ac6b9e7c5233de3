// The deployment dashboard: its filters and views live in the address.

import { on, same } from "./visit.mjs";

// What the table that is shown says: each line with its words.
const lines = (page) =>
  page.evaluate(() => {
    const table = [...document.querySelectorAll("[data-panel] table")].find((one) => one.offsetParent);
    const words = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
    return [...table.rows].map((row) => [...row.cells].map(words).join(" | "));
  });

const state = (page, name) => page.locator(`[data-state=${name}]`);
const found = (page) => page.locator("[data-found]").innerText();

const MODIFIED = [
  "Artifact | State | Deployed | Latest | Since | Profile | Path",
  "web-shop",
  "command cut vendor | Modified locally |  |  | 2025-12-01 | claude_code | .claude/commands/cut.md",
];

export default {
  "a state is chosen, the address has it, and a cold link shows the same": (world) =>
    on(world, "deployments/?view=project", async (page, server) => {
      await state(page, "modified").click();
      await page.waitForURL(/state=modified/);
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent);
      same(await found(page), "1 of 8 deployments", "found");
      const fold = (text) => text.toLowerCase();
      same((await lines(page)).map(fold), MODIFIED.map(fold), "lines");
      same(await state(page, "modified").getAttribute("aria-current"), "true", "marked");
      const url = page.url();
      await page.goto(`${server.url}deployments/`);
      await page.goto(url);
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent);
      same((await lines(page)).map(fold), MODIFIED.map(fold), "lines of a cold link");
      same(await page.locator("select[name=state]").inputValue(), "modified", "the field");
    }),

  "back undoes a filter, and all of them are cleared at once": (world) =>
    on(world, "deployments/", async (page) => {
      await page.selectOption("select[name=project]", "data-pipeline");
      await page.selectOption("select[name=kind]", "command");
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent === "2 of 8 deployments");
      await page.goBack();
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent === "3 of 8 deployments");
      same(new URL(page.url()).search, "?project=data-pipeline", "address");
      await page.getByRole("button", { name: "Clear all" }).click();
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent === "8 of 8 deployments");
      same(new URL(page.url()).search, "", "address");
    }),

  "the matrix has a line for each artifact and a column for each project that has one": (world) =>
    on(world, "deployments/?kind=command", async (page) => {
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent);
      const rows = (await lines(page)).map((line) => line.toLowerCase());
      same(
        rows,
        [
          "artifact | web-shop | data-pipeline",
          "command cut vendor | modified locally | in sync",
          "command own | not checked | ",
          "command tidy local | in sync | update available",
        ],
        "matrix",
      );
    }),

  "views and filters work with the keyboard alone": (world) =>
    on(world, "deployments/", async (page) => {
      await page.locator("[data-view=artifact]").focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(/view=artifact/);
      same(await page.locator("#artifact").isVisible(), true, "the view");
      same(await page.locator("#matrix").isVisible(), false, "the other");
      await page.getByPlaceholder("Name or path").focus();
      await page.keyboard.type("reviewer");
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent === "1 of 8 deployments");
      same(new URL(page.url()).search, "?view=artifact&q=reviewer", "address");
      same(await page.evaluate(() => document.activeElement.name), "q", "focus");
    }),

  "a cell leads to its line on the page of the project": (world) =>
    on(world, "deployments/?state=missing", async (page) => {
      await page.waitForFunction(() => document.querySelector("[data-found]")?.textContent);
      await page.locator("#matrix td a").click();
      await page.waitForURL(/projects\/web-shop\/#d-\d+$/);
      const line = await page.evaluate(() => document.querySelector(":target")?.innerText);
      if (!/cutter[\s\S]*Missing/.test(line ?? "")) throw new Error(`the line says: ${line}`);
    }),

  "a phone begins with the projects": (world) =>
    on(
      world,
      "deployments/",
      async (page) => {
        same(await page.locator("#project").isVisible(), true, "by project");
        same(await page.locator("#matrix").isVisible(), false, "matrix");
      },
      { width: 390 },
    ),

  "without scripts all views are there, and counts lead to what they count": (world) =>
    on(
      world,
      "deployments/",
      async (page) => {
        for (const view of ["matrix", "project", "artifact"]) {
          same(await page.locator(`#${view}`).isVisible(), true, view);
        }
        same(await page.locator("[data-filters]").isVisible(), false, "the fields");
        await state(page, "missing").click();
        await page.waitForURL(/#missing$/);
        const list = page.locator("#missing");
        if (!/cutter/.test(await list.innerText())) throw new Error("the list lacks it");
      },
      { scripts: false },
    ),

  "the menu of a phone opens without scripts": (world) =>
    on(
      world,
      "",
      async (page) => {
        const entry = page.getByRole("link", { name: "Deployments", exact: true }).first();
        same(await entry.isVisible(), false, "the closed menu");
        await page.locator(".menu summary").click();
        await entry.click();
        await page.waitForURL(/deployments\/$/);
      },
      { width: 320, scripts: false },
    ),
};
