// The forms as pages of their own: without scripts, accessible, at home on narrow screens.

import { axe, overflow, summary } from "./access.mjs";
import { validator } from "./markup.mjs";
import { DOCUMENTS, EMPTY, TEAM, dialog, editing, holds, is } from "./editing.mjs";

const FORMS = [
  "edit/collection/",
  "edit/collection/?collection=team",
  "edit/group/?collection=team",
  "edit/group/?collection=team&group=documents",
  "edit/delete-collection/?collection=team",
  "edit/delete-group/?collection=team&group=documents",
  "edit/order/",
  "edit/order-groups/?collection=team",
  "edit/move/?collection=team&from=documents&id=local/skill/report",
  "edit/move-group/?collection=team&group=documents",
  "edit/groups/?id=local/skill/report&collection=team",
  "edit/groups/?id=local/skill/report&id=local/skill/broken",
  "edit/collections/?id=local/skill/report&collection=team",
  "edit/remove/?id=local/skill/report&collection=team&group=documents",
  "edit/remove/?id=local/skill/report&collection=team",
];
const PAGES = [...FORMS, "edit/", "edit/select/?collection=team", "settings/", "settings/?confirm=clear", "api/", "collections/team/groups/"];

// Everything that is looked at while it is open, each as what to do first.
async function opened({ server, page, catalog }, look) {
  await page.goto(`${server.url}/collections/team/`);
  for (const form of FORMS) {
    await page.evaluate((url) => window.skillmeat.dialog(url), `/${form}`);
    await dialog(page).waitFor();
    await look(`dialog ${form}`);
    await page.keyboard.press("Escape");
  }
  await page.getByRole("link", { name: "New group…" }).click();
  await dialog(page).getByRole("button", { name: "Create group" }).click();
  await dialog(page).locator("#wrong-title").waitFor({ state: "visible" });
  await look("an empty title");
  await dialog(page).getByLabel("Title").fill("Half");
  await page.keyboard.press("Escape");
  await dialog(page).getByRole("button", { name: "Discard" }).waitFor();
  await look("a question before it is left");
  await dialog(page).getByRole("button", { name: "Discard" }).click();
  await page.evaluate(() => window.skillmeat.dialog("/edit/group/?collection=team&group=documents"));
  await dialog(page).getByLabel("Title").fill("Papers");
  catalog.write(DOCUMENTS, `# A line of theirs, and so long a line that something has to scroll for it to be read\n${catalog.read(DOCUMENTS)}`);
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog", { name: "Changed meanwhile" }).waitFor();
  await look("both versions");
  await page.getByRole("button", { name: "Keep the file on disk" }).click();
  await page.getByRole("button", { name: "Select", exact: true }).click();
  await page.locator("[data-pick]").first().check();
  await look("selecting");
  await page.locator('.card [data-menu]').first().click();
  await look("a menu");
}

async function eachOf(at, looks) {
  const complaints = [];
  // The HTML is as it came or, of what scripts made, as the browser writes it.
  const look = async (what, html) => {
    for (const one of looks) complaints.push(...(await one(at.page, html)).map((text) => `${what}: ${text}`));
  };
  for (const url of PAGES) {
    const answer = await at.page.goto(`${at.server.url}/${url}`);
    await look(url, await answer.text());
  }
  await opened(at, look);
  if (complaints.length) throw new Error(summary(complaints));
}

const cases = {};
for (const theme of ["light", "dark"]) {
  for (const width of [390, 1280]) {
    cases[`axe finds nothing on any form, setting and dialog, ${theme} at ${width} px`] = (world) =>
      editing(world, "/", (at) => eachOf(at, [axe]), { theme, width });
  }
}

export default {
  ...cases,

  "no form, setting or dialog scrolls sideways at 320 px, and the markup of each is valid": (world) => {
    // A name that is sent several times is a list; a menu is placed by its script; templates are blank
    // until a script fills them.
    const validate = validator({ "form-dup-name": "off", "no-inline-style": "off" });
    const markup = async (page, html) => validate((html ?? (await page.content())).replace(/<template[^]*?<\/template>/g, ""));
    return editing(world, "/", (at) => eachOf(at, [overflow, markup]), { width: 320, height: 640 });
  },

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
      await holds(catalog, EMPTY, "title: Empty\norder: 20\n");
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
