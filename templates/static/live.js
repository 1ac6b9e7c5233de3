// Under `skillmeat serve`. First: messages that come, are read and go by themselves.
(function () {
  "use strict";
  const doc = document;
  const page = window.skillmeat;
  const region = doc.querySelector("[data-toasts]");
  const SHOWN_MAX = 3, DONE_MS = 6000, WITH_ACTIONS_MS = 10000, TICK_MS = 250;
  let before = null;
  let ticking = null;

  const all = () => Array.from(region.querySelectorAll(".toast"));

  function make(tag, parent, text, attributes) {
    const element = doc.createElement(tag);
    if (text) element.textContent = text;
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    if (parent) parent.append(element);
    return element;
  }

  // All but an open modal dialog is out of reach, so the messages stand in the topmost one.
  function place() {
    const dialogs = doc.querySelectorAll("dialog:modal");
    const host = dialogs.length ? dialogs[dialogs.length - 1] : doc.body;
    if (region.parentNode !== host) host.append(region);
    if (!region.showPopover) return;
    // Shown again, it is above what was opened meanwhile.
    if (region.matches(":popover-open")) region.hidePopover();
    region.showPopover();
  }

  function shut(toast) {
    const had = toast.contains(doc.activeElement);
    toast.remove();
    if (!had) return;
    const next = region.querySelector(".toast button");
    const back = next || before && before.isConnected && before || doc.getElementById("main");
    back.focus({ preventScroll: true });
  }

  // Time stands still for what is looked at, pointed to or has the focus.
  function tick() {
    const waits = doc.hidden || region.matches(":hover, :focus-within");
    const timed = all().filter((toast) => toast.left);
    if (!waits) timed.forEach((toast) => { if ((toast.left -= TICK_MS) <= 0) shut(toast); });
    if (!timed.length) { clearInterval(ticking); ticking = null; }
  }

  function toast(what) {
    const isError = what.kind === "error";
    const list = region.querySelector(isError ? "[role=alert]" : "[role=status]");
    place();
    all().forEach((one) => { if (one.dataset.text === what.text) shut(one); });
    const toast = make("div", list, "", { "class": "toast " + (isError ? "is-error" : "is-done"), "data-text": what.text });
    toast.append(doc.getElementById("toast-pieces").content.querySelector(isError ? ".is-error" : ".is-done").cloneNode(true));
    const words = make("div", toast, "", { "class": "toast-text" });
    make("b", words, what.text);
    if (what.detail) make("span", words, what.detail);
    const actions = make("div", null, "", { "class": "toast-actions" });
    (what.actions || []).forEach((action) => {
      make("button", actions, action.label, { type: "button", "class": "link" }).onclick = () => { shut(toast); action.run(); };
    });
    const close = make("button", toast, "", { type: "button", "class": "copy" });
    close.append(doc.getElementById("toast-pieces").content.querySelector(".is-close").cloneNode(true));
    make("span", close, "Close", { "class": "sr" });
    close.onclick = () => shut(toast);
    if (actions.firstChild) toast.append(actions);
    toast.left = isError ? 0 : (what.actions || []).length ? WITH_ACTIONS_MS : DONE_MS;
    const many = all();
    // Those that go by themselves go first.
    if (many.length > SHOWN_MAX) shut(many.find((one) => one.left && one !== toast) || many.find((one) => one !== toast));
    if (!ticking) ticking = setInterval(tick, TICK_MS);
    return { close: () => shut(toast) };
  }

  addEventListener("keydown", (event) => {
    const inside = region.contains(doc.activeElement);
    if (event.key === "F6" && all().length && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (inside) { (before && before.isConnected ? before : doc.getElementById("main")).focus(); return; }
      before = doc.activeElement;
      all().pop().querySelector("button").focus();
    } else if (event.key === "Escape" && inside) {
      // Not the dialog behind it.
      event.preventDefault();
      event.stopPropagation();
      shut(doc.activeElement.closest(".toast"));
    }
  }, true);
  region.addEventListener("focusin", (event) => {
    if (event.relatedTarget && !region.contains(event.relatedTarget)) before = event.relatedTarget;
  });
  // A dialog that goes takes nothing with it.
  doc.addEventListener("close", () => setTimeout(place), true);
  place();
  page.toast = toast;
  page.keys = (page.keys || []).concat([["F6", "To the messages and back"]]);
  // The server was started again meanwhile and does not know this page.
  page.outdated = () => toast({
    kind: "error",
    text: "This page is older than the server",
    detail: "Nothing was changed. Copy what you typed, then reload.",
    actions: [{ label: "Reload the page", run: () => location.reload() }]
  });
})();

