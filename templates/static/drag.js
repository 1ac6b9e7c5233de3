// Arranging a collection by hand, under `skillmeat serve`: cards inside a group and between groups,
// groups among themselves; with pointer, finger or keys. The page shows a move at once, and takes it
// back where the server refuses it.
(() => {
  "use strict";
  const doc = document;
  const page = window.skillmeat;
  const START_PX = 5;
  const EDGE_PX = 72;
  const PX_A_SECOND = 1400;
  const KINDS = ["skill", "command", "agent", "hook", "mcp", "plugin"];
  const UNGROUPED = "Ungrouped is in order of ids: nothing is placed in it.";
  let box = null;
  let files = {};
  // Shown but not in the files yet, oldest first; one at a time is on its way.
  let moves = [];
  let isRunning = false;
  let swaps = 0;
  let drag = null;
  let focused = null;
  let isClickOver = false;

  const all = (selector, from) => Array.from((from || doc).querySelectorAll(selector));
  const sections = () => all(".arranged", box);
  const sectionOf = (slug) => sections().find((one) => one.dataset.slug === slug);
  const listOf = (section) => section.querySelector(".cards");
  const cardsOf = (section) => all(".card", listOf(section));
  const cardOf = (section, id) => cardsOf(section).find((card) => card.dataset.id === id);
  const handleOf = (thing) => thing.querySelector(".handle");
  const groupOf = (section) => section.querySelector(".group-section");
  const nameOf = (thing) => handleOf(thing).textContent.trim().replace(/^Move (group )?/, "");
  const titleOf = (section) => section.dataset.slug ? nameOf(section) : "Ungrouped";
  const places = (ids, card) => (ids.length > 1 ? ids.length + " artifacts" : nameOf(card));

  // Why cards have no place among the others now; empty where they have one.
  function unplaced() {
    const params = new URLSearchParams(location.search);
    const sort = doc.querySelector("[data-order]");
    if (params.get("sort")) return "Sorted by " + sort.selectedOptions[0].textContent.toLowerCase() + ": clear the sort to place it.";
    return (params.get("q") || "").trim() ? "Sorted by relevance: clear the search to place it." : "";
  }

  // By id as the catalog sorts: source, kind, name.
  function before(a, b) {
    const parts = (id) => { const [source, kind, ...name] = id.split("/"); return [source, KINDS.indexOf(kind), name.join("/")]; };
    const [one, two] = [parts(a), parts(b)];
    const at = one.findIndex((part, index) => part !== two[index]);
    return at >= 0 && one[at] < two[at];
  }

  // Where a card without a rank stands.
  function unranked(section, card) {
    const ranked = +groupOf(section).dataset.ranked;
    return cardsOf(section).slice(ranked).find((other) => before(card.dataset.id, other.dataset.id)) || null;
  }

  function tell(section) {
    const group = groupOf(section);
    const n = group.dataset.n;
    const empty = group.querySelector(".empty");
    empty.hidden = group.querySelector(".card");
    if (!+n && section.dataset.slug) empty.textContent = "This group is empty. Drag something into it.";
    if (location.search) return;
    group.querySelector("summary .count").textContent = n;
    const link = all("[data-here=group] a", box).find((one) => one.dataset.value === group.dataset.group);
    if (link) link.querySelector(".count").textContent = n;
  }

  // Changes the page as the move will change the files; gives what takes that back.
  function show(move) {
    return move.group ? showGroup(move) : showCards(move);
  }

  function keeping(touched, change) {
    const was = touched.map((section) => [section, cardsOf(section), groupOf(section).dataset.n, groupOf(section).dataset.ranked]);
    change();
    touched.forEach(tell);
    return () => was.forEach(([section, cards, n, ranked]) => {
      listOf(section).replaceChildren(...cards);
      Object.assign(groupOf(section).dataset, { n, ranked });
      tell(section);
    });
  }

  function showCards(move) {
    const to = sectionOf(move.to);
    const froms = move.parts.map((part) => sectionOf(part.from)).filter(Boolean);
    const touched = Array.from(new Set(to ? froms.concat(to) : froms));
    const add = (section, name, n) => { groupOf(section).dataset[name] = Math.max(0, +groupOf(section).dataset[name] + n); };
    const leave = (section, card) => {
      if (cardsOf(section).indexOf(card) < +groupOf(section).dataset.ranked) add(section, "ranked", -1);
      card.remove();
      add(section, "n", -1);
    };
    return keeping(touched, () => {
      let last = null;
      move.parts.forEach((part) => part.ids.forEach((id) => {
        const from = sectionOf(part.from);
        const own = from && cardOf(from, id);
        const there = to && cardOf(to, id);
        const card = there || own;
        if (!card || (!own && !move.at)) return;
        if (own && from !== to) leave(from, own);
        // What another group still holds does not fall out of all; what is there keeps its place.
        if (!to || (!move.to && card.querySelector(".places")) || (there && !move.at)) return;
        if (there) leave(to, there);
        if (move.at && move.at.after && !last) last = cardOf(to, move.at.after);
        const next = !move.at ? unranked(to, card) : last ? last.nextElementSibling : cardOf(to, move.at.before);
        listOf(to).insertBefore(card, next || null);
        add(to, "n", 1);
        if (!move.at) return;
        last = card;
        groupOf(to).dataset.ranked = Math.max(+groupOf(to).dataset.ranked, cardsOf(to).indexOf(card)) + 1;
      }));
    });
  }

  // Whether a page that came meanwhile has it already.
  function isThere(move) {
    const to = sectionOf(move.to);
    const ids = move.parts && move.parts.flatMap((part) => part.ids);
    if (!ids || !to || !move.to) return false;
    const cards = ids.map((id) => cardOf(to, id));
    const is = (card, id) => card && card.dataset.id === id;
    const { after, before } = move.at || {};
    return cards.every(Boolean) && move.parts.every((part) => part.from === move.to || !part.ids.some((id) => sectionOf(part.from) && cardOf(sectionOf(part.from), id))) && (!after || is(cards[0].previousElementSibling, after)) && (!before || is(cards.pop().nextElementSibling, before));
  }

  function showGroup(move) {
    const section = sectionOf(move.group);
    if (!section) return () => {};
    const was = section.nextElementSibling;
    const next = (move.before && sectionOf(move.before)) || sectionOf("") || sections().pop().nextElementSibling;
    if (next !== section) section.parentNode.insertBefore(section, next);
    return () => section.parentNode.insertBefore(section, was);
  }

  function changes(move) {
    let at = move.at || {};
    return move.parts.map(({ from, ids }) => {
      const made = move.to ? Object.assign({ do: "move", ids, group: move.to }, at) : { do: "remove", ids };
      if (from) made.from = from;
      if (move.at) at = { after: ids[ids.length - 1] };
      return made;
    });
  }

  function send(move) {
    const url = "api/v1/collections/" + encodeURIComponent(box.dataset.arrange);
    if (move.group) return page.write("PATCH", url + "/groups/" + encodeURIComponent(move.group), { seen: files, before: move.before });
    return page.write("POST", url + "/members", { seen: files, changes: changes(move) });
  }

  // Each move names what the answer to the one before it left in the files.
  function run() {
    if (box) box.setAttribute("aria-busy", moves.length > 0);
    if (isRunning || !moves.length) return;
    const at = swaps;
    isRunning = true;
    moves[0].isSent = true;
    send(moves[0]).then((answer) => {
      // A page that came meanwhile knows more.
      if (at === swaps) (answer.files || []).forEach((file) => { files[file.path] = file.sha256; });
      moves.shift();
    }, () => {
      while (moves.length) moves.pop().back();
      focus();
    }).then(() => { isRunning = false; run(); });
  }

  const only = (move) => move.parts && move.parts.length === 1 && move.parts[0].ids.length === 1;

  // A card on its way from place to place inside its group is written once, where it ends.
  function joined(last, move) {
    if (!last || last.isSent || !only(last) || !only(move)) return false;
    const [part] = move.parts;
    if (last.parts[0].ids[0] !== part.ids[0] || part.from !== move.to || last.to !== move.to) return false;
    last.at = move.at;
    return true;
  }

  function commit(move, text) {
    const back = show(move);
    if (!joined(moves[moves.length - 1], move)) moves.push(Object.assign(move, { back }));
    focus();
    page.say(text());
    run();
  }

  function placed(move, name) {
    const to = sectionOf(move.to);
    const ids = move.parts[move.parts.length - 1].ids;
    const at = cardsOf(to).findIndex((card) => card.dataset.id === ids[ids.length - 1]) + 1;
    const where = move.to && at ? ", position " + at + " of " + groupOf(to).dataset.n : "";
    return name + " moved " + (move.to ? "to " + titleOf(to) : "out of its group") + where;
  }

  // The keys of a move stay where they were: a node that changes its place loses the focus, and so
  // does one that a new page takes the place of.
  function focus() {
    if (!focused || !box || doc.querySelector("dialog[open]")) return;
    const section = sectionOf(focused.slug);
    // What a form moved is in another group by now.
    const card = focused.id && [section].concat(sections()).map((one) => one && cardOf(one, focused.id)).find(Boolean);
    const thing = focused.id ? card : section;
    const active = doc.activeElement;
    if (!thing || (active && active !== doc.body && active.isConnected)) return;
    handleOf(thing).focus({ preventScroll: true });
  }

  function remember(handle) {
    const section = handle.closest(".arranged");
    const card = handle.closest(".card");
    focused = { slug: section.dataset.slug, id: card && card.dataset.id };
  }

  // What a handle moves: its card, or all that are chosen where its card is one of them.
  function held(handle) {
    const section = handle.closest(".arranged");
    const card = handle.closest(".card");
    if (!card) return { section, name: nameOf(section) };
    const chosen = card.querySelector("[data-pick]:checked") ? sections().flatMap((one) => cardsOf(one).filter((other) => other.querySelector("[data-pick]:checked"))) : [];
    const cards = chosen.length ? chosen : [card];
    const parts = [];
    cards.forEach((one) => {
      const from = one.closest(".arranged").dataset.slug;
      const last = parts[parts.length - 1];
      if (last && last.from === from) last.ids.push(one.dataset.id); else parts.push({ from, ids: [one.dataset.id] });
    });
    return { section, card, cards, parts, name: places(cards, card) };
  }

  function form(handle) {
    const { section, parts } = held(handle);
    const own = section.querySelector("form");
    const params = new URLSearchParams({ collection: box.dataset.arrange });
    if (parts) {
      params.set("from", parts[0].from);
      parts.forEach((part) => part.ids.forEach((id) => params.append("id", id)));
    } else params.set("group", section.dataset.slug);
    const url = new URL(parts ? own.action : handle.formAction, location.href).pathname + "?" + params;
    if (page.dialog) page.dialog(url); else location.assign(url);
  }

  // Keys.
  function step(handle, key) {
    const { section, card } = held(handle);
    const isUp = key === "ArrowUp";
    if (!card) {
      if (key !== "ArrowUp" && key !== "ArrowDown") return;
      const groups = sections().filter((one) => one.dataset.slug);
      const at = groups.indexOf(section);
      const other = groups[at + (isUp ? -1 : 1)];
      if (!other) { page.say(nameOf(section) + " is the " + (isUp ? "first" : "last") + " group here"); return; }
      const next = isUp ? other : groups[at + 2];
      placeGroup(section, next ? next.dataset.slug : box.dataset.next || null);
      return;
    }
    const id = card.dataset.id;
    const from = section.dataset.slug;
    if (key === "ArrowUp" || key === "ArrowDown") {
      const cards = cardsOf(section);
      const at = cards.indexOf(card);
      const other = cards[at + (isUp ? -1 : 1)];
      const why = from ? unplaced() : UNGROUPED;
      const rest = !isUp && +groupOf(section).dataset.n > cards.length ? " that is shown; the group has a page with all" : "";
      if (why || !other) { page.say(why || nameOf(card) + " is the " + (isUp ? "first" : "last") + rest); return; }
      const prior = isUp ? cards[at - 2] : other;
      moveTo([{ from, ids: [id] }], section, prior ? { after: prior.dataset.id } : { before: other.dataset.id }, nameOf(card));
      return;
    }
    const there = sections();
    const to = there[there.indexOf(section) + (key === "ArrowLeft" || key === "PageUp" ? -1 : 1)];
    if (!to) { page.say("There is no group beyond"); return; }
    groupOf(to).open = true;
    moveTo([{ from, ids: [id] }], to, null, nameOf(card));
  }

  function moveTo(parts, section, at, name) {
    const to = section.dataset.slug;
    const own = parts.filter((part) => at || part.from !== to).filter((part) => to || part.from);
    if (!own.length) return;
    const ids = own.reduce((some, part) => some.concat(part.ids), []);
    if (focused && focused.id && ids.includes(focused.id)) focused.slug = to;
    const move = { parts: own, to, at };
    commit(move, () => placed(move, name));
    const card = focused && focused.id && cardOf(section, focused.id);
    if (card && !drag) card.scrollIntoView({ block: "nearest" });
  }

  function placeGroup(section, next) {
    const move = { group: section.dataset.slug, before: next };
    commit(move, () => {
      const groups = sections().filter((one) => one.dataset.slug);
      return titleOf(section) + " is group " + (groups.indexOf(section) + 1) + " of " + groups.length;
    });
    section.scrollIntoView({ block: "nearest" });
  }

  // Dragging. All places are measured once, when it begins, and do not change: what shows the aim
  // lies above the page and moves by transforms, so that no frame waits for a layout.
  function measure() {
    const [x, y] = [scrollX, scrollY];
    const rect = (element) => { const r = element.getBoundingClientRect(); return { left: r.left + x, right: r.right + x, top: r.top + y, bottom: r.bottom + y }; };
    const area = rect(box.querySelector(".found"));
    const max = doc.documentElement.scrollHeight - innerHeight;
    const areas = sections().map((section) => {
      const group = groupOf(section);
      const cards = group.open ? cardsOf(section).map((card) => Object.assign(rect(card), { id: card.dataset.id })) : [];
      const list = listOf(section);
      return Object.assign(rect(section), { section, list, height: list.offsetHeight, slug: section.dataset.slug, head: rect(group.querySelector("summary")), isOpen: group.open, cards });
    });
    const wide = areas.find((one) => one.cards.length);
    const isOneColumn = !wide || (wide.cards[0].right - wide.cards[0].left) > (area.right - area.left) * .7;
    return { area, areas, max, right: innerWidth - Math.min(264, innerWidth * .8 + 8), isOneColumn, why: unplaced(), links: all("[data-here=group] a", box) };
  }

  function add(className) {
    const element = doc.createElement("div");
    element.className = className;
    element.setAttribute("aria-hidden", "true");
    doc.body.append(element);
    return element;
  }

  function begin() {
    Object.assign(drag, held(drag.handle), measure());
    drag.isOn = true;
    // What is out of sight is not drawn meanwhile, at the size it has.
    drag.areas.forEach((one) => Object.assign(one.list.style, { containIntrinsicHeight: one.height + "px", contentVisibility: "auto" }));
    drag.ghost = add("drag-ghost");
    drag.mark = add("drag-mark");
    drag.mark.hidden = true;
    drag.ghost.append(Object.assign(doc.createElement("b"), { textContent: drag.name }), doc.createElement("span"));
    (drag.cards || [drag.section]).forEach((one) => one.classList.add("is-dragged"));
    page.say("Moving " + drag.name + ". Escape cancels.");
    drag.time = performance.now();
    requestAnimationFrame(frame);
  }

  function frame(now) {
    if (!drag || !drag.isOn) return;
    const past = Math.min(64, now - drag.time);
    drag.time = now;
    const from = scrollY;
    const over = Math.max(0, drag.y - (innerHeight - EDGE_PX)) - Math.max(0, EDGE_PX + 56 - drag.y);
    const to = Math.max(0, Math.min(drag.max, from + Math.max(-1, Math.min(1, over / EDGE_PX)) * PX_A_SECOND * past / 1000));
    const isScrolled = Math.round(to) !== Math.round(from);
    if (isScrolled) scrollTo({ top: to, behavior: "instant" });
    if (isScrolled || drag.isNew) {
      drag.isNew = false;
      drag.ghost.style.transform = "translate(" + Math.min(drag.x + 14, drag.right) + "px," + (drag.y + 10) + "px)";
      aim(drag.x + scrollX, drag.y + (isScrolled ? to : from));
    }
    requestAnimationFrame(frame);
  }

  function aim(x, y) {
    const found = drag.card ? aimCard(x, y) : aimGroup(x, y);
    const key = found ? [found.slug, found.before, found.after, found.isBox].join() : "";
    if (key === drag.key) return;
    drag.key = key;
    drag.aim = found;
    drag.ghost.lastChild.textContent = found ? found.words : "Not a place to drop";
    drag.mark.hidden = !found;
    if (!found) return;
    const { left, top, right, bottom } = found.line;
    drag.mark.classList.toggle("is-box", !!found.isBox);
    Object.assign(drag.mark.style, { width: right - left + "px", height: bottom - top + "px", transform: "translate(" + left + "px," + top + "px)" });
  }

  function within(x, y) {
    if (x < drag.area.left - 12 || x > drag.area.right + 12) return null;
    return drag.areas.find((part) => y >= part.top - 20 && y <= part.bottom + 20);
  }

  function aimCard(x, y) {
    const part = within(x, y) || beside(x, y);
    if (!part) return null;
    const { section, slug, head, cards } = part;
    const title = titleOf(section);
    const inside = slug && part.isOpen && cards.length && y > head.bottom && !part.isBeside;
    if (!inside || drag.why) {
      const line = part.isBeside || (inside ? part : !part.isOpen || cards.length && slug ? head : part);
      const words = slug ? "To " + title + (inside ? ". " + drag.why : "") : "Out of its group";
      return { section, slug, isBox: true, line, words };
    }
    // The row that is nearest, and in it the card.
    const far = (card) => Math.max(card.top - y, y - card.bottom, 0);
    const row = cards.reduce((best, card) => (far(card) < far(best) ? card : best));
    const own = cards.filter((card) => card.top < row.bottom && card.bottom > row.top);
    const middle = (card) => (drag.isOneColumn ? (card.top + card.bottom) / 2 - y : (card.left + card.right) / 2 - x);
    const next = own.find((card) => middle(card) > 0);
    const at = next ? cards.indexOf(next) : cards.indexOf(own[own.length - 1]) + 1;
    const by = next || own[own.length - 1];
    const edge = next ? -7 : 5;
    const line = drag.isOneColumn
      ? { left: by.left, right: by.right, top: (next ? by.top : by.bottom) + edge, bottom: (next ? by.top : by.bottom) + edge + 2 }
      : { left: (next ? by.left : by.right) + edge, right: (next ? by.left : by.right) + edge + 2, top: by.top, bottom: by.bottom };
    // What is moved itself is no neighbour.
    const stays = (card) => !drag.parts.some((one) => one.ids.includes(card.id));
    const prior = cards.slice(0, at).reverse().find(stays);
    const follows = cards.slice(at).find(stays);
    return { section, slug, line, words: "To " + title, after: prior && prior.id, before: prior ? undefined : follows && follows.id };
  }

  // The list of groups beside the cards stays where it is while the page scrolls.
  function beside(x, y) {
    if (x >= drag.area.left) return null;
    for (const link of drag.links) {
      const r = link.getBoundingClientRect();
      const line = { left: r.left + scrollX, right: r.right + scrollX, top: r.top + scrollY, bottom: r.bottom + scrollY };
      if (x < line.left || x > line.right || y < line.top || y >= line.bottom) continue;
      const part = drag.areas.find((one) => groupOf(one.section).dataset.group === link.dataset.value);
      return part && Object.assign({}, part, { isBeside: line });
    }
    return null;
  }

  function aimGroup(x, y) {
    const { area } = drag;
    const groups = drag.areas.filter((part) => part.slug);
    const last = groups[groups.length - 1];
    if (x < area.left - 12 || x > area.right + 12 || y < groups[0].top - 40 || y > last.bottom + 40) return null;
    const at = groups.findIndex((part) => y < (part.top + part.bottom) / 2);
    const next = groups[at];
    const top = next ? next.top - 13 : last.bottom + 11;
    const words = next ? "Before " + titleOf(next.section) : "After " + titleOf(last.section);
    return { slug: drag.section.dataset.slug, before: next ? next.slug : box.dataset.next || null, line: { left: area.left, right: area.right, top, bottom: top + 2 }, words };
  }

  function end(isDropped) {
    const was = drag;
    drag = null;
    page.hold -= 1;
    if (!was.isOn) return;
    was.areas.forEach((one) => one.list.removeAttribute("style"));
    was.ghost.remove();
    was.mark.remove();
    all(".is-dragged").forEach((one) => one.classList.remove("is-dragged"));
    // The click that follows, at once or once the button is let go, is part of it.
    isClickOver = true;
    if (isDropped && was.aim) drop(was);
    else page.say("Cancelled: " + was.name + " stays where it is");
  }

  function drop({ aim, card, section, parts, name }) {
    if (!card) {
      const groups = sections().filter((one) => one.dataset.slug);
      const next = groups[groups.indexOf(section) + 1];
      const after = next ? next.dataset.slug : box.dataset.next || null;
      if (aim.before !== aim.slug && aim.before !== after) placeGroup(section, aim.before);
      return;
    }
    const isPlaced = aim.after || aim.before;
    const at = aim.after ? { after: aim.after } : isPlaced ? { before: aim.before } : null;
    // Where it lies already.
    const near = at && only({ parts }) && parts[0].from === aim.slug && (aim.after ? card.previousElementSibling : card.nextElementSibling);
    if (near && near.dataset.id === (aim.after || aim.before) && (aim.after || !card.previousElementSibling)) return;
    moveTo(parts, aim.section, at, name);
  }

  doc.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle) focused = null;
    if (!drag) isClickOver = false;
    if (!handle || event.button || drag || !box) return;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    // The page stays as it is for as long as something is held.
    page.hold = (page.hold || 0) + 1;
    drag = { handle, pointer: event.pointerId, x0: event.clientX, y0: event.clientY };
  });
  doc.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    Object.assign(drag, { x: event.clientX, y: event.clientY, isNew: true });
    if (!drag.isOn && Math.hypot(drag.x - drag.x0, drag.y - drag.y0) >= START_PX) begin();
  });
  doc.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    // The last place it was at may not have had its frame.
    if (drag.isOn) aim(event.clientX + scrollX, event.clientY + scrollY);
    end(true);
  });
  doc.addEventListener("pointercancel", () => drag && end());
  addEventListener("blur", () => drag && end());
  addEventListener("keydown", (event) => {
    if (drag && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      end();
      return;
    }
    const handle = box && event.target.closest && event.target.closest(".handle");
    if (!handle || !event.altKey || drag) return;
    const isForm = event.shiftKey && event.code === "KeyM";
    if (!isForm && (event.shiftKey || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"].includes(event.key))) return;
    event.preventDefault();
    remember(handle);
    if (isForm) form(handle); else step(handle, event.key);
  }, true);
  doc.addEventListener("click", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle || !box) return;
    event.preventDefault();
    if (!isClickOver || !event.detail) form(handle);
  });
  // In the form: the members of the group that was chosen.
  doc.addEventListener("change", (event) => {
    const select = event.target.closest("[data-move-to]");
    if (!select) return;
    const places = (from) => from.querySelector("[data-places]");
    const asked = new FormData(select.form);
    ["token", "seen", "next", "action", "position", "beside"].forEach((name) => asked.delete(name));
    fetch(page.href("edit/move/?") + new URLSearchParams(asked)).then((answer) => answer.text()).then((text) => {
      if (select.value === asked.get("group")) places(select.form).replaceWith(places(new DOMParser().parseFromString(text, "text/html")));
    }, () => { /* the places of the other group stay, and the server refuses them */ });
  });
  doc.addEventListener("focusin", (event) => {
    const handle = event.target.closest(".handle");
    if (handle) remember(handle); else if (!event.target.closest("dialog, .toasts")) focused = null;
  });

  function start() {
    box = doc.querySelector("[data-arrange]");
    swaps += 1;
    if (drag) end();
    if (!box) { moves = []; return; }
    files = JSON.parse(box.dataset.files);
    // A page that came before a move reached the files.
    moves.forEach((move) => { move.back = move.isSent && isThere(move) ? () => {} : show(move); });
    box.setAttribute("aria-busy", moves.length > 0);
    focus();
  }

  const others = page.start;
  page.start = () => { others(); start(); };
  page.keys = (page.keys || []).concat([["Alt ↑ ↓", "Move what the grip holds, inside its group"], ["Alt ← →", "Move it to the group before or after"], ["Alt Shift M", "Ask where to move it"]]);
  start();
})();
