// Lists of artifacts: searched, narrowed down, sorted; shown as cards, as a table or by group. All
// of that is in the address. The markup is the server's: its templates, cloned and filled.
(function () {
  "use strict";
  var doc = document;
  var root = doc.documentElement.dataset.root;
  var page = window.skillmeat;
  var SM = window.SM;
  var PAGE_MAX = 60;
  var CHOICES_MAX = 8;
  var FIELD_FROM = 15;
  var FACETS = ["kind", "status", "group", "collection", "source", "tag", "project"];
  var URGENCY = ["diverged", "missing", "orphaned", "modified", "outdated", "untracked", "unknown", "in-sync", ""];
  var list = null;

  function each(parent, selector, fn) { Array.prototype.forEach.call(parent.querySelectorAll(selector), fn); }

  function make(name, className, text) {
    var element = doc.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function button(text, run) {
    var element = make("button", "chip", text);
    element.type = "button";
    element.onclick = run;
    return element;
  }

  function icon(name) {
    var found = doc.getElementById("icons").content.querySelector('[data-icon="' + name + '"]');
    return found ? found.firstElementChild.cloneNode(true) : "";
  }

  function clone(id) { return doc.getElementById(id).content.firstElementChild.cloneNode(true); }

  function counted(n) { return n + (n === 1 ? " artifact" : " artifacts"); }

  // Everything that one list of a page does.
  function wire(section) {
    var data = section.dataset;
    var fixed = data.fixed ? [data.fixed.split(":")[0], data.fixed.slice(data.fixed.indexOf(":") + 1)] : null;
    var total = +data.n;
    var byRank = data.sort === "rank";
    var find = function (selector) { return section.querySelector(selector); };
    var shown = find("[data-shown]");
    var input = find("[name=q]");
    var order = find("[data-order]");
    var count = find("[data-count]");
    var where = find("[data-where]");
    var chips = find("[data-chips]");
    var sheet = find(".sheet");
    var facets = find("[data-facets]");
    var groups = Array.from(section.querySelectorAll(".group-section"));
    var isGrouped = !shown;
    // What the server wrote comes back when nothing is chosen.
    var before = shown ? Array.from(shown.childNodes) : groups.map(function (one) { return Array.from(one.querySelector(".cards").childNodes); });
    var beforeWhere = where ? where.textContent : "";
    var isBefore = true;
    var extras = {};
    var options = {};
    var scope = null;
    var loading = null;
    var state = { q: "", facets: {}, sort: "", view: "grid", page: 0 };
    var saying = 0;
    var frame = 0;

    each(section, ".card[data-id]", function (card) { extras[card.dataset.id] = card.dataset; });

    function load() {
      loading = loading || SM.open(root, data.scope, +data.parts).then(function (opened) {
        scope = opened;
        scope.ontext = function () { if (isFiltered()) soon(); };
      }, function () {
        loading = null;
        page.say("The data to search in did not load");
        count.textContent = "The data to search in did not load";
      });
      return loading;
    }

    // The state and the address, each made of the other.
    function read() {
      var params = new URLSearchParams(location.search);
      state = { q: params.get("q") || "", facets: {}, sort: params.get("sort") || "", view: params.get("view") || "grid", page: +params.get("page") || 0 };
      FACETS.forEach(function (name) {
        var values = params.getAll(name);
        if (values.length) state.facets[name] = values;
      });
      var other = find("a[data-view=grouped]");
      if (other && state.view === "grouped") { carry(); location.replace(other.href); return; }
      input.value = state.q;
      update();
    }

    function params(less) {
      var made = new URLSearchParams();
      if (state.q) made.set("q", state.q);
      FACETS.forEach(function (name) {
        if (name !== less) (state.facets[name] || []).forEach(function (value) { made.append(name, value); });
      });
      if (state.sort) made.set("sort", state.sort);
      return made;
    }

    function address(number) {
      var made = params();
      if (state.view === "list") made.set("view", "list");
      if (number) made.set("page", number);
      return String(made) ? "?" + made : location.pathname;
    }

    function go(push) {
      history[push ? "pushState" : "replaceState"](null, "", address(state.page));
      update();
      clearTimeout(saying);
      saying = setTimeout(function () { page.say(count.textContent); }, 700);
    }

    function choose(name, value, on) {
      var values = (state.facets[name] || []).filter(function (one) { return one !== value; });
      if (on) values.push(value);
      if (values.length) state.facets[name] = values; else delete state.facets[name];
      state.page = 0;
      go(true);
    }

    function clear() {
      state.q = input.value = "";
      state.facets = {};
      state.page = 0;
      go(true);
      input.focus();
    }

    // Other views, and the pages of groups, keep what is chosen.
    function carry() {
      each(section, "a[data-view], .group-section .more a", function (link) {
        var made = params(link.dataset.view ? "" : "group");
        if (link.dataset.view === "list") made.set("view", "list");
        link.search = String(made);
      });
    }

    function isFiltered() { return Boolean(state.q.trim() || Object.keys(state.facets).length); }

    function isPlain() { return !isFiltered() && !state.sort && !state.page && (isGrouped || state.view !== "list"); }

    // What is asked for: chosen, typed and what the page is about.
    function query() {
      var typed = SM.parse(state.q);
      var asked = {};
      FACETS.forEach(function (name) {
        var values = (state.facets[name] || []).concat(typed.facets[name] || []);
        if (values.length) asked[name] = values;
      });
      for (var name in typed.facets) asked[name] = asked[name] || typed.facets[name];
      if (fixed) asked[fixed[0]] = [fixed[1]];
      var sort = state.sort.replace("-", "");
      if (!sort && !typed.words.length && !byRank && !isGrouped) sort = "name";
      return { words: typed.words, not: typed.not, without: typed.without, facets: asked, sort: sort };
    }

    function sorted(hits) {
      var by = state.sort.replace("-", "");
      if (by === "source" || by === "status") {
        var key = function (item) { return by === "source" ? item.source.toLowerCase() : URGENCY.indexOf(item.status); };
        hits.sort(function (a, b) {
          var x = key(a), y = key(b);
          return x < y ? -1 : x > y ? 1 : a.lowName < b.lowName ? -1 : a.lowName > b.lowName ? 1 : a.at - b.at;
        });
      }
      return state.sort[0] === "-" ? hits.reverse() : hits;
    }

    function soon() {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(update);
    }

    function update() {
      controls();
      if (isPlain()) { restore(); return; }
      if (!scope) { load().then(function () { if (scope) update(); }); return; }
      var asked = query();
      var found = scope.find(asked);
      var words = found.words || asked.words;
      var hits = sorted(found.hits);
      isBefore = false;
      tally(found.counts);
      count.textContent = isFiltered() ? hits.length + " of " + counted(total) : counted(total);
      if (sheet) find("[data-done]").textContent = "Show " + counted(hits.length);
      if (isGrouped) byGroup(hits, words, asked); else flat(hits, words);
      each(section, ".nothing", function (old) { old.remove(); });
      if (!hits.length || found.guess) (chips.nextElementSibling || chips).before(nothing(hits.length, found.guess));
      page.dates();
    }

    function restore() {
      if (isBefore) return;
      isBefore = true;
      each(section, ".nothing", function (old) { old.remove(); });
      if (shown) shown.replaceChildren.apply(shown, before);
      groups.forEach(function (one, at) {
        fillGroup(one, before[at], one.dataset.n, false);
      });
      count.textContent = counted(total);
      if (where) { where.textContent = beforeWhere; where.hidden = false; }
      if (sheet) find("[data-done]").textContent = "Show " + counted(total);
      tally(null);
    }

    // What is chosen, as every control shows it.
    function controls() {
      var view = isGrouped ? "grouped" : state.view;
      each(section, "[name=view]", function (radio) { radio.checked = radio.value === (view === "list" ? "list" : "grid"); });
      var relevance = order.querySelector("[value=relevance]");
      relevance.hidden = !SM.parse(state.q).words.length;
      order.value = state.sort.replace("-", "") || (relevance.hidden ? "" : "relevance");
      var n = 0;
      chips.replaceChildren();
      FACETS.forEach(function (name) {
        (state.facets[name] || []).forEach(function (value) {
          n += 1;
          chips.append(remover(name, value, ""));
        });
      });
      if (n) chips.append(button("Clear all", clear));
      chips.hidden = !n;
      for (var name in options) {
        for (var value in options[name]) options[name][value].input.checked = (state.facets[name] || []).indexOf(value) >= 0;
      }
      each(section, "[data-sheet] .count", function (one) { one.textContent = n || ""; });
      carry();
    }

    function label(name, value) {
      if (scope && scope.labels[name][value]) return scope.labels[name][value];
      var option = options[name] && options[name][value];
      return option ? option.text : value;
    }

    function title(name) { return name === "kind" || name === "status" ? "" : name[0].toUpperCase() + name.slice(1) + ": "; }

    function remover(name, value, prefix) {
      var chip = button(prefix + title(name) + label(name, value), function () {
        choose(name, value, false);
        var next = chips.querySelector("button");
        (next || input).focus();
      });
      chip.append(icon("close"));
      chip.setAttribute("aria-label", "Remove " + title(name) + label(name, value));
      return chip;
    }

    // Says that nothing fits, and what would make something fit.
    function nothing(n, guess) {
      var box = make("div", "nothing empty");
      var words = SM.parse(state.q).words.join(" ");
      if (guess) {
        box.append(make("p", "", "Nothing fits “" + words + "”. " + (n ? "This is what fits “" : "Did you mean “") + guess + (n ? "”." : "”?")));
      } else {
        box.append(make("p", "", "Nothing fits all of this."));
      }
      var ways = box.appendChild(make("div", "chips"));
      if (guess) ways.append(button("Search for “" + guess + "”", function () { state.q = input.value = guess; go(true); input.focus(); }));
      if (state.q) ways.append(button("Remove “" + state.q.trim() + "”", function () { state.q = input.value = ""; go(true); input.focus(); }));
      if (!n) {
        FACETS.forEach(function (name) {
          (state.facets[name] || []).forEach(function (value) { ways.append(remover(name, value, "Remove ")); });
        });
        ways.append(button("Clear all", clear));
      }
      return box;
    }

    // Cards or rows of one page, and the way to the others.
    function flat(hits, words) {
      var n = Math.max(1, Math.ceil(hits.length / PAGE_MAX));
      var first = isFiltered() || state.sort ? 1 : +data.page;
      var here = Math.min(state.page || first, n);
      var items = hits.slice((here - 1) * PAGE_MAX, here * PAGE_MAX);
      var isTable = state.view === "list";
      var box = isTable ? clone("table") : make("ul", "cards");
      var into = isTable ? box.querySelector("tbody") : box;
      var blank = doc.getElementById(isTable ? "row" : "card").content.firstElementChild;
      items.forEach(function (item) { into.append(fill(blank.cloneNode(true), item, words, fixed && fixed[1])); });
      if (isTable) headings(box);
      shown.replaceChildren.apply(shown, items.length ? [box].concat(n > 1 ? pager(here, n) : []) : []);
      if (!where && n > 1) { where = make("span", "muted"); count.after(" ", where); }
      if (where) { where.textContent = "· page " + here + " of " + n; where.hidden = n < 2; }
    }

    function headings(box) {
      var by = state.sort.replace("-", "") || (byRank || SM.parse(state.q).words.length ? "" : "name");
      each(box, "[data-by]", function (head) {
        var own = head.dataset.by;
        var isOn = own === by;
        var isDown = (own === "changed") !== (state.sort[0] === "-");
        if (isOn) head.closest("th").setAttribute("aria-sort", isDown ? "descending" : "ascending");
        head.onclick = function () {
          state.sort = isOn && state.sort[0] !== "-" ? "-" + own : own;
          state.page = 0;
          go(true);
          section.querySelector('[data-by="' + own + '"]').focus();
        };
      });
    }

    function pager(here, n) {
      var nav = make("nav", "pager");
      nav.setAttribute("aria-label", "Pages");
      function link(number, text, mark, rel) {
        var one = make("a", "", text || String(number));
        one.href = address(number);
        if (!text) one.prepend(make("span", "sr", "Page "));
        if (mark) one[rel === "prev" ? "prepend" : "append"](icon(mark));
        if (rel) one.rel = rel;
        if (number === here && !text) one.setAttribute("aria-current", "page");
        one.onclick = function (event) {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          state.page = number;
          go(true);
          var top = find("#results");
          top.scrollIntoView();
          top.focus({ preventScroll: true });
        };
        nav.append(one);
      }
      if (here > 1) link(here - 1, "Previous", "back", "prev");
      for (var number = 1, last = 0; number <= n; number++) {
        if (number !== 1 && number !== n && Math.abs(number - here) > 2) continue;
        if (number > last + 1) nav.append(make("span", "", "…"));
        link(number);
        last = number;
      }
      if (here < n) link(here + 1, "Next", "next", "next");
      return [nav];
    }

    // The sections with what fits in each; those without stay.
    function byGroup(hits, words, asked) {
      var of = {};
      hits.forEach(function (item) {
        (item.groups.length ? item.groups : [""]).forEach(function (group) { (of[group] = of[group] || []).push(item); });
      });
      var filled = groups.filter(function (one) { return of[one.dataset.group]; });
      var n = Math.max(3, Math.floor(PAGE_MAX / (filled.length || 1)));
      var blank = doc.getElementById("card").content.firstElementChild;
      groups.forEach(function (one) {
        var group = one.dataset.group;
        var own = of[group] || [];
        if (!asked.words.length && !asked.sort) own.sort(function (a, b) { return (a.ranks[group] || 0) - (b.ranks[group] || 0) || a.at - b.at; });
        var cards = own.slice(0, n).map(function (item) { return fill(blank.cloneNode(true), item, words, group); });
        fillGroup(one, cards, own.length + " of " + one.dataset.n, true);
      });
      each(section, "[data-here=group] a", function (link) {
        show(link, (of[link.dataset.value] || []).length);
      });
    }

    function fillGroup(one, cards, text, isNarrow) {
      var place = one.querySelector(".cards");
      place.replaceChildren.apply(place, cards);
      one.querySelector("summary .count").textContent = text;
      one.querySelector(".empty").hidden = Boolean(place.firstElementChild);
      each(one, "[data-rest]", function (rest) { rest.hidden = isNarrow; });
    }

    function fill(element, item, words, here) {
      var one = function (selector) { return element.querySelector(selector); };
      var keep = function (part, text) { if (part && text) part.textContent = text; else if (part) part.remove(); };
      var known = extras[item.id];
      element.dataset.id = item.id;
      if (known && known.install) element.dataset.install = known.install;
      if (known && known.code) element.dataset.code = known.code;
      if (!known) element.dataset.ask = "";
      var name = one(".card-name a");
      name.href = page.href(item.url);
      SM.mark(name, item.name, words);
      keep(one(".copy .sr"), "Actions for " + item.name);
      one(".copy").hidden = false;
      one(".kind-of").replaceChildren(icon(item.kind), make("span", "", label("kind", item.kind)));
      one(".of").replaceChildren(icon(scope.via[item.source]), make("span", "", item.source));
      keep(one(".plugin"), item.plugin && item.kind !== "plugin" && "in " + item.plugin);
      keep(one(".version"), item.version && "v" + item.version);
      describe(one(".card-text"), item, words);
      status(one(".pill"), item);
      places(one(".places"), item, here);
      var time = one("time");
      if (time) time.setAttribute("datetime", item.changed);
      keep(time, item.changed);
      return element;
    }

    function describe(text, item, words) {
      if (!text) return;
      var code = text.querySelector("code");
      if (item.instead) {
        code.textContent = item.instead[1];
        text.replaceChildren(item.instead[0] + " ", code);
      } else {
        text.classList.toggle("none", !item.text && scope.described === true);
        SM.mark(text, item.text || "No description in the source file", item.text ? words : []);
      }
    }

    function status(pill, item) {
      if (item.status) {
        pill.className = "pill s-" + item.status;
        pill.replaceChildren(icon(item.status), label("status", item.status));
      } else if (item.problems) {
        pill.className = "pill s-problem";
        pill.replaceChildren(icon("diverged"), item.problems + (item.problems === 1 ? " problem" : " problems"));
      } else pill.remove();
    }

    function places(box, item, here) {
      var name = "inCollection" in data ? "group" : "collection";
      var keys = item[name + "s"].filter(function (key) { return name === "collection" || key !== here; });
      var blank = box.querySelector(".group");
      var more = box.querySelector(".n-more");
      box.replaceChildren.apply(box, keys.slice(0, 2).map(function (key) {
        var link = blank.cloneNode(true);
        link.href = page.href(scope.links[name][key]);
        if (name === "group") link.className = "group g-" + scope.colors[key];
        link.querySelector("span").textContent = scope.labels[name][key];
        return link;
      }));
      if (keys.length > 2) { more.textContent = "+" + (keys.length - 2); box.append(more); }
      if (!keys.length) box.remove();
    }

    // Boxes to tick, where the server wrote links.
    function tick(name, item, value) {
      var link = item.firstElementChild;
      var made = make("label");
      var input = make("input");
      input.type = "checkbox";
      input.value = value;
      input.onchange = function () { choose(name, value, input.checked); };
      made.append.apply(made, [input].concat(Array.from(link.childNodes).filter(function (node) { return node.nodeName !== "INPUT"; })));
      link.replaceWith(made);
      options[name][value] = { item: item, input: input, text: made.querySelector("span:not(.dot)").textContent, base: +made.querySelector(".count").textContent };
    }

    function add(name, value, n) {
      var first = options[name][Object.keys(options[name])[0]].item;
      var item = first.cloneNode(true);
      var dot = item.querySelector(".dot");
      var picture = item.querySelector(".icon");
      if (dot) dot.className = "dot g-" + scope.colors[value];
      if (picture && name === "source") picture.replaceWith(icon(scope.via[value]));
      item.querySelector("span:not(.dot)").textContent = scope.labels[name][value];
      item.querySelector(".count").textContent = n;
      first.parentNode.append(item);
      tick(name, item, value);
    }

    function show(choice, n) {
      var element = choice.querySelector(".count");
      var text = String(n);
      if (choice.dataset.base === undefined) choice.dataset.base = element.textContent;
      if (element.textContent !== text) element.textContent = text;
      choice.classList.toggle("zero", !n);
    }

    // How many would be left with each choice; as the server wrote it where nothing is chosen.
    function tally(counts) {
      for (var name in options) {
        if (counts) (state.facets[name] || []).forEach(function (value) {
          if (!options[name][value] && scope.labels[name][value]) {
            add(name, value, counts[name][value] || 0);
            options[name][value].input.checked = true;
          }
        });
        for (var value in options[name]) {
          var option = options[name][value];
          show(option.item.firstElementChild, counts ? counts[name][value] || 0 : option.base);
        }
      }
      if (!counts) each(section, "[data-here] a[data-base]", function (link) { show(link, +link.dataset.base); });
    }

    function facet(box) {
      var name = box.dataset.facet;
      var rest = box.querySelector("[data-all]");
      options[name] = {};
      each(box, "li", function (item) { tick(name, item, item.firstElementChild.dataset.value); });
      if (!rest) return;
      var all = button("Show all " + box.dataset.n, function () {
        load().then(function () {
          if (!scope) return;
          var counts = scope.find({ facets: fixed ? Object.fromEntries([[fixed[0], [fixed[1]]]]) : {} }).counts[name];
          var values = Object.keys(counts).filter(function (value) { return !options[name][value]; });
          values.sort(function (a, b) { return counts[b] - counts[a] || (a < b ? -1 : 1); });
          values.forEach(function (value) { add(name, value, counts[value]); });
          all.parentNode.remove();
          if (values.length + CHOICES_MAX > FIELD_FROM) box.querySelector("ul").before(narrow(name, box));
          update();
          (box.querySelector("[type=search]") || box.querySelector("input")).focus();
        });
      });
      rest.replaceWith(all);
    }

    // A small field that looks for one of many choices.
    function narrow(name, box) {
      var made = make("label", "field");
      var input = make("input");
      input.type = "search";
      input.placeholder = "Find one";
      input.setAttribute("aria-label", "Find a " + name);
      input.oninput = function () {
        var wanted = input.value.trim().toLowerCase();
        for (var value in options[name]) {
          options[name][value].item.hidden = options[name][value].text.toLowerCase().indexOf(wanted) < 0;
        }
      };
      made.append(input);
      return made;
    }

    if (facets) {
      each(facets, "[data-facet]", facet);
      find("[data-sheet]").onclick = function () { find("[data-slot]").append(facets); sheet.showModal(); };
      var aside = find(".filters");
      sheet.onclose = function () { aside.append(facets); };
      sheet.onclick = function (event) { if (event.target === sheet || event.target.closest("a")) sheet.close(); };
      facets.addEventListener("focusin", load, { once: true });
      facets.addEventListener("pointerenter", load, { once: true });
    }
    input.onfocus = load;
    input.oninput = function () {
      var had = Boolean(state.q);
      state.q = input.value;
      state.page = 0;
      history.replaceState(null, "", address(0));
      if (had !== Boolean(state.q)) carry();
      clearTimeout(saying);
      saying = setTimeout(function () { page.say(count.textContent); }, 700);
      soon();
    };
    order.onchange = function () { state.sort = order.value === "relevance" ? "" : order.value; state.page = 0; go(true); };
    each(section, "[name=view]", function (radio) {
      radio.onchange = function () { state.view = radio.value; go(true); };
    });
    // A small list is there before it is asked for.
    if (+data.parts === 1 && window.requestIdleCallback) requestIdleCallback(function () { load(); });
    read();
    return { read: read };
  }

  // The menu of an artifact: one for the page, filled when it is opened. Others may add to it when
  // `skillmeat:menu` tells of it.
  var menu = null;
  var opener = null;

  function items() { return Array.from(menu.querySelectorAll("[role=menuitem]")); }

  function shut(focus) {
    if (!menu) return;
    menu.remove();
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
    menu = opener = null;
  }

  function copy(text) {
    shut(true);
    navigator.clipboard.writeText(text).then(function () { page.say("Copied: " + text); }, function () { page.say("Copying is not allowed here"); });
  }

  function place() {
    var box = opener.getBoundingClientRect();
    var below = box.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.top = (below ? box.bottom + 4 : Math.max(4, box.top - menu.offsetHeight - 4)) + "px";
    menu.style.left = Math.max(8, Math.min(box.right, innerWidth - 8) - menu.offsetWidth) + "px";
  }

  function item(name, value, run) {
    var element = menu.querySelector("[data-do=" + name + "]");
    element.hidden = !value;
    element.setAttribute("role", value ? "menuitem" : "none");
    if (value && element.href) element.href = value;
    else if (value) element.onclick = function () { run(value); };
  }

  function open(from, last) {
    var holder = from.closest("[data-id]");
    var link = holder.querySelector(".card-name a");
    opener = from;
    menu = clone("menu");
    menu.setAttribute("aria-label", from.textContent.trim());
    item("open", link.href);
    item("id", navigator.clipboard && holder.dataset.id, copy);
    fill(holder);
    doc.body.append(menu);
    from.setAttribute("aria-expanded", "true");
    doc.dispatchEvent(new CustomEvent("skillmeat:menu", { detail: { menu: menu, id: holder.dataset.id, button: from } }));
    place();
    var all = items();
    all[last ? all.length - 1 : 0].focus();
    // What a script listed is asked of the artifact's own page, where there is a server.
    if ("ask" in holder.dataset && location.protocol !== "file:") {
      delete holder.dataset.ask;
      fetch(link.href).then(function (answer) { return answer.text(); }).then(function (text) {
        var own = new DOMParser().parseFromString(text, "text/html");
        var command = own.querySelector("[aria-labelledby=install] [data-copy]");
        var code = own.querySelector("a[data-code]");
        if (command) holder.dataset.install = command.dataset.copy;
        if (code) holder.dataset.code = code.href;
        if (opener === from) { fill(holder); place(); }
      }, function () { /* it stays without */ });
    }
  }

  function fill(holder) {
    item("install", navigator.clipboard && holder.dataset.install, copy);
    item("code", holder.dataset.code);
  }

  function keys(event) {
    var from = event.target.closest("[data-menu]");
    var isDown = event.key === "ArrowDown", isUp = event.key === "ArrowUp";
    if (from && !menu && (isDown || isUp)) { event.preventDefault(); open(from, isUp); return; }
    if (event.key === "Escape") {
      shut(true);
      each(doc, ".drop[open]", function (one) { one.open = false; one.querySelector("summary").focus(); });
    }
    if (!menu || !menu.contains(event.target)) return;
    var all = items();
    var at = all.indexOf(event.target);
    if (event.key === "Tab") { shut(true); return; }
    var to = isDown ? at + 1 : isUp ? at - 1 : event.key === "Home" ? 0 : event.key === "End" ? -1 : null;
    if (to === null && event.key.length === 1) {
      var letter = event.key.toLowerCase();
      var next = all.slice(at + 1).concat(all).filter(function (one) { return one.textContent.trim().toLowerCase().indexOf(letter) === 0; })[0];
      if (next && letter !== " ") next.focus();
      return;
    }
    if (to === null) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  }

  doc.addEventListener("click", function (event) {
    var from = event.target.closest("[data-menu]");
    var was = opener;
    if (menu && !menu.contains(event.target)) shut();
    if (from && from !== was) open(from);
    each(doc, ".drop[open]", function (one) { if (!one.contains(event.target)) one.open = false; });
  });
  doc.addEventListener("keydown", keys);
  addEventListener("resize", function () { shut(); });
  addEventListener("scroll", function () { shut(); }, true);
  addEventListener("popstate", function () { if (list) list.read(); });

  function start() {
    shut();
    each(doc, "[data-menu]", function (one) { one.hidden = false; });
    var section = doc.querySelector(".results[data-scope]");
    list = section && section.querySelector("[name=q]") ? wire(section) : null;
  }

  // live.js starts the page again after it swapped its parts; the data may be new then.
  var others = page.start;
  page.start = function () { others(); SM.forget(); start(); };
  start();
})();
