/* The theme, before anything is painted: what the address says, else what the page was started with, else the system. */
(function () {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const lineage = (window.lineage = window.lineage || {});

  let held = null;

  /** The words of the address: `?run=3&theme=dark`. */
  lineage.words = () => new URLSearchParams(held === null ? window.location.search : held);

  /** Put other words into the address; where the browser lets no page change it (a frame, a file), they are kept here. */
  lineage.setWords = function (words) {
    const query = words.toString();
    try {
      window.history.replaceState(null, "", `${window.location.pathname}${query ? `?${query}` : ""}${window.location.hash}`);
    } catch (refused) {
      held = query;
    }
  };

  /** `light` or `dark`. */
  lineage.theme = function () {
    const asked = lineage.words().get("theme");
    const told = asked || root.getAttribute("data-theme-default");
    if (told === "light" || told === "dark") return told;
    return system.matches ? "dark" : "light";
  };

  /** Take the theme over into the page; returns whether it changed. */
  lineage.applyTheme = function () {
    const theme = lineage.theme();
    if (root.getAttribute("data-theme") === theme) return false; // set again it would cost the styles of the whole page
    root.setAttribute("data-theme", theme);
    return true;
  };

  lineage.applyTheme();
  system.addEventListener("change", () => {
    if (lineage.applyTheme() && lineage.emit) lineage.emit("theme");
  });
})();
