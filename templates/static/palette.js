// Keys on every page: `/` goes to the search field, `?` shows the keys, Ctrl+K or Cmd+K goes anywhere.
(function () {
  "use strict";
  var doc = document;
  var root = doc.documentElement.dataset.root;
  var engine = doc.currentScript.dataset.engine;
  var ALL = "collections/all/";
  var KEYS = [["/", "Search"], ["Ctrl K", "Go to anything"], ["?", "Show these keys"], ["Esc", "Close"]];
  var ready;

  function make(tag, parent, text, attributes) {
    var element = doc.createElement(tag);
    if (text) element.textContent = text;
    for (var name in attributes) element.setAttribute(name, attributes[name]);
    parent.append(element);
    return element;
  }

  // Keys of one character can be switched off, for those who speak to their computer.
  function on() {
    try { return localStorage.getItem("skillmeat-keys") !== "off"; } catch (e) { return true; }
  }

  function dialog(label) {
    var box = make("dialog", doc.body, "", { "class": "panel", "aria-label": label });
    box.onclose = function () { box.remove(); };
    box.onclick = function (event) { if (event.target === box) box.close(); };
    return box;
  }

  function help() {
    var box = dialog("Keyboard");
    make("h2", box, "Keyboard");
    var list = make("dl", box, "", { "class": "facts" });
    KEYS.concat(skillmeat.keys || []).forEach(function (key) {
      var line = make("div", list);
      make("kbd", make("dt", line), key[0]);
      make("dd", line, key[1]);
    });
    var label = make("label", make("p", box));
    var check = make("input", label, "", { type: "checkbox" });
    label.append(" Use keys of one character");
    check.checked = on();
    check.onchange = function () {
      try { localStorage.setItem("skillmeat-keys", check.checked ? "on" : "off"); } catch (e) { /* for this page only */ }
    };
    make("button", box, "Close", { type: "button", "class": "chip" }).onclick = function () { box.close(); };
    box.showModal();
  }

  function go(url) { location.href = skillmeat.href(url); }

  // The engine and what it searches, loaded when they are first needed.
  function load() {
    ready = ready || new Promise(function (done, fail) {
      if (window.SM) { done(); return; }
      var script = make("script", doc.head);
      script.onload = done;
      script.onerror = fail;
      script.src = engine;
    }).then(function () { return SM.fetched(root, ALL, "places"); }).then(function (found) {
      return SM.open(root, ALL, found.parts, false).then(function (scope) { return { scope: scope, places: found.places }; });
    });
    ready.catch(function () { ready = null; });
    return ready;
  }

  // What can be chosen without a word: the pages of the navigation, and what can be done.
  function fixed() {
    var found = Array.prototype.map.call(doc.querySelectorAll(".main-nav a"), function (link) {
      return [link.textContent, "page", function () { link.click(); }];
    });
    var theme = doc.querySelector("[data-theme-button]");
    if (theme) found.push(["Change the theme", "action", function () { theme.click(); }]);
    found.push(["Show the keys", "action", help]);
    return found;
  }

  function choices(text, data) {
    var query = SM.parse(text);
    var list = fixed().filter(function (one) {
      return query.words.every(function (word) { return one[0].toLowerCase().indexOf(word) >= 0; });
    });
    if (!text.trim()) return list;
    function to(url) { return function () { go(url); }; }
    var places = SM.among(data.places, query.words).slice(0, 4).map(function (one) { return [one[1], one[0], to(one[2])]; });
    query.count = [];
    var hits = data.scope.find(query).hits.slice(0, 7).map(function (item) {
      return [item.name, item.kind + ", " + item.source, to(item.url)];
    });
    return list.slice(0, 3).concat(places, hits, [["Search for “" + text + "”", "", to("search/?q=" + encodeURIComponent(text))]]);
  }

  function palette() {
    var box = dialog("Go to");
    var input = make("input", make("div", box, "", { "class": "find" }), "", {
      role: "combobox", "aria-label": "Go to", "aria-expanded": "true", "aria-controls": "choices", autocomplete: "off", placeholder: "Go to…"
    });
    var list = make("ul", box, "", { role: "listbox", id: "choices", "aria-label": "Choices" });
    var shown = [], at = 0, data;
    function choose(n) { box.close(); shown[n][2](); }
    function move(to) {
      at = (to + shown.length) % shown.length;
      Array.prototype.forEach.call(list.children, function (item, n) {
        item.setAttribute("aria-selected", n === at);
        if (n === at) item.scrollIntoView({ block: "nearest" });
      });
      input.setAttribute("aria-activedescendant", "choice-" + at);
    }
    function show() {
      if (!data) return;
      shown = choices(input.value, data);
      list.textContent = "";
      shown.forEach(function (one, n) {
        var item = make("li", list, "", { role: "option", id: "choice-" + n });
        make("span", item, one[0]);
        make("span", item, one[1], { "class": "muted" });
        item.onclick = function () { choose(n); };
      });
      if (shown.length) move(0);
    }
    input.oninput = show;
    input.onkeydown = function (event) {
      var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && shown.length) { event.preventDefault(); move(at + step); }
      if (event.key === "Enter" && shown[at]) { event.preventDefault(); choose(at); }
    };
    box.showModal();
    load().then(function (found) { data = found; show(); }, function () { box.close(); go("search/"); });
  }

  // The field of the page, else that of its head, else the page that has one.
  function field() {
    var fields = Array.prototype.filter.call(doc.querySelectorAll("main [type=search], .top [type=search]"), function (one) { return one.offsetParent; });
    if (fields.length) { fields[fields.length - 1].focus(); fields[fields.length - 1].select(); } else go("search/");
  }

  addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    var open = doc.querySelector("dialog[open]");
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === "k" && !event.shiftKey) { event.preventDefault(); if (!open) palette(); }
      return;
    }
    var writes = event.target.closest && event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
    if (open || writes || !on()) return;
    if (event.key === "/") { event.preventDefault(); field(); }
    if (event.key === "?") { event.preventDefault(); help(); }
  });
  addEventListener("submit", function (event) {
    if (event.target.matches("[data-find]")) event.target.action = skillmeat.href("search/");
  });

  // Where nothing is: the artifacts whose ids are most like the address.
  function lost() {
    var box = doc.querySelector("[data-near]");
    if (!box) return;
    var name = decodeURIComponent(location.pathname).replace(/\/?(index)?(\.html)?$/, "").split("/").pop();
    load().then(function (data) {
      SM.near(data.scope, name).forEach(function (item) {
        var line = make("li", box.querySelector("ul"));
        var main = make("span", line, "", { "class": "row-main" });
        make("a", main, item.id, { href: skillmeat.href(item.url) });
        box.hidden = false;
      });
    }, function () { /* the links below lead on */ });
  }

  function start() {
    lost();
    Array.prototype.forEach.call(doc.querySelectorAll("[data-keys]"), function (button) {
      button.hidden = false;
      button.firstElementChild.onclick = help;
    });
  }
  // What is loaded is of the catalog as it was.
  skillmeat.forget = function () {
    ready = null;
    if (window.SM) SM.forget();
  };
  start();
})();
