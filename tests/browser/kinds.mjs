// The kinds of pages a site has, told by their address alone.

const KINDS = [
  ["home", /^index\.html$/],
  ["not found", /^404\.html$/],
  ["next page", /(^|\/)page\/\d+\/index\.html$/],
  ["collections", /^collections\/index\.html$/],
  ["collection", /^collections\/[^/]+\/index\.html$/],
  ["grouped collection", /^collections\/[^/]+\/groups\/index\.html$/],
  ["group", /^collections\/[^/]+\/groups\/[^/]+\/index\.html$/],
  ["view", /^collections\/[^/]+\/views\/[^/]+\/index\.html$/],
  ["skill", /^a\/[^/]+\/skill\/[^/]+\/index\.html$/],
  ["command", /^a\/[^/]+\/command\/[^/]+\/index\.html$/],
  ["agent", /^a\/[^/]+\/agent\/[^/]+\/index\.html$/],
  ["hook", /^a\/[^/]+\/hook\/[^/]+\/index\.html$/],
  ["mcp", /^a\/[^/]+\/mcp\/[^/]+\/index\.html$/],
  ["plugin", /^a\/[^/]+\/plugin\/[^/]+\/index\.html$/],
  ["file", /^a\/[^/]+\/[^/]+\/[^/]+\/files\/.*index\.html$/],
  ["kind", /^kinds\/[^/]+\/index\.html$/],
  ["tags", /^tags\/index\.html$/],
  ["tag", /^tags\/[^/]+\/index\.html$/],
  ["sources", /^sources\/index\.html$/],
  ["source", /^sources\/[^/]+\/index\.html$/],
  ["projects", /^projects\/index\.html$/],
  ["project", /^projects\/[^/]+\/index\.html$/],
  ["deployments", /^deployments\/index\.html$/],
  ["sync", /^sync\/index\.html$/],
  ["api", /^api\/index\.html$/],
  ["search", /^search\/index\.html$/],
  ["page of the catalog", /\.html$/],
];

export function kindOf(file) {
  return KINDS.find(([, pattern]) => pattern.test(file))?.[0];
}

export function isArtifact(file) {
  return /^a\/[^/]+\/[^/]+\/[^/]+\/index\.html$/.test(file);
}

// At most `limit` files of each kind: [kind, file].
export function examples(files, limit = 1) {
  const count = new Map();
  return files
    .map((file) => [kindOf(file), file])
    .filter(([kind]) => {
      count.set(kind, (count.get(kind) ?? 0) + 1);
      return kind && count.get(kind) <= limit;
    });
}

// `a/b/index.html` is asked for as `a/b/`.
export function address(file) {
  return file.replace(/(^|\/)index\.html$/, "$1");
}
