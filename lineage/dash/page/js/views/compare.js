/* Two runs, and only what differs. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el, fill } = lineage;

  const LINES = 200;
  let root = null;

  function chooser(label, runs, value, change) {
    const options = runs
      .slice()
      .reverse()
      .map((run) => el("option", { value: run.id, selected: run.id === value }, `run ${run.id} · ${lineage.when(run.started)} · ${run.status}`));
    return el("label", {}, label, el("select", { class: "field", onchange: (event) => change(event.target.value) }, options));
  }

  function metrics(found) {
    if (!found.length) return null;
    const rows = found.map((each) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, each.name),
        el("td", { class: "number" }, lineage.number(each.before)),
        el("td", { class: "number" }, lineage.number(each.after)),
        each.change === null
          ? el("td", { class: "number muted" }, each.after === null ? "gone" : each.before === null ? "new" : "")
          : el("td", { class: `number ${each.change > 0 ? "up" : "down"}` }, lineage.signed(each.change), each.relative === null ? "" : ` (${lineage.percent(each.relative)})`)
      )
    );
    return el("section", {}, el("h2", {}, "Metrics"), el("table", { class: "rows" }, head("metric", "before", "after", "change"), el("tbody", {}, rows)));
  }

  function head(...titles) {
    return el("thead", {}, el("tr", {}, titles.map((title, at) => el("th", { scope: "col", class: at ? "number" : null }, title))));
  }

  /** How a step ended in both runs, where that is not the same. */
  function endings({ before, after }) {
    if (!before || !after || before.status === after.status) return null;
    return el("span", { class: "endings" }, lineage.badge(before.status), el("span", { class: "muted", "aria-hidden": "true" }, "→"), el("span", { class: "unseen" }, "became"), lineage.badge(after.status));
  }

  function failure({ after }) {
    const error = after && after.error;
    if (!error) return null;
    return el("p", { class: "error" }, error.message || error.kind, error.place ? el("code", { class: "muted" }, `  ${error.place}`) : null);
  }

  const varying = ({ name, runs }) => `not deterministic: runs ${runs.join(", ")} gave different ${name} for the same code, parameters and inputs`;

  function step(change, standing) {
    const kind = standing[change.task] || change.kind;
    return el(
      "section",
      { class: "change", "data-standing": kind },
      el("h3", {}, el("span", { class: "standing" }, kind), el("button", { class: "link", onclick: () => lineage.go({ view: "lineage", task: change.task }) }, change.task), endings(change)),
      failure(change),
      (change.not_deterministic || []).map((each) => el("p", {}, varying(each))),
      (change.reasons || []).map((reason) =>
        el("div", { class: "reason" }, el("p", {}, reason.text), reason.diff && reason.diff.length ? lineage.diff(reason.diff.slice(0, LINES), Math.max(0, reason.diff.length - LINES)) : null)
      ),
      (change.outputs || []).map((output) =>
        el("p", { class: "muted" }, `output ${output.name}: ${version(output.before)} became ${version(output.after)}`)
      )
    );
  }

  const version = (told) => (told ? `version ${told.version}` : "nothing");

  /** Of a run in which nothing was executed the surroundings are not recorded. */
  const differs = ([was, now]) => was !== null && now !== null && was !== now;

  function packages(found) {
    const rows = Object.entries(found.packages).map(([name, [was, now]]) => [name, was, now]);
    if (differs(found.python)) rows.unshift(["Python", ...found.python]);
    if (differs(found.platform)) rows.unshift(["platform", ...found.platform]);
    if (!rows.length) return null;
    const body = rows.map(([name, was, now]) =>
      el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, was ?? "not there"), el("td", {}, now ?? "not there"))
    );
    return el("section", {}, el("h2", {}, "Surroundings"), el("table", { class: "rows" }, el("thead", {}, el("tr", {}, ["what", "before", "after"].map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, body)));
  }

  function parts(found) {
    const changed = found.steps.length
      ? el("section", {}, el("h2", {}, "Steps"), found.steps.map((change) => step(change, found.standing)))
      : lineage.empty("Nothing differs", `Run ${found.before_run} and run ${found.after_run} have the same code, parameters, inputs and packages.`);
    const more = found.hidden ? el("p", { class: "muted" }, `${found.hidden.toLocaleString("en")} more steps differ: \`lineage diff ${found.before_run} ${found.after_run}\` has all.`) : null;
    return [metrics(found.metrics), changed, more, packages(found.environment), el("p", { class: "muted" }, found.same === 1 ? "1 step is the same." : `${found.same} steps are the same.`)];
  }

  async function show(state) {
    const { runs } = await lineage.ask("runs", {});
    if (!root) return;
    if (runs.length < 2) {
      fill(root, lineage.empty("There is one run to look at", "Compare needs two: change something and type doit again."));
      return;
    }
    const after = state.run || runs[runs.length - 1].id;
    const earlier = runs.filter((run) => run.id < after);
    const before = Number(state.before) || (earlier.length ? earlier[earlier.length - 1].id : runs[0].id);
    const choosers = el(
      "div",
      { class: "bar-of-view" },
      chooser("before", runs, before, (value) => lineage.go({ before: value })),
      chooser("after", runs, after, (value) => lineage.go({ run: value, before })),
      el("button", { type: "button", class: "button", title: "The lineage, coloured by what changed", onclick: () => lineage.go({ view: null, run: after, against: before, task: null, q: null, focus: null }) }, "Show in the picture")
    );
    const told = await lineage.ask("compare", { before, after }).then(parts, (error) => lineage.empty(error.message, error.fix || error.why || ""));
    if (root) lineage.refill(root, `compare ${before} ${after}`, choosers, el("div", { class: "scroll page" }, told));
  }

  lineage.view("compare", {
    title: "Compare",
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
