// Runs the browser tests against a built binary: `node run.mjs BINARY [WORD…]`, where words choose
// tests by name. One line a test; the last line is `N passed, N on the second try, N failed`.

import { launch } from "./browse.mjs";
import { Catalog } from "./catalog.mjs";

const TEST_SECONDS_MAX = 300;
const FILES = [
  "find.mjs",
  "search.mjs",
  "deployments.mjs",
  "live.mjs",
  "strangers.mjs",
  "forms.mjs",
  "dialogs.mjs",
  "select.mjs",
  "edit.mjs",
  "deploy.mjs",
  "refresh.mjs",
  "age.mjs",
  "access.mjs",
  "links.mjs",
  "lists.mjs",
  "machines.mjs",
  "markup.mjs",
  "keyboard.mjs",
  "use.mjs",
  "artifact.mjs",
  "drag.mjs",
];

const [binary, ...words] = process.argv.slice(2);
if (!binary) {
  console.error("usage: node run.mjs BINARY [WORD…]");
  process.exit(2);
}

// Things made once, on first use, and removed at the end.
const made = new Map();
function once(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}
function built(name) {
  return once(name, () => {
    const catalog = Catalog[name](binary);
    catalog.run("build", "--offline");
    return catalog;
  });
}
const world = {
  binary,
  browser: () => once("browser", launch),
  // The two sites that tests only look at.
  sites: () => [
    ["example", built("example")],
    ["small", built("small")],
  ],
  small: () => built("small"),
  // Real artifacts, where there are some.
  corpus: () => (process.env.SKILLMEAT_CORPUS ? built("corpus") : null),
  many: () => built("many"),
};

const tests = [];
for (const file of FILES) {
  const { default: cases } = await import(`./${file}`);
  for (const [name, test] of Object.entries(cases)) tests.push([name, test]);
}

// Ends well, or with the error of the test.
async function run(test) {
  let timer;
  const late = new Promise((_, reject) => {
    const words = `not done after ${TEST_SECONDS_MAX} s`;
    timer = setTimeout(() => reject(new Error(words)), TEST_SECONDS_MAX * 1000);
  });
  try {
    await Promise.race([test(world), late]);
  } finally {
    clearTimeout(timer);
  }
}

const indented = (error) => String(error.message ?? error).split("\n").join("\n       ");
let passed = 0;
let again = 0;
let failed = 0;
for (const [name, test] of tests) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  const start = Date.now();
  const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
  try {
    await run(test);
    passed += 1;
    console.log(`ok     ${name} (${seconds()} s)`);
    continue;
  } catch (error) {
    console.log(`again  ${name} (${seconds()} s)\n       ${indented(error)}`);
  }
  // A real browser on a machine shared with others: one second try, told and counted.
  try {
    await run(test);
    again += 1;
    console.log(`ok     ${name}, on the second try (${seconds()} s)`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}\n       ${indented(error)}`);
  }
}

for (const thing of made.values()) {
  const it = await Promise.resolve(thing).catch(() => null);
  if (it instanceof Catalog) it.remove();
  else await it?.close();
}
console.log(`${passed} passed, ${again} on the second try, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
