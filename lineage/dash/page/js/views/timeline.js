/* The timeline: what ran when. Bars by step in the order of their beginnings, cached steps as ticks, the critical path
 * outlined. The time axis alone is zoomed (wheel, + and -), since rows are names. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el, fill, seconds } = lineage;

  let root = null;
  let data = null;
  let zoom = 1;

  /** Return round distances for at most `count` lines over a span. */
  function distance(span, count) {
    const least = span / count;
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least);
  }

  function axis(span) {
    const step = distance(span, 6 * zoom);
    const marks = [];
    for (let at = 0; at <= span * 1.0001; at += step) {
      marks.push(el("span", { class: "mark", style: { left: `${(100 * at) / span}%` } }, lineage.axisSeconds(at, step)));
    }
    return el("div", { class: "axis", "aria-hidden": "true" }, marks);
  }

  function bar(each, span) {
    const tick = each.status === "cached" || !each.seconds;
    const told = tick ? `${each.status}${each.saved ? `, saved ${seconds(each.saved)}` : ""}` : seconds(each.seconds);
    const width = tick ? null : `max(3px, ${(100 * each.seconds) / span}%)`;
    const classes = ["stretch", tick ? "tick" : null, each.critical ? "critical" : null].filter(Boolean).join(" ");
    const place = { left: `${Math.min((100 * each.start) / span, 99.8)}%`, width: width || "4px" };
    const nearEnd = each.start + each.seconds > span * 0.85;
    const isBefore = nearEnd && each.start > span * 0.15;
    const isInside = nearEnd && !isBefore && !tick; // there is no room beside it
    return el(
      "div",
      { class: "lane" },
      el("div", { class: classes, "data-status": each.status, style: place }),
      el(
        "span",
        {
          class: isBefore ? "told before" : isInside ? "told inside" : "told",
          "data-status": isInside ? each.status : null,
          style: isBefore
            ? { right: `${100 - (100 * each.start) / span}%` }
            : isInside
            ? { left: `${(100 * each.start) / span}%` }
            : { left: `${Math.min((100 * (each.start + (tick ? 0 : each.seconds))) / span, 88)}%` },
        },
        told
      )
    );
  }

  function row(each, span, selected) {
    const open = () => lineage.go({ task: each.id });
    const label = `${each.id}, ${each.status}, began after ${seconds(each.start)}, took ${seconds(each.seconds)}`;
    return el(
      "li",
      { class: each.id === selected ? "selected" : null },
      el(
        "button",
        { class: "name", "data-key": each.id, onclick: open, "aria-label": each.critical ? `${label}, on the critical path` : label },
        el("span", { class: "dot", "data-status": each.status, "aria-hidden": "true" }, lineage.STATUS[each.status].symbol),
        el("span", { class: "cut" }, each.id)
      ),
      bar(each, span)
    );
  }

  function show() {
    if (!root || !data) return;
    if (!data.bars.length) {
      fill(root, lineage.empty("Nothing ran in this run", "Nothing had to be executed, or nothing has run yet."));
      return;
    }
    const span = Math.max(data.span, 1e-6);
    const selected = lineage.state().task;
    const hidden = data.hidden ? `, the ${data.bars.length} longest of ${data.bars.length + data.hidden} steps` : "";
    const critical = data.critical ? `, critical path (outlined) ${seconds(data.critical)}` : "";
    const buttons = [
      el("button", { type: "button", class: "button", onclick: () => scale(2), "aria-label": "stretch the time axis" }, "+"),
      el("button", { type: "button", class: "button", onclick: () => scale(0.5), "aria-label": "shrink the time axis" }, "−"),
    ];
    lineage.refill(
      root,
      `timeline ${data.run}`,
      el(
        "div",
        { class: "bar-of-view" },
        el("p", {}, `run ${data.run}: ${seconds(data.span)}${critical}${hidden}`),
        el("div", { class: "group" }, buttons)
      ),
      el(
        "div",
        { class: "scroll timeline", style: { "--zoom": String(zoom) } },
        el("div", { class: "head" }, el("span", { class: "name" }), axis(span)),
        el("ol", {}, data.bars.map((each) => row(each, span, selected)))
      )
    );
  }

  function scale(by) {
    zoom = Math.min(Math.max(zoom * by, 1), 64);
    show();
  }

  lineage.view("timeline", {
    title: "Timeline",
    mount(container) {
      root = container;
      zoom = 1;
    },
    async update(state) {
      const asked = await lineage.ask("timeline", { run: state.run });
      if (root) {
        data = asked;
        show();
      }
    },
    unmount() {
      root = null;
    },
  });
})();
