/* A unified diff in colours, each line with the sign that says the same. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const KINDS = [["---", "file"], ["+++", "file"], ["@@", "at"], ["+", "plus"], ["-", "minus"]];

  /** The element of a diff: lines as `lineage diff` prints them, and how many were left out. */
  lineage.diff = function (lines, cut) {
    const { el } = lineage;
    const rows = lines.map((line) => {
      const kind = KINDS.find(([start]) => line.startsWith(start));
      return el("div", { class: kind ? kind[1] : null }, line === "" ? " " : line);
    });
    if (cut) rows.push(el("div", { class: "at" }, `… ${cut} more lines: \`lineage diff --code\` shows them`));
    return el("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "What changed in the code" }, el("pre", {}, rows));
  };
})();
