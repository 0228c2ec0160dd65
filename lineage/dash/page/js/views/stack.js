/* What `lineage stack describe` says. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;

  let root = null;

  function told(name, value) {
    if ((name === "bytes" || name === "size") && typeof value === "number") return lineage.bytes(value);
    return typeof value === "number" ? value.toLocaleString("en") : String(value ?? "");
  }

  const part = ({ name, rows }) =>
    el(
      "section",
      { class: "part" },
      el("h2", {}, name.replace("-", " ")),
      el("dl", {}, Object.entries(rows).map(([key, value]) => [el("dt", {}, key.replaceAll("_", " ")), el("dd", {}, told(key, value))]))
    );

  lineage.view("stack", {
    title: "Stack",
    mount(container) {
      root = container;
    },
    async update() {
      const found = await lineage.ask("stack", {});
      if (root) lineage.refill(root, "stack", el("div", { class: "scroll page" }, el("p", { class: "muted" }, `stack ${found.stack}`), el("div", { class: "cards" }, found.parts.map(part))));
    },
    unmount() {
      root = null;
    },
  });
})();
