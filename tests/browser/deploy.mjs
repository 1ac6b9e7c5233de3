// Deployments in the browser: a plan that is looked at, what is written then, and the way back.

import fs from "node:fs";
import path from "node:path";
import { axe, overflow, summary } from "./access.mjs";
import { dialog, editing, gone, holds, is, toast, until } from "./editing.mjs";

const PDF = "../nothing-yet/.claude/skills/pdf/SKILL.md";
const TIDY = "../data-pipeline/.claude/commands/tidy.md";
const REVIEWER = "../data-pipeline/.claude/agents/reviewer.md";
const HOOKS = "../nothing-yet/.claude/settings.json";
const PIPELINE = "/projects/data-pipeline/";

const source = {
  pdf: (catalog) => catalog.read("../vendor/skills/pdf/SKILL.md"),
  tidy: (catalog) => catalog.read("content/artifacts/commands/tidy.md"),
  reviewer: (catalog) => catalog.read("content/artifacts/agents/reviewer.md"),
};

async function accessible(page, what) {
  const complaints = [...(await axe(page)), ...(await overflow(page))];
  if (complaints.length > 0) throw new Error(`${what}: ${summary(complaints)}`);
}

const plan = (page) => dialog(page).locator(".plan");
const undo = (page) => page.locator(".toast").getByRole("button", { name: "Undo" }).last();

// Ways to press something: with the mouse, or where the focus is with a key.
const mouse = {
  press: (what) => what.click(),
  tick: (what) => what.click(),
  choose: (what, value) => what.selectOption({ label: value }),
};
const keys = {
  press: async (what) => { await reached(what); await what.press("Enter"); },
  tick: async (what) => { await reached(what); await what.press("Space"); },
  choose: async (what, value) => {
    await reached(what);
    await what.press(value[0]);
    await until(async () => (await what.evaluate((one) => one.selectedOptions[0].label)) === value, `${value} is not chosen`);
  },
};

// Tabs until something has the focus; in a dialog that is round and round.
async function reached(what) {
  const page = what.page();
  await what.waitFor();
  for (let n = 0; n < 150; n += 1) {
    if (await what.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("it is not reached with the keyboard");
}

// Deploys, updates and settles what diverged, and takes each back.
async function everything({ catalog, server, page }, by) {
  const named = (role, name) => dialog(page).getByRole(role, { name, exact: true });
  await by.press(page.getByRole("link", { name: "Deploy to new project…" }));
  await dialog(page).waitFor();
  await accessible(page, "the dialog");
  await by.tick(named("checkbox", "nothing-yet"));
  await by.press(named("button", "Show the plan"));
  await plan(page).getByText("added .claude/skills/pdf/SKILL.md").waitFor();
  await accessible(page, "a plan");
  is(fs.existsSync(path.join(catalog.root, PDF)), false, "written before it was agreed to");
  await by.press(named("button", "Deploy"));
  await gone(page);
  await holds(catalog, PDF, source.pdf(catalog));
  await page.locator("#deployments").getByRole("link", { name: "nothing-yet", exact: true }).waitFor();
  await by.press(undo(page));
  await holds(catalog, PDF, null);

  await page.goto(server.url + PIPELINE);
  await by.press(page.getByRole("link", { name: "Update… tidy" }));
  await plan(page).getByText("changed .claude/commands/tidy.md").waitFor();
  await by.press(named("button", "Update"));
  await gone(page);
  await holds(catalog, TIDY, source.tidy(catalog));
  await page.locator("tr", { hasText: "tidy" }).getByText("In sync").waitFor();
  await by.press(undo(page));
  await holds(catalog, TIDY, "Old.\n");

  await page.goto(server.url + PIPELINE);
  await by.press(page.getByRole("link", { name: "Resolve… reviewer" }));
  await plan(page).getByText("Needs a choice").waitFor();
  await accessible(page, "a choice");
  await by.choose(plan(page).locator("select"), "Take the source; the receipt keeps the old bytes");
  await by.press(named("button", "Show the plan"));
  await plan(page).getByText("changed .claude/agents/reviewer.md").waitFor();
  await by.press(named("button", "Update"));
  await gone(page);
  await holds(catalog, REVIEWER, source.reviewer(catalog));
  await page.locator(".timeline").first().waitFor();
  await accessible(page, "a project");
  await by.press(undo(page));
  await holds(catalog, REVIEWER, "Other.\n");

  const compare = "compare/?project=data-pipeline&path=.claude/agents/reviewer.md";
  const hooks = "deploy/?id=vendor/hook/kit:hooks&project=nothing-yet";
  for (const name of [compare, hooks, "receipts/?project=data-pipeline", "copies/"]) {
    await page.goto(`${server.url}/edit/${name}`);
    await accessible(page, name);
  }
}

export default {
  "an artifact is deployed, updated, settled and taken back with the mouse": (world) =>
    editing(world, "/a/vendor/skill/pdf/#deployments", (at) => everything(at, mouse)),

  "an artifact is deployed, updated, settled and taken back with the keyboard alone": (world) =>
    editing(world, "/a/vendor/skill/pdf/#deployments", (at) => everything(at, keys), { theme: "dark", width: 390 }),

  "what an agent would run is shown apart, and asked for again when a byte changed": (world) =>
    editing(world, "/edit/deploy/?id=vendor/hook/kit:hooks&project=nothing-yet", async ({ catalog, page, faults }) => {
      const runs = page.locator(".plan-runs");
      await runs.getByText("echo done").waitFor();
      const settings = '{"model": "x"}\n';
      catalog.write(HOOKS, settings);
      await page.getByRole("button", { name: "Deploy, and let 1 command run" }).click();
      await page.getByText("It is not as it was shown any more.").waitFor();
      is(catalog.read(HOOKS), settings, "nothing is written");
      await page.getByRole("button", { name: "Deploy, and let 1 command run" }).click();
      await until(() => /echo done/.test(catalog.read(HOOKS)), "it is not written");
      is(JSON.parse(catalog.read(HOOKS)).model, "x", "what was there");
      faults.splice(0, faults.length, ...faults.filter((fault) => !/\b409\b/.test(fault)));
    }, { scripts: false }),

  "without scripts several are updated, compared and rolled back": (world) =>
    editing(world, "/edit/compare/?project=data-pipeline&path=.claude/agents/reviewer.md", async ({ catalog, server, page }) => {
      await page.getByLabel("reviewer.md in the project").getByText("Other.").waitFor();
      await page.getByLabel("reviewer.md in the source").getByText("You review.").waitFor();
      await page.goto(`${server.url}/edit/copies/?project=data-pipeline`);
      await page.getByRole("checkbox", { name: /^tidy/ }).check();
      await page.getByRole("checkbox", { name: /^cut/ }).check();
      await page.getByRole("button", { name: "Update… in data-pipeline" }).click();
      await page.getByRole("button", { name: "Update", exact: true }).click();
      await page.waitForURL(/\/projects\/data-pipeline\/$/);
      await holds(catalog, TIDY, source.tidy(catalog));
      await page.getByRole("link", { name: "Timeline" }).click();
      await page.getByRole("link", { name: "Roll back to here… before all" }).click();
      await page.getByRole("button", { name: "Roll back" }).click();
      await page.waitForURL(/\/projects\/data-pipeline\/$/);
      await holds(catalog, TIDY, "Old.\n");
    }, { scripts: false }),
};
