// A list of artifacts as a person uses it: searches, narrows it down, sorts, goes back, asks for
// the actions of an artifact; and the same list without scripts.

import fs from "node:fs";
import path from "node:path";
import { axe, overflow, summary } from "./access.mjs";
import { same, visit } from "./visit.mjs";

const on = (world, url, look, options) => {
  const catalog = world.many();
  return visit(world, catalog, url, (page, server) => look(page, { catalog, server }), options);
};

// What the machine-readable catalog says, as an oracle for what the page counts.
function artifacts(catalog) {
  const file = path.join(catalog.public, "api/v1/artifacts.json");
  return JSON.parse(fs.readFileSync(file, "utf8")).artifacts;
}

const count = (page) => page.locator("[data-count]").innerText();
// What is in view comes first; the list says that it is busy until all are there.
const names = async (page) => {
  await page.locator("[data-shown]:not([aria-busy=true])").waitFor();
  return page.locator("[data-shown] :is(.card-name, tbody th)").allInnerTexts();
};
const search = (page) => page.getByRole("searchbox", { name: /^Search in/ });
const query = (page) => decodeURIComponent(new URL(page.url()).search);
const box = (page, name) => page.locator(".facet").getByRole("checkbox", { name });
const until = (page, text) => page.waitForFunction((t) => document.querySelector("[data-count]")?.textContent === t, text);

async function counts(page, facet) {
  const rows = page.locator(`[data-facet=${facet}] li`);
  const texts = await rows.allInnerTexts();
  return Object.fromEntries(texts.map((text) => text.trim().split(/\s+(?=\d+$)/)));
}

