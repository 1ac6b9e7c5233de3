// The search page: what the address asks for is found, shown a page at a time, and kept in the address.
(function () {
  "use strict";
  var doc = document;
  var PAGE = 30, PLACES = 5;
  // Beyond so many parts, descriptions are searched only when they are asked for.
  var TEXT_PARTS = 10;
  var WHAT = [["collection", "Collections"], ["group", "Groups"], ["view", "Views"], ["source", "Sources"], ["project", "Projects"], ["page", "Pages"]];
  var box, input, scope, places, root, timer;

  function part(name) { return box.querySelector("[data-" + name + "]"); }

  function make(tag, className, text) {
    var element = doc.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function piece(name) {
    var found = doc.getElementById("pieces").content.querySelector("[data-piece='" + name + "'] > *");
    return found ? found.cloneNode(true) : "";
  }

  function count(n, one) { return n + " " + one + (n === 1 ? "" : "s"); }

  // What the address asks for.
  function asked() {
    var url = new URLSearchParams(location.search);
    return {
      q: url.get("q") || "",
      kinds: (url.get("kind") || "").split(",").filter(Boolean),
      page: Math.max(1, parseInt(url.get("page"), 10) || 1)
    };
  }

  function address(q, kinds, page) {
    var url = new URLSearchParams();
    if (q) url.set("q", q);
    if (kinds.length) url.set("kind", kinds.join(","));
    if (page > 1) url.set("page", page);
    url = url.toString();
    return location.pathname + (url && "?" + url);
  }

  function go(q, kinds, page, push) {
    history[push ? "pushState" : "replaceState"](null, "", address(q, kinds, page));
    show();
  }

  function row(icon, label, url, about, words, origin, end) {
    var item = make("li");
    var main = make("span", "row-main");
    var link = make("a");
    link.href = skillmeat.href(url);
    SM.mark(link, label, words);
    main.append(link);
    if (origin) main.append(" ", make("span", "version", origin));
    if (about) { var text = make("span", "muted"); SM.mark(text, about, words); main.append(text); }
    item.append(piece(icon), main, end || "");
    return item;
  }

  function hit(item, words) {
    var origin = (item.plugin ? item.plugin + " · " : "") + item.source;
    return row(item.kind, item.name, item.url, item.text, words, origin, item.status && piece(item.status));
  }

  // Everything but artifacts, and tags; of each the few that fit best.
  function beside(query, words) {
    var found = [];
    var only = Object.keys(query.facets).length || Object.keys(query.without).length;
    if (!words.length || only) return found;
    var fits = SM.among(places, words);
    WHAT.forEach(function (what) {
      var fitting = fits.filter(function (place) { return place[0] === what[0]; });
      if (fitting.length) found.push([what[1], fitting]);
    });
    var tags = Object.keys(scope.labels.tag).map(function (tag) { return ["tag", tag, scope.links.tag[tag], null, ""]; });
    tags = SM.among(tags, words);
    if (tags.length) found.push(["Tags", tags]);
    return found;
  }

  function panel(title, list, words) {
    var section = make("section", "panel");
    var rows = make("ul", "rows dated");
    list.slice(0, PLACES).forEach(function (place) {
      rows.append(row(place[0], place[1], place[2], place[4], words, "", place[3] !== null && make("span", "count", place[3])));
    });
    section.append(make("h2", "", title + " "), rows);
    section.firstChild.append(make("span", "count", list.length));
    return section;
  }

  // A link within the results, which leads on without loading the page again.
  function link(text, q, kinds, page, className) {
    var made = make("a", className, text);
    made.href = address(q, kinds, page);
    made.onclick = function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(q, kinds, page, true);
      if (input.value !== q) input.value = q;
      var heading = part("sum");
      scrollTo(0, 0);
      heading.focus({ preventScroll: true });
    };
    return made;
  }

  function kinds(state, counts) {
    Array.prototype.forEach.call(part("kinds").children, function (chip) {
      var kind = chip.dataset.kind;
      var on = state.kinds.indexOf(kind) >= 0;
      var next = on ? state.kinds.filter(function (one) { return one !== kind; }) : state.kinds.concat(kind);
      chip.querySelector(".count").textContent = counts[kind] || 0;
      chip.href = address(state.q, next, 1);
      if (on) chip.setAttribute("aria-current", "true"); else chip.removeAttribute("aria-current");
      chip.onclick = function (event) { event.preventDefault(); go(state.q, next, 1, true); };
    });
  }

  function notes(state, found) {
    var note = part("note");
    note.textContent = "";
    function say() { var line = make("p", "note"); line.append.apply(line, arguments); note.append(line); }
    if (found.guess) say("Nothing has “" + state.q + "”. Shown is ", link(found.guess, found.guess, state.kinds, 1), ".");
    if (!found.hits.length) {
      if (state.kinds.length && found.any) say("Nothing of this kind. ", link("Search all kinds", state.q, [], 1));
      else say("Try fewer or other words, one of the tips below, or ", link("start again", "", [], 1), ".");
    }
    if (scope.described) return;
    var more = make("button", "chip", "Search descriptions too");
    more.type = "button";
    more.onclick = function () { scope.describe(scope.parts); show(); };
    say("Names and tags are searched. ", more);
  }

  function pager(state, n) {
    var nav = part("pager");
    var last = Math.ceil(n / PAGE);
    nav.textContent = "";
    nav.hidden = last < 2;
    if (state.page > 1) nav.append(link("Previous", state.q, state.kinds, state.page - 1));
    nav.append(make("span", "muted", "Page " + state.page + " of " + last));
    if (state.page < last) nav.append(link("Next", state.q, state.kinds, state.page + 1));
  }

  function show() {
    var state = asked();
    var query = SM.parse(state.q);
    var empty = !state.q.trim() && !state.kinds.length;
    box.hidden = empty;
    doc.querySelector("[data-browse]").hidden = !empty;
    if (empty || !scope) return;
    if (state.kinds.length) query.facets.kind = state.kinds;
    query.count = ["kind"];
    var found = scope.find(query);
    state.page = Math.min(state.page, Math.ceil(found.hits.length / PAGE) || 1);
    var rows = found.hits.slice((state.page - 1) * PAGE, state.page * PAGE);
    part("hits").replaceChildren.apply(part("hits"), rows.map(function (item) { return hit(item, found.words); }));
    var others = beside(query, found.words);
    part("places").replaceChildren.apply(part("places"), others.map(function (one) { return panel(one[0], one[1], found.words); }));
    part("places").hidden = !others.length;
    var n = found.hits.length;
    part("sum").textContent = n ? count(n, "artifact") : "No artifact found";
    kinds(state, found.counts.kind);
    notes(state, found);
    pager(state, n);
    clearTimeout(timer);
    timer = setTimeout(function () {
      skillmeat.say([count(n, "artifact")].concat(others.map(function (one) { return one[1].length + " " + one[0].toLowerCase(); })).join(", "));
    }, 700);
  }

  function fail() {
    box.hidden = true;
    doc.querySelector("[data-browse]").hidden = false;
    skillmeat.say("The search data could not be loaded. The lists below lead to everything.");
  }

  function start() {
    box = doc.querySelector("[data-search]");
    if (!box) return;
    root = doc.documentElement.dataset.root;
    input = doc.querySelector("main input[name=q]");
    input.value = asked().q;
    input.form.onsubmit = function (event) { event.preventDefault(); go(input.value, asked().kinds, 1, true); };
    input.oninput = function () { go(input.value, asked().kinds, 1, false); };
    part("clear").onclick = function (event) { event.preventDefault(); input.value = ""; go("", [], 1, true); input.focus(); };
    var n = +box.dataset.parts;
    if (!input.value && !scope) input.focus();
    scope = null;
    show();
    Promise.all([SM.open(root, box.dataset.search, n, n <= TEXT_PARTS), SM.fetched(root, box.dataset.search, "places")]).then(function (all) {
      scope = all[0];
      places = all[1].places;
      scope.parts = n;
      scope.ontext = show;
      show();
    }).catch(fail);
  }

  addEventListener("popstate", function () { if (box) { input.value = asked().q; show(); } });
  var before = skillmeat.start;
  skillmeat.start = function () { before(); start(); };
  start();
})();