// Second: what changed is taken over in place; what a person does and sees stays.
(function () {
  "use strict";
  const doc = document;
  const root = doc.documentElement;
  const page = window.skillmeat;
  const NAMES = ["data-id", "data-group", "data-facet", "data-view", "name", "value", "href"];
  const CONTROLS = "input:not([type=hidden]), textarea, select";
  const SETTLES_MS = 1500, RETRY_MS = 200, QUIET_MS = 10000;
  let running = null;
  let next = null;
  let last = null;
  let said = 0;

  page.hold = page.hold || 0;
  page.live = { revision: shownBy(performance.getEntriesByType("navigation")[0]) };

  // The page knows what it was made from; what came since is news.
  function shownBy(navigation) {
    const timing = (navigation && navigation.serverTiming || []).find((one) => one.name === "revision");
    return timing ? Number(timing.description) : null;
  }

  const main = () => doc.getElementById("main");

  // The way to an element by what names it and what it stands in, for it to be found in a new page.
  function way(element) {
    const steps = [];
    for (let one = element; one && one !== main(); one = one.parentElement) {
      const name = one.id ? "#" + CSS.escape(one.id) : NAMES.filter((name) => one.hasAttribute(name)).map((name) => `[${name}="${CSS.escape(one.getAttribute(name))}"]`).join("");
      if (one === element || name) steps.unshift(one.localName + name);
    }
    const path = steps.join(" ");
    return { path, at: Array.from(main().querySelectorAll(path)).indexOf(element) };
  }

  function follow(found, place) {
    return place.querySelectorAll(found.path)[found.at];
  }

  const inMain = (element) => element && main().contains(element) && element !== main();

  function isTyped(control) {
    if (/^(checkbox|radio)$/.test(control.type)) return control.checked !== control.defaultChecked;
    if (control.options) return Array.from(control.options).some((one) => one.selected !== one.defaultSelected);
    return control.value !== control.defaultValue;
  }

  // What was put in by hand, as functions that put it into a new page.
  function typed() {
    return Array.from(main().querySelectorAll(CONTROLS)).filter(isTyped).map((control) => {
      const found = way(control);
      const { value, checked } = control;
      return (place) => {
        const now = follow(found, place);
        if (!now) return;
        if (/^(checkbox|radio)$/.test(now.type)) now.checked = checked; else now.value = value;
      };
    });
  }

  function opened() {
    return Array.from(main().querySelectorAll("details")).map((one) => {
      const [found, open] = [way(one), one.open];
      return (place) => { const now = follow(found, place); if (now) now.open = open; };
    });
  }

  function focused() {
    const element = doc.activeElement;
    if (!inMain(element)) return () => {};
    const found = way(element);
    const range = /^(text|search|textarea)$/.test(element.type) && [element.selectionStart, element.selectionEnd];
    return () => {
      if (doc.activeElement !== doc.body && doc.activeElement) return;
      const now = follow(found, main());
      // What had the focus is gone: the keyboard goes on from where the page begins.
      (now || main()).focus({ preventScroll: true });
      if (now && range) now.setSelectionRange(range[0], range[1]);
    };
  }

  // Marked text stays marked where the same words stand at the same place.
  function marked() {
    const selection = getSelection();
    if (selection.isCollapsed || !inMain(selection.anchorNode.parentElement) || !inMain(selection.focusNode.parentElement)) return () => {};
    const ends = [[selection.anchorNode, selection.anchorOffset], [selection.focusNode, selection.focusOffset]].map(([node, offset]) => {
      const found = way(node.parentElement);
      const at = Array.from(node.parentElement.childNodes).indexOf(node);
      return { found, at, offset, text: node.textContent };
    });
    return () => {
      const nodes = ends.map((end) => { const place = follow(end.found, main()); return place && place.childNodes[end.at]; });
      if (!nodes.every((node, n) => node && node.textContent === ends[n].text)) return;
      selection.setBaseAndExtent(nodes[0], ends[0].offset, nodes[1], ends[1].offset);
    };
  }

  // The first thing in view stays where it is, also while lists are still being filled; not against
  // the will of a person who scrolls.
  function anchored() {
    const [x, y] = [scrollX, scrollY];
    if (!y) return () => scrollTo(x, 0);
    const head = doc.querySelector(".top").getBoundingClientRect().bottom;
    const first = Array.from(main().querySelectorAll("[data-id], [id], h2, h3, section, p, li, pre")).find((one) => {
      const box = one.getBoundingClientRect();
      return box.height && box.top >= Math.max(head, 0) && box.top < innerHeight;
    });
    const found = first && way(first);
    const top = first && first.getBoundingClientRect().top;
    return () => {
      const keep = () => {
        const now = found && follow(found, main());
        if (now && now.getClientRects().length) scrollBy(0, now.getBoundingClientRect().top - top); else scrollTo(x, y);
      };
      const watcher = new ResizeObserver(keep);
      const end = () => { watcher.disconnect(); ["wheel", "touchstart", "keydown", "pointerdown"].forEach((name) => removeEventListener(name, end)); };
      ["wheel", "touchstart", "keydown", "pointerdown"].forEach((name) => addEventListener(name, end, { passive: true }));
      setTimeout(end, SETTLES_MS);
      keep();
      watcher.observe(main());
    };
  }

  // A drag, a dialog or a menu within the page, or words typed into a form that edits: not now.
  function isHeld() {
    if (page.hold > 0 || main().querySelector("dialog[open]") || doc.querySelector(".menu-box")) return true;
    const forms = Array.from(main().querySelectorAll("form")).filter((form) => form.querySelector("[name=seen]"));
    return forms.some((form) => Array.from(form.elements).some((one) => /^(text|textarea)$/.test(one.type) && isTyped(one)));
  }

  function free() {
    if (!isHeld()) return null;
    return new Promise((go) => {
      const look = setInterval(() => { if (!isHeld()) { clearInterval(look); go(); } }, RETRY_MS);
    });
  }

  function take(text, revision) {
    const made = new DOMParser().parseFromString(text, "text/html");
    const fresh = made.getElementById("main");
    if (!main() || !fresh) return;
    // Of a server that was started again.
    const token = made.documentElement.dataset.token;
    if (token && token !== root.dataset.token) {
      root.dataset.token = token;
      doc.querySelectorAll("input[name=token]").forEach((input) => { input.value = token; });
    }
    page.live.revision = revision;
    page.forget();
    const isSame = fresh.innerHTML === last;
    last = fresh.innerHTML;
    // Some pages are the same and show data that is not.
    if (isSame && !fresh.querySelector("[data-scope], [data-search]")) return;
    const puts = typed().concat(opened());
    const after = [focused(), marked(), anchored()];
    const now = doc.adoptNode(fresh);
    puts.forEach((put) => put(now));
    main().replaceWith(now);
    doc.title = made.title;
    page.start();
    after.forEach((run) => run());
    if (!isSame && Date.now() - said > QUIET_MS) { said = Date.now(); page.say("Page updated"); }
  }

  function load() {
    return fetch(location.href, { cache: "no-store" }).then((answer) => {
      // Gone from the catalog: the page that says so is the answer.
      if (!answer.ok && answer.status !== 404) return null;
      const told = /revision;desc="?(\d+)/.exec(answer.headers.get("server-timing"));
      return answer.text().then((text) => Promise.resolve(free()).then(() => take(text, told ? Number(told[1]) : null)));
    });
  }

  // Now, or once more after the one that is under way, which may have asked too early.
  page.reload = () => {
    if (!running) {
      running = load().finally(() => { running = null; });
      return running;
    }
    next = next || running.catch(() => {}).then(() => { next = null; return page.reload(); });
    return next;
  };
})();

