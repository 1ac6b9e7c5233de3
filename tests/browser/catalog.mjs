// Catalogs in temporary folders, and the real binary run in them with its own home, cache and clock.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

export const repository = path.resolve(import.meta.dirname, "../..");

export class Catalog {
  constructor(binary) {
    this.binary = path.resolve(repository, binary);
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), "skillmeat-browser-"));
    this.root = path.join(this.dir, "catalog");
    this.public = path.join(this.root, "public");
    fs.mkdirSync(this.root);
    // Nothing of the machine but PATH reaches the binary.
    this.env = {
      PATH: process.env.PATH,
      HOME: path.join(this.dir, "home"),
      SKILLMEAT_CACHE_DIR: path.join(this.dir, "cache"),
      SOURCE_DATE_EPOCH: "1767225600", // 2026-01-01
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
      GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
    };
    fs.mkdirSync(this.env.HOME);
  }

  // The repository's own catalog: the example, the demo and the documentation.
  static example(binary) {
    const catalog = new Catalog(binary);
    for (const name of ["content", "collections", "docs", "skillmeat.yaml", "skillmeat.lock"]) {
      const from = path.join(repository, name);
      if (fs.existsSync(from)) {
        fs.cpSync(from, path.join(catalog.root, name), { recursive: true });
      }
    }
    return catalog;
  }

  // One of each: kinds, a plugin, a broken artifact, a removed one, groups, a view, projects.
  static small(binary) {
    const catalog = new Catalog(binary);
    for (const [file, text] of Object.entries(smallFiles())) catalog.write(file, text);
    catalog.write("../vendor/skills/old/SKILL.md", skill("old", "Soon to go", "Old words.\n"));
    catalog.run("sync");
    fs.rmSync(path.join(catalog.dir, "vendor/skills/old"), { recursive: true });
    catalog.run("sync");
    return catalog;
  }

  // More than two pages of artifacts, with many tags, groups in an order of their own and states.
  static many(binary) {
    const catalog = new Catalog(binary);
    for (const [file, text] of Object.entries(manyFiles())) catalog.write(file, text);
    catalog.run("sync");
    return catalog;
  }

  // Real artifacts: the bundles of a folder, each cloned and used as a source.
  static corpus(binary, folder = process.env.SKILLMEAT_CORPUS) {
    const catalog = new Catalog(binary);
    // Else its data would look old.
    catalog.env.SOURCE_DATE_EPOCH = String(Math.floor(Date.now() / 1000));
    let config = "version: 1\nsite: {title: Real artifacts}\nsources:\n";
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".bundle")).sort()) {
      const name = path.basename(file, ".bundle");
      const clone = path.join(catalog.dir, name);
      execFileSync("git", ["-c", "init.defaultBranch=main", "clone", "-q", path.join(folder, file), clone]);
      config += `  ${name}: {git: "file://${clone}"}\n`;
    }
    catalog.write("skillmeat.yaml", config);
    catalog.run("sync");
    return catalog;
  }

  write(file, text) {
    const full = path.join(this.root, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
  }

  read(file) {
    return fs.readFileSync(path.join(this.root, file), "utf8");
  }

  // Runs a command that must succeed; returns its standard output.
  run(...args) {
    const ran = spawnSync(this.binary, args, { cwd: this.root, env: this.env, encoding: "utf8" });
    if (ran.error) throw ran.error;
    if (ran.status !== 0) {
      throw new Error(`skillmeat ${args.join(" ")} ended with ${ran.status}:\n${ran.stderr}`);
    }
    return ran.stdout;
  }

  git(dir, ...args) {
    const who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    return execFileSync("git", ["-C", dir, ...who, ...args], { env: this.env, encoding: "utf8" });
  }

  // Starts `serve`; ready once it has named its address.
  // A second time it takes the port of the first.
  async serve(...args) {
    const port = (this.port ??= await freePort());
    // Where the sources may be asked, it is said how often.
    const offline = args.includes("--interval") ? [] : ["--offline"];
    const all = ["serve", ...offline, "-p", String(port), ...args];
    const child = spawn(this.binary, all, { cwd: this.root, env: this.env });
    let said = "";
    const url = await new Promise((resolve, reject) => {
      const wait = setTimeout(() => reject(new Error(`serve named no address:\n${said}`)), 30_000);
      const hear = (chunk) => {
        said += chunk;
        const found = said.match(/http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+/);
        if (found) {
          clearTimeout(wait);
          resolve(found[0]);
        }
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code) => {
        clearTimeout(wait);
        reject(new Error(`serve ended with ${code}:\n${said}`));
      });
    });
    const stop = () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve(child.exitCode);
        child.on("exit", (code, signal) => resolve(code ?? signal));
        child.kill("SIGTERM");
      });
    return { url, stop, said: () => said };
  }

  // All files of the built site by their path in it, sorted.
  pages() {
    const all = fs.readdirSync(this.public, { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.public, path.join(entry.parentPath, entry.name)))
      .map((file) => file.split(path.sep).join("/"))
      .sort();
  }

  remove() {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export function skill(name, description, body) {
  return `---\nname: ${name}\ndescription: ${description}\n---\n\n${body}`;
}

const TIDY = "---\ndescription: Tidy up\n---\n\nTidy $ARGUMENTS.\n";
const CUT = "---\ndescription: Cut\n---\n\nCut.\n";
const CUTTER = "---\nname: cutter\ndescription: Cuts\n---\n\nCut.\n";

// A project and its record, as SkillMeat 0.9 leaves it: kind, name, text as deployed, text now.
function deployed(project, all) {
  const folder = `../${project}/.claude`;
  const files = {};
  let record = "";
  for (const [kind, name, base, here] of all) {
    const file = `${kind}s/${name}.md`;
    if (here !== null) files[`${folder}/${file}`] = here;
    const hash = base === null ? "" : createHash("sha256").update(base).digest("hex");
    record += `[[deployed]]
artifact_name = "${name}"
artifact_type = "${kind}"
artifact_path = "${file}"
deployed_at = "2025-12-01T10:00:00"
${hash && `content_hash = "${hash}"`}
`;
  }
  files[`${folder}/.skillmeat-deployed.toml`] = record;
  return files;
}

function smallFiles() {
  const filler = "A paragraph that makes the page long enough to scroll.\n\n".repeat(80);
  const vendor = "../vendor";
  const plugin = `${vendor}/plugins/kit`;
  return {
    "skillmeat.yaml": `version: 1
site: {title: Small catalog}
sources:
  local: {path: content/artifacts}
  vendor: {path: ../vendor}
projects:
  web-shop: {path: ../web-shop}
  data-pipeline: {path: ../data-pipeline}
  nothing-yet: {path: ../nothing-yet}
`,
    "content/about.md": "# About\n\nSee [the guide](guide.md).\n",
    "content/guide.md": "# Guide\n\nHow we work.\n",
    "content/artifacts/skills/report/SKILL.md": `---
name: report
description: Writes a weekly report
tags: [writing, weekly]
---

# Report

First words. See [the format](references/format.md).

| a | b |
|---|---|
| 1 | 2 |

\`\`\`sh
echo hello
\`\`\`

${filler}`,
    "content/artifacts/skills/report/references/format.md": "# Format\n\nPlain.\n",
    "content/artifacts/skills/broken/SKILL.md":
      "---\nname: broken\ndescription: Use when: the sky falls\n  - [\n---\n\nStill readable.\n",
    "content/artifacts/commands/tidy.md": TIDY,
    "content/artifacts/agents/reviewer.md":
      "---\nname: reviewer\ndescription: Reviews changes\ntools: Read, Grep\n---\n\nYou review.\n",
    [`${vendor}/.claude-plugin/marketplace.json`]: JSON.stringify({
      name: "vendor",
      owner: { name: "Vendor" },
      plugins: [{ name: "kit", source: "./plugins/kit", description: "A kit" }],
    }),
    [`${vendor}/skills/pdf/SKILL.md`]: skill("pdf", "Reads PDF files", "# PDF\n\nRead.\n"),
    [`${plugin}/.claude-plugin/plugin.json`]: JSON.stringify({
      name: "kit",
      version: "1.2.0",
      description: "A kit of parts",
    }),
    [`${plugin}/skills/cut/SKILL.md`]: skill("cut", "Cuts things", "# Cut\n"),
    [`${plugin}/agents/cutter.md`]: CUTTER,
    [`${plugin}/commands/cut.md`]: CUT,
    [`${plugin}/hooks/hooks.json`]: JSON.stringify({
      hooks: {
        PostToolUse: [{ matcher: "Edit", hooks: [{ type: "command", command: "echo done" }] }],
      },
    }),
    [`${plugin}/.mcp.json`]: JSON.stringify({
      mcpServers: { files: { command: "npx", args: ["files"], env: { TOKEN: "${TOKEN}" } } },
    }),
    "../web-shop/.claude/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files", "# Changed here\n"),
    "../web-shop/.claude/commands/own.md": "---\ndescription: Own\n---\n\nOwn.\n",
    "../nothing-yet/README.md": "Nothing.\n",
    ...deployed("web-shop", [
      ["command", "tidy", TIDY, TIDY],
      ["command", "cut", CUT, `${CUT}Changed here.\n`],
      ["agent", "cutter", CUTTER, null],
      ["command", "own", null, "---\ndescription: Own\n---\n\nOwn.\n"],
    ]),
    ...deployed("data-pipeline", [
      ["command", "tidy", "Old.\n", "Old.\n"],
      ["command", "cut", CUT, CUT],
      ["agent", "reviewer", "Old.\n", "Other.\n"],
    ]),
    "collections/team/collection.yaml": `title: Team
description: What the team uses
order: 10
include: [{source: local}, {source: vendor}]
views:
  writing: {title: Writing, include: [{tag: writing}]}
`,
    "collections/team/groups/documents.yaml": `title: Documents
order: 10
members:
  local/skill/report: {rank: 10}
  vendor/skill/pdf: {rank: 20}
`,
    "collections/team/groups/empty.yaml": "title: Empty\norder: 20\n",
  };
}

