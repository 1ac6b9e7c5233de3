// A source that lives elsewhere: a registry of MCP servers on this machine, as slow and as broken
// as a test wants it, and a catalog that reads from it.

import http from "node:http";
import { Catalog } from "./catalog.mjs";

export class Upstream {
  names = ["files"];
  delay = 0;
  broken = false;
  asked = 0;

  static async start() {
    const upstream = new Upstream();
    upstream.server = http.createServer((request, response) => upstream.answer(response));
    await new Promise((resolve) => upstream.server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  async answer(response) {
    this.asked += 1;
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    response.writeHead(this.broken ? 404 : 200, { "content-type": "application/json" });
    const servers = this.names.map((name) => ({
      server: {
        name: `io.example/${name}`,
        description: `Serves ${name}`,
        version: "1.0.0",
        packages: [
          {
            registryType: "npm",
            identifier: `@example/${name}`,
            version: "1.0.0",
            transport: { type: "stdio" },
          },
        ],
      },
    }));
    response.end(JSON.stringify({ servers, metadata: { count: servers.length } }));
  }

  // The small catalog, which this source is new to.
  catalog(binary) {
    const catalog = Catalog.small(binary);
    delete catalog.env.SOURCE_DATE_EPOCH;
    const config = catalog.read("skillmeat.yaml");
    const here = `  far: {mcp: "${this.url}"}\nprojects:`;
    catalog.write("skillmeat.yaml", config.replace("projects:", here));
    catalog.write(
      "collections/far/collection.yaml",
      "title: Far\norder: 20\ninclude: [{source: far}]\n",
    );
    return catalog;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
