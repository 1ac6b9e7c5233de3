// Under `skillmeat serve`: what edits the catalog. Forms open as dialogs, what they send is answered
// in place, several artifacts are chosen at once. All of it is a plain form without this.
(() => {
  "use strict";
  const doc = document;
  const root = doc.documentElement;
  const page = window.skillmeat;
  const base = new URL(root.dataset.root, location.href);
  const DONE = "skillmeat-done";
  const LINES_MAX = 3000;

  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));
  const clone = (id) => doc.getElementById(id).content.firstElementChild.cloneNode(true);
  const counted = (n, word) => n + " " + word + (n === 1 ? "" : "s");
  const main = () => doc.getElementById("main");

  // Sending. `ask` says what is sent, and how it is told that files were seen as they are now.
  function call(ask) {
    const headers = { "Accept": "application/json", "Content-Type": ask.type, "X-Skillmeat-Token": root.dataset.token };
    return fetch(new URL(ask.url, base), { method: ask.method, headers, body: ask.body() }).catch(() => {
      throw Object.assign(new Error("The server does not answer. Nothing was changed."), { status: 0 });
    }).then((answer) => answer.json().catch(() => ({})).then((told) => {
      if (answer.ok) {
        // What was done with a project tells of files and the way back as an edit does.
        if (told.plan) Object.assign(told, { files: told.plan.files, receipts: told.receipt ? [told] : [] });
        return told;
      }
      const words = (told.problems || []).map((one) => one.message + (one.help ? ": " + one.help : "")).join("; ");
      throw Object.assign(new Error(words || told.title || "It failed"), { status: answer.status, fields: told.fields, conflicts: told.conflicts, plan: told.plan, title: told.title });
    }));
  }

  function perform(ask) {
    return call(ask).catch((error) => {
      if (error.conflicts) return conflict(ask, error);
      if (error.status === 401) { page.outdated(); error.isTold = true; }
      throw error;
    });
  }

  // Waits until the page shows it, then says so.
  function shown(told) {
    if (!told.files || !told.files.length) {
      page.toast({ text: "Nothing to change", detail: "It is so already." });
      return told;
    }
    const fresh = page.live.revision === told.revision ? Promise.resolve() : page.reload();
    return fresh.catch(() => {}).then(() => { done(told); return told; });
  }

  function done(told) {
    const sum = (key) => told.files.reduce((n, file) => n + file[key], 0);
    const detail = counted(told.files.length, "file") + ": +" + sum("added") + " −" + sum("removed") + " lines";
    const back = () => (told.receipts || []).reduceRight((before, one) => before.then(() => page.write("POST", "api/v1/deployments/rollback", { project: one.project, receipt: one.receipt })), Promise.resolve()).catch(() => {});
    const actions = told.receipts ? told.receipts.length ? [{ label: "Undo", run: back }] : [] : told.undo ? [{ label: "Undo", run: () => page.write("POST", "api/v1/undo", { id: told.undo }).catch(() => {}) }] : [];
    page.toast({ text: told.message, detail, actions });
  }

  // For a page that comes next.
  function later(told, next) {
    try { sessionStorage.setItem(DONE, JSON.stringify(told)); } catch (e) { /* then it is not said */ }
    location.href = new URL(next, base);
  }

  page.write = (method, url, body) => {
    const ask = {
      method, url, type: "application/json", body: () => JSON.stringify(body),
      saw: body.seen && ((path, hash) => { body.seen[path] = hash; })
    };
    return perform(ask).then(shown, (error) => {
      if (error.plan && body.receipt) {
        error.isTold = true;
        page.dialog(new URL("edit/rollback/?" + new URLSearchParams(body), base));
      }
      const actions = error.status === 0 ? [{ label: "Retry", run: () => page.write(method, url, body).catch(() => {}) }] : [];
      if (!error.isTold) page.toast({ kind: "error", text: error.title || "Not changed", detail: error.message, actions });
      throw error;
    });
  };

  // Somebody changed a file meanwhile: both versions, and two ways out.
  function marked(box, text, other) {
    const there = new Set((other || "").split("\n").slice(0, LINES_MAX));
    (text || "").replace(/\n$/, "").split("\n").slice(0, LINES_MAX).forEach((line) => {
      const part = doc.createElement(there.has(line) ? "span" : "mark");
      part.textContent = line + "\n";
      box.append(part);
    });
  }

  function conflict(ask, error) {
    return new Promise((resolve, reject) => {
      const dialog = clone("conflict");
      const files = dialog.querySelector("[data-files]");
      const blank = files.firstElementChild;
      blank.remove();
      error.conflicts.forEach((one) => {
        const part = blank.cloneNode(true);
        part.querySelector("code").textContent = one.path;
        all("pre", part).forEach((box) => {
          const isNow = "now" in box.dataset;
          const [text, other] = isNow ? [one.text, one.yours] : [one.yours, one.text];
          box.setAttribute("aria-label", one.path + (isNow ? " on disk now" : " with your change"));
          if (text === null) box.textContent = isNow ? "The file is gone." : "Your change does not fit it, or takes the file away.";
          else marked(box, text, other);
        });
        files.append(part);
      });
      const apply = dialog.querySelector("[data-apply]");
      apply.hidden = !ask.saw;
      error.isTold = true;
      let end = () => reject(error);
      dialog.onclose = () => { dialog.remove(); end(); };
      dialog.querySelector("[data-theirs]").onclick = () => {
        error.isGivenUp = true;
        dialog.close();
        page.reload().catch(() => {});
      };
      apply.onclick = () => {
        error.conflicts.forEach((one) => ask.saw(one.path, one.sha256));
        end = () => resolve(perform(ask));
        dialog.close();
      };
      doc.body.append(dialog);
      dialog.showModal();
    });
  }

  // Forms as dialogs.
  let box = null;
  let opener = null;

  // How to find again what a page that came meanwhile has in the place of it.
  function finder(element) {
    if (!element || !main().contains(element)) return () => element;
    const holder = element.closest("[data-id], [data-slug]");
    const name = ["data-id", "data-slug"].find((one) => holder && holder.hasAttribute(one));
    const where = name ? `[${name}="${CSS.escape(holder.getAttribute(name))}"] ` : "";
    const href = element.getAttribute("href");
    const what = element.matches("[data-menu]") ? "[data-menu]" : href ? `a[href="${CSS.escape(href)}"]` : element.matches(".handle") ? ".handle" : "[data-select]";
    return () => (element.isConnected ? element : main().querySelector(where + what));
  }

  function back() {
    const to = opener && opener();
    (to && to.isConnected ? to : main()).focus({ preventScroll: true });
  }

  function isDirty(form) {
    return Array.from(form.elements).some((one) => {
      if (one.type === "hidden" || one.disabled) return false;
      if (/^(checkbox|radio)$/.test(one.type)) return one.checked !== one.defaultChecked;
      if (one.options) return Array.from(one.options).some((option) => option.selected !== option.defaultSelected && !(!one.querySelector("[selected]") && option.index === 0));
      return "defaultValue" in one && one.type !== "submit" && one.value !== one.defaultValue;
    });
  }

  function shut() {
    if (!box) return;
    const was = box;
    box = null;
    was.close();
    was.remove();
    back();
    opener = null;
  }

  // Closes, but not over what was typed.
  function leave() {
    const form = box.querySelector(".edit-form");
    const strip = box.querySelector(".form-leave");
    if (!isDirty(form) || strip) { if (!strip) shut(); else { strip.remove(); focusIn(form); } return; }
    const ask = clone("leave");
    form.append(ask);
    const [drop, stay] = all("button", ask);
    drop.onclick = shut;
    stay.onclick = () => { ask.remove(); focusIn(form); };
    drop.focus();
  }

  function focusIn(form) {
    const first = form.querySelector("[aria-invalid], [autofocus]") || form.querySelector("input:not([type=hidden], [disabled], .form-items *), textarea, select, button, a");
    if (!first) return;
    first.focus();
    if (first.type === "text") first.select();
  }

  function fill(text, url) {
    const made = new DOMParser().parseFromString(text, "text/html");
    const form = made.querySelector("main .edit-form");
    if (!form) throw new Error("There is no such form any more.");
    all("a[href]", form).forEach((link) => { link.href = new URL(link.getAttribute("href"), url).href; });
    const head = made.querySelector("main .page-head");
    const title = doc.createElement("h2");
    title.id = "dialog-title";
    title.textContent = head.querySelector("h1").textContent;
    const lead = head.querySelector(".lead");
    if (lead) lead.className = "muted";
    box.replaceChildren(title, ...(lead ? [doc.adoptNode(lead)] : []), doc.adoptNode(form));
    all("link[rel=stylesheet]", made.head).forEach((link) => {
      const href = new URL(link.getAttribute("href"), url).href;
      if (!all("link[rel=stylesheet]").some((own) => own.href === href)) doc.head.append(Object.assign(doc.createElement("link"), { rel: "stylesheet", href }));
    });
    form.classList.remove("panel");
    form.url = url;
    doc.dispatchEvent(new CustomEvent("skillmeat:form", { detail: { form } }));
    return form;
  }

  // `ids`: what it is about, where an address could not hold them all.
  page.dialog = (url, ids) => {
    const from = new URL(url, location.href);
    const request = {};
    if (ids) {
      const body = new URLSearchParams(from.search);
      body.set("token", root.dataset.token);
      body.set("action", "show");
      body.set("form", from.pathname.replace(/\/$/, "").split("/").pop());
      ids.forEach((id) => body.append("id", id));
      Object.assign(request, { method: "POST", body });
    }
    const active = doc.activeElement;
    return fetch(ids ? new URL("edit", base) : from, request).then((answer) => {
      if (answer.status === 401) { page.outdated(); return null; }
      if (!answer.ok) throw new Error(answer.status === 404 ? "It is not there any more. Reload the page." : "The server cannot make it now.");
      return answer.text();
    }).then((text) => {
      if (text === null) return;
      if (!box) {
        opener = opener || finder(active);
        box = doc.createElement("dialog");
        box.className = "edit-dialog panel";
        box.setAttribute("aria-labelledby", "dialog-title");
        doc.body.append(box);
        box.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
        box.addEventListener("close", shut);
      }
      // Its links are meant from where it stands.
      const form = fill(text, from);
      if (!box.open) box.showModal();
      focusIn(form);
    }).catch((error) => page.toast({ kind: "error", text: "Not opened", detail: error.message }));
  };

  // The same form with the plan of what is chosen in it; `news` that it is another than was shown.
  function plan(form, news) {
    const body = new URLSearchParams(new FormData(form));
    body.set("token", root.dataset.token);
    body.set("show", 1);
    if (news) body.set("again", 1);
    return fetch(new URL("edit", base), { method: "POST", body }).then((answer) => answer.text()).then((text) => {
      if (!box || !box.contains(form)) return;
      const now = fill(text, form.url);
      (now.querySelector("[data-replan]:invalid, .button.is-main, .button.is-danger") || now).focus();
      page.say(news ? "It changed. Look again." : "The plan is shown.");
    }).catch((error) => wrong(form, null, error.message));
  }

  function wrong(form, fields, message) {
    const entries = Object.entries(fields || {});
    const known = ([name]) => all("[data-wrong-of]", form).find((one) => one.dataset.wrongOf === name);
    all("[data-wrong-of]", form).forEach((one) => { one.hidden = true; });
    all("[aria-invalid]", form).forEach((one) => one.removeAttribute("aria-invalid"));
    entries.filter(known).forEach((entry) => {
      const place = known(entry);
      place.querySelector("span").textContent = entry[1];
      place.hidden = false;
      all("[name=" + entry[0] + "]", form).forEach((one) => one.setAttribute("aria-invalid", "true"));
    });
    const summary = form.querySelector("[data-wrong]");
    const others = entries.filter((entry) => !known(entry)).map((entry) => entry[1]);
    if (!entries.length) others.push(message);
    if (summary) summary.replaceChildren();
    if (summary && (others.length || entries.length > 1)) {
      const list = clone("wrong");
      const lines = others.concat(entries.filter(known).map((entry) => entry[1]));
      list.querySelector("b").textContent = lines.length > 1 ? lines.length + " things to mend" : "Not saved";
      lines.forEach((line) => { list.querySelector("ul").append(Object.assign(doc.createElement("li"), { textContent: line })); });
      summary.append(list);
    } else if (!summary) page.toast({ kind: "error", text: "Not done", detail: others.join(" ") });
    const first = form.querySelector("[aria-invalid]");
    if (first) first.focus();
  }

  function submit(form, submitter) {
    if (form.isBusy) return;
    const body = new URLSearchParams(new FormData(form, submitter));
    body.set("token", root.dataset.token);
    const ask = {
      method: "POST", url: "edit", type: "application/x-www-form-urlencoded", body: () => body,
      saw: body.has("seen") && ((path, hash) => {
        const rest = body.getAll("seen").filter((one) => one.slice(0, one.lastIndexOf("=")) !== path);
        body.delete("seen");
        rest.concat(path + "=" + (hash || "")).forEach((one) => body.append("seen", one));
      })
    };
    const inside = box && box.contains(form);
    const next = body.get("next") || "";
    form.isBusy = true;
    form.setAttribute("aria-busy", "true");
    perform(ask).then((told) => {
      form.isBusy = false;
      form.removeAttribute("aria-busy");
      if ("stays" in form.dataset) return Promise.resolve(shown(told)).then(() => again(form, submitter));
      const isGone = /^delete-/.test(body.get("action"));
      if (!inside || isGone) { later(told, body.get("action").startsWith("create-") && told.url || next); return null; }
      if (picked.size && body.getAll("id").length) endSelect();
      shut();
      return shown(told);
    }).catch((error) => {
      form.isBusy = false;
      form.removeAttribute("aria-busy");
      if (error.isGivenUp) { if (inside) shut(); return; }
      if (error.plan && inside) { plan(form, true); return; }
      if (!error.isTold) wrong(form, error.fields, error.message);
    });
  }

  // The same form as it is now, with the focus on the same step.
  function again(form, submitter) {
    const label = submitter ? submitter.textContent : "";
    const same = (place) => { const one = all("button", place).find((other) => other.textContent === label && !other.disabled) || place.querySelector("button:not(:disabled)"); if (one) one.focus(); };
    if (!box || !box.contains(form)) { same(main()); return; }
    // Whoever left meanwhile has left, or is in another.
    fetch(form.url).then((answer) => answer.text()).then((text) => { if (box && box.contains(form)) same(fill(text, form.url)); });
  }

  doc.addEventListener("submit", (event) => {
    const form = event.target.closest(".edit-form");
    if (!form || form.elements.action.value === "show") return;
    const shows = event.submitter && event.submitter.name === "show";
    // Outside of a dialog it is a page of its own.
    if (shows && !(box && box.contains(form))) return;
    event.preventDefault();
    if (shows) plan(form);
    else submit(form, event.submitter);
  });
  doc.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog], a[data-cancel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const inside = box && box.contains(link);
    if (link.matches("[data-cancel]")) {
      if (inside) { event.preventDefault(); shut(); }
      return;
    }
    event.preventDefault();
    const ids = link.closest(".picked-bar") && Array.from(picked.keys());
    if (!inside) {
      const menu = link.closest(".menu-box");
      opener = finder(menu ? menuButton : link);
      if (menu) doc.body.click();
    }
    page.dialog(link.href, ids);
  });

  // What the menu of an artifact offers more.
  let menuButton = null;

  function place(element) {
    const section = element.closest("[data-in]");
    const arranged = element.closest(".arranged");
    return { collection: section ? section.dataset.in : "", group: arranged ? arranged.dataset.slug : section ? section.dataset.inGroup || "" : "" };
  }

  // An address of a form, for these artifacts in this place.
  function address(form, ids, where) {
    const url = new URL("edit/" + form + "/", base);
    if (where.collection) url.searchParams.set("collection", where.collection);
    if (where.group) url.searchParams.set("group", where.group);
    ids.forEach((id) => url.searchParams.append("id", id));
    url.searchParams.set("next", location.href.slice(base.href.length));
    return url.href;
  }

  doc.addEventListener("skillmeat:menu", (event) => {
    const { menu, id, button } = event.detail;
    const where = place(button);
    const added = doc.getElementById("menu-edit").content.cloneNode(true);
    menuButton = button;
    all("a", added).forEach((link) => {
      const out = link.dataset.from;
      if (out && !where[out]) { link.remove(); return; }
      link.href = address(link.dataset.form, [id], { collection: where.collection, group: out === "group" && where.group });
    });
    menu.append(added);
  });

  // Choosing several.
  const picked = new Map();
  let isSelecting = false;
  let lastPick = null;
  let bar = null;
  let watcher = null;

  const holders = () => all(".results .card[data-id], .results tr[data-id]", main());
  const nameOf = (holder) => holder.querySelector(".card-name a, th a").textContent.trim();
  const picks = () => all("[data-pick]", main());

  function decorate() {
    if (!isSelecting) return;
    holders().forEach((holder) => {
      if (holder.querySelector("[data-pick]")) return;
      const pick = clone("pick");
      const input = pick.querySelector("input");
      input.setAttribute("aria-label", nameOf(holder));
      input.checked = picked.has(holder.dataset.id);
      (holder.querySelector(".card-kind") || holder.querySelector("th")).prepend(pick);
    });
    mirror();
  }

  // All that show the same artifact agree.
  function mirror() {
    picks().forEach((input) => {
      const holder = input.closest("[data-id]");
      input.checked = picked.has(holder.dataset.id);
      holder.classList.toggle("is-picked", input.checked);
    });
    bar.querySelector("[data-picked]").textContent = counted(picked.size, "artifact") + " selected";
    all("a", bar).forEach((link) => {
      const where = place(main().querySelector(".results") || main());
      link.hidden = !picked.size || ("from" in link.dataset && !where.collection);
      link.href = address(link.dataset.form, [], { collection: where.collection, group: link.dataset.from && where.group });
    });
    bar.querySelector("[data-clear]").hidden = !picked.size;
  }

  function tell() { page.say(counted(picked.size, "artifact") + " selected"); }

  function set(id, on) { if (on) picked.set(id, true); else picked.delete(id); }

  function startSelect() {
    isSelecting = true;
    bar = clone("picked-bar");
    doc.body.append(bar);
    bar.querySelector("[data-all]").onclick = () => page.fitting().then((ids) => { ids.forEach((id) => set(id, true)); mirror(); tell(); });
    bar.querySelector("[data-clear]").onclick = () => { picked.clear(); mirror(); tell(); bar.querySelector("[data-all]").focus(); };
    bar.querySelector("[data-end]").onclick = () => endSelect(true);
    page.fitting().then((ids) => { if (bar) bar.querySelector("[data-all]").textContent = "Select all " + ids.length + " that fit"; });
    follow();
    decorate();
    toggles();
    page.say("Selecting. Space ticks an artifact, Escape ends.");
  }

  function endSelect(focus) {
    isSelecting = false;
    picked.clear();
    lastPick = null;
    if (watcher) watcher.disconnect();
    if (bar) bar.remove();
    bar = null;
    all(".pick", main()).forEach((one) => one.remove());
    all(".is-picked", main()).forEach((one) => one.classList.remove("is-picked"));
    toggles();
    const button = main().querySelector("[data-select]");
    if (focus && button) button.focus();
  }

  function toggles() {
    root.classList.toggle("is-selecting", isSelecting);
    all("[data-select]", main()).forEach((button) => button.setAttribute("aria-pressed", isSelecting));
  }

  // What a filter or another page of the list brings can be chosen, too.
  function follow() {
    if (watcher) watcher.disconnect();
    const section = main().querySelector(".results");
    if (!isSelecting || !section) return;
    let waiting = false;
    watcher = new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        decorate();
        const button = bar && bar.querySelector("[data-all]");
        if (button) page.fitting().then((ids) => { button.textContent = "Select all " + ids.length + " that fit"; });
      });
    });
    watcher.observe(section.querySelector(".found"), { childList: true, subtree: true });
  }

  doc.addEventListener("click", (event) => {
    if (event.target.closest("[data-select]")) { if (isSelecting) endSelect(); else startSelect(); return; }
    const input = event.target.closest("[data-pick]");
    if (!input) return;
    const there = picks();
    const [from, to] = [there.indexOf(lastPick), there.indexOf(input)];
    const range = event.shiftKey && from >= 0 ? there.slice(Math.min(from, to), Math.max(from, to) + 1) : [input];
    range.forEach((one) => set(one.closest("[data-id]").dataset.id, input.checked));
    lastPick = input;
    mirror();
    tell();
  });
  doc.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isSelecting && !event.defaultPrevented && !doc.querySelector("dialog[open], .menu-box, .drag-ghost")) endSelect(true);
  });

  // Parts of a page that only the server knows: the timeline of a project.
  function parts() {
    all("[data-part]", main()).forEach((part) => {
      const url = new URL(part.dataset.part, base);
      fetch(url).then((answer) => answer.text()).then((text) => {
        const list = new DOMParser().parseFromString(text, "text/html").querySelector("main .timeline");
        if (!list) return;
        all("a[href]", list).forEach((link) => { link.href = new URL(link.getAttribute("href"), url).href; });
        part.append(doc.adoptNode(list));
        part.hidden = false;
      }).catch(() => {});
    });
  }

  function start() {
    parts();
    all("[data-select]", main()).forEach((button) => { button.hidden = !page.fitting; });
    if (!isSelecting) return;
    if (!main().querySelector("[data-select]")) { endSelect(); return; }
    toggles();
    follow();
    decorate();
  }

  const others = page.start;
  page.start = () => { others(); start(); };
  start();
  // What was done on the page before.
  try {
    const told = sessionStorage.getItem(DONE);
    sessionStorage.removeItem(DONE);
    if (told) { const was = JSON.parse(told); if (was.files.length) done(was); else shown(was); }
  } catch (e) { /* nothing was kept */ }
})();
