// What every page gains from scripts: ages, theme, copying. All of it reads without.
(function () {
  "use strict";
  var doc = document;
  var root = doc.documentElement;
  var THEMES = ["auto", "light", "dark"];

  function each(selector, fn) { Array.prototype.forEach.call(doc.querySelectorAll(selector), fn); }

  function say(text) {
    var place = doc.querySelector("[data-say]");
    if (place) { place.textContent = ""; setTimeout(function () { place.textContent = text; }, 50); }
  }

  // "2 h ago" from seconds since 1970. A clock that is behind makes no "in 3 h" of it.
  function age(second) {
    var left = Math.round(Date.now() / 1000 - second);
    if (left < -300) return "on " + new Date(second * 1000).toLocaleDateString();
    if (left < 60) return "just now";
    var steps = [[86400, "d"], [3600, "h"], [60, "min"]];
    for (var i = 0; i < steps.length; i++) {
      if (left >= steps[i][0]) return Math.floor(left / steps[i][0]) + " " + steps[i][1] + " ago";
    }
    return "";
  }

  function isStale(second, status) { return Date.now() / 1000 - second > status.stale_after; }

  // A time whose words are made here, and made again while the page is open.
  function tell(element, second, status, prefix) {
    var stale = isStale(second, status);
    var words = age(second);
    var rest = stale ? ", stale" : "";
    if (element.textContent === prefix + words + rest) return;
    var time = doc.createElement("time");
    time.dateTime = new Date(second * 1000).toISOString();
    time.textContent = words;
    element.replaceChildren(prefix, time, rest);
    element.title = new Date(second * 1000).toLocaleString();
    element.classList.toggle("stale", stale);
  }

  function ages() {
    var status = window.skillmeatStatus;
    if (!status) return;
    each("[data-synced-source]", function (element) {
      var second = status.sources[element.dataset.syncedSource];
      if (second) tell(element, second, status, element.dataset.syncedPrefix || "");
      else if (second === null) element.textContent = "never synced here";
    });
    each("[data-failed-source]", function (element) {
      var failed = status.failed[element.dataset.failedSource];
      if (failed) element.textContent = "Failed " + age(failed[0]) + ": " + failed[1];
    });
    // What was never synced where the site was built is as the lock names it: its age is not known.
    var names = Object.keys(status.sources).filter(function (name) { return status.sources[name]; });
    names.sort(function (a, b) { return status.sources[a] - status.sources[b]; });
    var stale = names.filter(function (name) { return isStale(status.sources[name], status); });
    notes([["Stale", stale, status.sources], ["Failing", Object.keys(status.failed), status.failed]]);
    if (!names.length) return;
    var narrow = matchMedia("(max-width: 79rem)").matches;
    each("[data-synced]", function (element) {
      tell(element, status.sources[names[0]], status, narrow ? "" : "Last synced ");
    });
  }

  // Above the sources: which of them are stale, and which could not be read when it was last tried.
  function notes(kinds) {
    var words = kinds.filter(function (kind) { return kind[1].length; }).map(function (kind) {
      var names = kind[1].slice(0, 5).map(function (name) { return name + " (" + age([].concat(kind[2][name])[0]) + ")"; });
      if (kind[1].length > 5) names.push(kind[1].length - 5 + " more");
      return kind[0] + ": " + names.join(", ");
    });
    each("[data-stale-note]", function (note) {
      note.hidden = !words.length;
      note.querySelector("span").textContent = words.join(". ");
    });
    each("[data-well]", function (well) { well.hidden = words.length; });
  }

  // Days become "3 d ago" with the date beside them in the title.
  function dates() {
    each("time[datetime]", function (element) {
      var parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(element.getAttribute("datetime"));
      if (!parts || element.title) return;
      var day = new Date(+parts[1], +parts[2] - 1, +parts[3]);
      element.title = parts[0];
      var days = Math.round((new Date().setHours(0, 0, 0, 0) - day) / 864e5);
      if (days < 0 || days > 30) {
        element.textContent = day.toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
      } else {
        element.textContent = days === 0 ? "today" : days === 1 ? "yesterday" : days + " days ago";
      }
    });
  }

  function theme() {
    each("[data-theme-button]", function (button) {
      var name = button.querySelector("[data-theme-name]");
      function show() {
        var word = "Theme: " + (root.dataset.theme || "auto");
        name.textContent = word;
        button.title = word;
      }
      button.hidden = false;
      show();
      button.onclick = function () {
        var next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
        if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
        try { localStorage.setItem("skillmeat-theme", next); } catch (e) { /* for this page only */ }
        show();
        say("Theme: " + next);
      };
    });
  }

  function copying() {
    if (!navigator.clipboard) return;
    each("[data-copy]", function (button) {
      button.hidden = false;
      button.onclick = function () {
        navigator.clipboard.writeText(button.dataset.copy || location.href).then(function () {
          say("Copied");
          button.classList.add("done");
          setTimeout(function () { button.classList.remove("done"); }, 1500);
        }, function () { say("Copying is not allowed here"); });
      };
    });
    each(".anchor", function (link) {
      link.onclick = function () {
        navigator.clipboard.writeText(link.href).then(function () { say("Link copied"); }, function () { /* it leads there all the same */ });
      };
    });
  }

  // A link to a closed part opens it.
  function reveal() {
    var target = location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  }

  // What scrolls sideways can be scrolled with the keyboard.
  function scrolling() {
    each(".prose pre, .prose .table-scroll", function (box) {
      if (box.scrollWidth <= box.clientWidth) return;
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.tagName === "PRE" ? "Code" : "Table");
    });
  }

  // What leads to an address below the site; on a disk, the page of a folder has to be named.
  function href(url) {
    if (location.protocol === "file:") url = url.replace(/(^|\/)(?=$|[?#])/, "$1index.html");
    return root.dataset.root + url;
  }

  function start() { ages(); dates(); theme(); copying(); reveal(); scrolling(); }

  addEventListener("hashchange", reveal);
  // Opened from a disk, there is no server that finds the page of a folder.
  if (location.protocol === "file:") {
    addEventListener("click", function (event) {
      var link = event.target.closest("a[href]");
      var folder = link && link.protocol === "file:" && link.pathname.slice(-1) === "/";
      if (folder) link.pathname += "index.html";
    }, true);
  }
  setInterval(ages, 30000);
  // live.js starts the page again after it swapped its parts.
  window.skillmeat = { start: start, say: say, ages: ages, dates: dates, href: href };
  start();
})();