// Third: what the server tells. One tab of all listens, since a browser opens only few connections
// to a server, and passes on what it hears.
(function () {
  "use strict";
  const doc = document;
  const page = window.skillmeat;
  const base = new URL(doc.documentElement.dataset.root, location.href);
  const NAME = "skillmeat-events";
  // What is known, by whoever listens: the server's `run` is counted up when it was lost.
  let known = { run: null, revision: null, problems: [], sync: null, lost: false };
  let shownRun = null;
  let channel = null;
  let events = null;
  let leave = null;

  function read(text) {
    try { return JSON.parse(text); } catch (e) { return null; }
  }

  function tell(change) {
    Object.assign(known, change);
    if (channel) channel.postMessage({ known });
    news();
  }

  // Compared with what this page shows, since any of it may be heard twice or not at all.
  function news() {
    const told = known.revision;
    const isOther = shownRun !== null && known.run !== shownRun;
    shownRun = known.run;
    if (!known.lost && told !== null) {
      const shown = page.live.revision;
      if (shown === null && !isOther) page.live.revision = told;
      else if (isOther || shown !== told) { ages(); page.reload().catch(() => { /* the next event tries again */ }); }
    }
    doc.dispatchEvent(new CustomEvent("skillmeat:news", { detail: known }));
  }

  // When the sources were read may have changed too: the file that tells is loaded again.
  function ages() {
    const script = doc.createElement("script");
    script.onload = () => { script.remove(); page.ages(); doc.dispatchEvent(new CustomEvent("skillmeat:ages")); };
    script.src = new URL("status.js?" + known.revision, base);
    doc.head.append(script);
  }

  function listen() {
    events = new EventSource(new URL("api/v1/events", base));
    events.onopen = () => tell({ lost: false, run: known.lost || known.run === null ? Date.now() : known.run });
    events.onerror = () => tell({ lost: true });
    ["revision", "problems", "sync"].forEach((name) => events.addEventListener(name, (event) => {
      const data = read(event.data);
      if (data) tell({ [name]: name === "revision" ? data.revision : data });
    }));
  }

  function deaf() {
    if (events) events.close();
    events = null;
  }

  function join() {
    if (!navigator.locks || !window.BroadcastChannel) { alone(); return; }
    channel = new BroadcastChannel(NAME);
    channel.onmessage = (event) => {
      if (event.data.hello) { if (events) channel.postMessage({ known }); return; }
      known = event.data.known;
      news();
    };
    channel.postMessage({ hello: true });
    const stop = new AbortController();
    leave = () => stop.abort();
    // Held as long as this tab listens; the next in the row then does.
    navigator.locks.request(NAME, { signal: stop.signal }, () => new Promise((end) => { leave = end; listen(); })).catch(() => { /* left before its turn */ });
  }

  // Where tabs cannot agree, only those that are seen listen.
  function alone() {
    const look = () => { if (doc.hidden) deaf(); else if (!events) listen(); };
    doc.addEventListener("visibilitychange", look);
    look();
  }

  addEventListener("pagehide", () => {
    deaf();
    if (channel) channel.close();
    if (leave) leave();
  });
  // Taken out of the browser's memory: what it shows may be old by hours.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  join();
})();

