// One page of a built site: opened, looked at, closed. A fault that it has fails the test.

import { summary } from "./access.mjs";
import { open, serveFolder } from "./browse.mjs";

// `look(page, server)` at the page `url` of `catalog`.
export async function visit(world, catalog, url, look, options) {
  const server = await serveFolder(catalog.public);
  const tab = await open(await world.browser(), server.origin, options);
  try {
    await tab.page.goto(server.url + url, { waitUntil: "load" });
    await look(tab.page, server);
    if (tab.faults.length > 0) throw new Error(summary(tab.faults));
  } finally {
    await tab.close();
    server.stop();
  }
}

// The same of the small site.
export const on = (world, url, look, options) => visit(world, world.small(), url, look, options);

export function same(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
}
