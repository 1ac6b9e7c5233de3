// What dialogs refuse, keep and ask.

import { DOCUMENTS, TEAM, dialog, editing, gone, holds, is, toast } from "./editing.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.name);

export default {
  "a dialog that is left while it is fetched anew stays shut": (world) =>
    editing(world, "/collections/team/", async ({ page }) => {
      await page.getByRole("link", { name: "Reorder groups…" }).click();
      await dialog(page).waitFor();
      let go;
      const held = new Promise((done) => { go = done; });
      await page.route("**/edit/order-groups/**", async (route) => { await held; await route.continue(); });
      const asked = page.waitForRequest("**/edit/order-groups/**");
      const answered = page.waitForResponse("**/edit/order-groups/**");
      await dialog(page).getByRole("button", { name: "Down Documents" }).click();
      await asked;
      await page.keyboard.press("Escape");
      await gone(page);
      go();
      await (await answered).finished();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
      is(await page.locator("dialog[open]").count(), 0, "dialogs");
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

  "a server that was started again is told of, and what was typed is kept": (world) =>
    editing(world, "/collections/team/", async (at) => {
      const { catalog, page, faults } = at;
      await page.getByRole("link", { name: "New group…" }).click();
      await dialog(page).getByLabel("Title").fill("Kept");
      // As if the answer with the new token had not come yet.
      await page.evaluate(() => { document.documentElement.dataset.token = "0".repeat(64); });
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await toast(page, "This page is older than the server");
      await toast(page, "Nothing was changed. Copy what you typed, then reload.");
      is(await dialog(page).getByLabel("Title").inputValue(), "Kept", "what was typed");
      await page.getByRole("button", { name: "Reload the page" }).waitFor();
      // The page learns the token of the server that it hears of, and the same form goes through.
      await at.server.stop();
      await page.getByText(/Connection lost/).waitFor();
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await dialog(page).getByText("The server does not answer. Nothing was changed.").waitFor();
      at.server = await catalog.serve("--watch");
      await page.getByText(/Connection lost/).waitFor({ state: "hidden" });
      is(await dialog(page).getByLabel("Title").inputValue(), "Kept", "what was typed");
      await page.waitForFunction(() => Number(document.documentElement.dataset.token) !== 0);
      await dialog(page).getByRole("button", { name: "Create group" }).click();
      await gone(page);
      await holds(catalog, "collections/team/groups/kept.yaml", "title: Kept\norder: 30\n");
      faults.splice(0);
    }),
};
