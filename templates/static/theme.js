// Before anything is painted: the theme a person chose, or that of the system.
(function () {
  try {
    var theme = localStorage.getItem("skillmeat-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (e) { /* storage is switched off */ }
})();
