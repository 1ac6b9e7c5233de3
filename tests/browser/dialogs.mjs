// Every dialog twice, by mouse and by keyboard alone: it takes the focus, keeps it, gives it back to
// what opened it, and writes the same files.

import { DOCUMENTS, EMPTY, TEAM, changes, dialog, editing, gone, is, toast, until, wholeCatalog } from "./editing.mjs";

const TABS_MAX = 120;

const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

// A person with a mouse.
const mouse = (page) => ({
  press: (target) => target.click(),
  tick: (target) => target.click(),
  type: (field, text) => field.fill(text),
  choose: (select, label) => select.selectOption({ label }),
  send: (field, submit) => submit.click(),
  item: (name) => page.getByRole("menuitem", { name }).click(),
  undo: () => page.getByRole("button", { name: "Undo", exact: true }).click(),
  leave: () => dialog(page).locator("[data-cancel]").first().click(),
});

// A person without one.
function keyboard(page) {
  const keys = page.keyboard;
  const goTo = async (target, key) => {
    for (let n = 0; !(await isFocused(target)); n += 1) {
      if (n > TABS_MAX) throw new Error(`${key} does not lead to ${target}`);
      await keys.press(key);
    }
  };
  return {
    async press(target) {
      await goTo(target, "Tab");
      await keys.press(await target.evaluate((one) => (one.localName === "button" ? "Space" : "Enter")));
    },
    async tick(target) {
      // Of radio buttons, Tab leads to one and the arrows to the others.
      const name = await target.evaluate((one) => (one.type === "radio" ? one.name : ""));
      if (!name) await goTo(target, "Tab");
      else await goTo(dialog(page).locator(`input[name=${name}]:checked`), "Tab");
      if (name) await goTo(target, "ArrowDown"); else await keys.press("Space");
    },
    async type(field, text) {
      await goTo(field, "Tab");
      await keys.press("Control+a");
      await keys.type(text);
    },
    async choose(select, label) {
      await goTo(select, "Tab");
      await keys.type(label);
    },
    async send(field) {
      await goTo(field, "Tab");
      await keys.press("Enter");
    },
    async undo() {
      await keys.press("F6");
      await goTo(page.getByRole("button", { name: "Undo", exact: true }), "Tab");
      await keys.press("Enter");
    },
    async item(name) {
      await goTo(page.getByRole("menuitem", { name }), "ArrowDown");
      await keys.press("Enter");
    },
    leave: () => keys.press("Escape"),
  };
}

const button = (name) => (box) => box.getByRole("button", { name, exact: true });
const link = (name) => (page) => page.getByRole("main").getByRole("link", { name, exact: true }).first();
const menuOf = (id) => (page) => page.locator(`main .card[data-id="${id}"] [data-menu]`);
const grip = (slug, id) => (page) => page.locator(`.arranged[data-slug="${slug}"] ${id ? `.card[data-id="${id}"]` : ".group-tools"} .handle`);

const REPORT = "local/skill/report";
const PDF = "vendor/skill/pdf";
const WITH_REPORT = "title: Documents\norder: 10\nmembers:\n  local/skill/report: {rank: 10}\n";
const WITH_PDF = "title: Documents\norder: 10\nmembers:\n  vendor/skill/pdf: {rank: 20}\n";
const INTO_NEW = async (way, box) => {
  await way.press(box.locator("summary", { hasText: "New collection…" }));
  await way.type(box.getByLabel("Title of the new collection"), "Papers");
};

