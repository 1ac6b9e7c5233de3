// Arranging a collection by hand: with the mouse, a finger and keys, against the files on disk.

import fs from "node:fs";
import path from "node:path";
import { arranged } from "./arranged.mjs";
import { axe, overflow, summary } from "./access.mjs";
import { open } from "./browse.mjs";
import { carried } from "./frames.mjs";
import { same } from "./visit.mjs";

const GROUPS = "/collections/team/groups/";
const SETTLES_MS_MAX = 20_000;

// A small collection of three groups that differ in what they are made of.
function small(binary) {
  const catalog = arranged(binary, 0, 4, 0);
  const names = ["a", "b", "c", "d", "e", "f"];
  for (const name of names) {
    const text = `---\nname: ${name}\ndescription: The ${name}\n---\n\n# It\n`;
    catalog.write(`content/artifacts/skills/${name}/SKILL.md`, text);
  }
  catalog.write("collections/team/groups/one.yaml", ONE);
  catalog.write("collections/team/groups/two.yaml", TWO);
  catalog.write("collections/team/groups/three.yaml", "title: Three\norder: 30\n");
  catalog.run("sync");
  return catalog;
}

const ONE = `# What comes first.
title: One
order: 10
members:
  local/skill/a: {rank: 10} # the first
  local/skill/b: {rank: 20}
  local/skill/c: {rank: 30}
`;
const TWO = `title: "Two"
order: 20

members:
  local/skill/d: {rank: 10}
  local/skill/e: {rank: 20}
`;

// A served catalog and a page open on its groups.
async function on(world, look, options = {}) {
  const catalog = (options.catalog ?? small)(world.binary);
  const server = await catalog.serve("--watch");
  // All of it is in view, so that nothing scrolls while something is held at an edge.
  const tab = await open(await world.browser(), server.url, { height: 1600, ...options });
  try {
    await tab.page.goto(server.url + (options.url ?? GROUPS), { waitUntil: "load" });
    await look({ catalog, server, page: tab.page, faults: tab.faults });
    if (tab.faults.length > 0) throw new Error(summary(tab.faults));
  } finally {
    await tab.close();
    await server.stop();
    catalog.remove();
  }
}

const yaml = (catalog, group) => catalog.read(`collections/team/groups/${group}.yaml`);
const files = (catalog) => {
  const folder = path.join(catalog.root, "collections/team/groups");
  const texts = fs.readdirSync(folder).sort().map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]);
  return Object.fromEntries(texts);
};

// The groups as the page shows them: each with the names of its cards.
const shown = (page) =>
  page.evaluate(() => {
    const groups = [...document.querySelectorAll(".arranged")];
    return groups.map((group) => [
      group.dataset.slug,
      [...group.querySelectorAll(".card")].map((card) => card.dataset.id.split("/")[2]),
    ]);
  });
const members = async (page, slug) => Object.fromEntries(await shown(page))[slug];
const settled = (page) =>
  page.waitForFunction(() => document.querySelector("[data-arrange]:not([aria-busy=true])"), null, {
    timeout: SETTLES_MS_MAX,
  });

const section = (page, slug) => page.locator(`.arranged[data-slug="${slug}"]`);
const card = (page, slug, name) => section(page, slug).locator(`.card[data-id$="/${name}"]`);
const handle = (page, slug, name) => card(page, slug, name).locator(".handle");
// A point of an element, again while the page takes another in its place.
async function point(locator, x, y, isShown) {
  for (;;) {
    const box = await locator.evaluate((element, isShown) => {
      if (isShown) element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height };
    }, isShown);
    if (box.width > 0) return [box.left + box.width * x, box.top + box.height * y];
  }
}
const middle = (locator) => point(locator, 0.5, 0.5, true);
// At the left or right edge of a card.
const side = (locator, share) => point(locator, share, share < 0.5 ? 0.3 : 0.7, false);

