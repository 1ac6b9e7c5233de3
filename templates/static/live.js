// Under `skillmeat serve`: messages, news of the server taken over in place, asking the sources.
(function () {
  "use strict";
  const doc = document;
  const root = doc.documentElement;
  const page = window.skillmeat;
  const base = new URL(root.dataset.root, location.href);
  const find = (name) => doc.querySelector("[data-" + name + "]");
  const all = (selector, place) => Array.from(place.querySelectorAll(selector));
  const main = () => doc.getElementById("main");
  const counted = (n, word) => n + " " + word + (n === 1 ? "" : "s");

  function make(tag, parent, text, attributes) {
    const element = doc.createElement(tag);
    if (text) element.textContent = text;
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    if (parent) parent.append(element);
    return element;
  }

  function set(element, text) { if (element && element.textContent !== text) element.textContent = text; }

  // Messages come, are read and go by themselves; errors stay.
  const SHOWN_MAX = 3, DONE_MS = 6000, WITH_ACTIONS_MS = 10000, TICK_MS = 250;
  const region = find("toasts");
  const toasts = () => all(".toast", region);
  let ticking = 0;
  // Where the focus was before it came here.
  let before = null;

  // All but an open modal dialog is out of reach, so the messages stand in the topmost one.
  function place() {
    const dialogs = all("dialog:modal", doc);
    const host = dialogs.pop() || doc.body;
    if (region.parentNode !== host) host.append(region);
    if (!region.showPopover) return;
    // Shown again, it is above what was opened meanwhile.
    if (region.matches(":popover-open")) region.hidePopover();
    region.showPopover();
  }

  function back() { (before && before.isConnected ? before : main()).focus({ preventScroll: true }); }

  function shut(toast) {
    const had = toast.contains(doc.activeElement);
    toast.remove();
    const next = region.querySelector(".toast button");
    if (had && next) next.focus(); else if (had) back();
  }

  // Time stands still for what is pointed to or has the focus, and while nobody looks.
  function tick() {
    const timed = toasts().filter((toast) => toast.left);
    // A dialog that was filled anew has lost it.
    if (!region.isConnected) place();
    if (!doc.hidden && !region.matches(":hover, :focus-within")) timed.forEach((toast) => { if ((toast.left -= TICK_MS) <= 0) shut(toast); });
    if (!toasts().length) ticking = clearInterval(ticking);
  }

  function toast({ text, kind, detail, actions = [] }) {
    const name = kind === "error" ? "error" : "done";
    const piece = (name) => doc.getElementById("toast-pieces").content.querySelector(".is-" + name).cloneNode(true);
    place();
    // Said again, it stands once.
    toasts().forEach((one) => { if (one.said === text) shut(one); });
    const toast = make("div", region.querySelector(name === "error" ? "[role=alert]" : "[role=status]"), "", { "class": "toast is-" + name });
    toast.said = text;
    toast.left = name === "error" ? 0 : actions.length ? WITH_ACTIONS_MS : DONE_MS;
    toast.append(piece(name));
    const words = make("div", toast, "", { "class": "toast-text" });
    make("b", words, text);
    if (detail) make("span", words, detail.split("\x60").join(""));
    const close = make("button", toast, "", { type: "button", "class": "copy" });
    close.append(piece("close"));
    close.onclick = () => shut(toast);
    const line = actions.length && make("div", toast, "", { "class": "toast-actions" });
    actions.forEach((action) => {
      make("button", line, action.label, { type: "button", "class": "link" }).onclick = () => { shut(toast); action.run(); };
    });
    const others = toasts().filter((one) => one !== toast);
    // Those that go by themselves go first.
    if (others.length >= SHOWN_MAX) shut(others.find((one) => one.left) || others[0]);
    ticking = ticking || setInterval(tick, TICK_MS);
    return { close: () => shut(toast) };
  }

  addEventListener("keydown", (event) => {
    const inside = region.contains(doc.activeElement);
    if (event.key === "F6" && toasts().length) {
      event.preventDefault();
      if (inside) back(); else toasts().pop().querySelector("button").focus();
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
  // A dialog that goes takes no message with it.
  doc.addEventListener("close", place, true);
  place();
  page.toast = toast;
  page.keys = (page.keys || []).concat([["F6", "To the messages and back"]]);
  // The server was started again and does not know this page.
  page.outdated = () => toast({
    kind: "error", text: "This page is older than the server", detail: "Nothing was changed. Copy what you typed, then reload.",
    actions: [{ label: "Reload the page", run: () => location.reload() }]
  });

  // What changed is taken over in place; what a person did and sees stays.
  const NAMES = ["data-id", "data-group", "data-facet", "data-view", "name", "value", "href"];
  const ANCHORS = "[data-id], [id], h2, h3, section, p, li, pre";
  const MOVES = ["wheel", "touchstart", "keydown", "pointerdown"];
  const SETTLES_MS = 1500, RETRY_MS = 200, QUIET_MS = 10000;
  let running = null;
  let next = null;
  let last = null;
  let said = 0;

  // The page knows what it was made from; what came since is news.
  const timing = (performance.getEntriesByType("navigation")[0] || {}).serverTiming || [];
  const made = timing.find((one) => one.name === "revision");
  page.hold = page.hold || 0;
  page.live = { revision: made ? +made.description : null };

  // How to find in a new page what stood here: by its name, and the names of what it stands in.
  function way(element) {
    const steps = [];
    for (let one = element; one && one !== main(); one = one.parentElement) {
      const name = one.id ? "#" + CSS.escape(one.id) : NAMES.filter((name) => one.hasAttribute(name)).map((name) => `[${name}="${CSS.escape(one.getAttribute(name))}"]`).join("");
      if (one === element || name) steps.unshift(one.localName + name);
    }
    const path = steps.join(" ");
    const words = (one) => one.textContent;
    const like = all(path, main());
    const [at, were] = [like.indexOf(element), like.map(words)];
    // Of several that are named alike, counted from the end when what differs stands before it.
    return (place) => {
      const now = all(path, place);
      const differs = now.map(words).findIndex((text, n) => text !== were[n]);
      return now[differs < 0 || at < differs ? at : at - were.length + now.length];
    };
  }

  const isTick = (control) => /^(checkbox|radio)$/.test(control.type);

  function isTyped(control) {
    if (isTick(control)) return control.checked !== control.defaultChecked;
    if (control.options) return Array.from(control.options).some((one) => one.selected !== one.defaultSelected);
    return control.value !== control.defaultValue;
  }

  // What was opened and put in by hand, as functions that do it to a new page.
  function done() {
    const put = (element, what) => {
      const to = way(element);
      const was = element[what];
      return (place) => { const now = to(place); if (now) now[what] = was; };
    };
    const typed = all("input:not([type=hidden]), textarea, select", main()).filter(isTyped);
    return all("details", main()).map((one) => put(one, "open")).concat(typed.map((one) => put(one, isTick(one) ? "checked" : "value")));
  }

  function focused() {
    const element = doc.activeElement;
    if (!element || !main().contains(element)) return () => {};
    const to = element === main() ? main : way(element);
    const range = /^(text|search|textarea)$/.test(element.type) && [element.selectionStart, element.selectionEnd];
    return () => {
      if (doc.activeElement && doc.activeElement !== doc.body) return;
      const now = to(main());
      // What had the focus is gone: the keyboard goes on from where the page begins.
      (now || main()).focus({ preventScroll: true });
      if (now && range) now.setSelectionRange(range[0], range[1]);
    };
  }

  // Marked text stays marked where the same words stand in the same place.
  function marked() {
    const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = getSelection();
    const nodes = [anchorNode, focusNode];
    if (isCollapsed || !nodes.every((node) => node && node.nodeType === 3 && main().contains(node))) return () => {};
    const to = nodes.map((node) => [way(node.parentElement), Array.from(node.parentElement.childNodes).indexOf(node), node.data]);
    return () => {
      const now = to.map(([way, at]) => (way(main()) || { childNodes: [] }).childNodes[at]);
      if (now.every((node, n) => node && node.data === to[n][2])) getSelection().setBaseAndExtent(now[0], anchorOffset, now[1], focusOffset);
    };
  }

  // The first thing in view stays where it is, also while lists are still being filled; but not
  // against the will of a person who scrolls.
  function anchored() {
    const y = scrollY;
    const top = (element) => element.getBoundingClientRect().top;
    const head = Math.max(doc.querySelector(".top").getBoundingClientRect().bottom, 0);
    const first = y && all(ANCHORS, main()).find((one) => one.offsetHeight && top(one) >= head && top(one) < innerHeight);
    const to = first && way(first);
    const was = first && top(first);
    return () => {
      const keep = () => {
        const now = to && to(main());
        if (now && now.offsetHeight) scrollBy(0, top(now) - was); else scrollTo(scrollX, y);
      };
      keep();
      if (!y) return;
      const watcher = new ResizeObserver(keep);
      const end = () => { watcher.disconnect(); MOVES.forEach((name) => removeEventListener(name, end)); };
      MOVES.forEach((name) => addEventListener(name, end, { passive: true }));
      setTimeout(end, SETTLES_MS);
      watcher.observe(main());
    };
  }

  // A drag, a dialog or a menu of the page, or words typed into a form that edits: not now.
  function isHeld() {
    if (page.hold > 0 || main().querySelector("dialog[open]") || doc.querySelector(".menu-box")) return true;
    return all("form:has([name=seen]) :is([type=text], textarea)", main()).some(isTyped);
  }

  const free = () => new Promise((go) => {
    const look = () => { if (isHeld()) setTimeout(look, RETRY_MS); else go(); };
    look();
  });

  function take(text, revision) {
    const made = new DOMParser().parseFromString(text, "text/html");
    const fresh = made.getElementById("main");
    if (!fresh) return;
    // Of a server that was started again.
    const token = made.documentElement.dataset.token;
    if (token) {
      root.dataset.token = token;
      all("input[name=token]", doc).forEach((input) => { input.value = token; });
    }
    page.live.revision = revision;
    page.forget();
    const isSame = fresh.innerHTML === last;
    last = fresh.innerHTML;
    // Some pages are the same and show data that is not.
    if (isSame && !fresh.querySelector("[data-scope], [data-search]")) return;
    const puts = done();
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
      return answer.text().then((text) => free().then(() => take(text, told ? +told[1] : null)));
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

  // What the server tells. A browser opens few connections to one server, so one tab of all
  // listens, and passes on what is known; `run` is another when the server was lost between.
  const CHANNEL = "skillmeat-events", AGAIN_MS = 5000;
  let known = { run: null, revision: null, problems: [], sync: null, lost: false };
  let shownRun = null;
  let channel = null;
  let events = null;
  let leave = () => {};

  function tell(change) {
    Object.assign(known, change);
    if (channel) channel.postMessage({ known });
    news();
  }

  // Compared with what this page shows, since any of it may be heard twice or not at all.
  function news() {
    const { run, revision, problems: list, sync, lost } = known;
    const isOther = shownRun !== null && run !== shownRun;
    banner("lost", lost, "Connection lost, retrying… What is open can still be read.");
    if (!lost && revision !== null) {
      shownRun = run;
      if (isOther || page.live.revision !== null && page.live.revision !== revision) {
        // When the sources were read may have changed too: the file that tells is loaded again.
        const script = make("script", null, "", { src: new URL("status.js?" + revision, base) });
        script.onload = () => { script.remove(); page.ages(); times(); };
        doc.head.append(script);
        page.reload().catch(() => { /* the next event tries again */ });
      } else page.live.revision = revision;
    }
    problems(list);
    if (sync) heard(sync);
  }

  function listen() {
    events = new EventSource(new URL("api/v1/events", base));
    events.onopen = () => tell({ lost: false, run: known.lost || !known.run ? Date.now() : known.run });
    events.onerror = () => {
      tell({ lost: true });
      // Refused, which a browser takes as final.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
    };
    ["revision", "problems", "sync"].forEach((name) => events.addEventListener(name, (event) => {
      const data = JSON.parse(event.data);
      tell({ [name]: name === "revision" ? data.revision : data });
    }));
  }

  function deaf() { if (events) events = events.close(); }

  function join() {
    if (!navigator.locks || !window.BroadcastChannel) {
      // Where tabs cannot agree, those that are seen listen.
      const look = () => { if (doc.hidden) deaf(); else if (!events) listen(); };
      doc.addEventListener("visibilitychange", look);
      look();
      return;
    }
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }) => {
      if (data.known) { known = data.known; news(); } else if (events) channel.postMessage({ known });
    };
    channel.postMessage({});
    const stop = new AbortController();
    leave = () => stop.abort();
    // Held as long as this tab listens; the next in the row does then.
    navigator.locks.request(CHANNEL, { signal: stop.signal }, () => new Promise((end) => { leave = end; listen(); })).catch(() => { /* left before its turn */ });
  }

  addEventListener("pagehide", () => {
    deaf();
    if (channel) channel.close();
    leave();
  });
  // Taken out of the browser's memory: what it shows may be old by hours.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // The lines below the head, and when the sources were read.
  const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

  function banner(name, on, text) {
    const box = find("banner=" + name);
    if (on) set(box.querySelector("span"), text);
    box.hidden = !on;
  }

  // "12 minutes" since a second since 1970.
  function age(second) {
    const left = Math.max(60, Date.now() / 1000 - second);
    const [size, word] = UNITS.find((step) => left >= step[0]);
    return counted(Math.floor(left / size), word);
  }

  function times() {
    const status = window.skillmeatStatus;
    const read = status ? Object.values(status.sources).filter(Boolean) : [];
    // The source that was read longest ago.
    const second = Math.min.apply(null, read);
    const left = Date.now() / 1000 - second;
    const words = read.length && "Last synced " + (left < 60 ? "just now" : age(second) + " ago");
    const isStale = read.length && left > status.stale_after;
    const isLost = state && state.unreachable;
    const isOffline = find("offline");
    banner("offline", isOffline || isLost, (isOffline ? "Offline" : "No source can be reached") + ": pages come from the cache" + (words ? "; l" + words.slice(1) : "") + ".");
    banner("stale", isStale && !isOffline && !isLost, "Data is " + age(second) + " old (limit " + age(Date.now() / 1000 - status.stale_after) + ").");
    if (!words) return;
    const link = find("last-sync");
    // A number stays with its unit.
    set(link, words.replace(/(\d) /, "$1\u00a0"));
    link.parentNode.title = new Date(second * 1000).toLocaleString();
    link.parentNode.classList.toggle("stale", isStale);
    if (button) button.title = words + " (" + link.parentNode.title + ")";
  }

  // What stands between backticks is from a file.
  function quoted(parent, text) {
    text.split("\x60").forEach((part, n) => { if (n % 2) make("code", parent, part); else parent.append(part); });
  }

  let shown = "[]";
  function problems(list) {
    if (JSON.stringify(list) === shown) return;
    shown = JSON.stringify(list);
    const box = find("banner=problems");
    box.hidden = !list.length;
    box.textContent = "";
    make("strong", box, "The last change cannot be shown: " + counted(list.length, "problem") + ". This page is as it was before.");
    const items = make("ul", box);
    list.forEach((problem) => {
      const item = make("li", items);
      make("code", item, problem.code);
      quoted(make("span", item, " "), problem.message);
      if (problem.place) make("code", item, problem.place, { "class": "place" });
      if (problem.help) quoted(make("span", item, "", { "class": "help" }), "Help: " + problem.help);
    });
  }

  // The button that asks the sources.
  const API = new URL("api/v1/refresh", base);
  const POLL_MS = 2000;
  const button = find("testid=refresh-button");
  let state = null;
  // Asked for here and not answered yet; then the number of the refresh that was asked for here.
  let asking = false;
  let mine = null;

  const isRunning = () => asking || Boolean(state) && state.state === "running";
  // One that runs in the background may be replaced.
  const isPressed = () => asking || isRunning() && state.trigger === "manual";

  function progress() {
    if (!button) return;
    const on = isRunning();
    const isKnown = on && !asking && state.total > 0;
    const bar = find("progress");
    root.classList.toggle("is-refreshing", on);
    set(find("label"), isPressed() ? "Refreshing…" : "Refresh");
    button.setAttribute("aria-disabled", isPressed());
    button.setAttribute("aria-busy", on);
    find("cancel").parentNode.hidden = bar.hidden = !on;
    if (isKnown) { bar.max = state.total; bar.value = state.done; } else bar.removeAttribute("value");
    set(find("progress-text"), isKnown ? state.done + " of " + counted(state.total, "source") : "");
  }

  function heard(told) {
    const was = state;
    state = told;
    progress();
    times();
    const isMine = mine !== null && told.id >= mine;
    const isNews = was && (was.id !== told.id || was.state === "running");
    if (told.state === "running" || !told.id || !isNews && !isMine) return;
    if (isMine) mine = null;
    ended(isMine);
  }

  // Who did not ask hears only of what is new.
  function ended(isMine) {
    const isNew = state.sources.some((one) => one.new || one.updated || one.removed);
    const failed = state.sources.filter((one) => one.outcome === "failed");
    if (!isMine && (doc.hidden || !isNew)) return;
    if (state.outcome === "cancelled") toast({ text: "Refresh cancelled" });
    else if (failed.length || state.outcome === "failed") {
      const reasons = failed.slice(0, 3).map((one) => one.name + ": " + one.error).join("; ") || state.message;
      fail(isNew ? "Collection refreshed, but " + counted(failed.length, "source") + " failed" : "Refresh failed", reasons);
    } else toast({ text: "Collection refreshed", detail: state.message.charAt(0).toUpperCase() + state.message.slice(1) });
  }

  function fail(text, detail) {
    toast({ kind: "error", text, detail, actions: [{ label: "Retry", run: start }, { label: "Sync status", run: () => { location.href = new URL("sync/", base); } }] });
  }

  function ask(method) {
    const sent = { method, headers: { "Content-Type": "application/json", "X-Skillmeat-Token": root.dataset.token } };
    if (method === "POST") sent.body = "{}";
    return fetch(API, sent).catch(() => { throw new Error("The server does not answer."); }).then((answer) => answer.json().then((told) => {
      if (answer.ok) return told;
      if (answer.status === 401) return page.outdated() && null;
      throw new Error((told.problems || []).map((one) => one.message).join("; ") || told.title);
    }));
  }

  function start() {
    if (isPressed()) return;
    asking = true;
    progress();
    page.say("Refreshing");
    ask("POST").then((told) => {
      asking = false;
      if (!told) { progress(); return; }
      mine = told.id;
      watch();
      heard(state && state.id >= told.id ? state : told);
    }).catch((error) => {
      asking = false;
      progress();
      fail("Refresh failed", error.message);
    });
  }

  // Where the server's events do not come through.
  function watch() {
    setTimeout(() => {
      if (mine !== null) fetch(API).then((answer) => answer.json()).then(heard).catch(() => {}).then(watch);
    }, POLL_MS);
  }

  if (button) {
    button.form.onsubmit = (event) => { event.preventDefault(); start(); };
    find("cancel").onclick = () => {
      button.focus();
      ask("DELETE").then((told) => told && heard(told)).catch((error) => toast({ kind: "error", text: "Not cancelled", detail: error.message }));
    };
  }
  setInterval(times, 30000);
  times();
  join();
})();
