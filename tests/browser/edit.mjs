// The forms as pages of their own: without scripts, accessible, at home on narrow screens.

import { axe, overflow, summary } from "./access.mjs";
import { DOCUMENTS, EMPTY, TEAM, dialog, editing, holds, is } from "./editing.mjs";

const FORMS = [
  "",
  "collection/",
  "collection/?collection=team",
  "group/?collection=team",
  "group/?collection=team&group=documents",
  "delete-collection/?collection=team",
  "delete-group/?collection=team&group=documents",
  "order/",
  "order-groups/?collection=team",
  "groups/?id=local/skill/report&collection=team",
  "groups/?id=local/skill/report&id=local/skill/broken",
  "collections/?id=local/skill/report&collection=team",
  "remove/?id=local/skill/report&collection=team&group=documents",
  "remove/?id=local/skill/report&collection=team",
  "select/?collection=team",
];

const cases = {};
for (const theme of ["light", "dark"]) {
  for (const width of [390, 1280]) {
    cases[`axe finds nothing on any form and dialog, ${theme} at ${width} px`] = (world) =>
      editing(world, "/collections/team/", async ({ server, page }) => {
        const complaints = [];
        for (const form of FORMS) {
          await page.goto(`${server.url}/edit/${form}`);
          for (const complaint of await axe(page)) complaints.push(`/edit/${form}: ${complaint}`);
        }
        await page.goto(`${server.url}/collections/team/`);
        for (const form of FORMS.slice(1, -1)) {
          await page.evaluate((url) => window.skillmeat.dialog(url), `/edit/${form}`);
          await dialog(page).waitFor();
          for (const complaint of await axe(page)) complaints.push(`dialog ${form}: ${complaint}`);
          await page.keyboard.press("Escape");
        }
        await page.getByRole("button", { name: "Select", exact: true }).click();
        await page.locator("[data-pick]").first().check();
        for (const complaint of await axe(page)) complaints.push(`selecting: ${complaint}`);
        if (complaints.length) throw new Error(summary(complaints));
      }, { theme, width });
  }
}