async function lift(page, locator) {
  const [x, y] = await middle(locator);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 4);
  await page.locator(".drag-ghost").waitFor();
}

async function carry(page, [x, y]) {
  await page.mouse.move(x, y, { steps: 3 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function drag(page, from, to) {
  await lift(page, from);
  await carry(page, await to());
  await page.mouse.up();
}

// What moving means, told once more in few words: groups are lists of names, with how many of the
// first have ranks; the others follow by name.
export class Model {
  constructor(groups, all) {
    this.groups = groups.map(([slug, names]) => ({ slug, names: [...names], ranked: names.length }));
    this.all = [...all].sort();
  }

  of(slug) {
    return this.groups.find((group) => group.slug === slug);
  }

  get loose() {
    return this.all.filter((name) => !this.groups.some((group) => group.names.includes(name)));
  }

  shown() {
    return [...this.groups.map((group) => [group.slug, group.names]), ["", this.loose]];
  }

  remove(slug, name) {
    const group = this.of(slug);
    const at = group?.names.indexOf(name) ?? -1;
    if (at < 0) return;
    group.names.splice(at, 1);
    if (at < group.ranked) group.ranked -= 1;
  }

  // To the place `at` among those that stay, or, without it, where a name without a rank stands.
  move(name, from, to, at) {
    this.remove(from, name);
    if (!to) return;
    const group = this.of(to);
    if (at === undefined && group.names.includes(name)) return;
    this.remove(to, name);
    if (at === undefined) {
      const tail = group.names.slice(group.ranked);
      at = group.ranked + tail.filter((other) => other < name).length;
    } else group.ranked = Math.max(group.ranked, at) + 1;
    group.names.splice(at, 0, name);
  }

  place(slug, before) {
    const group = this.of(slug);
    this.groups.splice(this.groups.indexOf(group), 1);
    const at = before ? this.groups.indexOf(this.of(before)) : this.groups.length;
    this.groups.splice(at, 0, group);
  }
}

// The same numbers for the same seed.
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

// How many have ranks depends on which keys were written in one, and on what needs none: it does not
// show, but it is felt by what is put into a group without a place.
async function ranked(page, model) {
  await settled(page);
  for (const group of model.groups) {
    const found = section(page, group.slug).locator(".group-section");
    group.ranked = Number(await found.getAttribute("data-ranked"));
  }
}

// One thing that a person may do, to the page and to the model.
async function act(page, model, random) {
  const lists = model.shown().filter(([, names]) => names.length > 0);
  const [from, names] = lists[random(lists.length)];
  const name = names[random(names.length)];
  const what = random(10);
  if (what < 4) {
    // Dragged to a place of a group.
    const targets = model.groups.filter((group) => group.names.some((other) => other !== name));
    const to = targets[random(targets.length)];
    const stays = to.names.filter((other) => other !== name);
    const by = stays[random(stays.length)];
    const isAfter = random(2) === 1;
    await drag(page, handle(page, from, name), () => side(card(page, to.slug, by), isAfter ? 0.95 : 0.05));
    const isThere = from === to.slug && to.names[to.names.indexOf(name) + (isAfter ? -1 : 1)] === by;
    if (!isThere) model.move(name, from, to.slug, stays.indexOf(by) + (isAfter ? 1 : 0));
    return `drag ${name} from ${from || "-"} ${isAfter ? "after" : "before"} ${by} in ${to.slug}`;
  }
  if (what < 6) {
    // Dragged onto a heading.
    const others = model.shown().map(([slug]) => slug).filter((slug) => slug !== from);
    const to = others[random(others.length)];
    await ranked(page, model);
    await drag(page, handle(page, from, name), () => middle(section(page, to).locator("summary")));
    model.move(name, from, to);
    return `drag ${name} from ${from || "-"} onto ${to || "-"}`;
  }
  if (what < 9) {
    // Some keys, quickly.
    const isAcross = random(3) === 0;
    if (isAcross) await ranked(page, model);
    await handle(page, from, name).focus();
    let here = from;
    const n = isAcross ? 1 : 1 + random(5);
    const pressed = [];
    for (let key = 0; key < n; key += 1) {
      const isDown = random(2) === 1;
      const slugs = model.shown().map(([slug]) => slug);
      pressed.push(`${isAcross ? "across" : "along"} ${isDown ? 1 : -1}`);
      await page.keyboard.press(`Alt+${isAcross ? (isDown ? "PageDown" : "PageUp") : isDown ? "ArrowDown" : "ArrowUp"}`);
      if (isAcross) {
        const to = slugs[slugs.indexOf(here) + (isDown ? 1 : -1)];
        if (to === undefined) continue;
        model.move(name, here, to);
        here = to;
      } else if (here) {
        const names = model.of(here).names;
        const at = names.indexOf(name) + (isDown ? 1 : -1);
        if (at >= 0 && at < names.length) model.move(name, here, here, at);
      }
    }
    return `keys on ${name} in ${from || "-"}: ${pressed.join(", ")}`;
  }
  const group = model.groups[random(model.groups.length)];
  const at = model.groups.indexOf(group);
  await section(page, group.slug).locator(".group-tools .handle").focus();
  await page.keyboard.press(at > 0 ? "Alt+ArrowUp" : "Alt+ArrowDown");
  model.place(group.slug, at > 0 ? model.groups[at - 1].slug : model.groups[2]?.slug);
  return `move group ${group.slug}`;
}

// Takes edits back, the last first.
async function undoAll(page, server, ids) {
  const token = await page.evaluate(() => document.documentElement.dataset.token);
  for (const id of ids.reverse()) {
    const headers = { "content-type": "application/json", "x-skillmeat-token": token };
    const answer = await fetch(`${server.url}/api/v1/undo`, { method: "POST", headers, body: JSON.stringify({ id }) });
    same(answer.status, 200, `undo of ${id}`);
  }
}

// The collection as others read it.
function listed(catalog) {
  const all = JSON.parse(catalog.run("list", "--json")).artifacts;
  catalog.run("build", "--offline");
  const file = path.join(catalog.public, "api/v1/collections/team.json");
  const collection = JSON.parse(fs.readFileSync(file, "utf8"));
  return { all, collection };
}

export default {
  "a card is dragged into another group, and its files change by a line each": (world) =>
    on(world, async ({ page, catalog }) => {
      await drag(page, handle(page, "one", "b"), () => side(card(page, "two", "e"), 0.1));
      same(await shown(page), [["one", ["a", "c"]], ["two", ["d", "b", "e"]], ["three", []], ["", ["f", "loose-0", "loose-1", "loose-2", "loose-3"]]], "at once");
      await settled(page);
      same(yaml(catalog, "one"), ONE.replace("  local/skill/b: {rank: 20}\n", ""), "one.yaml");
      same(yaml(catalog, "two"), TWO.replace("  local/skill/d", "  local/skill/b: {rank: 15}\n  local/skill/d"), "two.yaml");
      same(await section(page, "one").locator("summary .count").innerText(), "2", "count of One");
      await page.getByText("Moved b to Two").first().waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".arranged[data-slug=one] .card").length === 3);
      same([yaml(catalog, "one"), yaml(catalog, "two")], [ONE, TWO], "what undo leaves");
    }),

  "a card is dragged inside its group": (world) =>
    on(world, async ({ page, catalog }) => {
      await drag(page, handle(page, "one", "c"), () => side(card(page, "one", "a"), 0.1));
      same(await members(page, "one"), ["c", "a", "b"], "at once");
      await settled(page);
      same(await members(page, "one"), ["c", "a", "b"], "once it is in the file");
      same(yaml(catalog, "one").split("\n").filter((line) => !ONE.includes(line)).length, 1, "changed lines");
    }),

  "a card is dragged out of its group, into an empty one and onto what is folded or listed": (world) =>
    on(world, async ({ page }) => {
      await drag(page, handle(page, "one", "a"), () => middle(section(page, "").locator("summary")));
      await settled(page);
      same(await members(page, ""), ["a", "f", "loose-0", "loose-1", "loose-2", "loose-3"], "Ungrouped");
      await drag(page, handle(page, "", "f"), () => middle(section(page, "three").locator(".empty")));
      await settled(page);
      same(await members(page, "three"), ["f"], "what was empty");
      await section(page, "two").locator("summary").click();
      await drag(page, handle(page, "one", "b"), () => middle(section(page, "two").locator("summary")));
      await settled(page);
      same(await members(page, "two"), ["d", "e", "b"], "what was folded");
      await drag(page, handle(page, "one", "c"), () => middle(page.locator("[data-here=group] a").nth(2)));
      await settled(page);
      same(await members(page, "three"), ["c", "f"], "what the list beside names");
      same(await section(page, "one").locator(".empty").innerText(), "This group is empty. Drag something into it, or press its grip and choose this group.", "what is left");
    }),

  "Escape and a drop outside leave all as it is": (world) =>
    on(world, async ({ page, catalog }) => {
      const before = [await shown(page), files(catalog)];
      let writes = 0;
      page.on("request", (request) => { writes += request.method() === "GET" ? 0 : 1; });
      await lift(page, handle(page, "one", "a"));
      await carry(page, await side(card(page, "two", "e"), 0.9));
      await page.keyboard.press("Escape");
      await page.mouse.up();
      same(await page.locator(".drag-ghost, .drag-mark, .is-dragged").count(), 0, "traces");
      await drag(page, handle(page, "one", "a"), async () => [640, 20]);
      await drag(page, handle(page, "one", "a"), () => side(card(page, "one", "b"), 0.1));
      same([await shown(page), files(catalog), writes], [...before, 0], "what is there");
    }),

  "keys move a card, quick ones in one write, and the focus stays on its grip": (world) =>
    on(world, async ({ page, catalog }) => {
      const sent = [];
      page.on("request", (request) => { if (request.method() !== "GET") sent.push(request.postDataJSON()); });
      // Slow enough that the next keys come while the first move is written.
      await page.route("**/api/v1/**", async (route) => {
        if (route.request().method() !== "GET") await new Promise((done) => setTimeout(done, 1000));
        await route.continue();
      });
      await page.evaluate(() => {
        const place = document.querySelector("[data-say]");
        window.said = [];
        new MutationObserver(() => window.said.push(place.textContent)).observe(place, { childList: true, characterData: true, subtree: true });
      });
      await handle(page, "one", "a").focus();
      await page.keyboard.press("Alt+ArrowDown");
      await page.waitForFunction(() => window.said.includes("a moved to One, position 2 of 3"));
      await page.keyboard.press("Alt+ArrowDown");
      await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Alt+ArrowDown");
      same(await members(page, "one"), ["b", "c", "a"], "at once");
      await settled(page);
      same(sent.length <= 2, true, "few writes");
      same(await members(page, "one"), ["b", "c", "a"], "once it is in the file");
      await page.keyboard.press("Alt+ArrowRight");
      await page.keyboard.press("Alt+PageDown");
      await page.keyboard.press("Alt+ArrowLeft");
      await settled(page);
      same(await members(page, "two"), ["d", "e", "a"], "in the next group");
      const focus = await page.evaluate(() => document.activeElement.closest(".card").dataset.id);
      same(focus, "local/skill/a", "focus");
      same(yaml(catalog, "two"), TWO.replace("  local/skill/d", "  local/skill/a:\n  local/skill/d"), "two.yaml");
    }),

  "several that are chosen are dragged at once, from several groups, in one edit, and taken back": (world) =>
    on(world, async ({ page, catalog }) => {
      await page.getByRole("button", { name: "Select", exact: true }).click();
      for (const [slug, name] of [["one", "a"], ["one", "c"], ["two", "d"], ["", "f"]]) {
        await card(page, slug, name).locator("[data-pick]").check();
      }
      const before = files(catalog);
      let writes = 0;
      page.on("request", (request) => { writes += request.method() === "GET" ? 0 : 1; });
      await lift(page, handle(page, "one", "c"));
      same(await page.locator(".drag-ghost b").innerText(), "4 artifacts", "what is held");
      same(await page.locator(".card.is-dragged").count(), 4, "cards that are held");
      await carry(page, await side(card(page, "two", "e"), 0.9));
      await page.keyboard.press("Escape");
      await page.mouse.up();
      same([files(catalog), writes], [before, 0], "after Escape");
      await drag(page, handle(page, "one", "c"), () => side(card(page, "two", "e"), 0.9));
      const after = [["one", ["b"]], ["two", ["e", "a", "c", "d", "f"]], ["three", []], ["", ["loose-0", "loose-1", "loose-2", "loose-3"]]];
      same(await shown(page), after, "at once");
      await settled(page);
      same([await shown(page), writes], [after, 1], "once it is in the files");
      await page.reload();
      same(await shown(page), after, "read again");
      const answer = await (await fetch(new URL("/api/v1/edits", page.url()))).json();
      same(answer.edits.length, 1, "edits");
      await page.getByRole("button", { name: "Select", exact: true }).click();
      await card(page, "two", "a").locator("[data-pick]").check();
      await card(page, "two", "f").locator("[data-pick]").check();
      await drag(page, handle(page, "two", "f"), () => side(card(page, "one", "b"), 0.1));
      await settled(page);
      same(await members(page, "one"), ["a", "f", "b"], "in One");
      await page.getByRole("button", { name: "Undo" }).last().click();
      await page.waitForFunction(() => document.querySelectorAll(".arranged[data-slug=one] .card").length === 1);
      same(await shown(page), after, "taken back");
    }),

  "keys up, down, left and right, quicker than the answers, end where the files do": (world) =>
    on(world, async ({ page, catalog }) => {
      const random = numbers(Number(process.env.SKILLMEAT_SEED ?? 11));
      await page.route("**/api/v1/**", async (route) => {
        if (route.request().method() !== "GET") await new Promise((done) => setTimeout(done, 150));
        await route.continue();
      });
      for (let round = 0; round < 2; round += 1) {
        const before = await shown(page);
        await handle(page, ["one", "two", ""][round], ["a", "e", "loose-1"][round]).focus();
        const pressed = [];
        for (let n = 0; n < 20; n += 1) {
          pressed.push(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"][random(4)]);
          await page.keyboard.press(`Alt+${pressed.at(-1)}`);
        }
        const id = await page.evaluate(() => document.activeElement.closest(".card")?.dataset.id);
        const last = await shown(page);
        await settled(page);
        const what = `${JSON.stringify(before)} ${pressed}`;
        same(await shown(page), last, `settled, ${what}`);
        await page.reload();
        same(await shown(page), last, `read again, ${what}`);
        same(id, `local/skill/${["a", "e", "loose-1"][round]}`, `focus, ${what}`);
      }
      const names = listed(catalog).collection.groups.map(({ slug, members }) => [slug, members.map((id) => id.split("/")[2])]);
      same(names, (await shown(page)).slice(0, -1), "in the JSON");
    }),

  "groups are dragged and moved by keys": (world) =>
    on(world, async ({ page, catalog }) => {
      const order = async () => (await shown(page)).map(([slug]) => slug);
      const grip = (slug) => section(page, slug).locator(".group-tools .handle");
      await drag(page, grip("two"), () => side(section(page, "one").locator("summary"), 0.2));
      same(await order(), ["two", "one", "three", ""], "at once");
      await settled(page);
      await grip("three").focus();
      await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Alt+ArrowUp");
      await settled(page);
      same(await order(), ["three", "two", "one", ""], "in the files");
      same(await page.evaluate(() => document.activeElement.value), "three", "focus");
      same(yaml(catalog, "one"), ONE, "one.yaml");
      await page.reload();
      same(await order(), ["three", "two", "one", ""], "read again");
    }),

  "what a page shows is moved beside what it does not show": (world) =>
    on(world, async ({ page, server }) => {
      const said = (words) => page.locator("[data-say]").filter({ hasText: words }).waitFor({ state: "attached" });
      const order = async (url) => {
        await page.goto(server.url + url, { waitUntil: "load" });
        return (await shown(page)).map(([slug]) => slug).join();
      };
      same((await members(page, "g0")).length, 50, "members that are shown");
      await handle(page, "g0", "tool-0-49").focus();
      await page.keyboard.press("Alt+ArrowDown");
      await said("tool-0-49 is the last that is shown");
      await drag(page, handle(page, "g1", "tool-1-00"), () => side(card(page, "g0", "tool-0-49"), 0.9));
      await settled(page);
      const group = async () => {
        const { groups } = await (await fetch(`${server.url}/api/v1/collections/team.json`)).json();
        return groups.find(({ slug }) => slug === "g0").members.map((id) => id.split("/")[2]);
      };
      same((await group()).slice(48, 53), ["tool-0-48", "tool-0-49", "tool-1-00", "tool-0-50", "tool-0-51"], "in the file");
      same(await section(page, "g0").locator("summary .count").innerText(), "61", "count of the group");
      await section(page, "g9").locator(".group-tools .handle").focus();
      await page.keyboard.press("Alt+ArrowDown");
      await said("Group 9 is the last group here");
      await page.keyboard.press("Alt+ArrowUp");
      await settled(page);
      same(await order(GROUPS), "g0,g1,g2,g3,g4,g5,g6,g7,g9,g8", "the first page");
      await section(page, "g9").locator(".group-tools .handle").focus();
      await page.keyboard.press("Alt+ArrowDown");
      await settled(page);
      same(await order(`${GROUPS}page/2/`), "g10,g11,", "the second page");
      await section(page, "g10").locator(".group-tools .handle").focus();
      await page.keyboard.press("Alt+ArrowUp");
      await said("Group 10 is the first group here");
      await page.keyboard.press("Alt+ArrowDown");
      await settled(page);
      same(await order(`${GROUPS}page/2/`), "g11,g10,", "the second page");
      same(await order(GROUPS), "g0,g1,g2,g3,g4,g5,g6,g7,g8,g9", "the first page");
    }, { catalog: (binary) => arranged(binary, 60, 0, 12) }),

  "what the server refuses is taken back": (world) =>
    on(world, async ({ page, catalog, faults }) => {
      const before = [await shown(page), files(catalog)];
      const problem = { title: "Not possible", status: 500, problems: [{ code: "SM251", severity: "error", message: "the disk is full" }] };
      await page.route("**/members", (route) =>
        route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify(problem) }));
      await handle(page, "one", "a").focus();
      await page.keyboard.press("Alt+ArrowDown");
      await page.keyboard.press("Alt+ArrowDown");
      await page.getByText("the disk is full").first().waitFor();
      await settled(page);
      same([await shown(page), files(catalog)], before, "what is there");
      same(faults.splice(0).every((fault) => fault.includes("500")), true, "faults");
    }),

  "a file that an editor changed during a drag is not written over": (world) =>
    on(world, async ({ page, catalog, faults }) => {
      await lift(page, handle(page, "one", "b"));
      await carry(page, await side(card(page, "two", "e"), 0.9));
      const theirs = TWO.replace("\n\n", "\n# An editor was here.\n").replace('"Two"', '"Two of theirs"');
      const come = page.waitForResponse((answer) => answer.url() === page.url());
      catalog.write("collections/team/groups/two.yaml", theirs);
      // Held back, as the page has to stay as it is under the pointer.
      await (await come).finished();
      await page.mouse.up();
      await page.getByRole("dialog").waitFor();
      same([yaml(catalog, "one"), yaml(catalog, "two")], [ONE, theirs], "the files");
      faults.splice(0);
    }),

  "two pages drag at once and neither loses": (world) =>
    on(world, async ({ page, catalog, server }) => {
      const other = await open(await world.browser(), server.url, { height: 1600 });
      await other.page.goto(server.url + GROUPS, { waitUntil: "load" });
      await lift(page, handle(page, "one", "a"));
      await lift(other.page, handle(other.page, "two", "d"));
      await carry(page, await side(card(page, "one", "c"), 0.9));
      await carry(other.page, await side(card(other.page, "two", "e"), 0.9));
      await Promise.all([page.mouse.up(), other.page.mouse.up()]);
      await Promise.all([settled(page), settled(other.page)]);
      await page.waitForFunction(() => document.querySelector(".arranged[data-slug=two] .card:last-of-type").dataset.id.endsWith("/d"));
      same([await members(page, "one"), await members(page, "two")], [["b", "c", "a"], ["e", "d"]], "the first page");
      await page.reload();
      same([await members(page, "one"), await members(page, "two")], [["b", "c", "a"], ["e", "d"]], "the files");
      same(yaml(catalog, "two").includes('title: "Two"'), true, "quotes");
      await other.close();
    }),

  "hundreds of moves leave what a model says, and taking them back the first bytes": (world) =>
    on(world, async ({ page, catalog, server }) => {
      const random = numbers(Number(process.env.SKILLMEAT_SEED ?? 7));
      const n = Number(process.env.SKILLMEAT_MOVES ?? 100);
      // The journal keeps fifty edits or so: what the files were when there were so many.
      const were = [[0, files(catalog)]];
      const edits = [];
      page.on("response", async (answer) => {
        if (answer.request().method() !== "GET") edits.push((await answer.json()).undo);
      });
      const before = await shown(page);
      const model = new Model(before.filter(([slug]) => slug), before.flatMap(([, names]) => names));
      for (let step = 1; step <= n; step += 1) {
        const done = await act(page, model, random);
        same(await shown(page), model.shown(), `at once, step ${step}: ${done}`);
        if (random(3) > 0) continue;
        await settled(page);
        same(await shown(page), model.shown(), `settled, step ${step}: ${done}`);
        were.push([edits.length, files(catalog)]);
      }
      await settled(page);
      await page.reload();
      same(await shown(page), model.shown(), "read again");
      const { all, collection } = listed(catalog);
      const names = (ids) => ids.map((id) => id.split("/")[2]);
      same(collection.groups.map((group) => [group.slug, names(group.members)]), model.shown().slice(0, -1), "in the JSON");
      for (const { name, groups } of all) {
        const own = model.groups.filter((group) => group.names.includes(name)).map((group) => `team/${group.slug}`);
        same([...groups].sort(), own.sort(), `groups of ${name}`);
      }
      const [from, texts] = were.find(([n]) => n >= edits.length - 40);
      await undoAll(page, server, edits.slice(from).filter(Boolean));
      same(files(catalog), texts, "after undo");
    }, { height: 2600 }),

  "a finger drags by the grip": (world) =>
    on(world, async ({ page }) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
      const touch = (type, ...points) =>
        session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
      const from = await middle(handle(page, "one", "a"));
      const to = await side(card(page, "one", "b"), 0.9);
      await touch("touchStart", from);
      await touch("touchMove", [from[0], from[1] + 20]);
      await page.locator(".drag-ghost").waitFor();
      await touch("touchMove", to);
      await touch("touchEnd");
      await settled(page);
      same(await members(page, "one"), ["b", "a", "c"], "the group");
    }, { width: 390 }),

  "what is sorted otherwise keeps its order, and says why": (world) =>
    on(world, async ({ page }) => {
      await lift(page, handle(page, "one", "a"));
      await carry(page, await side(card(page, "two", "d"), 0.9));
      same(await page.locator(".drag-ghost span").innerText(), "To Two. Sorted by name: clear the sort to place it.", "what is said");
      await page.mouse.up();
      await settled(page);
      same((await members(page, "two")).includes("a"), true, "it is there");
    }, { url: `${GROUPS}?sort=name` }),

  "the form moves without scripts": (world) =>
    on(world, async ({ page, catalog }) => {
      await handle(page, "one", "b").click();
      await page.getByLabel("Group", { exact: true }).selectOption("two");
      await page.getByRole("button", { name: "Show its members" }).click();
      await page.getByRole("radio", { name: "After" }).check();
      await page.getByLabel("Before or after which").selectOption("local/skill/d");
      await page.getByRole("button", { name: "Move", exact: true }).click();
      same(await members(page, "two"), ["d", "b", "e"], "in Two");
      same(yaml(catalog, "one"), ONE.replace("  local/skill/b: {rank: 20}\n", ""), "one.yaml");
      await section(page, "two").locator(".group-tools .handle").click();
      await page.getByRole("button", { name: "Move", exact: true }).click();
      same((await shown(page)).map(([slug]) => slug), ["two", "one", "three", ""], "the groups");
    }, { scripts: false }),

  "the form moves as a dialog, and the focus is on the grip after it": (world) =>
    on(world, async ({ page }) => {
      await handle(page, "one", "b").focus();
      await page.keyboard.press("Alt+Shift+KeyM");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Group", { exact: true }).selectOption("two");
      await dialog.locator("option[value='local/skill/d']").waitFor({ state: "attached" });
      await dialog.getByRole("radio", { name: "After" }).check();
      await dialog.getByRole("button", { name: "Move", exact: true }).click();
      await dialog.waitFor({ state: "detached" });
      await settled(page);
      same(await members(page, "two"), ["d", "b", "e"], "in Two");
    }),

  "what is arranged is accessible in both themes, wide and narrow": async (world) => {
    for (const theme of ["light", "dark"]) {
      for (const width of [1280, 390, 320]) {
        await on(world, async ({ page }) => {
          await handle(page, "one", "a").focus();
          const complaints = [...(await axe(page)), ...(await overflow(page))];
          await lift(page, handle(page, "one", "a"));
          await carry(page, await side(card(page, "one", "b"), 0.9));
          complaints.push(...(await axe(page)), ...(await overflow(page)));
          if (complaints.length > 0) throw new Error(`${theme} ${width}: ${summary(complaints)}`);
          const sizes = await page.locator(".handle").evaluateAll((all) => all.map((one) => Math.min(one.offsetWidth, one.offsetHeight)));
          same(Math.min(...sizes) >= 24, true, "the size of grips");
        }, { theme, width });
      }
    }
  },

  "a drag with 500 cards in view reads the layout no oftener than it draws": (world) =>
    on(world, async ({ page }) => {
      same(await page.locator(".card").count(), 500, "cards");
      const found = await carried(page, 2);
      if (found.layouts > found.frames) throw new Error(`${found.layouts} layouts in ${found.frames} frames`);
    }, { catalog: (binary) => arranged(binary, 50, 0) }),

  "the static copy has nothing to arrange with": async (world) => {
    const catalog = world.small();
    const pages = catalog.pages();
    same(pages.filter((file) => /(drag|edit)\.[0-9a-f]+\.(js|css)$/.test(file)), [], "files");
    const html = fs.readFileSync(path.join(catalog.public, "collections/team/groups/index.html"), "utf8");
    same(/class="copy handle"|data-arrange|data-files|edit\/move/.test(html), false, "traces");
  },
};
