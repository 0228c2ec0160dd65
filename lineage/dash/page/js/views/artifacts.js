/* Every artifact, and the versions of one over time with its metric as a curve. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el, fill } = lineage;
  const NS = "http://www.w3.org/2000/svg";

  let root = null;

  function svg(tag, attributes, ...children) {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.append(...children);
    return made;
  }

  /** A curve of the values of versions, one point each; its table below says the same. */
  function curve(versions) {
    const points = versions.filter((each) => each.metric !== null);
    if (points.length < 2) return null;
    const values = points.map((each) => each.metric);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = high - low || Math.abs(high) || 1;
    const x = (at) => 24 + (at * 552) / (points.length - 1);
    const y = (value) => 96 - (72 * (value - low)) / room;
    const line = points.map((each, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(each.metric).toFixed(1)}`).join(" ");
    const dots = points.map((each, at) => {
      const title = svg("title", {}, document.createTextNode(`version ${each.version}: ${lineage.number(each.metric)}`));
      return svg("circle", { cx: x(at), cy: y(each.metric), r: each.current ? 4.5 : 3, class: each.current ? "current" : "" }, title);
    });
    const told = [
      svg("text", { x: 24, y: 116 }, document.createTextNode(`version ${points[0].version}`)),
      svg("text", { x: 576, y: 116, "text-anchor": "end" }, document.createTextNode(`version ${points[points.length - 1].version}`)),
      svg("text", { x: 24, y: 14 }, document.createTextNode(`${lineage.number(low)} to ${lineage.number(high)}`)),
    ];
    return svg("svg", { viewBox: "0 0 600 120", class: "curve", role: "img", "aria-label": "values by version" }, svg("path", { d: line }), ...dots, ...told);
  }

  function list(found) {
    if (!found.length) return lineage.empty("No artifacts yet", "Type doit in a shell.");
    const rows = found.map((each) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("button", { class: "link", onclick: () => lineage.go({ artifact: each.name }) }, each.name)),
        el("td", {}, each.value),
        el("td", {}, lineage.shortType(each.type)),
        el("td", { class: "number" }, lineage.bytes(each.size)),
        el("td", { class: "number" }, `${each.version} of ${each.count}`),
        el("td", {}, lineage.when(each.created)),
        el("td", { class: "number" }, each.last_run ?? "")
      )
    );
    return el("div", { class: "scroll" }, el("table", { class: "rows" }, el("caption", {}, `${found.length} artifacts`), titles(["artifact", "value", "type", "size", "version", "made", "run"], [3, 4, 6]), el("tbody", {}, rows)));
  }

  const titles = (names, numbers) =>
    el("thead", {}, el("tr", {}, names.map((name, at) => el("th", { scope: "col", class: numbers.includes(at) ? "number" : null }, name))));

  function one(found) {
    const rows = found.versions
      .slice()
      .reverse()
      .map((each) =>
        el(
          "tr",
          { "aria-selected": each.current ? "true" : null },
          el("th", { scope: "row", class: "number" }, each.current ? el("span", { class: "muted" }, "current  ") : null, each.version),
          el("td", {}, each.value),
          el("td", { class: "number" }, lineage.bytes(each.size)),
          el("td", {}, lineage.when(each.created)),
          el("td", { class: "number" }, each.last_run === null ? "" : el("button", { class: "link", onclick: () => lineage.go({ view: "lineage", run: each.last_run, task: found.name }) }, `run ${each.last_run}`)),
          el("td", { class: "digest" }, el("code", {}, each.digest.slice(0, 12)))
        )
      );
    return el(
      "div",
      { class: "scroll page" },
      el("p", {}, el("button", { class: "link", onclick: () => lineage.go({ artifact: null }) }, "‹ all artifacts")),
      el("h2", {}, found.name),
      curve(found.versions),
      found.hidden ? el("p", { class: "muted" }, `the newest ${found.versions.length} of ${found.versions.length + found.hidden} versions`) : null,
      el("table", { class: "rows" }, titles(["version", "value", "size", "made", "run", "digest"], [0, 2, 4]), el("tbody", {}, rows))
    );
  }

  async function show(state) {
    const found = state.artifact ? await lineage.ask("artifact", { name: state.artifact }) : await lineage.ask("artifacts", {});
    if (root) lineage.refill(root, `artifacts ${state.artifact}`, state.artifact ? one(found) : list(found.artifacts));
  }

  lineage.view("artifacts", {
    title: "Artifacts",
    mount(container) {
      root = container;
    },
    update: (state) =>
      show(state).catch((error) => root && fill(root, lineage.empty(error.message, error.fix || error.why || ""))),
    unmount() {
      root = null;
    },
  });
})();