// Last: the button that asks the sources, and the lines below the head.
(function () {
  "use strict";
  const doc = document;
  const root = doc.documentElement;
  const page = window.skillmeat;
  const base = new URL(root.dataset.root, location.href);
  const API = new URL("api/v1/refresh", base);
  const POLL_MS = 2000;
  const form = doc.querySelector("[data-refresh]");
  const find = (name) => doc.querySelector("[data-" + name + "]");
  let state = null;
  // Asked for here and not yet answered; the number of the refresh this tab asked for.
  let asking = false;
  let mine = null;

  const isRunning = () => asking || state && state.state === "running";
  const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  function set(element, text) { if (element && element.textContent !== text) element.textContent = text; }

  function counted(n, word) { return n + " " + word + (n === 1 ? "" : "s"); }

  // "12 minutes ago" from seconds since 1970.
  function ago(second) {
    const left = Math.max(0, Math.round(Date.now() / 1000 - second));
    if (left < 60) return "just now";
    const [size, word] = [[86400, "day"], [3600, "hour"], [60, "minute"]].find((step) => left >= step[0]);
    return counted(Math.floor(left / size), word) + " ago";
  }

  // When the source that was read longest ago was read.
  function oldest() {
    const status = window.skillmeatStatus;
    const times = status ? Object.values(status.sources).filter(Boolean) : [];
    return times.length ? Math.min.apply(null, times) : null;
  }

  function banner(name, on, text, link) {
    const box = find("banner=" + name);
    if (!box) return;
    if (on) {
      set(box.querySelector("span"), text);
      if (link !== undefined) box.querySelector("a").hidden = !link;
    }
    box.hidden = !on;
  }

  function times() {
    const second = oldest();
    const status = window.skillmeatStatus;
    const words = second && "Last synced " + ago(second);
    const day = second && new Date(second * 1000).toLocaleString();
    const age = second && ago(second).replace(" ago", "");
    const isStale = second && Date.now() / 1000 - second > status.stale_after;
    const failed = state && state.state === "idle" && state.outcome === "failed";
    const isOffline = find("offline") !== null;
    const synced = words ? "; " + words.charAt(0).toLowerCase() + words.slice(1) : "";
    banner("offline", isOffline || failed, (isOffline ? "Offline" : "No source can be reached") + ": pages come from the cache" + synced + ".");
    banner("stale", isStale && !isOffline && !failed && !isRunning(), "Data is " + age + " old.");
    if (!second) return;
    set(find("last-sync"), words);
    find("last-sync").parentNode.title = day;
    find("last-sync").parentNode.classList.toggle("stale", isStale);
    if (form) form.querySelector("[data-testid]").title = words + " (" + day + ")";
  }

  function progress() {
    const on = isRunning();
    const button = form.querySelector("[data-testid]");
    const total = state && state.total || 0;
    form.classList.toggle("is-running", on);
    root.classList.toggle("is-refreshing", on);
    set(button.querySelector("[data-label]"), on ? "Refreshing…" : "Refresh");
    button.setAttribute("aria-disabled", on);
    button.setAttribute("aria-busy", on);
    const bar = find("progress");
    find("cancel").parentNode.hidden = bar.hidden = !on;
    const known = on && !asking && total > 0;
    if (known) { bar.max = total; bar.value = state.done; } else bar.removeAttribute("value");
    set(find("progress-text"), known ? state.done + " of " + counted(total, "source") : "");
  }

  const changes = () => state.sources.some((one) => one.new || one.updated || one.removed);

  function ended() {
    const names = state.sources.filter((one) => one.outcome === "failed").map((one) => one.name);
    const isMine = mine !== null && state.id >= mine;
    if (isMine) mine = null;
    if (state.outcome === "failed" || state.outcome === "partial" && isMine && !changes()) {
      if (isMine) fail("Refresh failed", state.message);
      return;
    }
    if (!isMine && (doc.hidden || !changes())) return;
    if (state.outcome === "cancelled") { page.toast({ kind: "done", text: "Refresh cancelled", detail: "What was read so far is kept." }); return; }
    const actions = names.length ? [{ label: "Details", run: () => { location.href = new URL("sync/", base); } }] : [];
    page.toast({ kind: "done", text: "Collection refreshed", detail: upper(state.message), actions });
  }

  function fail(text, detail) {
    page.toast({ kind: "error", text, detail, actions: [{ label: "Retry", run: start }, { label: "Details", run: () => { location.href = new URL("sync/", base); } }] });
  }

  function take(told) {
    const was = state;
    state = told;
    if (form) progress();
    times();
    const isOver = told.state === "idle" && told.id > 0;
    const isNews = was && (was.id !== told.id || was.state === "running");
    if (isOver && (isNews || mine !== null && told.id >= mine)) ended();
  }

  function ask(method) {
    const sent = { method, headers: { "Content-Type": "application/json", "X-Skillmeat-Token": root.dataset.token } };
    if (method === "POST") sent.body = "{}";
    return fetch(API, sent).then((answer) => answer.json().catch(() => ({})).then((told) => {
      if (answer.status === 401) { page.outdated(); return null; }
      if (!answer.ok) throw new Error(told.detail || told.title || "The server answered " + answer.status);
      return told;
    }), () => { throw new Error("The server does not answer."); });
  }

  function start() {
    if (isRunning()) return;
    asking = true;
    progress();
    times();
    ask("POST").then((told) => {
      asking = false;
      if (told) { mine = told.id; watch(); }
      take(!told || state && state.id >= told.id ? state || told : told);
    }).catch((error) => {
      asking = false;
      progress();
      fail("Refresh failed", error.message);
    });
  }

  // Where the server's events do not come through.
  function watch() {
    setTimeout(() => {
      if (mine === null) return;
      fetch(API).then((answer) => answer.json()).then(take).catch(() => {}).then(watch);
    }, POLL_MS);
  }

  if (form) {
    form.onsubmit = (event) => { event.preventDefault(); start(); };
    find("cancel").onclick = () => {
      form.querySelector("[data-testid]").focus();
      ask("DELETE").then((told) => told && take(told)).catch((error) => page.toast({ kind: "error", text: "Not cancelled", detail: error.message }));
    };
  }

  let told = "[]";
  function add(parent, name, text, className) {
    const element = doc.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  }

  function problems(list) {
    if (JSON.stringify(list) === told) return;
    told = JSON.stringify(list);
    const box = find("banner=problems");
    box.hidden = !list.length;
    box.textContent = "";
    if (!list.length) return;
    add(box, "strong", "The last change cannot be shown: " + counted(list.length, "problem") + ". This page is as it was before.");
    const items = add(box, "ul", "");
    list.forEach((problem) => {
      const item = add(items, "li", "");
      add(item, "code", problem.code);
      add(item, "span", " " + problem.message);
      if (problem.place) add(item, "code", problem.place, "place");
      if (problem.help) add(item, "span", "Help: " + problem.help, "help");
    });
  }

  doc.addEventListener("skillmeat:news", (event) => {
    const known = event.detail;
    problems(known.problems);
    banner("lost", known.lost, "Connection lost, retrying… You can read on.");
    if (known.sync) take(known.sync);
  });
  doc.addEventListener("skillmeat:ages", times);
  setInterval(times, 30000);
  times();
})();