// Where it is, what opens it, what is done in it, what is said of it, which files are then what.
const DIALOGS = {
  "create a collection": {
    at: "collections/", opens: link("New collection…"),
    does: async (way, box) => {
      await way.type(box.getByLabel("Title"), "Tools");
      await way.type(box.getByLabel("Owner"), "ann");
      await way.press(button("Create collection")(box));
    },
    says: "Created collection Tools", leaves: { "collections/tools/collection.yaml": "title: Tools\nowner: ann\norder: 1010\n" },
  },
  "edit a collection": {
    at: "collections/team/", opens: link("Edit…"),
    does: async (way, box) => {
      await way.type(box.getByLabel("Description"), "What all use");
      await way.press(button("Save")(box));
    },
    says: /collection/, leaves: { [TEAM]: (text) => text.replace("What the team uses", "What all use") },
  },
  "delete a collection": {
    at: "collections/team/", opens: link("Delete…"), goes: /\/collections\/$/,
    does: (way, box) => way.press(button("Delete collection")(box)),
    says: "Deleted collection Team", leaves: { [TEAM]: null, [DOCUMENTS]: null, [EMPTY]: null },
  },
  "create a group": {
    at: "collections/team/", opens: link("New group…"),
    does: async (way, box) => {
      await way.type(box.getByLabel("Title"), "Writing");
      await way.type(box.getByLabel("Icon"), "pen");
      await way.tick(box.getByLabel("Teal"));
      await way.press(button("Create group")(box));
    },
    says: "Created group Writing", leaves: { "collections/team/groups/writing.yaml": "title: Writing\nicon: pen\ncolor: teal\norder: 30\n" },
  },
  "edit a group": {
    at: "collections/team/groups/empty/", opens: link("Edit…"),
    does: async (way, box) => {
      await way.type(box.getByLabel("Title"), "Drawer");
      await way.send(box.getByLabel("Title"), button("Save")(box));
    },
    says: /Drawer/, leaves: { [EMPTY]: "title: Drawer\norder: 20\n" },
  },
  "delete a group": {
    at: "collections/team/groups/empty/", opens: link("Delete…"), goes: /\/collections\/team\/groups\/$/,
    does: (way, box) => way.press(button("Delete group")(box)),
    says: "Deleted group Empty", leaves: { [EMPTY]: null },
  },
  "put groups in order": {
    at: "collections/team/", opens: link("Reorder groups…"), stays: true,
    does: (way, box) => way.press(button("Down Documents")(box)),
    says: /Documents/, leaves: { [DOCUMENTS]: (text) => text.replace("order: 10", "order: 30") },
  },
  "manage groups, with a new one in place": {
    at: "collections/team/", opens: menuOf(REPORT), item: "Manage groups…",
    does: async (way, box) => {
      await way.tick(box.getByLabel("Documents"));
      await way.tick(box.getByLabel("Empty"));
      await way.press(box.locator("summary", { hasText: "New group…" }));
      await way.type(box.getByLabel("Title of the new group"), "Reports");
      await way.press(button("Save")(box));
    },
    says: /report/,
    leaves: {
      [DOCUMENTS]: WITH_PDF, [EMPTY]: `title: Empty\norder: 20\nmembers:\n  ${REPORT}:\n`,
      "collections/team/groups/reports.yaml": `title: Reports\norder: 30\nmembers:\n  ${REPORT}:\n`,
    },
  },
  "manage groups from the page of an artifact": {
    at: `a/${REPORT}/`, opens: link("Manage groups…"),
    does: async (way, box) => {
      await way.tick(box.getByLabel("Documents"));
      await way.press(button("Save")(box));
    },
    says: /Documents/, leaves: { [DOCUMENTS]: WITH_PDF },
  },
  "add to a new collection": {
    at: `a/${REPORT}/`, opens: link("Add to collection…"),
    does: async (way, box) => { await INTO_NEW(way, box); await way.press(button("Add")(box)); },
    says: /Papers/, leaves: { "collections/papers/collection.yaml": `title: Papers\norder: 1010\npin:\n  ${REPORT}:\n` },
  },
  "copy to a new collection": {
    at: "collections/team/", opens: menuOf(REPORT), item: "Move or copy to collection…",
    does: async (way, box) => { await INTO_NEW(way, box); await way.press(button("Apply")(box)); },
    says: /Papers/, leaves: { "collections/papers/collection.yaml": `title: Papers\norder: 1010\npin:\n  ${REPORT}:\n` },
  },
  "move to a new collection": {
    at: "collections/team/", opens: menuOf(REPORT), item: "Move or copy to collection…", opener: "main",
    does: async (way, box) => {
      await way.tick(box.getByLabel(/^Move: it leaves/));
      await INTO_NEW(way, box);
      await way.press(button("Apply")(box));
    },
    says: /Papers/,
    leaves: {
      [DOCUMENTS]: WITH_PDF, [TEAM]: (text) => text.replace("views:", `exclude:\n  - ${REPORT}\nviews:`),
      "collections/papers/collection.yaml": `title: Papers\norder: 1010\npin:\n  ${REPORT}:\n`,
    },
  },
  "remove from a group": {
    at: "collections/team/groups/documents/", opens: menuOf(PDF), item: "Remove from this group…", opener: "main",
    does: (way, box) => way.press(button("Remove")(box)),
    says: "Removed pdf from Documents", leaves: { [DOCUMENTS]: WITH_REPORT },
  },
  "move a card by the form": {
    at: "collections/team/groups/", opens: grip("documents", PDF), opener: grip("empty", PDF),
    does: async (way, box) => {
      await way.choose(box.getByLabel("Group", { exact: true }), "Empty");
      await way.press(button("Move")(box));
    },
    says: "Moved pdf to Empty", leaves: { [DOCUMENTS]: WITH_REPORT, [EMPTY]: `title: Empty\norder: 20\nmembers:\n  ${PDF}:\n` },
  },
  "move a group by the form": {
    at: "collections/team/groups/", opens: grip("empty"),
    does: async (way, box) => {
      await way.choose(box.getByLabel("Place"), "Before Documents");
      await way.press(button("Move")(box));
    },
    says: /Empty/, leaves: { [EMPTY]: "title: Empty\norder: 0\n" },
  },
  "both versions of a file that changed": {
    at: "collections/team/groups/documents/", opens: link("Edit…"),
    does: async (way, box, { catalog, page }) => {
      await way.type(box.getByLabel("Title"), "Papers");
      catalog.write(DOCUMENTS, `# theirs\n${catalog.read(DOCUMENTS)}`);
      await way.press(button("Save")(box));
      const both = page.getByRole("dialog", { name: "Changed meanwhile" });
      await keepsFocus(page, both);
      await page.keyboard.press("Escape");
      await both.waitFor({ state: "detached" });
      is(await isFocused(button("Save")(box)), true, "the focus is where it was");
      await way.press(button("Save")(box));
      await way.press(button("Apply my change to it")(both));
    },
    says: /group/, leaves: { [DOCUMENTS]: (text) => `# theirs\n${text.replace("Documents", "Papers")}` },
    undone: { [DOCUMENTS]: (text) => `# theirs\n${text}` },
  },
};