function tally(list, values) {
  const counts = {};
  for (const item of list) for (const value of values(item)) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

export default {
  "typing finds by name, tag and description, marks the words and is kept in the address": (world) =>
    on(world, "collections/team/", async (page) => {
      await search(page).pressSequentially("pdf");
      await until(page, "2 of 132 artifacts");
      same(await names(page), ["pdf", "forms"], "what fits pdf, best first");
      same(await page.locator("[data-shown] mark").allInnerTexts(), ["pdf", "PDF", "PDF"], "marks");
      same(query(page), "?q=pdf", "the address");
      await search(page).fill("kind:agent tag:even helper-3");
      await until(page, "1 of 132 artifacts");
      await search(page).fill("t07");
      await until(page, "6 of 132 artifacts");
      await search(page).fill("");
      await until(page, "132 artifacts");
      same(query(page), "", "the address of all");
      same((await names(page)).length, 60, "cards of all");
    }),

  "one of a facet's values and all facets must fit, and counts say what would be left": (world) =>
    on(world, "collections/all/", async (page, { catalog }) => {
      const all = artifacts(catalog);
      same(await counts(page, "status"), { "In sync": "1", Missing: "1" }, "states of all");
      await box(page, /^odd/).check();
      await until(page, "60 of 132 artifacts");
      await box(page, /^even/).check();
      await until(page, "130 of 132 artifacts");
      await box(page, /^Agent/).check();
      await until(page, "10 of 132 artifacts");
      const agents = all.filter((a) => a.kind === "agent");
      const tagged = all.filter((a) => a.tags.some((tag) => ["odd", "even"].includes(tag)));
      const tags = tally(agents, (a) => a.tags);
      const shown = await counts(page, "tag");
      for (const [tag, n] of Object.entries(shown)) same(Number(n), tags[tag] ?? 0, `count of ${tag}`);
      same(await counts(page, "kind"), { Skill: String(tagged.length - 10), Agent: "10" }, "kinds");
      same(await counts(page, "source"), { local: "0", vendor: "10" }, "sources");
      same(query(page), "?kind=agent&tag=odd&tag=even", "the address");
    }),

  "what is chosen comes back with the address and with the back button": (world) =>
    on(world, "collections/team/?q=tool&tag=odd&sort=-name&page=1", async (page, { server }) => {
      await until(page, "60 of 132 artifacts");
      same((await names(page))[0], "tool-119", "the last by name");
      same(await search(page).inputValue(), "tool", "the words");
      same(await box(page, /^odd/).isChecked(), true, "the box");
      await box(page, /^t01/).check();
      await page.goBack();
      await until(page, "60 of 132 artifacts");
      same(await box(page, /^t01/).isChecked(), false, "the box of before");
      await page.goForward();
      same(await box(page, /^t01/).isChecked(), true, "the box of after");
      await page.goto(`${server.url}collections/team/page/2/?kind=agent`);
      await until(page, "10 of 132 artifacts");
      await page.getByRole("button", { name: "Clear all" }).click();
      await until(page, "132 artifacts");
      same((await names(page)).length, 60, "cards of the second page");
      same(new URL(page.url()).pathname, "/collections/team/page/2/", "the page");
    }),

  "a chip takes its filter away, and one takes all": (world) =>
    on(world, "collections/team/?kind=skill&source=vendor&q=pdf", async (page) => {
      await until(page, "2 of 132 artifacts");
      await page.getByRole("button", { name: "Remove Source: vendor" }).click();
      same(query(page), "?q=pdf&kind=skill", "the address");
      const focused = await page.evaluate(() => document.activeElement.textContent.trim());
      same(focused, "Skill", "where the focus goes");
      await page.getByRole("button", { name: "Clear all" }).click();
      await until(page, "132 artifacts");
      same(await page.locator("[data-chips]").isVisible(), false, "chips");
    }),

  "where nothing fits, the page says so, guesses and offers ways out": (world) =>
    on(world, "collections/team/?q=helpre&kind=skill", async (page) => {
      await until(page, "0 of 132 artifacts");
      await page.getByText("Did you mean “helper”?").waitFor();
      await page.getByRole("button", { name: "Search for “helper”" }).click();
      await page.getByText("Nothing fits all of this").waitFor();
      await page.locator(".nothing").getByRole("button", { name: "Remove Skill" }).click();
      await until(page, "10 of 132 artifacts");
      same(await page.locator(".nothing").count(), 0, "the note");
    }),

  "a long facet shows all its values when asked, and finds among them": (world) =>
    on(world, "collections/team/", async (page) => {
      same(Object.keys(await counts(page, "tag")).length, 8, "tags at first");
      await page.getByRole("button", { name: "Show all 22" }).click();
      await page.getByRole("searchbox", { name: "Find a tag" }).fill("t1");
      const shown = page.locator("[data-facet=tag] li:visible");
      same((await shown.allInnerTexts()).length, 10, "tags that fit");
      await box(page, /^t19/).check();
      await until(page, "6 of 132 artifacts");
    }),

  "sorting and pages go over the whole list": (world) =>
    on(world, "collections/all/?kind=skill", async (page) => {
      await until(page, "122 of 132 artifacts");
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "3" }).click();
      same(query(page), "?kind=skill&page=3", "the address");
      same(await names(page), ["tool-118", "tool-119"], "the last page");
      await page.getByRole("combobox", { name: "Sort" }).selectOption("Kind");
      same((await names(page)).length, 60, "the first page again");
      same(query(page), "?kind=skill&sort=kind", "the address");
    }),

  "the table sorts by its heads, and says how": (world) =>
    on(world, "collections/team/?view=list", async (page) => {
      const head = (name) => page.getByRole("columnheader", { name });
      await page.getByRole("table").waitFor();
      same((await names(page))[0], "forms", "the first by name");
      same(await head("Name").getAttribute("aria-sort"), "ascending", "by name");
      await head("Name").getByRole("button").click();
      same((await names(page))[0], "tool-119", "the last by name");
      same(await head("Name").getAttribute("aria-sort"), "descending", "by name, turned");
      await head("Status").getByRole("button").click();
      same((await names(page)).slice(0, 2), ["tool-002", "tool-001"], "worst first");
      same(query(page), "?sort=status&view=list", "the address");
      const focused = await page.evaluate(() => document.activeElement.textContent);
      same(focused, "Status", "the focus stays");
    }),

  "groups show what fits of each; empty ones and those without stay": (world) =>
    on(world, "collections/team/groups/?q=tool", async (page) => {
      await until(page, "120 of 132 artifacts");
      const heads = page.locator(".group-section summary");
      const texts = async () => (await heads.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
      same(await texts(), ["First 3 of 3", "Empty 0 of 0", "Agents 0 of 10", "Ungrouped 117 of 119"], "sections");
      await search(page).fill("");
      await until(page, "132 artifacts");
      same(await texts(), ["First 3", "Empty 0", "Agents 10", "Ungrouped 119"], "all sections");
      await box(page, /^even/).check();
      await until(page, "70 of 132 artifacts");
      const first = page.locator("#group-first .card-name");
      same(await first.allInnerTexts(), ["tool-002", "tool-000"], "members in their order");
      await page.getByRole("link", { name: "Grid" }).click();
      await until(page, "70 of 132 artifacts");
      same(query(page), "?tag=even", "the filter goes along");
    }),

  "a group is searched by itself, in its own order": (world) =>
    on(world, "collections/team/groups/first/?tag=even", async (page) => {
      await until(page, "2 of 3 artifacts");
      same(await names(page), ["tool-002", "tool-000"], "members in their order");
    }),

  "the menu of an artifact works by keyboard, on cards of scripts too": (world) =>
    on(world, "collections/team/?q=pdf", async (page) => {
      await until(page, "2 of 132 artifacts");
      const opener = page.getByRole("button", { name: "Actions for forms" });
      await opener.focus();
      await page.keyboard.press("ArrowDown");
      const menu = page.getByRole("menu", { name: "Actions for forms" });
      await menu.waitFor();
      const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
      same(await focused(), "Open", "the first");
      same(await opener.getAttribute("aria-expanded"), "true", "open");
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowDown");
      same(await focused(), "Open", "after the last comes the first");
      await page.keyboard.press("c");
      same(await focused(), "Copy id", "by its letter");
      await page.getByRole("menuitem", { name: "Copy install command" }).waitFor();
      await page.keyboard.press("Escape");
      same(await menu.count(), 0, "closed");
      same(await focused(), "Actions for forms", "the focus is back");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/a\/vendor\/skill\/forms\//);
    }),

  "on a phone the filters are a sheet": (world) =>
    on(
      world,
      "collections/team/",
      async (page) => {
        same(await box(page, /^odd/).isVisible(), false, "filters at first");
        await page.getByRole("button", { name: "Filters" }).click();
        await box(page, /^odd/).check();
        await page.getByRole("button", { name: "Show 60 artifacts" }).click();
        same(await box(page, /^odd/).isVisible(), false, "filters after");
        same(await count(page), "60 of 132 artifacts", "what fits");
      },
      { width: 390, height: 844 },
    ),

  "what scripts show is accessible, in both themes, and fits a narrow screen": async (world) => {
    const complaints = [];
    const team = "collections/team/";
    const states = [
      ["cards", `${team}?q=pdf&kind=skill`],
      ["pages", `${team}?sort=changed&page=2`],
      ["table", `${team}?view=list`],
      ["groups", `${team}groups/?q=tool`],
      ["nothing", `${team}?q=helpre&kind=skill&tag=odd`],
      ["menu", team, (page) => page.locator("[data-menu]").first().click()],
      ["collections", team, (page) => page.getByText("Switch collection").click()],
      ["sheet", team, (page) => page.getByRole("button", { name: "Filters" }).click(), true],
    ];
    for (const [theme, width] of [["light", 1280], ["dark", 320]]) {
      for (const [name, url, act, isNarrow] of states) {
        if (isNarrow && width > 900) continue;
        await on(world, url, async (page) => {
          // The data is there, and what is made of it.
          await page.waitForLoadState("networkidle");
          await act?.(page);
          for (const found of [...(await axe(page)), ...(await overflow(page))]) {
            complaints.push(`${name}, ${theme}, ${width} px: ${found}`);
          }
        }, { theme, width });
      }
    }
    if (complaints.length > 0) throw new Error(summary(complaints));
  },

  "without scripts every artifact is reached by links, and every filter is a page": (world) =>
    on(
      world,
      "collections/all/",
      async (page, { catalog, server }) => {
        same(await search(page).isVisible(), false, "the search field");
        const found = new Set();
        for (;;) {
          const links = page.locator(".card-name a");
          const urls = await links.evaluateAll((all) => all.map((link) => link.href));
          for (const url of urls) found.add(url);
          const next = page.locator("a[rel=next]");
          if ((await next.count()) === 0) break;
          await next.click();
          await page.waitForLoadState();
        }
        same(found.size, artifacts(catalog).length, "artifacts by links");
        await page.goto(`${server.url}collections/team/`);
        const choices = page.locator(".facet a");
        const pages = await choices.evaluateAll((all) => all.map((link) => link.href));
        if (pages.length < 10) throw new Error(`only ${pages.length} choices`);
        for (const url of new Set(pages)) {
          const answer = await page.request.get(url);
          same(answer.status(), 200, url);
        }
      },
      { scripts: false },
    ),
};
