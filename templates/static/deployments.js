// The dashboard's filters and views: the address has them, the data beside the page fills them.
(() => {
  "use strict";
  const STEP = 100;
  // Cells of the matrix for each step: a browser lays out a table as a whole.
  const CELLS = 2000;
  let form, data, limit, view;
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  function make(name, ...content) {
    const element = document.createElement(name);
    element.append(...content);
    return element;
  }
  const link = (url, label) => Object.assign(make("a", label), { href: url });
  // The template has a pill for each state and a name for each kind.
  const copy = (selector, at) => one("[data-parts]").content.querySelectorAll(selector)[at].cloneNode(true);

  function artifact(at) {
    const [label, kind, source, url] = data.artifacts[at];
    const name = copy(".named", kind);
    name.lastElementChild.append(url ? link(skillmeat.href(url), label) : label);
    if (source) name.lastElementChild.append(" ", Object.assign(make("span", source), { className: "muted" }));
    return name;
  }
  const place = (at, anchor) => skillmeat.href("projects/" + data.projects[at][1] + "/" + anchor);
  const project = (at) => link(place(at, ""), data.projects[at][0]);

  function state([, at, n, state, version, , since, , , why]) {
    const pill = copy(".pill", state);
    const title = [pill.title, version, since && "since " + since, data.reasons[why]].filter(Boolean).join(", ");
    return Object.assign(pill, { href: place(at, "#d-" + n), title });
  }

  const groups = (rows, at) => Object.entries(Object.groupBy(rows, (row) => row[at]));

  // By artifact where at is 0, by project where it is 1.
  function list(table, rows, at) {
    const shown = rows.sort((a, b) => a[at] - b[at]).slice(0, limit);
    const name = (row, at) => (at ? project : artifact)(row[at]);
    const cells = (row) => [state(row), ...row.slice(4, 9)].map((cell) => make("td", cell));
    const line = (row) => make("tr", make("th", name(row, 1 - at)), ...cells(row));
    table.replaceChildren(table.tHead, ...groups(shown, at).map(([, own]) => {
      const title = Object.assign(make("th", name(own[0], at)), { colSpan: 7 });
      return make("tbody", make("tr", title), ...own.map(line));
    }));
    return rows.length - limit;
  }

  function matrix(table, rows) {
    const top = table.tHead.rows[0];
    table.heads = table.heads || [...top.cells];
    const columns = groups(rows, 1).map(([at]) => +at);
    table.classList.toggle("dense", columns.length > 6);
    top.replaceChildren(table.heads[0], ...columns.map((at) => table.heads[at + 1]));
    const lines = groups(rows, 0), shown = Math.min(limit, Math.max(10, CELLS / columns.length | 0) * limit / STEP);
    table.tBodies[0].replaceChildren(...lines.slice(0, shown).map(([key, own]) => {
      const at = Object.groupBy(own, (row) => row[1]);
      return make("tr", make("th", artifact(key)), ...columns.map((column) => make("td", ...(at[column] || []).map(state))));
    }));
    return lines.length - shown;
  }

  // Whether a deployment is wanted, whatever its state where that is said.
  function fits(row, anyState) {
    const [label, kind, source] = data.artifacts[row[0]];
    const is = (key, own) => !form[key].value || form[key].value === own;
    return is("project", data.projects[row[1]][1]) && is("kind", data.kinds[kind]) && is("source", source)
      && (anyState || is("state", data.states[row[3]]))
      && (label + row[8]).toLowerCase().includes(form.q.value.toLowerCase());
  }

  function fill() {
    const rows = data.rows.filter((row) => fits(row)), table = one("#" + view + " table");
    const left = view === "matrix" ? matrix(table, rows) : list(table, rows, +(view === "project"));
    for (const note of all("[data-rest]")) note.hidden = true;
    const more = one("[data-more]");
    more.hidden = left <= 0;
    more.textContent = left + " more";
    more.onclick = () => { limit += STEP; fill(); };
    const counts = Object.groupBy(data.rows.filter((row) => fits(row, true)), (row) => data.states[row[3]]);
    for (const tile of all("[data-state]")) {
      tile.querySelector("b").textContent = (counts[tile.dataset.state] || "").length;
    }
    const found = one("[data-found]");
    found.textContent = rows.length + " of " + data.rows.length + " deployments";
    skillmeat.say(found.textContent);
  }

  const mark = (element, isCurrent) => { element.ariaCurrent = isCurrent ? "true" : null; };

  // Lays out what the address says.
  function show() {
    const wanted = new URLSearchParams(location.search);
    for (const field of form.elements) if (field.name) field.value = wanted.get(field.name) || "";
    const tabs = all("[data-view]");
    const usual = tabs[matchMedia("(max-width: 48rem)").matches ? 1 : 0];
    const current = tabs.find((tab) => tab.dataset.view === form.view.value) || usual;
    view = current.dataset.view;
    limit = STEP;
    for (const panel of all("[data-panel]")) {
      panel.hidden = panel.id !== view;
      panel.firstElementChild.className = "sr";
    }
    for (const tab of tabs) mark(tab, tab === current);
    for (const tile of all("[data-state]")) mark(tile, tile.dataset.state === form.state.value);
    const isFiltered = [...form.elements].some((field) => field.value && field !== form.view);
    one("[data-clear]").hidden = !isFiltered;
    if (data) return fill();
    if (!isFiltered && !("partial" in form.dataset)) return;
    const onload = () => { data = skillmeatDeployments; show(); };
    document.head.append(Object.assign(make("script"), { src: "data.js", onload }));
  }

  // Puts what is chosen into the address.
  function choose(how) {
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history[how](null, "", "?" + chosen);
    show();
  }

  function start() {
    form = one("[data-filters]");
    data = null;
    if (!form) return;
    form.hidden = false;
    form.oninput = ({ target }) => choose(target === form.q ? "replaceState" : "pushState");
    form.onsubmit = () => false;
    form.onreset = () => setTimeout(choose, 0, "pushState");
    for (const a of all("[data-view], [data-state]")) {
      a.onclick = (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        const { view, state } = a.dataset;
        if (view) form.view.value = view;
        else form.state.value = form.state.value === state ? "" : state;
        choose("pushState");
      };
    }
    show();
  }

  const before = skillmeat.start;
  skillmeat.start = () => { before(); start(); };
  addEventListener("popstate", () => form && show());
  start();
})();
