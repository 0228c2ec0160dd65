/* The theme, before anything is painted: what the address says, else what the page was started with, else the system. */
(function () {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const lineage = (window.lineage = window.lineage || {});

  /** `light` or `dark`. */
  lineage.theme = function () {
    const asked = new URLSearchParams(window.location.search).get("theme");
    const told = asked || root.getAttribute("data-theme-default");
    if (told === "light" || told === "dark") return told;
    return system.matches ? "dark" : "light";
  };

  /** Take the theme over into the page; returns whether it changed. */
  lineage.applyTheme = function () {
    const before = root.getAttribute("data-theme");
    root.setAttribute("data-theme", lineage.theme());
    return before !== lineage.theme();
  };

  lineage.applyTheme();
  system.addEventListener("change", () => {
    if (lineage.applyTheme() && lineage.emit) lineage.emit("theme");
  });
})();