export default {
  ...cases,

  "no form and no dialog scrolls sideways at 320 px": (world) =>
    editing(world, "/collections/team/", async ({ server, page }) => {
      const complaints = [];
      for (const form of FORMS) {
        await page.goto(`${server.url}/edit/${form}`);
        for (const complaint of await overflow(page)) complaints.push(`/edit/${form}: ${complaint}`);
      }
      if (complaints.length) throw new Error(summary(complaints));
    }, { width: 320 }),

  "without scripts collections and groups are made, refused, edited, placed, deleted and undone": (world) =>
    editing(world, "/collections/", async ({ catalog, page }) => {
      await page.getByRole("link", { name: "New collection…" }).first().click();
      await page.getByRole("button", { name: "Create collection" }).click();
      is(await page.getByLabel("Title").getAttribute("aria-invalid"), "true", "an empty title");
      await page.getByLabel("Description").fill("Kept");
      await page.getByLabel("Title").fill("TEAM");
      await page.getByRole("button", { name: "Create collection" }).click();
      is(await page.getByLabel("Title").inputValue(), "TEAM", "what was typed");
      is(await page.getByLabel("Description").inputValue(), "Kept", "what was typed");
      await page.getByLabel("Title").fill("Extra");
      await page.getByRole("button", { name: "Create collection" }).click();
      await page.waitForURL(/\/collections\/extra\/$/);
      const EXTRA = "collections/extra/collection.yaml";
      await holds(catalog, EXTRA, "title: Extra\ndescription: Kept\norder: 1010\n");
      await page.getByRole("link", { name: "New group…" }).click();
      await page.getByLabel("Title").fill("First");
      await page.getByRole("button", { name: "Create group" }).click();
      await holds(catalog, "collections/extra/groups/first.yaml", "title: First\norder: 10\n");
      await page.goto(new URL("/edit/order/", page.url()).href);
      await page.getByRole("button", { name: "Up Extra" }).click();
      await page.waitForURL(/\/edit\/order\/$/);
      const order = await page.locator(".form-order li > span").allTextContents();
      is(order.join(), "Team,local,Extra,vendor", "the order");
      const placed = catalog.read(EXTRA);
      await page.goto(new URL("/edit/delete-collection/?collection=extra", page.url()).href);
      await page.getByRole("button", { name: "Delete collection" }).click();
      await page.waitForURL(/\/collections\/$/);
      await holds(catalog, EXTRA, null);
      await page.goto(new URL("/edit/", page.url()).href);
      await page.getByRole("button", { name: "Undo Deleted collection Extra" }).click();
      await holds(catalog, EXTRA, placed);
      await holds(catalog, "collections/extra/groups/first.yaml", "title: First\norder: 10\n");
    }, { scripts: false }),

  "without scripts several artifacts are chosen, grouped, copied and removed": (world) =>
    editing(world, "/collections/team/", async ({ catalog, page }) => {
      const choose = async (what) => {
        await page.goto(new URL("/edit/select/?collection=team", page.url()).href);
        await page.getByRole("checkbox", { name: /^report/ }).check();
        await page.getByRole("checkbox", { name: /^broken/ }).check();
        await page.getByRole("button", { name: what }).click();
      };
      await page.goto(new URL("/edit/select/?collection=team", page.url()).href);
      is(await page.locator("label", { hasText: "pdf" }).locator(".count").innerText(), "Documents", "where it is");
      await page.getByRole("button", { name: "Manage groups…" }).click();
      await page.getByText("Choose at least one artifact.").waitFor();
      await choose("Manage groups…");
      await page.getByLabel("Empty").check();
      await page.getByLabel("Documents").selectOption({ label: "None" });
      await page.getByRole("button", { name: "Save" }).click();
      await page.waitForURL(/\/collections\/team\/$/);
      await holds(catalog, EMPTY, "title: Empty\norder: 20\nmembers:\n  local/skill/broken:\n  local/skill/report:\n");
      await holds(catalog, DOCUMENTS, "title: Documents\norder: 10\nmembers:\n  vendor/skill/pdf: {rank: 20}\n");
      await choose("Move or copy to collection…");
      await page.getByText("New collection…").click();
      await page.getByLabel("Title of the new collection").fill("Both");
      await page.getByRole("button", { name: "Apply" }).click();
      await holds(catalog, "collections/both/collection.yaml", "title: Both\norder: 1010\npin:\n  local/skill/broken:\n  local/skill/report:\n");
      await choose("Remove…");
      await page.getByRole("button", { name: "Remove" }).click();
      await holds(catalog, EMPTY, "title: Empty\norder: 20\nmembers:\n");
      is(catalog.read(TEAM).includes("exclude"), true, "they are kept out");
    }, { scripts: false }),

  "without scripts a file that changed meanwhile is shown in both versions": (world) =>
    editing(world, "/edit/group/?collection=team&group=documents", async ({ catalog, page }) => {
      await page.getByLabel("Title").fill("Papers");
      const theirs = `# theirs\n${catalog.read(DOCUMENTS)}`;
      catalog.write(DOCUMENTS, theirs);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("heading", { name: "Changed meanwhile" }).waitFor();
      await page.getByText("# theirs").first().waitFor();
      is(catalog.read(DOCUMENTS), theirs, "nothing is written");
      await page.getByRole("button", { name: "Apply my change to it" }).click();
      await holds(catalog, DOCUMENTS, theirs.replace("Documents", "Papers"));
    }, { scripts: false }),

  "what is not there has no form, and nobody is sent off the site": (world) =>
    editing(world, "/collections/", async ({ server, faults }) => {
      for (const form of ["nothing/", "group/?collection=none", "group/?collection=team&group=none", "groups/?id=no/skill/such"]) {
        is((await fetch(`${server.url}/edit/${form}`)).status, 404, form);
      }
      const page = await (await fetch(`${server.url}/edit/`)).text();
      const token = /data-token="([^"]+)"/.exec(page)[1];
      for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
        const body = new URLSearchParams({ token, action: "refresh-cancel", next });
        const answer = await fetch(`${server.url}/edit`, { method: "POST", body, redirect: "manual" });
        is(answer.headers.get("location"), "/", next);
      }
      faults.length = 0;
    }),
};
