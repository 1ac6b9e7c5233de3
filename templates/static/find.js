// The search engine: loads what is searched, understands queries, finds, counts, sorts, marks.
// It touches the page only to load scripts and to mark words; `data/find.rs` writes the data.
(function () {
  "use strict";
  var FACETS = ["kind", "source", "tag", "status", "plugin", "project", "collection", "group", "view"];
  var ALSO = { type: "kind", state: "status", is: "status", in: "collection" };
  var KINDS = { server: "mcp", "mcp server": "mcp", subagent: "agent" };
  var FOLDERS = { kind: "kinds/", source: "sources/", tag: "tags/", project: "projects/", collection: "collections/", group: "collections/", view: "collections/" };
  var came = {};
  var scopes = {};
  var round = 0;

  // The data files call this; they hold text, which is read faster than a literal.
  function load(scope, part, json) { came[scope + part] = json; }

  function fetched(root, scope, part) {
    return new Promise(function (done, fail) {
      var script = document.createElement("script");
      script.onload = script.onerror = function () {
        var json = came[scope + part];
        delete came[scope + part];
        script.remove();
        if (json) done(JSON.parse(json)); else fail(new Error("no search data: " + scope + part));
      };
      script.src = root + scope + "data/" + part + ".js" + (round ? "?" + round : "");
      document.head.appendChild(script);
    });
  }

  // A scope with its artifacts; descriptions come later, and `ontext` is called when some did.
  // `texts` as false leaves them out.
  function open(root, scope, parts, texts) {
    if (!scopes[scope]) {
      var wanted = [];
      for (var part = 1; part <= parts; part++) wanted.push(fetched(root, scope, part));
      scopes[scope] = Promise.all(wanted).then(function (cores) {
        var made = new Scope(cores);
        made.root = root;
        made.name = scope;
        return made;
      });
      scopes[scope].catch(function () { delete scopes[scope]; });
    }
    return scopes[scope].then(function (made) {
      if (texts !== false) made.describe(parts);
      return made;
    });
  }

  // After a change of the catalog: what is asked for next is loaded anew.
  function forget() { scopes = {}; round += 1; }

  function low(text) { return String(text).toLowerCase(); }

  function list(places) { return typeof places === "number" && places ? [places] : places || []; }

  function Scope(cores) {
    var scope = this;
    scope.items = [];
    scope.labels = {};
    scope.links = {};
    // Of groups, by key; of sources, what they are read from.
    scope.colors = {};
    scope.via = {};
    scope.starts = [];
    scope.slugs = {};
    FACETS.forEach(function (facet) { scope.labels[facet] = {}; scope.links[facet] = {}; scope.slugs[facet] = {}; });
    cores.forEach(function (core) { scope.add(core); });
  }

  Scope.prototype.add = function (core) {
    var scope = this;
    var keys = {};
    var tables = core.tables;
    FACETS.forEach(function (facet) {
      keys[facet] = (tables[facet] || []).map(function (row) {
        var key = row[0];
        scope.labels[facet][key] = row[1] || key;
        if (FOLDERS[facet]) scope.links[facet][key] = FOLDERS[facet] + (row[2] || key) + "/";
        if (row[2]) scope.slugs[facet][key] = row[2];
        if (facet === "group") scope.colors[key] = row[3];
        if (facet === "source") scope.via[key] = row[3];
        return key;
      });
    });
    function one(facet, at) { return keys[facet][(core[facet] || {})[at] - 1] || ""; }
    function all(facet, at) { return list((core[facet] || {})[at]).map(function (place) { return keys[facet][place - 1]; }); }
    function cell(column, at) { return (core[column] || {})[at] || ""; }
    function date(column, at) { return (tables.date || [])[cell(column, at) - 1] || ""; }
    scope.starts.push(scope.items.length);
    for (var at = 0; at < (core.name || []).length; at++) {
      var own = core.name[at];
      var kind = one("kind", at);
      var source = one("source", at);
      var name = cell("label", at) || own.slice(own.indexOf(":") + 1);
      var id = source + "/" + kind + "/" + own;
      var ranks = {};
      for (var group in core.ranks) if (at in core.ranks[group]) ranks[group] = core.ranks[group][at];
      scope.items.push({
        id: id, name: name, kind: kind, source: source, plugin: one("plugin", at),
        url: "a/" + (scope.slugs.source[source] || source) + "/" + kind + "/" + (cell("slug", at) || own.replace(/:/g, "--")) + "/",
        tags: all("tag", at), groups: all("group", at), collections: all("collection", at),
        projects: all("project", at), views: all("view", at), status: one("status", at),
        version: cell("version", at), problems: cell("problems", at) || 0,
        added: date("added", at), changed: date("changed", at), text: "", instead: null, ranks: ranks,
        // What is compared, made once.
        at: scope.items.length, lowName: low(name), lowId: low(id), lowTags: low(all("tag", at).join("\n")), lowText: ""
      });
    }
  };

  // Loads the descriptions, one part after the other.
  Scope.prototype.describe = function (parts) {
    var scope = this;
    if (scope.described) return;
    scope.described = true;
    (function next(part) {
      if (part > parts) return;
      fetched(scope.root, scope.name, "text-" + part).then(function (texts) {
        var start = scope.starts[part - 1];
        texts.forEach(function (text, at) {
          var item = scope.items[start + at];
          if (!item) return;
          if (typeof text !== "string") { item.instead = text; text = text.join(" "); }
          item.text = text;
          item.lowText = low(text);
        });
        if (scope.ontext) scope.ontext();
        setTimeout(next, 0, part + 1);
      }, function () { scope.described = false; });
    })(1);
  };

  // `kind:skill tag:"two words" -draft pdf` taken apart. An operator without its value says nothing yet.
  function parse(query) {
    var found = { words: [], facets: {}, not: [], without: {} };
    var token = /(-?)(?:([a-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))|\S+/gi;
    var match;
    while ((match = token.exec(query))) {
      var facet = match[2] && low(match[2]);
      facet = ALSO[facet] || facet;
      var text = match[3] === undefined ? match[4] || match[0] : match[3];
      if (FACETS.indexOf(facet) >= 0) {
        var values = match[3] === undefined ? text.split(",").filter(Boolean) : [text];
        var side = match[1] ? found.without : found.facets;
        if (text) side[facet] = (side[facet] || []).concat(values);
      } else {
        if (facet) text = match[2] + ":" + text;
        var bare = /^([a-z]+):$/i.exec(text);
        if (bare && FACETS.indexOf(ALSO[low(bare[1])] || low(bare[1])) >= 0) continue;
        text = low(text.trim());
        if (text && text !== "-") (match[1] ? found.not : found.words).push(text);
      }
    }
    return found;
  }

  function plain(text) { return low(text).replace(/[^\p{L}\p{N}]+/gu, " ").trim(); }

  // The keys that a person means: by key, label or slug; else those that begin so.
  Scope.prototype.meant = function (facet, value) {
    var scope = this;
    var wanted = low(value).trim();
    if (facet === "kind") wanted = KINDS[wanted] || KINDS[wanted.replace(/s$/, "")] || wanted.replace(/s$/, "");
    var keys = Object.keys(scope.labels[facet]);
    function names(key) {
      var tail = facet === "group" ? key.slice(key.indexOf("/") + 1) : key;
      return [key, tail, scope.labels[facet][key], scope.slugs[facet][key] || key].map(low);
    }
    var exact = keys.filter(function (key) { return names(key).indexOf(wanted) >= 0; });
    if (exact.length || !wanted) return exact;
    return keys.filter(function (key) {
      return names(key).some(function (name) { return name.indexOf(wanted) === 0; });
    });
  };

  // All that is meant by several values; nothing where there are none.
  Scope.prototype.keys = function (facet, wanted) {
    var scope = this;
    if (!wanted || !wanted.length) return null;
    return new Set([].concat.apply([], wanted.map(function (value) { return scope.meant(facet, value); })));
  };

  function values(item, facet) {
    switch (facet) {
      case "kind": return item.kind;
      case "source": return item.source;
      case "status": return item.status;
      case "plugin": return item.plugin;
      default: return item[facet + "s"];
    }
  }

  function fits(has, set) {
    if (typeof has === "string") return set.has(has);
    for (var n = 0; n < has.length; n++) if (set.has(has[n])) return true;
    return false;
  }

  // How well a word fits: 6 is the name, 5 its beginning, 4 a word in it begins so, 3 it is in the
  // name, 2 in a tag, 1 in the id or the description, 0 nowhere.
  function weigh(item, word) {
    var name = item.lowName;
    var at = name.indexOf(word);
    if (at === 0) return name.length === word.length ? 6 : 5;
    for (; at > 0; at = name.indexOf(word, at + 1)) {
      if (!/[\p{L}\p{N}]/u.test(name[at - 1])) return 4;
    }
    if (name.indexOf(word) > 0) return 3;
    if (item.lowTags.indexOf(word) >= 0) return 2;
    return item.lowId.indexOf(word) >= 0 || item.lowText.indexOf(word) >= 0 ? 1 : 0;
  }

  // 0 where a word is missing or one that must not be there is.
  function score(item, words, not) {
    var sum = 1;
    for (var n = 0; n < words.length; n++) {
      var own = weigh(item, words[n]);
      if (!own) return 0;
      sum += own;
    }
    for (n = 0; n < not.length; n++) if (weigh(item, not[n])) return 0;
    // Several words that are the whole name go before all else.
    return words.length > 1 && plain(item.name) === plain(words.join(" ")) ? sum + 6 : sum;
  }

  var SORTS = {
    name: [["lowName", 1]],
    kind: [["kindAt", 1], ["lowName", 1]],
    changed: [["changed", -1], ["lowName", 1]],
    added: [["added", -1], ["lowName", 1]]
  };
  var ORDER = ["skill", "command", "agent", "hook", "mcp", "plugin"];

  // All artifacts in an order, made on first use.
  Scope.prototype.sorted = function (sort) {
    var scope = this;
    var by = SORTS[sort];
    if (!by) return scope.items;
    scope.orders = scope.orders || {};
    if (!scope.orders[sort]) {
      if (sort === "kind") scope.items.forEach(function (item) { item.kindAt = ORDER.indexOf(item.kind); });
      scope.orders[sort] = scope.items.slice().sort(function (a, b) {
        for (var n = 0; n < by.length; n++) {
          var x = a[by[n][0]], y = b[by[n][0]];
          if (x !== y) return (x < y ? -1 : 1) * by[n][1];
        }
        return a.at - b.at;
      });
    }
    return scope.orders[sort];
  };

  // What fits: all words, none of `not`, and of each facet one of its values. A facet is counted as
  // if it were not chosen; `count` names those that are wanted, else all are counted. `relevance`
  // without words is the order of the list.
  Scope.prototype.find = function (query) {
    var scope = this;
    var words = query.words || [];
    var found = scope.scan(words, query);
    found.guess = null;
    if (!found.any && words.length) {
      var better = words.map(function (word) { return scope.nearest(word); });
      if (better.join("\n") !== words.join("\n")) {
        var again = scope.scan(better, query);
        if (again.any) { found = again; found.guess = better.join(" "); }
      }
      found.words = found.guess ? better : words;
    } else found.words = words;
    return found;
  };

  Scope.prototype.scan = function (words, query) {
    var scope = this;
    var chosen = [];
    var barred = [];
    var counts = {};
    FACETS.forEach(function (facet) {
      counts[facet] = {};
      var set = scope.keys(facet, (query.facets || {})[facet]);
      if (set) chosen.push({ facet: facet, set: set });
      set = scope.keys(facet, (query.without || {})[facet]);
      if (set) barred.push({ facet: facet, set: set });
    });
    function isBarred(item) {
      return barred.some(function (one) { return fits(values(item, one.facet), one.set); });
    }
    var buckets = [];
    var hits = [];
    var any = false;
    var counted = query.count || FACETS;
    var ranked = words.length && !SORTS[query.sort];
    var all = scope.sorted(query.sort);
    for (var n = 0; n < all.length; n++) {
      var item = all[n];
      var own = score(item, words, query.not || []);
      if (!own || isBarred(item)) continue;
      any = true;
      var failed = null;
      var n_failed = 0;
      for (var c = 0; c < chosen.length && n_failed < 2; c++) {
        if (!fits(values(item, chosen[c].facet), chosen[c].set)) { failed = chosen[c].facet; n_failed += 1; }
      }
      if (n_failed > 1) continue;
      if (n_failed) { count(counts[failed], values(item, failed)); continue; }
      for (var f = 0; f < counted.length; f++) count(counts[counted[f]], values(item, counted[f]));
      if (ranked) (buckets[own] = buckets[own] || []).push(item); else hits.push(item);
    }
    for (n = buckets.length; n-- > 0;) if (buckets[n]) hits = hits.concat(buckets[n]);
    if (!words.length && !SORTS[query.sort]) inRank(hits, chosen);
    return { hits: hits, counts: counts, any: any };
  };

  function count(counts, has) {
    if (typeof has === "string") { if (has) counts[has] = (counts[has] || 0) + 1; return; }
    for (var n = 0; n < has.length; n++) counts[has[n]] = (counts[has[n]] || 0) + 1;
  }

  // Of one group, in the order that a person gave its members.
  function inRank(hits, chosen) {
    var group = chosen.filter(function (one) { return one.facet === "group" && one.set.size === 1; })[0];
    if (!group) return;
    var key = Array.from(group.set)[0];
    hits.sort(function (a, b) {
      var x = a.ranks[key], y = b.ranks[key];
      return (x === undefined ? 0 : x) - (y === undefined ? 0 : y) || a.at - b.at;
    });
  }

  // The word itself where something has it, else the most frequent one of names and tags that one
  // letter more, less, other or swapped makes of it.
  Scope.prototype.nearest = function (word) {
    var scope = this;
    if (word.length < 3 || scope.items.some(function (item) { return weigh(item, word); })) return word;
    if (!scope.vocabulary) {
      scope.vocabulary = new Map();
      scope.items.forEach(function (item) {
        (plain(item.lowName) + " " + plain(item.lowTags)).split(" ").forEach(function (one) {
          if (one.length > 2) scope.vocabulary.set(one, (scope.vocabulary.get(one) || 0) + 1);
        });
      });
    }
    var best = word;
    var most = 0;
    scope.vocabulary.forEach(function (n, one) {
      if ((n > most || n === most && one < best) && isOneOff(word, one)) { best = one; most = n; }
    });
    return best;
  };

  // Whether one letter more, less, other, or two swapped, make one word of the other.
  function isOneOff(a, b) {
    if (Math.abs(a.length - b.length) > 1) return false;
    var start = 0;
    while (start < a.length && a[start] === b[start]) start += 1;
    var x = a.length, y = b.length;
    while (x > start && y > start && a[x - 1] === b[y - 1]) { x -= 1; y -= 1; }
    var left = x - start, right = y - start;
    return left <= 1 && right <= 1 || left === 2 && right === 2 && a[start] === b[start + 1] && a[start + 1] === b[start];
  }

  // Of places, `[what, label, address, number, words]`, those with all words, the best first: in the
  // label rather than in what is said about it, and near its beginning.
  function among(places, words) {
    function weight(place) {
      var sum = 1;
      for (var n = 0; n < words.length; n++) {
        var at = low(place[1]).indexOf(words[n]);
        if (at < 0 && low(place[4]).indexOf(words[n]) < 0) return 0;
        sum += at === 0 ? 3 : at > 0 ? 2 : 1;
      }
      return sum;
    }
    var found = places.map(function (place) { return [weight(place), place]; }).filter(function (one) { return one[0]; });
    found.sort(function (a, b) { return b[0] - a[0] || a[1][1].length - b[1][1].length; });
    return found.map(function (one) { return one[1]; });
  }

  // The few artifacts that are most like an address: all words of its last name, else all but the last.
  function near(scope, name) {
    var words = plain(name).split(" ");
    var hits = [];
    while (words.length && !hits.length) { hits = scope.find({ words: words, count: [] }).hits; words.pop(); }
    return hits.slice(0, 6);
  }

  // Fills an element with a text in which the words are marked.
  function mark(element, text, words) {
    var lower = low(text);
    element.textContent = "";
    var from = 0;
    // Some letters have a longer small form: places would be off.
    while (words && words.length && lower.length === text.length) {
      var at = -1, length = 0;
      for (var n = 0; n < words.length; n++) {
        var here = words[n] ? lower.indexOf(words[n], from) : -1;
        if (here >= 0 && (at < 0 || here < at || here === at && words[n].length > length)) { at = here; length = words[n].length; }
      }
      if (at < 0) break;
      element.append(text.slice(from, at));
      var marked = document.createElement("mark");
      marked.textContent = text.slice(at, at + length);
      element.append(marked);
      from = at + length;
    }
    element.append(text.slice(from));
  }

  window.SM = { FACETS: FACETS, load: load, open: open, forget: forget, fetched: fetched, parse: parse, among: among, near: near, mark: mark, isOneOff: isOneOff };
})();
