// Under `skillmeat serve`: listens for changes and swaps what changed, in place.
(function () {
  "use strict";
  var doc = document;
  var base = new URL(doc.documentElement.dataset.root, location.href);
  // The page knows what it was made from; what came since is news.
  var seen = revisionOf(performance.getEntriesByType("navigation")[0]);
  var lost = false;
  var busy = false;
  var again = false;
  var last = null;
  var events = new EventSource(new URL("api/v1/events", base));

  function revisionOf(navigation) {
    var timing = navigation && navigation.serverTiming || [];
    for (var i = 0; i < timing.length; i++) {
      if (timing[i].name === "revision") return Number(timing[i].description);
    }
    return null;
  }

  function banner(id, role) {
    var box = doc.getElementById(id);
    if (!box) {
      box = doc.createElement("div");
      box.id = id;
      box.className = "banner";
      box.setAttribute("role", role);
      doc.body.insertBefore(box, doc.getElementById("main"));
    }
    return box;
  }

  function drop(id) {
    var box = doc.getElementById(id);
    if (box) box.remove();
  }

  function add(parent, name, text, className) {
    var element = doc.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  function problems(list) {
    drop("problems-banner");
    if (!list.length) return;
    var box = banner("problems-banner", "alert");
    box.classList.add("is-error");
    var n = list.length;
    add(box, "strong", "The last change cannot be shown: " + n + (n === 1 ? " problem" : " problems") + ". This page is as it was before.");
    var items = add(box, "ul", "");
    list.forEach(function (problem) {
      var item = add(items, "li", "");
      add(item, "code", problem.code);
      add(item, "span", " " + problem.message);
      if (problem.place) {
        var place = problem.place;
        if (typeof place !== "string") place = [place.file, place.line, place.column].filter(Boolean).join(":");
        add(item, "code", place, "place");
      }
      if (problem.help) add(item, "span", "Help: " + problem.help, "help");
    });
  }

  // Takes over the new page's head line and main part; scroll, focus and what is open stay.
  function swap(text) {
    var next = new DOMParser().parseFromString(text, "text/html");
    var main = doc.getElementById("main");
    var fresh = next.getElementById("main");
    if (!main || !fresh || fresh.innerHTML === last) return;
    last = fresh.innerHTML;
    var focused = doc.activeElement && doc.activeElement.id;
    var open = {};
    Array.prototype.forEach.call(main.querySelectorAll("details"), function (one, at) { open[one.id || at] = one.open; });
    var x = scrollX, y = scrollY;
    fresh = doc.adoptNode(fresh);
    Array.prototype.forEach.call(fresh.querySelectorAll("details"), function (one, at) {
      var was = open[one.id || at];
      if (was !== undefined) one.open = was;
    });
    main.replaceWith(fresh);
    doc.title = next.title;
    window.skillmeat.start();
    scrollTo(x, y);
    var target = focused && doc.getElementById(focused);
    if (target) target.focus({ preventScroll: true });
    window.skillmeat.say("Page updated");
  }

  function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    fetch(location.href, { cache: "no-store" }).then(function (answer) {
      // Gone from the catalog: the page that says so is the answer.
      if (answer.ok || answer.status === 404) return answer.text().then(swap);
    }).catch(function () { /* the next event tries again */ }).then(function () {
      busy = false;
      if (again) { again = false; refresh(); }
    });
  }

  // When the sources were read may have changed too: the file that tells is loaded again.
  function status() {
    var script = add(doc.head, "script", "");
    script.onload = function () { script.remove(); window.skillmeat.ages(); };
    script.src = new URL("status.js?" + seen, base);
  }

  function read(text) {
    try { return JSON.parse(text); } catch (e) { return null; }
  }

  events.addEventListener("revision", function (event) {
    var data = read(event.data);
    if (!data) return;
    var news = seen !== null && data.revision !== seen;
    seen = data.revision;
    if (news) { status(); refresh(); }
  });
  events.addEventListener("problems", function (event) {
    var list = read(event.data);
    if (Array.isArray(list)) problems(list);
  });
  events.onopen = function () {
    drop("lost-banner");
    // A server that was started again counts from 1: its numbers say nothing about ours.
    if (lost) { lost = false; seen = null; refresh(); }
  };
  events.onerror = function () {
    lost = true;
    var box = banner("lost-banner", "status");
    if (!box.textContent) box.textContent = "Connection lost, retrying…";
  };
  addEventListener("pagehide", function () { events.close(); });
  addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
})();
