// A collection to arrange by hand: ten groups of fifty, served where it may be edited.

import { Catalog, skill } from "./catalog.mjs";

const GROUPS = 10;

// Groups `g0` to `g9`, each with `n` members that have ranks; and what no group holds.
export function arranged(binary, n = 50, loose = 3, groups = GROUPS) {
  const catalog = new Catalog(binary);
  catalog.write("skillmeat.yaml", "version: 1\nsite: {title: Arranged}\nsources:\n  local: {path: content/artifacts}\n");
  catalog.write("collections/team/collection.yaml", "# The team's own.\ntitle: Team\norder: 10\ninclude: [{source: local}]\n");
  for (let group = 0; group < groups; group += 1) {
    let text = `title: Group ${group}\norder: ${(group + 1) * 10}\ncolor: blue\nmembers: # in order\n`;
    for (let at = 0; at < n; at += 1) {
      const name = `tool-${group}-${String(at).padStart(2, "0")}`;
      catalog.write(`content/artifacts/skills/${name}/SKILL.md`, skill(name, `Tool ${at} of group ${group}`, "# Tool\n"));
      text += `  local/skill/${name}: {rank: ${(at + 1) * 10}}\n`;
    }
    catalog.write(`collections/team/groups/g${group}.yaml`, text);
  }
  for (let at = 0; at < loose; at += 1) {
    const name = `loose-${at}`;
    catalog.write(`content/artifacts/skills/${name}/SKILL.md`, skill(name, `Loose ${at}`, "# Loose\n"));
  }
  catalog.run("sync");
  return catalog;
}
