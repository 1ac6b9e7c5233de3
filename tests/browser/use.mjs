// What a person does with the pages: switches views and themes, goes by keyboard.

import { on, same } from "./visit.mjs";

// The artifacts that the page shows, by address.
async function artifacts(page) {
  // What is in view comes first; the list says that it is busy until all are there.
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]"));
  const links = await page.locator("main a[href*='/a/'], main a[href^='a/']").all();
  const shown = new Set();
  for (const link of links) {
    if (await link.isVisible()) {
      shown.add(new URL(await link.getAttribute("href"), page.url()).pathname);
    }
  }
  return [...shown].sort();
}

export default {
  "grid, list and grouped show the same artifacts, and the address keeps the view": (world) =>
    on(world, "collections/team/", async (page) => {
      const grid = await artifacts(page);
      if (grid.length === 0) throw new Error("the collection shows no artifact");
      await page.getByText("List", { exact: true }).first().click();
      await page.waitForURL(/view=list/);
      same(await artifacts(page), grid, "grid and list differ");
      await page.reload();
      const list = page.getByRole("radio", { name: "List" });
      if (!(await list.isChecked())) throw new Error("the view is lost on reload");
      await page.getByRole("link", { name: "Grouped" }).first().click();
      await page.waitForURL(/collections\/team\/groups\//);
      same(await artifacts(page), grid, "grid and grouped differ");
      const titles = await page.locator("main h2, main h3").allInnerTexts();
      for (const title of ["Documents", "Empty"]) {
        if (!titles.some((text) => text.includes(title))) throw new Error(`no group ${title}`);
      }
    }),

  "members of a group stand in the order of their ranks": (world) =>
    on(world, "collections/team/groups/documents/", async (page) => {
      const names = await page.locator("main li h2, main li h3").allInnerTexts();
      same(names, ["report", "pdf"], "order of members");
    }),

  "a chosen theme is kept from page to page": (world) =>
    on(world, "", async (page, server) => {
      const shade = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [light, button] = [await shade(), page.locator("[data-theme-button]")];
      for (let n = 0; n < 3 && (await shade()) === light; n += 1) await button.click();
      const dark = await shade();
      if (dark === light) throw new Error("the button changes nothing");
      await page.goto(`${server.url}collections/`, { waitUntil: "load" });
      same(await shade(), dark, "the theme is lost");
    }),

  "the first Tab leads past the navigation": (world) =>
    on(world, "collections/team/", async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const inside = await page.evaluate(() => document.activeElement?.tagName);
      same(inside, "MAIN", "focus after the skip link");
    }),

  "every control has a focus that can be seen": (world) =>
    on(world, "collections/team/", async (page) => {
      for (let n = 0; n < 12; n += 1) {
        await page.keyboard.press("Tab");
        const style = await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
          const { tagName, className } = document.activeElement;
          return [tagName, className, outlineStyle, parseFloat(outlineWidth)];
        });
        if (style[0] !== "BODY" && (style[2] === "none" || style[3] < 2)) {
          throw new Error(`no outline: ${style}`);
        }
      }
    }),
};
