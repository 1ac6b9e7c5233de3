// Dialogs that edit the catalog: by mouse and by keyboard, with what they write to the files.

import { DOCUMENTS, EMPTY, TEAM, dialog, editing, gone, holds, is, toast } from "./editing.mjs";

const GROUP = (title, more = "", order = 30) => `title: ${title}\n${more}order: ${order}\n`;

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.name);

export default {
  "a collection is made, edited and deleted in dialogs, and each is undone": (world) =>
    editing(world, "/collections/", async ({ catalog, page }) => {
      const NEW = "collections/tools-tips/collection.yaml";
      await page.getByRole("link", { name: "New collection…" }).first().click();
      await dialog(page).getByLabel("Title").fill("Tools tips");
      await dialog(page).getByLabel("Owner").fill("ann");
      await dialog(page).getByRole("button", { name: "Create collection" }).click();
      await toast(page, "Created collection Tools tips");
      await gone(page);
      await holds(catalog, NEW, "title: Tools tips\nowner: ann\norder: 1010\n");
      await page.getByRole("link", { name: "Tools tips", exact: true }).click();
      await page.getByRole("link", { name: "Edit…", exact: true }).click();
      await dialog(page).getByLabel("Title").fill("Tips");
      await dialog(page).getByLabel("Title").press("Enter");
      await toast(page, /collection/);
      await holds(catalog, NEW, "title: Tips\nowner: ann\norder: 1010\n");
      await page.getByRole("heading", { name: "Tips", level: 1 }).waitFor();
      await page.getByRole("button", { name: "Undo" }).first().click();
      await holds(catalog, NEW, "title: Tools tips\nowner: ann\norder: 1010\n");
      await page.getByRole("link", { name: "Delete…" }).click();
      await dialog(page).getByText("collections/tools-tips/collection.yaml").waitFor();
      await dialog(page).getByRole("button", { name: "Delete collection" }).click();
      await toast(page, "Deleted collection Tools tips");
      await page.waitForURL(/\/collections\/$/);
      await holds(catalog, NEW, null);
      await page.getByRole("button", { name: "Undo" }).click();
      await holds(catalog, NEW, "title: Tools tips\nowner: ann\norder: 1010\n");
    }),

  "a group is made with a colour, edited and deleted by keyboard alone, and the focus comes back": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      const NEW = "collections/team/groups/writing.yaml";
      await page.getByRole("link", { name: "New group…" }).focus();
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      is(await page.evaluate(() => document.activeElement.name), "title", "where typing begins");
      await page.keyboard.type("Writing");
      await dialog(page).getByLabel("Icon").focus();
      await page.keyboard.type("pen");
      await dialog(page).getByLabel("Teal").focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Enter");
      await toast(page, "Created group Writing");
      await holds(catalog, NEW, GROUP("Writing", "icon: pen\ncolor: teal\n"));
      await page.waitForFunction(() => document.activeElement.textContent.includes("New group…"));
      await page.goto(page.url() + "groups/writing/");
      await page.getByRole("link", { name: "Edit…", exact: true }).focus();
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      await page.keyboard.type("Letters");
      await page.keyboard.press("Enter");
      await holds(catalog, NEW, GROUP("Letters", "icon: pen\ncolor: teal\n"));
      await gone(page);
      await page.getByRole("link", { name: "Delete…" }).focus();
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      await dialog(page).getByRole("button", { name: "Delete group" }).focus();
      await page.keyboard.press("Enter");
      await holds(catalog, NEW, null);
    }),

  "messages stand beside the fields, what was typed stays, Escape asks first": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      await page.getByRole("link", { name: "New group…" }).click();
      const title = dialog(page).getByLabel("Title");
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await dialog(page).locator("#wrong-title").waitFor({ state: "visible" });
      is(await title.getAttribute("aria-invalid"), "true", "aria-invalid");
      is(await page.evaluate(() => document.activeElement.name), "title", "the focus");
      await title.fill("DOCUMENTS");
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await dialog(page).getByText(/already/).first().waitFor();
      is(await title.inputValue(), "DOCUMENTS", "what was typed");
      await title.fill("x".repeat(256));
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await dialog(page).getByText(/255/).first().waitFor();
      await page.keyboard.press("Escape");
      await dialog(page).getByRole("button", { name: "Keep editing" }).click();
      is(await title.inputValue(), "x".repeat(256), "what was typed");
      await page.keyboard.press("Escape");
      await dialog(page).getByRole("button", { name: "Discard" }).click();
      await gone(page);
      is(await focused(page), "New group…", "the focus");
      await holds(catalog, DOCUMENTS, "title: Documents\norder: 10\nmembers:\n  local/skill/report: {rank: 10}\n  vendor/skill/pdf: {rank: 20}\n");
    }),

  "groups and collections are put in order": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      await page.getByRole("link", { name: "Reorder groups…" }).click();
      await dialog(page).getByRole("button", { name: "Down Documents" }).click();
      await toast(page, /Documents/);
      await holds(catalog, DOCUMENTS, "title: Documents\norder: 30\nmembers:\n  local/skill/report: {rank: 10}\n  vendor/skill/pdf: {rank: 20}\n");
      await page.waitForFunction(() => document.querySelector("dialog[open] li").textContent.includes("Empty"));
      await dialog(page).getByRole("link", { name: "Done" }).click();
      await gone(page);
    }),

  "from the menu of a card its groups are managed, with a new one in place": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      const card = page.locator('.card[data-id="local/skill/report"]');
      await card.locator("[data-menu]").click();
      await page.getByRole("menuitem", { name: "Manage groups…" }).click();
      await dialog(page).getByLabel("Documents").uncheck();
      await dialog(page).getByLabel("Empty").check();
      await dialog(page).getByText("New group…").click();
      await dialog(page).getByLabel("Title of the new group").fill("Reports");
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await gone(page);
      await holds(catalog, DOCUMENTS, "title: Documents\norder: 10\nmembers:\n  vendor/skill/pdf: {rank: 20}\n");
      await holds(catalog, EMPTY, "title: Empty\norder: 20\nmembers:\n  local/skill/report:\n");
      await holds(catalog, "collections/team/groups/reports.yaml", "title: Reports\norder: 30\nmembers:\n  local/skill/report:\n");
      await page.waitForFunction(() => document.activeElement.matches('[data-id="local/skill/report"] [data-menu]'));
      await page.getByRole("button", { name: "Undo" }).first().click();
      await holds(catalog, EMPTY, "title: Empty\norder: 20\n");
      await holds(catalog, "collections/team/groups/reports.yaml", null);
    }),

  "an artifact is copied to a new collection, moved, and removed": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      const menu = async (item) => {
        await page.locator('.card[data-id="vendor/skill/pdf"] [data-menu]').click();
        await page.getByRole("menuitem", { name: item }).click();
        await dialog(page).waitFor();
      };
      await menu("Move or copy to collection…");
      await dialog(page).getByRole("button", { name: "Apply" }).click();
      await dialog(page).getByText("Choose a collection").first().waitFor();
      await dialog(page).getByText("New collection…").click();
      await dialog(page).getByLabel("Title of the new collection").fill("Papers");
      await dialog(page).getByRole("button", { name: "Apply" }).click();
      await gone(page);
      await holds(catalog, "collections/papers/collection.yaml", "title: Papers\norder: 1010\npin:\n  vendor/skill/pdf:\n");
      const team = catalog.read(TEAM);
      await menu("Remove from this collection…");
      await dialog(page).getByText("It leaves the group Documents, too").waitFor();
      await dialog(page).getByRole("button", { name: "Remove" }).click();
      await gone(page);
      await holds(catalog, DOCUMENTS, "title: Documents\norder: 10\nmembers:\n  local/skill/report: {rank: 10}\n");
      await page.locator('.card[data-id="vendor/skill/pdf"]').waitFor({ state: "detached" });
      await toast(page, "Removed pdf from Team");
      await page.getByRole("button", { name: "Undo" }).last().click();
      await holds(catalog, TEAM, team);
    }),

  "a file that changed meanwhile opens both versions, and both ways out lose nothing": (world) =>
    editing(world, "/collections/team/groups/documents/", async ({ catalog, page }) => {
      const before = catalog.read(DOCUMENTS);
      const rename = async (title) => {
        await page.getByRole("link", { name: "Edit…", exact: true }).click();
        await dialog(page).getByLabel("Title").fill(title);
        const now = `# seen by nobody, ${title}\n${catalog.read(DOCUMENTS)}`;
        catalog.write(DOCUMENTS, now);
        await dialog(page).getByRole("button", { name: "Save" }).click();
        await page.getByRole("heading", { name: "Changed meanwhile" }).waitFor();
        is(catalog.read(DOCUMENTS), now, "nothing is written");
        return now;
      };
      const one = await rename("Papers");
      await dialog(page).getByRole("button", { name: "Keep the file on disk" }).click();
      await gone(page);
      is(catalog.read(DOCUMENTS), one, "theirs");
      const two = await rename("Letters");
      await page.keyboard.press("Escape");
      is(await dialog(page).getByLabel("Title").inputValue(), "Letters", "what was typed");
      await dialog(page).getByRole("button", { name: "Save" }).click();
      await dialog(page).getByRole("button", { name: "Apply my change to it" }).click();
      await toast(page, /group/);
      await holds(catalog, DOCUMENTS, two.replace("title: Documents", "title: Letters"));
      await page.getByRole("button", { name: "Undo" }).first().click();
      await holds(catalog, DOCUMENTS, two);
      is(two.endsWith(before), true, "what was there");
    }),
};
