// The search engine against an oracle: random artifacts and queries, found the slow and plain way.

import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { repository } from "./catalog.mjs";

const SCRIPT = fs.readFileSync(path.join(repository, "templates/static/find.js"), "utf8");
const CASES = 4000;

// The engine in a page that has only what it needs: scripts, which come from `files`.
function engine(files = {}) {
  const element = () => ({
    textContent: "",
    append(...parts) {
      this.parts = [...(this.parts ?? []), ...parts];
    },
    remove() {},
  });
  const context = { setTimeout, JSON };
  context.window = context;
  context.document = {
    createElement: element,
    head: {
      appendChild(script) {
        setTimeout(() => {
          const text = files[script.src.split("?")[0]];
          if (text !== undefined) vm.runInContext(text, context);
          script[text === undefined ? "onerror" : "onload"]();
        });
      },
    },
  };
  vm.createContext(context);
  vm.runInContext(SCRIPT, context);
  return context.SM;
}

// The same numbers on every machine.
function random(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const WORDS = ["pdf", "code", "review", "test", "docs", "Writer", "x", "tool-kit", "ünï", "a b"];
const KINDS = ["skill", "command", "agent", "hook", "mcp", "plugin"];
const STATES = ["in-sync", "outdated", "modified"];

function artifacts(any) {
  const some = (list) => list.filter(() => any(3) === 0);
  return Array.from({ length: any(40) }, (_, at) => {
    const name = Array.from({ length: 1 + any(3) }, () => WORDS[any(WORDS.length)]).join("-");
    return {
      name: `${name}${any(2) ? at : ""}`,
      kind: KINDS[any(KINDS.length)],
      source: ["local", "vendor"][any(2)],
      tags: some(["pdf", "documents", "two words", "Code"]),
      groups: some(["one", "two"]),
      status: any(3) ? "" : STATES[any(3)],
      changed: any(2) ? `2026-0${1 + any(9)}-01` : "",
      text: Array.from({ length: any(5) }, () => WORDS[any(WORDS.length)]).join(" "),
    };
  });
}

// The data files of some artifacts, `size` to a part.
function files(items, size) {
  const found = {};
  for (let part = 1; (part - 1) * size < items.length; part += 1) {
    const own = items.slice((part - 1) * size, part * size);
    const tables = {};
    const place = (name, key) => {
      if (!key) return 0;
      const table = (tables[name] ??= []);
      const at = table.findIndex((row) => (row[0] ?? row) === key || row === key);
      return at < 0 ? table.push(name === "date" ? key : [key]) : at + 1;
    };
    const core = {
      name: own.map((item) => item.name),
      kind: own.map((item) => place("kind", item.kind)),
      source: own.map((item) => place("source", item.source)),
      tag: own.map((item) => item.tags.map((tag) => place("tag", tag))),
      group: own.map((item) => item.groups.map((group) => place("group", group))),
      // As an object, as the columns are in which most say nothing.
      status: Object.fromEntries(own.map((item, at) => [at, place("status", item.status)])),
      changed: own.map((item) => place("date", item.changed)),
      tables,
    };
    const script = (name, value) => {
      const text = JSON.stringify(JSON.stringify(value));
      found[`./x/data/${name}.js`] = `SM.load("x/", ${JSON.stringify(name)}, ${text})`;
    };
    script(String(part), core);
    script(`text-${part}`, own.map((item) => item.text));
  }
  return found;
}

function isLetter(c) {
  return c !== undefined && /[\p{L}\p{N}]/u.test(c);
}

function weight(item, word) {
  const name = item.name.toLowerCase();
  if (name === word) return 6;
  if (name.startsWith(word)) return 5;
  const places = [...name].map((_, at) => at).filter((at) => name.startsWith(word, at));
  if (places.some((at) => !isLetter(name[at - 1]))) return 4;
  if (places.length > 0) return 3;
  if (item.tags.some((tag) => tag.toLowerCase().includes(word))) return 2;
  const id = `${item.source}/${item.kind}/${item.name}`.toLowerCase();
  return id.includes(word) || item.text.toLowerCase().includes(word) ? 1 : 0;
}

const FACETS = { kind: "kind", source: "source", tag: "tags", group: "groups", status: "status" };
const valuesOf = (item, facet) => [item[FACETS[facet]]].flat().filter(Boolean);

// Everything that `find` says, the slow way.
function oracle(items, { words, facets, sort }) {
  const fits = (item, facet) =>
    !facets[facet] ||
    valuesOf(item, facet).some((has) =>
      facets[facet].some((value) => value.toLowerCase() === has.toLowerCase()),
    );
  const worded = items.filter((item) => words.every((word) => weight(item, word) > 0));
  const hits = worded.filter((item) => Object.keys(FACETS).every((facet) => fits(item, facet)));
  const counts = {};
  for (const facet of Object.keys(FACETS)) {
    counts[facet] = {};
    const others = Object.keys(FACETS).filter((other) => other !== facet);
    for (const item of worded.filter((one) => others.every((other) => fits(one, other)))) {
      for (const value of valuesOf(item, facet)) {
        counts[facet][value] = (counts[facet][value] ?? 0) + 1;
      }
    }
  }
  const plain = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean).join(" ");
  const sum = (item) =>
    words.reduce((n, word) => n + weight(item, word), 0) +
    (words.length > 1 && plain(item.name) === plain(words.join(" ")) ? 6 : 0);
  const by = (key) => (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  const name = by((item) => item.name.toLowerCase());
  const orders = {
    name,
    kind: (a, b) => by((item) => KINDS.indexOf(item.kind))(a, b) || name(a, b),
    changed: (a, b) => -by((item) => item.changed)(a, b) || name(a, b),
    relevance: words.length > 0 ? (a, b) => sum(b) - sum(a) : () => 0,
  };
  hits.sort(orders[sort]);
  return { hits: hits.map((item) => items.indexOf(item)), counts, any: worded.length > 0 };
}

function same(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}:\n${JSON.stringify(found)}\nwanted\n${JSON.stringify(wanted)}`);
  }
}

const sortedKeys = (counts) =>
  Object.fromEntries(
    Object.keys(FACETS).map((facet) => [facet, Object.fromEntries(Object.entries(counts[facet]).sort())]),
  );

async function scopeOf(items, size = 7) {
  const SM = engine(files(items, size));
  const scope = await SM.open("./", "x/", Math.ceil(items.length / size));
  const n = items.filter((item) => item.text).length;
  while (scope.items.filter((item) => item.text).length < n) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { SM, scope };
}

const named = (...names) =>
  names.map((name) => ({ name, kind: "skill", source: "local", tags: [], groups: [], status: "", changed: "", text: "" }));

export default {
  "search finds, counts and sorts as the plain way does": async () => {
    const any = random(4);
    for (let n = 0; n < CASES / 40; n += 1) {
      const items = artifacts(any);
      const { scope } = await scopeOf(items, 1 + any(20));
      for (let m = 0; m < 40; m += 1) {
        const pool = [...WORDS, "rev", "kit", "it", "local", "skill"];
        const words = Array.from({ length: any(3) }, () => pool[any(pool.length)].toLowerCase());
        const facets = {};
        if (any(2)) facets.kind = KINDS.filter(() => any(2));
        if (any(3) === 0) facets.tag = ["two words", "CODE"].slice(any(2));
        if (any(3) === 0) facets.source = ["local"];
        if (any(4) === 0) facets.status = ["outdated", "modified"];
        if (any(4) === 0) facets.group = ["one", "two"];
        for (const facet of Object.keys(facets)) if (facets[facet].length === 0) delete facets[facet];
        const sort = ["relevance", "name", "kind", "changed"][any(4)];
        const query = { words, facets, sort };
        const wanted = oracle(items, query);
        const found = scope.find(query);
        if (!wanted.any && found.guess) continue;
        const what = JSON.stringify(query);
        same(found.hits.map((item) => item.at), wanted.hits, `hits of ${what}`);
        same(sortedKeys(found.counts), sortedKeys(wanted.counts), `counts of ${what}`);
      }
    }
  },

  "a typo is forgiven only where nothing matches": async () => {
    const { scope } = await scopeOf(named("documents", "doc", "review", "reviewer", "pdf"));
    const guess = (word) => {
      const found = scope.find({ words: [word] });
      return [found.guess, ...found.hits.map((item) => item.name)];
    };
    same(guess("documants"), ["documents", "documents"], "another letter");
    same(guess("docments"), ["documents", "documents"], "a letter less");
    same(guess("pddf"), ["pdf", "pdf"], "a letter more");
    same(guess("reveiw"), ["review", "review", "reviewer"], "two swapped");
    same(guess("doc"), [null, "doc", "documents"], "a word that is there");
    same(guess("banana"), [null], "a stranger");
  },

  "one letter apart is told as the full distance tells it": async () => {
    const { SM } = await scopeOf([]);
    // Levenshtein with swaps, by the table.
    const distance = (a, b) => {
      const d = Array.from({ length: a.length + 1 }, (_, i) => [i]);
      for (let j = 0; j <= b.length; j += 1) d[0][j] = j;
      for (let i = 1; i <= a.length; i += 1) {
        for (let j = 1; j <= b.length; j += 1) {
          const cost = a[i - 1] === b[j - 1] ? 0 : 1;
          d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
          const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
          if (swapped) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
      return d[a.length][b.length];
    };
    const any = random(9);
    const word = () => Array.from({ length: any(6) }, () => "ab"[any(2)]).join("");
    for (let n = 0; n < CASES; n += 1) {
      const [a, b] = [word(), word()];
      same(SM.isOneOff(a, b), distance(a, b) <= 1, `${a} and ${b}`);
    }
  },

  "a query is taken apart into words, facets and what must not be there": async () => {
    const { SM } = await scopeOf([]);
    const cases = {
      "": [[], {}, [], {}],
      "Read PDF": [["read", "pdf"], {}, [], {}],
      "kind:skill type:agent,hook": [[], { kind: ["skill", "agent", "hook"] }, [], {}],
      'tag:"two words" tag:pdf x': [["x"], { tag: ["two words", "pdf"] }, [], {}],
      "-draft -tag:old new": [["new"], {}, ["draft"], { tag: ["old"] }],
      "tag: kit:helper https://x.y/z": [["kit:helper", "https://x.y/z"], {}, [], {}],
      '"whole phrase" tag:"unclosed one': [["whole phrase"], { tag: ["unclosed one"] }, [], {}],
      '- : ":: x': [[":", ":: x"], {}, [], {}],
      "is:outdated in:team": [[], { status: ["outdated"], collection: ["team"] }, [], {}],
    };
    for (const [query, [words, facets, not, without]] of Object.entries(cases)) {
      same(SM.parse(query), { words, facets, not, without }, `parse ${query}`);
    }
  },

  "what people call a kind, a group or a tag is understood": async () => {
    const items = named("a", "b", "x");
    items[1].kind = "mcp";
    items[2].groups = ["platform/documents"];
    items[2].tags = ["writing"];
    const { SM, scope } = await scopeOf(items);
    const hits = (query) => scope.find(SM.parse(query)).hits.map((item) => item.name).join("");
    same(
      ["kind:skills", "kind:MCP", 'kind:"MCP servers"', "group:Documents", "tag:WRITING", "tag:wri", "tag:no"].map(hits),
      ["ax", "b", "b", "x", "x", "x", ""],
      "hits",
    );
    same(hits("-kind:mcp -x"), "a", "without");
  },

  "members of a group stand in the order a person gave them": async () => {
    const items = named("a", "b", "c");
    for (const item of items) item.groups = ["one"];
    const data = files(items, 7);
    const core = JSON.stringify({ ranks: { one: { 0: 2, 1: 0, 2: 1 } } }).slice(1, -1);
    data["./x/data/1.js"] = data["./x/data/1.js"].replace('"{', `"{${core.replaceAll('"', '\\"')},`);
    const scope = await engine(data).open("./", "x/", 1);
    const order = (query) => scope.find(query).hits.map((item) => item.name).join("");
    same(order({ facets: { group: ["one"] } }), "bca", "by rank");
    same(order({ facets: { group: ["one"] }, sort: "name" }), "abc", "by name");
    same(order({}), "abc", "as listed");
  },

  "marked words are the text and nothing but the text": async () => {
    const { SM } = await scopeOf([]);
    const marked = (text, words) => {
      const element = { textContent: "", parts: [], append: (...parts) => element.parts.push(...parts) };
      SM.mark(element, text, words);
      const shown = element.parts.map((part) => (part.textContent === undefined ? part : `[${part.textContent}]`));
      return shown.join("");
    };
    same(marked("Reads PDF, writes pdfs", ["pdf", "rea"]), "[Rea]ds [PDF], writes [pdf]s", "words");
    same(marked("<b>İ pdf", ["pdf"]), "<b>İ pdf", "letters that grow");
    same(marked("plain", []), "plain", "no words");
    same(marked("abcd", ["ab", "abc"]), "[abc]d", "the longer one");
  },

  "data that is not there is told, and can be asked for again": async () => {
    const data = {};
    const SM = engine(data);
    const fails = await SM.open("./", "x/", 1).then(() => "opened", (error) => error.message);
    same(fails, "no search data: x/1", "message");
    Object.assign(data, files(named("a"), 7));
    same((await SM.open("./", "x/", 1)).items.length, 1, "items");
    Object.assign(data, files(named("a", "b"), 7));
    same((await SM.open("./", "x/", 1)).items.length, 1, "kept");
    SM.forget();
    same((await SM.open("./", "x/", 1)).items.length, 2, "after a change");
  },
};
