// Lists of artifacts: searched, narrowed down, sorted; shown as cards, as a table or by group. All
// of that is in the address. The markup is the server's: its templates, cloned and filled.
(() => {
  "use strict";
  const doc = document;
  const page = window.skillmeat;
  const SM = window.SM;
  const CARDS_MAX = 60;
  const FIRST_MAX = 9;
  const LATER_MS = 80;
  const CHOICES_MAX = 15;
  const FACETS = ["kind", "status", "group", "collection", "source", "tag", "project"];
  const URGENCY = ["diverged", "missing", "orphaned", "modified", "outdated", "untracked", "unknown", "in-sync", ""];
  let list = null;

  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));
  const blank = (id) => doc.getElementById(id).content;
  const clone = (id) => blank(id).firstElementChild.cloneNode(true);
  const icon = (name) => blank("icons").querySelector("[data-icon=" + name + "]").firstElementChild.cloneNode(true);
  const counted = (n) => n + (n === 1 ? " artifact" : " artifacts");

  function make(name, className, ...parts) {
    const element = doc.createElement(name);
    element.className = className;
    element.append(...parts);
    return element;
  }

  function button(run, ...parts) {
    const element = make("button", "chip", ...parts);
    element.type = "button";
    element.onclick = run;
    return element;
  }

  // Everything that one list of a page does.
  function wire(section) {
    const data = section.dataset;
    const total = +data.n;
    const fixed = data.fixed && [data.fixed.split(":", 1)[0], data.fixed.slice(data.fixed.indexOf(":") + 1)];
    const find = (selector) => section.querySelector(selector);
    const input = find("[name=q]");
    const order = find("[data-order]");
    const count = find("[data-count]");
    const where = find("[data-where]");
    const chips = find("[data-chips]");
    const sheet = find(".sheet");
    const facets = find("[data-facets]");
    const shown = find("[data-shown]");
    const groups = all(".group-section", section);
    // What the server wrote comes back when nothing is chosen.
    const boxes = shown ? [shown] : groups.map((group) => group.querySelector(".cards"));
    const before = boxes.map((box) => Array.from(box.childNodes));
    const beforeWhere = where.textContent;
    const known = {};
    let state = { facets: {} };
    let scope, loading, saying, frame, later;
    let isBefore = true;
    all("[data-id]", section).forEach((card) => { known[card.dataset.id] = card.dataset; });

    const words = () => SM.parse(state.q).words;
    const by = () => state.sort.replace("-", "");
    const chosen = (name) => state.facets[name] || [];
    const isFiltered = () => state.q.trim() || Object.keys(state.facets).length;
    const isPlain = () => !isFiltered() && !state.sort && !state.page && (!shown || state.view !== "list");
    const ticks = () => all("[data-facet] [type=checkbox]", section);
    const eachChosen = (run) => FACETS.forEach((name) => chosen(name).forEach((value) => run(name, value)));

    function load() {
      loading = loading || SM.open(doc.documentElement.dataset.root, data.scope, +data.parts).then((opened) => {
        scope = opened;
        scope.ontext = () => isFiltered() && soon();
      }, () => {
        loading = null;
        count.textContent = "The data to search in did not load";
        tell();
      });
      return loading;
    }

    // The state and the address, each made of the other.
    function read() {
      const params = new URLSearchParams(location.search);
      const get = (name) => params.get(name) || "";
      state = { q: get("q"), facets: {}, sort: get("sort"), view: get("view"), page: +get("page") };
      FACETS.forEach((name) => { if (params.has(name)) state.facets[name] = params.getAll(name); });
      input.value = state.q;
      update();
      if (state.view === "grouped" && find("a[data-view=grouped]")) location.replace(find("a[data-view=grouped]").href);
    }

    function params(view, number, less) {
      const made = new URLSearchParams();
      if (state.q) made.set("q", state.q);
      eachChosen((name, value) => { if (name !== less) made.append(name, value); });
      if (state.sort) made.set("sort", state.sort);
      if (view === "list") made.set("view", view);
      if (number) made.set("page", number);
      return String(made);
    }

    function go(change, isTyping) {
      Object.assign(state, { page: 0 }, change);
      const search = params(state.view, state.page);
      history[isTyping ? "replaceState" : "pushState"](null, "", search ? "?" + search : location.pathname);
      if (isTyping) soon(); else update();
      tell();
    }

    function tell() {
      clearTimeout(saying);
      saying = setTimeout(() => page.say(count.textContent), 700);
    }

    function type(text, change) {
      input.value = text;
      go(Object.assign({ q: text }, change));
      input.focus();
    }

    function choose(name, value, on) {
      const values = chosen(name).filter((one) => one !== value).concat(on ? value : []);
      const facets = Object.assign({}, state.facets, { [name]: values });
      if (!values.length) delete facets[name];
      go({ facets });
    }

    function soon() {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(update);
    }

    // What is asked for: chosen, typed and what the page is about.
    function ask() {
      const query = SM.parse(state.q);
      eachChosen((name, value) => { query.facets[name] = (query.facets[name] || []).concat(value); });
      if (fixed) query.facets[fixed[0]] = [fixed[1]];
      query.sort = by() || (query.words.length || data.sort === "rank" || !shown ? "" : "name");
      const key = { source: (item) => item.source, status: (item) => URGENCY.indexOf(item.status) }[query.sort];
      if (key) query.sort = "name";
      const found = scope.find(query);
      if (key) found.hits.sort((a, b) => (key(a) < key(b) ? -1 : +(key(a) > key(b))));
      if (state.sort[0] === "-") found.hits.reverse();
      found.words = found.words || query.words;
      return found;
    }

    function update() {
      clearTimeout(later);
      controls();
      if (isPlain()) { restore(); return; }
      if (!scope) { load().then(() => scope && update()); return; }
      const found = ask();
      const n = found.hits.length;
      isBefore = false;
      tally(found.counts);
      count.textContent = (isFiltered() ? n + " of " : "") + counted(total);
      if (shown) flat(found); else byGroup(found);
      if (!n || found.guess) chips.after(nothing(n, found.guess));
      find("[data-done]").textContent = "Show " + counted(n);
      page.dates();
    }

    function busy(is) { shown.setAttribute("aria-busy", is); }

    function restore() {
      if (isBefore) return;
      if (shown) busy(false);
      isBefore = true;
      boxes.forEach((box, at) => box.replaceChildren(...before[at]));
      groups.forEach((group) => tellGroup(group, group.dataset.n));
      count.textContent = counted(total);
      where.textContent = beforeWhere;
      find("[data-done]").textContent = "Show " + counted(total);
      tally();
    }

    // What is chosen, as every control shows it. Other views and the pages of groups keep it.
    function controls() {
      const removers = [];
      all(".nothing", section).forEach((old) => old.remove());
      all("[name=view]", section).forEach((radio) => { radio.checked = (radio.value === "list") === (state.view === "list"); });
      order.querySelector("[value=relevance]").hidden = !words().length;
      order.value = by() || (words().length ? "relevance" : "");
      eachChosen((name, value) => removers.push(remover(name, value)));
      all("[data-sheet] .count", section).forEach((one) => { one.textContent = removers.length || ""; });
      chips.hidden = !removers.length;
      chips.replaceChildren(...removers, clearer());
      ticks().forEach((tick) => { tick.checked = chosen(tick.name).includes(tick.value); });
      all("a[data-view]", section).forEach((link) => { link.search = params(link.dataset.view); });
      all(".group-section .more a", section).forEach((link) => { link.search = params("", 0, "group"); });
    }

    const clearer = () => button(() => type("", { facets: {} }), "Clear all");

    function label(name, value) {
      const tick = ticks().find((one) => one.name === name && one.value === value);
      return scope && scope.labels[name][value] || (tick ? tick.parentNode.querySelector("span:not(.dot)").textContent : value);
    }

    function remover(name, value, prefix) {
      const title = name === "kind" || name === "status" ? "" : name[0].toUpperCase() + name.slice(1) + ": ";
      const text = title + label(name, value);
      const chip = button(() => {
        choose(name, value);
        (chips.querySelector("button:not(:last-child)") || input).focus();
      }, (prefix || "") + text, icon("close"));
      chip.setAttribute("aria-label", "Remove " + text);
      return chip;
    }

    // Says that nothing fits, and what would make something fit.
    function nothing(n, guess) {
      const text = guess ? "Nothing fits “" + words().join(" ") + "”. " + (n ? "This fits “" + guess + "”." : "Did you mean “" + guess + "”?") : "Nothing fits all of this.";
      const ways = make("div", "chips");
      if (guess) ways.append(button(() => type(guess), "Search for “" + guess + "”"));
      if (state.q) ways.append(button(() => type(""), "Remove “" + state.q.trim() + "”"));
      if (!n) eachChosen((name, value) => ways.append(remover(name, value, "Remove ")));
      ways.append(clearer());
      return make("div", "nothing empty", make("p", "", text), ways);
    }

    // Cards or rows of one page, and the way to the others.
    function flat(found) {
      const n = Math.max(1, Math.ceil(found.hits.length / CARDS_MAX));
      const here = Math.min(state.page || (isFiltered() || state.sort ? 1 : +data.page), n);
      const isTable = state.view === "list";
      const box = isTable ? clone("table") : make("ul", "cards");
      const items = found.hits.slice((here - 1) * CARDS_MAX, here * CARDS_MAX);
      const draw = (some) => (box.querySelector("tbody") || box).append(...some.map((item) => fill(clone(isTable ? "row" : "card"), item, found.words, fixed && fixed[1])));
      // What is in view is painted first: a slow machine takes longer for all than a person types.
      const first = scrollY > innerHeight ? CARDS_MAX : FIRST_MAX;
      draw(items.slice(0, first));
      busy(items.length > first);
      later = setTimeout(() => { draw(items.slice(first)); busy(false); page.dates(); }, LATER_MS);
      if (isTable) headings(box);
      shown.replaceChildren(...(items.length ? [box] : []), ...(n > 1 ? [pager(here, n)] : []));
      where.textContent = n > 1 ? "· page " + here + " of " + n : "";
    }

    function headings(box) {
      const sort = by() || (words().length || data.sort === "rank" ? "" : "name");
      all("[data-by]", box).forEach((head) => {
        const own = head.dataset.by;
        const isDown = (own === "changed") !== (state.sort[0] === "-");
        if (own === sort) head.parentNode.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        head.onclick = () => {
          go({ sort: (own === sort && state.sort[0] !== "-" ? "-" : "") + own });
          find("[data-by=" + own + "]").focus();
        };
      });
    }

    function pager(here, n) {
      const nav = make("nav", "pager");
      nav.setAttribute("aria-label", "Pages");
      const link = (number, ...parts) => {
        const one = make("a", "", ...parts);
        one.href = "?" + params(state.view, number);
        one.onclick = (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go({ page: number });
          const top = find("#results");
          top.scrollIntoView();
          top.focus({ preventScroll: true });
        };
        nav.append(one);
        return one;
      };
      if (here > 1) link(here - 1, icon("back"), "Previous").rel = "prev";
      for (let number = 1, last = 0; number <= n; number++) {
        if (number !== 1 && number !== n && Math.abs(number - here) > 2) continue;
        if (number > last + 1) nav.append("…");
        const one = link(number, make("span", "sr", "Page "), number);
        if (number === here) one.setAttribute("aria-current", "page");
        last = number;
      }
      if (here < n) link(here + 1, "Next", icon("next")).rel = "next";
      return nav;
    }

    // The sections with what fits in each; those without stay.
    function byGroup(found) {
      const of = {};
      found.hits.forEach((item) => (item.groups.length ? item.groups : [""]).forEach((group) => { (of[group] = of[group] || []).push(item); }));
      const n = Math.max(3, Math.floor(CARDS_MAX / (Object.keys(of).length || 1)));
      groups.forEach((section, at) => {
        const group = section.dataset.group;
        const own = of[group] || [];
        if (!found.words.length && !state.sort) own.sort((a, b) => (a.ranks[group] || 0) - (b.ranks[group] || 0));
        boxes[at].replaceChildren(...own.slice(0, n).map((item) => fill(clone("card"), item, found.words, group)));
        tellGroup(section, own.length + " of " + section.dataset.n);
      });
      all("[data-here=group] a", section).forEach((link) => show(link, (of[link.dataset.value] || []).length));
    }

    function tellGroup(group, text) {
      group.querySelector("summary .count").textContent = text;
      group.querySelector(".empty").hidden = group.querySelector(".card");
      all("[data-rest]", group).forEach((rest) => { rest.hidden = !isBefore; });
    }

    function fill(element, item, words, here) {
      const one = (selector) => element.querySelector(selector);
      const put = (selector, text) => { const part = one(selector); if (part && text) part.textContent = text; else if (part) part.remove(); };
      const own = known[item.id];
      Object.assign(element.dataset, own || { ask: "" }, { id: item.id });
      const name = one("a");
      name.href = page.href(item.url);
      SM.mark(name, item.name, words);
      put(".handle .sr", "Move " + item.name);
      put("[data-menu] .sr", "Actions for " + item.name);
      one("[data-menu]").hidden = false;
      one(".kind-of").replaceChildren(icon(item.kind), make("span", "", scope.labels.kind[item.kind]));
      one(".of").replaceChildren(icon(scope.via[item.source]), make("span", "", item.source));
      put(".plugin", item.plugin && "in " + item.plugin);
      put(".version", item.version && "v" + item.version);
      const text = one(".card-text");
      if (text && item.instead) {
        text.querySelector("code").textContent = item.instead[1];
        text.prepend(item.instead[0]);
      } else if (text) SM.mark(text, item.text || "No description in the source file", item.text && words);
      const pill = one(".pill");
      const n = item.problems;
      if (item.status) pill.replaceChildren(icon(item.status), scope.labels.status[item.status]);
      else if (n) pill.replaceChildren(icon("diverged"), n + (n === 1 ? " problem" : " problems"));
      else pill.remove();
      pill.className = "pill s-" + (item.status || "problem");
      places(one(".places"), item, here);
      if (one("time")) one("time").dateTime = item.changed;
      put("time", item.changed);
      return element;
    }

    // Its groups, or its collections, the first two of them.
    function places(box, item, here) {
      const name = "inCollection" in data ? "group" : "collection";
      const keys = item[name + "s"].filter((key) => key !== here);
      const [link, more] = box.children;
      if (!keys.length) box.remove();
      box.replaceChildren(...keys.slice(0, 2).map((key) => {
        const one = link.cloneNode(true);
        one.href = page.href(scope.links[name][key]);
        if (name === "group") one.className = "group g-" + scope.colors[key];
        one.lastElementChild.textContent = scope.labels[name][key];
        return one;
      }), ...(keys.length > 2 ? [more] : []));
      more.textContent = "+" + (keys.length - 2);
    }

    // A box to tick, where the server wrote a link.
    function tick(item, name, value) {
      const link = item.firstElementChild;
      const input = make("input", "");
      Object.assign(input, { type: "checkbox", name, value, checked: chosen(name).includes(value) });
      input.onchange = () => choose(name, value, input.checked);
      const made = make("label", "", input, ...link.children);
      made.dataset.base = made.querySelector(".count").textContent;
      link.replaceWith(made);
    }

    // A value that the server left out.
    function add(name, value, n) {
      const item = find("[data-facet=" + name + "] li").cloneNode(true);
      const [picture, mark] = [item.querySelector(".icon"), item.querySelector(".dot")];
      item.querySelector("input").remove();
      if (mark) mark.className = "dot g-" + scope.colors[value];
      if (picture && name === "source") picture.replaceWith(icon(scope.via[value]));
      item.querySelector("span:not(.dot)").textContent = scope.labels[name][value];
      item.querySelector(".count").textContent = n;
      find("[data-facet=" + name + "] ul").append(item);
      tick(item, name, value);
    }

    function show(choice, n) {
      const count = choice.querySelector(".count");
      choice.dataset.base = choice.dataset.base || count.textContent;
      const text = n === undefined ? choice.dataset.base : String(n);
      if (count.textContent !== text) count.textContent = text;
      choice.classList.toggle("zero", text === "0");
    }

    // How many would be left with each choice; as the server wrote it where nothing is chosen.
    function tally(counts) {
      const there = ticks();
      if (counts) eachChosen((name, value) => {
        const isShown = there.some((one) => one.name === name && one.value === value);
        if (!isShown && find("[data-facet=" + name + "]") && scope.labels[name][value]) add(name, value, counts[name][value] || 0);
      });
      ticks().forEach((one) => show(one.parentNode, counts && (counts[one.name][one.value] || 0)));
      if (!counts) all("[data-here=group] a", section).forEach((link) => show(link));
    }

    function wireFacet(box) {
      const name = box.dataset.facet;
      const rest = box.querySelector("[data-all]");
      all("li", box).forEach((item) => tick(item, name, item.firstElementChild.dataset.value));
      if (rest) rest.replaceWith(button((event) => load().then(() => {
        if (!scope) return;
        const counts = scope.find({ facets: fixed ? { [fixed[0]]: [fixed[1]] } : {} }).counts[name];
        const there = ticks().filter((one) => one.name === name).map((one) => one.value);
        const values = Object.keys(counts).filter((value) => !there.includes(value));
        values.sort((a, b) => counts[b] - counts[a] || (a < b ? -1 : 1));
        values.forEach((value) => add(name, value, counts[value]));
        event.target.remove();
        if (+box.dataset.n > CHOICES_MAX) narrow(box);
        update();
        box.querySelector("input").focus();
      }), "Show all " + box.dataset.n));
    }

    // A small field that looks for one of many choices.
    function narrow(box) {
      const input = make("input", "");
      input.type = "search";
      input.placeholder = "Find one";
      input.setAttribute("aria-label", "Find a " + box.dataset.facet);
      input.oninput = () => all("li", box).forEach((item) => {
        item.hidden = !item.textContent.toLowerCase().includes(input.value.trim().toLowerCase());
      });
      box.querySelector("ul").before(make("label", "field", input));
    }

    if (facets) {
      const aside = find(".filters");
      all("[data-facet]", facets).forEach(wireFacet);
      facets.addEventListener("focusin", load);
      facets.onpointerenter = load;
      find("[data-sheet]").onclick = () => { find("[data-slot]").append(facets); sheet.showModal(); };
      sheet.onclose = () => aside.append(facets);
      sheet.onclick = (event) => { if (event.target === sheet || event.target.closest("a")) sheet.close(); };
    }
    input.onfocus = load;
    input.oninput = () => go({ q: input.value }, true);
    order.onchange = () => go({ sort: order.value === "relevance" ? "" : order.value });
    all("[name=view]", section).forEach((radio) => { radio.onchange = () => go({ view: radio.value }); });
    // A small list is there before it is asked for.
    if (+data.parts === 1 && window.requestIdleCallback) requestIdleCallback(load);
    read();
    return { read, ids: () => load().then(() => (scope ? ask().hits.map((item) => item.id) : [])) };
  }

  // The menu of an artifact: one for the page, filled when it is opened. Others may add to it when
  // `skillmeat:menu` tells of it.
  let menu = null;
  let opener = null;
  let top = 0;

  const items = () => all("[role=menuitem]:not([hidden])", menu);

  function shut(focus) {
    if (!menu) return;
    menu.remove();
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
    menu = opener = null;
  }

  function copy(text) {
    shut(true);
    navigator.clipboard.writeText(text).then(() => page.say("Copied: " + text), () => page.say("Copying is not allowed here"));
  }

  function offer(name, value) {
    const element = menu.querySelector("[data-do=" + name + "]");
    element.hidden = !value;
    if (element.href) element.href = value || "";
    else element.onclick = () => copy(value);
  }

  function fill(holder) {
    offer("install", navigator.clipboard && holder.dataset.install);
    offer("code", holder.dataset.code);
    const box = opener.getBoundingClientRect();
    const isBelow = box.bottom + menu.offsetHeight + 8 < innerHeight;
    top = box.top;
    menu.style.top = (isBelow ? box.bottom + 4 : Math.max(4, box.top - menu.offsetHeight - 4)) + "px";
    menu.style.left = Math.max(8, Math.min(box.right, innerWidth - 8) - menu.offsetWidth) + "px";
  }

  function open(from, last) {
    const holder = from.closest("[data-id]");
    const url = holder.querySelector("a").href;
    opener = from;
    menu = clone("menu");
    menu.setAttribute("aria-label", from.textContent.trim());
    doc.body.append(menu);
    from.setAttribute("aria-expanded", "true");
    offer("open", url);
    offer("id", navigator.clipboard && holder.dataset.id);
    doc.dispatchEvent(new CustomEvent("skillmeat:menu", { detail: { menu, id: holder.dataset.id, button: from } }));
    fill(holder);
    items().slice(last ? -1 : 0)[0].focus();
    // What a script listed is asked of the artifact's own page, where there is a server.
    if (!("ask" in holder.dataset) || location.protocol === "file:") return;
    delete holder.dataset.ask;
    fetch(url).then((answer) => answer.text()).then((text) => {
      const own = new DOMParser().parseFromString(text, "text/html");
      const command = own.querySelector("[aria-labelledby=install] [data-copy]");
      const code = own.querySelector("a[data-code]");
      if (command) holder.dataset.install = command.dataset.copy;
      if (code) holder.dataset.code = code.href;
      if (opener === from) fill(holder);
    }, () => { /* it stays without */ });
  }

  doc.addEventListener("keydown", (event) => {
    const key = event.key;
    const from = event.target.closest("[data-menu]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === "Escape") {
      shut(true);
      all(".drop[open]").forEach((one) => { one.open = false; one.firstElementChild.focus(); });
    }
    if (from && !menu && step) { event.preventDefault(); open(from, step < 0); return; }
    if (!menu) return;
    if (key === "Tab") { shut(true); return; }
    const there = items();
    const at = there.indexOf(event.target);
    let to = step ? there[(at + step + there.length) % there.length] : { Home: there[0], End: there[there.length - 1] }[key];
    if (!to && key.length === 1) to = there.slice(at + 1).concat(there).find((one) => one.textContent.trim()[0].toLowerCase() === key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
  doc.addEventListener("click", (event) => {
    const from = event.target.closest("[data-menu]");
    const was = opener;
    if (menu && !menu.contains(event.target)) shut();
    if (from && from !== was) open(from);
    all(".drop[open]").forEach((one) => { one.open = one.contains(event.target); });
  });
  addEventListener("resize", () => shut());
  // Of what was scrolled before it was opened, the event may come after.
  addEventListener("scroll", () => menu && Math.abs(opener.getBoundingClientRect().top - top) > 4 && shut(), true);
  addEventListener("popstate", () => list && list.read());

  function start() {
    shut();
    all("[data-menu]").forEach((one) => { one.hidden = false; });
    const section = doc.querySelector(".results[data-scope]:has([name=q])");
    list = section && wire(section);
  }

  // live.js starts the page again after it swapped its parts; the data may be new then.
  // What is asked for, on all pages of the list.
  page.fitting = () => (list ? list.ids() : Promise.resolve([]));
  const others = page.start;
  page.start = () => { others(); SM.forget(); start(); };
  start();
})();
