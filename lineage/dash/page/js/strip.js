/* Runs: a strip (height: how long, colour: how it ended), a selector, and a line about the one that is shown. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  const SHOWN = 72;

  /** What a run's bar is coloured by: failed, running, run if anything ran, else cached. */
  function outcome(run) {
    if (run.status === "running") return "running";
    if (run.status !== "ok") return "failed";
    return run.counts.run ? "run" : "cached";
  }

  function sentence(run) {
    const parts = Object.keys(lineage.STATUS).filter((status) => run.counts[status]).map((status) => `${run.counts[status]} ${status}`);
    return parts.join(", ") || "no steps";
  }

  function bar(run, most, current, api) {
    // How long a run takes is known at its end; until then its bar is one that can be seen.
    const high = run.status === "running" ? 40 : run.seconds > 0 ? Math.max(8, 100 * Math.sqrt(run.seconds / most)) : 8;
    const text = `run ${run.id}: ${run.status}, ${lineage.seconds(run.seconds)}, ${sentence(run)}`;
    return el("button", { type: "button", title: `${text}\n${run.command}`, "aria-label": text, "aria-current": run.id === current ? "true" : null, disabled: !lineage.has(run.id), onclick: () => api.go({ run: run.id, task: lineage.state().task }) },
      el("i", { "data-status": outcome(run), style: { height: `${high}%` } }));
  }

  lineage.strip = function (container, runs, current, api) {
    const shown = runs.slice(-SHOWN);
    const most = Math.max(...shown.map((run) => run.seconds), 0.001);
    lineage.fill(container, shown.map((run) => bar(run, most, current, api)));
  };

  lineage.runSelector = function (select, runs, current, newest) {
    const options = [...runs].reverse().map((run) =>
      el("option", { value: run.id, selected: run.id === current, disabled: !lineage.has(run.id) }, `run ${run.id}${run.id === newest && lineage.isLive() ? ", newest" : ""} · ${run.status} · ${lineage.when(run.started).slice(0, -3)}`)
    );
    lineage.fill(select, options);
  };

  lineage.runSummary = function (container, run) {
    if (!run) {
      lineage.fill(container);
      return;
    }
    const how = run.status === "ok" ? "" : run.status;
    const git = run.git.commit ? `commit ${run.git.commit.slice(0, 7)}${run.git.dirty ? " with changes" : ""}` : null;
    const notes = [lineage.when(run.started), run.status === "running" ? null : lineage.seconds(run.seconds), run.saved > 0.05 ? `${lineage.seconds(run.saved)} saved` : null, run.confirms ? `nothing had changed since run ${run.confirms}` : null, git].filter(Boolean);
    lineage.fill(container,
      el("div", { class: "title" }, `Run ${run.id}`, how ? ` ${how}` : "", el("code", {}, run.command)),
      el("div", { class: "note" }, notes.join("  ·  "))
    );
  };
})();