// Tab leads through all of a dialog and, from its end, to the browser's own or its beginning: never to
// the page behind it. Shift+Tab leads back.
async function keepsFocus(page, box) {
  await box.waitFor();
  const where = () => box.evaluate((box) => {
    const active = document.activeElement;
    return box.contains(active) ? "in" : active === document.body ? "out" : active.outerHTML.slice(0, 80);
  });
  await page.waitForFunction(() => document.activeElement.closest("dialog[open]"));
  const first = await page.evaluateHandle(() => document.activeElement);
  const isFirst = () => first.evaluate((element) => element === document.activeElement);
  let n = 0;
  for (const key of ["Tab", "Shift+Tab"]) {
    do {
      await page.keyboard.press(key);
      const now = await where();
      if (now !== "in" && now !== "out") throw new Error(`${key} left the dialog for ${now}`);
      if ((n += 1) > TABS_MAX) throw new Error(`${key} never comes back`);
    } while (!(await isFirst()));
  }
  is(n > 2, true, "there is more than one to go to");
}

// A page that comes meanwhile has another in its place.
async function returned(page, opener) {
  await until(async () => (await opener.count()) === 1 && isFocused(opener), async () => {
    return `the focus is on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}`;
  });
}

async function goesThrough(at, person, one) {
  const { catalog, server, page } = at;
  const way = person(page);
  const before = wholeCatalog(catalog);
  await page.goto(`${server.url}/${one.at}`, { waitUntil: "load" });
  const opener = one.opens(page);
  const opens = async () => {
    await way.press(opener);
    if (one.item) await way.item(one.item);
    await dialog(page).waitFor();
  };
  await opens();
  // It does not matter to it who opened it.
  if (person === keyboard) await keepsFocus(page, dialog(page));
  await way.leave();
  await gone(page);
  is(await isFocused(opener), true, "the focus came back to what opened it");
  is(JSON.stringify(changes(catalog, before)), "{}", "nothing is written");
  await opens();
  await one.does(way, dialog(page), at);
  await toast(page, one.says);
  if (one.stays) {
    await page.waitForFunction(() => document.activeElement.closest("dialog[open]"));
    await way.leave();
  }
  if (one.goes) await page.waitForURL(one.goes);
  else {
    await gone(page);
    const back = one.opener === "main" ? page.locator("main") : (one.opener ?? one.opens)(page);
    await returned(page, back);
  }
  const wanted = (files) => JSON.stringify(Object.fromEntries(
    Object.entries(files).sort().map(([file, text]) => [file, typeof text === "function" ? text(before[file]) : text])), null, 1);
  const found = () => JSON.stringify(changes(catalog, before), null, 1);
  is(found(), wanted(one.leaves), "the files");
  await way.undo();
  await until(() => found() === wanted(one.undone ?? {}), "undo gives the files back");
}

const cases = {};
for (const [who, person] of [["by mouse", mouse], ["by keyboard alone", keyboard]]) {
  cases[`every dialog ${who}: the focus goes in, stays and comes back, and the files are written`] = (world) =>
    editing(world, "/", async (at) => {
      for (const [name, one] of Object.entries(DIALOGS)) {
        await goesThrough(at, person, one).catch((error) => { throw new Error(`${name}: ${error.message}`); });
      }
    }, { height: 1600 });
}

cases["the cache is cleared after a question, by keyboard alone and by mouse"] = (world) =>
  editing(world, "/settings/", async ({ page, server }) => {
    const way = keyboard(page);
    const settings = new RegExp(`^${server.url}/settings/(#.*)?$`);
    await way.press(link("Clear…")(page));
    await page.waitForURL(/confirm=clear/);
    await way.press(link("Keep it")(page));
    await page.waitForURL(settings);
    for (const person of [mouse, keyboard]) {
      await person(page).press(link("Clear…")(page));
      await page.waitForURL(/confirm=clear/);
      await page.getByRole("heading", { name: "Clear the cache?" }).waitFor();
      await person(page).press(button("Clear the cache")(page));
      await page.waitForURL(settings);
      is(await page.getByRole("heading", { name: "Clear the cache?" }).count(), 0, "questions");
    }
    await page.goto(`${server.url}/collections/team/`);
    await page.getByText("Writes a weekly report").first().waitFor();
  });

export default cases;