function manyFiles() {
  const files = {
    "skillmeat.yaml": `version: 1
site: {title: Many artifacts}
sources:
  local: {path: content/artifacts}
  vendor: {path: ../vendor}
projects:
  web-shop: {path: ../web-shop}
`,
    "collections/team/collection.yaml": `title: Team
order: 10
include: [{source: local}, {source: vendor}]
views:
  agents: {title: Agents only, include: [{kind: agent}]}
`,
    "collections/team/groups/first.yaml": `title: First
order: 10
color: blue
members:
  local/skill/tool-002: {rank: 10}
  local/skill/tool-001: {rank: 20}
  local/skill/tool-000: {rank: 30}
`,
    "collections/team/groups/empty.yaml": "title: Empty\norder: 20\n",
    "collections/team/groups/agents.yaml": "title: Agents\norder: 30\ninclude: [{kind: agent}]\n",
    "../vendor/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files", "# PDF\n"),
    "../vendor/skills/forms/SKILL.md": skill("forms", "Fills the forms of a PDF", "# Forms\n"),
  };
  for (let n = 0; n < 120; n += 1) {
    const name = `tool-${String(n).padStart(3, "0")}`;
    const tags = [n % 2 ? "odd" : "even", `t${String(n % 20).padStart(2, "0")}`];
    const head = `name: ${name}\ndescription: Tool number ${n}\ntags: [${tags.join(", ")}]`;
    files[`content/artifacts/skills/${name}/SKILL.md`] = `---\n${head}\n---\n\n# Tool\n`;
  }
  for (let n = 0; n < 10; n += 1) {
    const head = `name: helper-${n}\ndescription: Helps with ${n}\ntags: [even]`;
    files[`../vendor/agents/helper-${n}.md`] = `---\n${head}\n---\n\nYou help.\n`;
  }
  // One as it is in the source, one that is not there any more.
  const record = (name) => `[[deployed]]
artifact_name = "${name}"
artifact_type = "skill"
artifact_path = "skills/${name}"
content_hash = "aa"
`;
  const deployed = "../web-shop/.claude/";
  files[`${deployed}.skillmeat-deployed.toml`] = record("tool-001") + record("tool-002");
  files[`${deployed}skills/tool-001/SKILL.md`] = files["content/artifacts/skills/tool-001/SKILL.md"];
  return files;
}
