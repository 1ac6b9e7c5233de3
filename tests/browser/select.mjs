// Several artifacts chosen at once.

import { EMPTY, TEAM, dialog, editing, gone, holds, is, toast } from "./editing.mjs";

const selected = (page, n) => page.locator(".picked-bar b").filter({ hasText: new RegExp(`^${n} artifacts? selected$`) }).waitFor();

export default {
  "several are chosen with Shift and put into a group; the choice survives filters, paging and news": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      await page.getByRole("button", { name: "Select", exact: true }).click();
      const picks = page.locator("[data-pick]");
      await picks.nth(0).check();
      await picks.nth(3).click({ modifiers: ["Shift"] });
      await selected(page, 4);
      await page.getByRole("button", { name: /^Select all 132 that fit$/ }).waitFor();
      await page.getByRole("searchbox", { name: /Search in Team/ }).fill("tool-119");
      await page.getByRole("button", { name: /^Select all \d that fit$/ }).waitFor();
      await page.locator(".card:first-child [data-pick]").check();
      await selected(page, 5);
      await page.getByRole("searchbox", { name: /Search in Team/ }).fill("");
      await page.getByRole("button", { name: /^Select all 132 that fit$/ }).waitFor();
      await page.locator("[data-pick]:checked").nth(3).waitFor();
      await selected(page, 5);
      const was = await page.evaluate(() => skillmeat.live.revision);
      catalog.write(TEAM, catalog.read(TEAM).replace("title: Team", "title: Team\ndescription: News"));
      await page.waitForFunction((was) => skillmeat.live.revision > was, was);
      await page.getByText("News", { exact: true }).waitFor();
      await selected(page, 5);
      await page.getByText("List", { exact: true }).click();
      await page.locator("tr [data-pick]:checked").first().waitFor();
      await page.locator(".picked-bar").getByRole("link", { name: "Manage groups…" }).click();
      await dialog(page).getByLabel("Empty").check();
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await toast(page, "Added 5 artifacts to Empty");
      await gone(page);
      is(catalog.read(EMPTY).split("\n").filter((line) => line.includes("/")).length, 5, "members");
      is(await page.locator(".picked-bar").count(), 0, "the bar");
    }, { catalog: "many" }),

  "all that fit are chosen by keyboard, a mixed group says so, Escape ends": (world) =>
    editing(world, "/collections/team/?kind=agent", async ({ catalog, page }) => {
      await page.getByRole("button", { name: "Select", exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: /^Select all 10 that fit$/ }).focus();
      await page.keyboard.press("Enter");
      await selected(page, 10);
      await page.getByRole("link", { name: "Remove…" }).click();
      await dialog(page).getByText("They leave the group Agents, too").waitFor();
      await page.keyboard.press("Escape");
      await gone(page);
      await selected(page, 10);
      await page.goto(page.url().replace("?kind=agent", ""));
      await page.getByRole("button", { name: "Select", exact: true }).click();
      await page.locator('.card[data-id="local/skill/tool-000"] [data-pick]').check();
      await page.locator('.card[data-id="local/skill/tool-005"] [data-pick]').check();
      await page.locator(".picked-bar").getByRole("link", { name: "Manage groups…" }).click();
      await dialog(page).getByLabel("First").selectOption({ label: "None" });
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await gone(page);
      await holds(catalog, "collections/team/groups/first.yaml", "title: First\norder: 10\ncolor: blue\nmembers:\n  local/skill/tool-002: {rank: 10}\n  local/skill/tool-001: {rank: 20}\n");
      await page.getByRole("button", { name: "Select", exact: true }).click();
      await page.locator("[data-pick]").first().focus();
      await page.keyboard.press("Escape");
      is(await page.locator("[data-pick]").count(), 0, "boxes");
      is(await page.evaluate(() => document.activeElement.textContent), "Select", "the focus");
    }, { catalog: "many" }),
};
