// The page of an artifact: its sections as tabs, the pages of its files, its commands.

import { on, same } from "./visit.mjs";

const PAGE = "a/local/skill/report/";
const FILE = "a/vendor/plugin/kit/files/_claude-plugin/plugin.json/";

// What is selected, and which sections show.
async function state(page) {
  const tab = page.locator("[role=tab][aria-selected=true]");
  same(await tab.count(), 1, "tabs that are selected");
  const shown = await page
    .locator(".sheets > section")
    .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.id));
  const label = (await tab.innerText()).replace(/\s*\d+$/, "");
  return [label, shown, new URL(page.url()).hash];
}

const go = (page, id) => page.evaluate((to) => void (location.hash = to), id);

export default {
  "the sections of an artifact are tabs by arrows, Home and End, and the address names the tab": (
    world,
  ) =>
    on(world, PAGE, async (page) => {
      same(await state(page), ["Overview", ["overview"], ""], "at first");
      await page.getByRole("tab", { name: "Overview" }).focus();
      await page.keyboard.press("ArrowRight");
      same(await state(page), ["Files", ["files"], "#files"], "one to the right");
      await page.keyboard.press("End");
      same(await state(page), ["Problems", ["problems"], "#problems"], "the last");
      await page.keyboard.press("ArrowRight");
      same(await state(page), ["Overview", ["overview"], "#overview"], "around the end");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Home");
      same(await state(page), ["Overview", ["overview"], "#overview"], "the first");
      const focus = await page.evaluate(() => document.activeElement.id);
      same(focus, "tab-overview", "focus follows");
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => !!document.activeElement.closest("#overview"));
      if (!inside) throw new Error("Tab does not lead from the tabs into the section");
    }),

  "the back button goes from tab to tab": (world) =>
    on(world, PAGE, async (page) => {
      await page.getByRole("tab", { name: "Files" }).click();
      await page.getByRole("tab", { name: "Related" }).click();
      same((await state(page))[0], "Related", "after two clicks");
      await page.goBack();
      same(await state(page), ["Files", ["files"], "#files"], "one back");
      await page.goBack();
      same(await state(page), ["Overview", ["overview"], ""], "two back");
      await page.goForward();
      same((await state(page))[0], "Files", "and forward");
    }),

  "a link to a section opens its tab, one into it what is there": (world) =>
    on(world, `${PAGE}#deployments`, async (page) => {
      same((await state(page))[0], "Deployments", "by the address");
      if (!(await page.locator("h1").isVisible())) throw new Error("the name is not in sight");
      await go(page, "user-content-report");
      await page.waitForFunction(() => document.querySelector("#overview").checkVisibility());
      same((await state(page))[0], "Overview", "by an anchor in the document");
      await go(page, "files");
      await page.waitForFunction(() => document.querySelector("#files").checkVisibility());
      await page.locator("#files a", { hasText: "SKILL.md" }).first().click();
      same((await state(page))[0], "Overview", "by a link to the document");
    }),

  "without JavaScript and in print all sections are open": async (world) => {
    const all = (page) =>
      page
        .locator(".sheets > section")
        .evaluateAll((sections) => sections.every((one) => one.checkVisibility()));
    await on(
      world,
      PAGE,
      async (page) => {
        // A page without scripts cannot be asked by one.
        for (const title of ["Files", "Collections and groups", "History", "Problems"]) {
          const heading = page.getByRole("heading", { name: title, exact: true });
          if (!(await heading.isVisible())) throw new Error(`${title} does not show`);
        }
        const tabs = page.locator("nav.sections a");
        await tabs.filter({ hasText: "Files" }).click();
        same(new URL(page.url()).hash, "#files", "the links are links");
      },
      { scripts: false },
    );
    await on(world, PAGE, async (page) => {
      if (await all(page)) throw new Error("on the screen all are open");
      await page.emulateMedia({ media: "print" });
      if (!(await all(page))) throw new Error("in print some are closed");
    });
  },

  "a line of a file is marked by its address, and a click on a number names it": (world) =>
    on(world, `${FILE}#L1`, async (page) => {
      const mark = page.locator(".lines mark");
      same(await mark.count(), 1, "marks");
      const numbers = page.locator(".lines [aria-hidden]");
      const [bar, box] = [await mark.boundingBox(), await numbers.boundingBox()];
      if (Math.abs(bar.y - box.y) > 1) throw new Error(`the mark is at ${bar.y}, line 1 at ${box.y}`);
      await go(page, "");
      same(await mark.count(), 0, "marks without a line");
      await numbers.click({ position: { x: 5, y: 5 } });
      same(new URL(page.url()).hash, "#L1", "the address after a click");
    }),

  "the client whose commands were chosen is kept for the next artifact": (world) =>
    on(world, PAGE, async (page, server) => {
      const chosen = () => page.locator(".install [aria-pressed=true]").innerText();
      same(await chosen(), "Claude Code", "at first");
      await page.getByRole("button", { name: "Codex, Gemini CLI, Cursor" }).click();
      const shown = await page.locator(".install .command:visible code").allInnerTexts();
      same(shown.length, 1, "commands of one client");
      if (!shown[0].includes(".agents/skills/")) throw new Error(`it shows ${shown[0]}`);
      await page.goto(`${server.url}a/local/skill/broken/`, { waitUntil: "load" });
      same(await chosen(), "Codex, Gemini CLI, Cursor", "on the next page");
    }),
};
