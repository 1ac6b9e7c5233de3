// What the page of an artifact and those of its files gain from scripts: sections as tabs, the
// commands of one client at a time, lines that can be linked to.
(function () {
  "use strict";
  var doc = document;
  var CLIENT = "skillmeat-client";

  function list(found) { return Array.prototype.slice.call(found); }

  // The element that the address names.
  function target() {
    try { return location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1))); }
    catch (e) { return null; }
  }

  // Links to sections become tabs. `move` is whether the page may scroll.
  function tabs(move) {
    var nav = doc.querySelector("nav.sections");
    if (!nav) return;
    var links = list(nav.querySelectorAll("a"));
    var panels = links.map(function (link) { return doc.getElementById(link.hash.slice(1)); });

    function show(at, focus) {
      links.forEach(function (link, i) {
        link.setAttribute("aria-selected", i === at);
        link.tabIndex = i === at ? 0 : -1;
        panels[i].classList.toggle("off", i !== at);
      });
      if (focus) links[at].focus();
      // In sight, without moving the page.
      nav.scrollLeft += links[at].getBoundingClientRect().left - nav.getBoundingClientRect().left - nav.clientWidth / 3;
    }

    function go(at, focus) {
      if (links[at].getAttribute("aria-selected") === "true") { if (focus) links[at].focus(); return; }
      history.pushState(null, "", links[at].hash);
      show(at, focus);
    }

    // The tab of what the address names; of nothing, the first.
    function follow(move) {
      var found = target();
      var at = panels.findIndex(function (panel) { return found && panel.contains(found); });
      if (at < 0 && found) return;
      show(Math.max(at, 0));
      if (!found || !move) return;
      for (var box = found; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
      if (found !== panels[at]) { found.scrollIntoView(); return; }
      if (doc.readyState === "complete") top();
      // The browser goes to the section itself once all is loaded.
      else addEventListener("load", function () { setTimeout(top); });
    }

    // A section begins with its tab, under the name of the artifact where there is room.
    function top() {
      scrollTo(0, 0);
      if (nav.getBoundingClientRect().bottom > innerHeight * 0.7) nav.scrollIntoView();
    }

    nav.setAttribute("role", "tablist");
    links.forEach(function (link, at) {
      link.id = "tab-" + panels[at].id;
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", panels[at].id);
      panels[at].setAttribute("role", "tabpanel");
      panels[at].setAttribute("aria-labelledby", link.id);
      link.onclick = function (event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(at, true);
      };
      link.onkeydown = function (event) {
        var last = links.length - 1;
        var to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last, " ": at }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        go(to, true);
      };
    });
    window.onpopstate = function () { follow(false); };
    window.onhashchange = function () { follow(true); };
    follow(move);
  }

  // One client's commands at a time; the choice is kept for the next artifact.
  function clients() {
    var chips = doc.querySelector("[data-clients]");
    if (!chips) return;
    var buttons = list(chips.querySelectorAll("button"));
    var parts = list(doc.querySelectorAll("[data-client]"));
    function show(name) {
      buttons.forEach(function (button) { button.setAttribute("aria-pressed", button.textContent === name); });
      parts.forEach(function (part) { part.classList.toggle("off", part.dataset.client !== name); });
    }
    var kept = null;
    try { kept = localStorage.getItem(CLIENT); } catch (e) { /* the first then */ }
    chips.hidden = false;
    parts.forEach(function (part) { part.querySelector("b").hidden = true; });
    buttons.forEach(function (button) {
      button.onclick = function () {
        show(button.textContent);
        try { localStorage.setItem(CLIENT, button.textContent.split(",")[0]); } catch (e) { /* for this page only */ }
      };
    });
    var names = parts.map(function (part) { return part.dataset.client; });
    show(names.find(function (name) { return kept && name.indexOf(kept) >= 0; }) || names[0]);
  }

  // `#L12` marks a line; a click on a number names it.
  function lines() {
    var text = doc.querySelector("[data-lines] code");
    if (!text) return;
    var numbers = text.parentElement.previousElementSibling;
    var height = function () { return numbers.getBoundingClientRect().height / numbers.textContent.split("\n").length; };

    function mark() {
      var wanted = /^#L(\d+)$/.exec(location.hash);
      var old = doc.querySelector(".lines mark");
      if (old) old.remove();
      if (!wanted || +wanted[1] < 1) return;
      var bar = doc.createElement("mark");
      bar.style.top = numbers.offsetTop + (wanted[1] - 1) * height() + "px";
      bar.style.height = height() + "px";
      numbers.parentElement.appendChild(bar);
      bar.scrollIntoView({ block: "center" });
    }

    numbers.onclick = function (event) {
      var line = Math.floor((event.clientY - numbers.getBoundingClientRect().top) / height()) + 1;
      history.replaceState(null, "", "#L" + line);
      mark();
      window.skillmeat.say("Line " + line);
    };
    window.onhashchange = mark;
    mark();
  }

  var before = window.skillmeat.start;
  window.skillmeat.start = function () { before(); clients(); tabs(false); lines(); };
  clients(); tabs(true); lines();
})();
