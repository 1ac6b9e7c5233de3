// Before anything is painted: the theme a person chose, or that of the system.
(function () {
  // What only works with scripts is shown from the first paint.
  document.documentElement.classList.add("js");
  try {
    var theme = localStorage.getItem("skillmeat-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (e) { /* storage is switched off */ }
})();
