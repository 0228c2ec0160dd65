/* The panel of one symbol: why first, then what it is, where it comes from, what it took, and how to make it again. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  const LEADING = { run: "Why it ran", cached: "Why it was cached", failed: "What went wrong", running: "Why it runs", pending: "Not yet", skipped: "Why it was skipped" };

  function section(title, more, ...children) {
    const given = children.flat(Infinity).filter(Boolean);
    return given.length ? el("section", { class: "section" }, el("h3", {}, title, more ? el("em", {}, more) : null), given) : null;
  }

  function why(told) {
    const error = told.error;
    const reasons = (told.why || []).map((reason) =>
      el("li", {}, reason.text, reason.diff && reason.diff.length && reason.before !== null && reason.after !== null ? lineage.diff(reason.diff, reason.cut) : null)
    );
    const kept = [
      error ? el("p", { class: "error" }, el("strong", {}, error.message || error.kind || "It failed.")) : null,
      error && error.place ? el("p", { class: "from mono" }, error.place) : null,
      told.status === "cached" && reasons.length ? el("p", { class: "from" }, "What had changed since the run before:") : null,
      reasons.length ? el("ul", {}, reasons) : null,
      told.headline && !error ? el("p", { class: reasons.length ? "from" : null }, capital(told.headline)) : null,
      told.note ? el("p", { class: "from" }, told.note) : null,
      told.status === "skipped" && !reasons.length && !told.note ? el("p", {}, "Something that it needs failed, or it is ignored.") : null,
    ].filter(Boolean);
    if (!kept.length) return null;
    return section(LEADING[told.status] || "Why", null, el("div", { class: "why", "data-status": told.status }, kept), trace(error));
  }

  function trace(error) {
    const text = error && (error.traceback || error.trace);
    if (!text) return null;
    return el("details", { open: true, style: { "margin-top": "8px" } }, el("summary", {}, "Traceback"), el("pre", { class: "text", tabindex: "0" }, text));
  }

  function capital(text) {
    return text ? text[0].toUpperCase() + text.slice(1) : text;
  }

  const MANY = 12;

  /** Of a long list the beginning; the rest on demand, so that what comes below is in reach. */
  function begun(items, draw) {
    if (items.length <= MANY + 3) return draw(items);
    return [draw(items.slice(0, MANY)), el("details", { class: "rest" }, el("summary", {}, `${items.length - MANY} more`), draw(items.slice(MANY)))];
  }

  function links(items, api) {
    if (!items.length) return null;
    return begun(items, (some) => el("ul", { class: "links" }, some.map((item) =>
      el("li", {}, el("button", { type: "button", onclick: () => api.select(item.id), title: item.title || item.id }, el("span", {}, item.name), el("span", {}, item.text || "")))
    )));
  }

  /** How it stands with the stored bytes, where that is worth a word: what is there as it was stored is not. */
  const CONDITIONS = {
    missing: "not in the store any more; doit makes it again when it is needed",
    collected: "not in the store any more; doit makes it again when it is needed",
    damaged: "not the bytes that were stored; doit makes it again when it is needed",
    absent: "not here; the shared store was not asked for it: lineage fetch does, and brings it",
    elsewhere: "in a shared store, not here; lineage fetch brings it",
    touched: "changed since it was stored, and too large to be looked at here; doit looks when it is needed",
  };

  function condition(told) {
    const text = CONDITIONS[told.condition];
    return text ? el("p", { class: "condition", "data-condition": told.condition }, el("strong", {}, told.condition), el("span", {}, text), told.gone ? el("span", {}, told.gone) : null) : null;
  }

  function version(item) {
    const slot = item.slot && item.slot !== item.name ? `${item.slot} = ` : "";
    return { id: item.id, name: `${slot}${item.name}`, text: item.text, title: `${item.id}, version ${item.version}, ${item.type}` };
  }

  function times(told, api) {
    const all = told.times || [];
    const spent = told.status === "cached" && told.saved ? `saved ${lineage.seconds(told.saved)}` : told.status === "run" || told.status === "failed" ? lineage.seconds(told.seconds) : "";
    if (!all.length) return section("Time", null, spent ? el("p", {}, spent) : null);
    const most = Math.max(...all.map((each) => each.seconds), 1e-9);
    const last = all[all.length - 1];
    const before = all.slice(0, -1).filter((each) => each.status === "run");
    const usual = before.length ? before.map((each) => each.seconds).sort((one, other) => one - other)[Math.floor(before.length / 2)] : null;
    const compared = usual && told.status === "run" ? `${lineage.seconds(usual)} is usual` : null;
    const bars = all.map((each) =>
      el("button", { type: "button", "aria-current": each === last ? "true" : null, disabled: !lineage.has(each.run), title: `run ${each.run}: ${lineage.seconds(each.seconds)}, ${each.status}`, "aria-label": `run ${each.run}, ${lineage.seconds(each.seconds)}, ${each.status}`, onclick: () => api.go({ run: each.run }) },
        el("i", { "data-status": each.status, style: { height: `${Math.max(4, (100 * each.seconds) / most)}%` } }))
    );
    return section("Time", compared, el("p", {}, spent || `${lineage.seconds(last.seconds)} in run ${last.run}`), all.length > 1 ? el("div", { class: "times" }, bars) : null);
  }

  function command(text) {
    const copy = el("button", { type: "button", class: "button" }, "Copy");
    copy.addEventListener("click", () => {
      const done = () => {
        copy.textContent = "Copied";
        window.setTimeout(() => (copy.textContent = "Copy"), 1500);
      };
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => (copy.textContent = "Select it"));
    });
    return el("div", { class: "command" }, el("code", { tabindex: "0" }, text), copy);
  }

  function ofStep(told, api) {
    const parameters = Object.entries(told.parameters || {}).map(([name, value]) => [name, el("code", {}, value)]);
    const metrics = Object.entries(told.metrics || {}).map(([name, value]) => [name, lineage.number(value)]);
    const read = (told.discovered || []).map((each) => [each.kind, `${each.name}${each.place ? `  (${each.place})` : ""}`]);
    return [
      section("Metrics", count(metrics), begun(metrics, lineage.facts)),
      section("Parameters", null, lineage.facts(parameters)),
      section("Inputs", count(told.inputs), links((told.inputs || []).map(version), api)),
      section("Also read", null, lineage.facts(read)),
      section("Outputs", count(told.outputs), links((told.outputs || []).map(version), api)),
      times(told, api),
      section("Log", "its last lines", told.log_tail ? el("pre", { class: "text", tabindex: "0" }, told.log_tail) : null),
      section("About", null, lineage.facts([
        ["step", told.function ? el("code", {}, told.function) : null],
        ["where", told.place ? el("code", {}, told.place) : null],
        ["fingerprint", told.fingerprint ? el("code", { title: told.fingerprint }, told.fingerprint.slice(0, 16)) : null],
        ["processor", told.cpu ? lineage.seconds(told.cpu) : null],
        ["memory", told.rss ? `${lineage.bytes(told.rss)} at most` : null],
      ])),
    ];
  }

  function ofArtifact(told, api) {
    const shape = Array.isArray(told.shape) ? told.shape.map((each) => each.toLocaleString("en")).join(" × ") : null;
    const summary = told.summary || {};
    return [
      section("Value", null, lineage.preview(told)),
      section("Artifact", null, condition(told), lineage.facts([
        ["type", told.type ? el("code", {}, told.type) : null],
        ["shape", shape],
        ["dtype", summary.dtype],
        ["size", told.size === null || told.size === undefined ? null : lineage.bytes(told.size)],
        ["version", told.version ? `${told.version} of ${told.count}` : null],
        ["digest", told.digest ? el("code", { title: told.digest }, told.digest.slice(0, 16)) : null],
        ["made", told.created ? `${lineage.when(told.created)}${told.made_in ? `, run ${told.made_in}` : ""}` : null],
        ["kept in", told.path && !["missing", "collected", "elsewhere", "absent"].includes(told.condition) ? el("code", {}, told.path) : null],
      ])),
      section("Made by", null, told.made_by ? links([{ id: told.made_by, name: told.made_by.split(":").slice(1).join(":"), text: told.seconds ? lineage.seconds(told.seconds) : "" }], api) : null),
      section("Used by", count(told.used_by), links((told.used_by || []).map((id) => ({ id, name: id.split(":").slice(1).join(":") })), api)),
      times(told, api),
    ];
  }

  function count(items) {
    return items && items.length > 1 ? String(items.length) : null;
  }

  /** Fill the panel with an answer of `details`. */
  lineage.details = function (panel, told, api) {
    const close = el("button", { type: "button", class: "icon", title: "Close (Esc)", "aria-label": "Close the panel", onclick: () => api.select(null) }, "✕");
    const head = el("header", {},
      el("div", { class: "head" }, el("small", {}, told.kind === "step" ? [`step in ${told.pipeline || ""}`] : `artifact ${told.id}`), el("h2", {}, told.title), told.doc ? el("small", {}, told.doc) : null),
      el("span", { class: "pill", "data-status": told.status }, lineage.badge(told.status)),
      close
    );
    lineage.fill(panel, head, why(told), told.kind === "step" ? ofStep(told, api) : ofArtifact(told, api), told.command ? section("Make it again", null, command(told.command)) : null);
  };

  /** Fill the panel for a stack: how its members are, each to be opened. */
  lineage.stackDetails = function (panel, node, api, expand) {
    const counts = Object.entries(node.stack.counts).map(([status, each]) => [lineage.badge(status), String(each)]);
    lineage.fill(panel,
      el("header", {},
        el("div", { class: "head" }, el("small", {}, `${node.stack.count} ${node.kind}s of one kind`), el("h2", {}, node.name)),
        el("span", { class: "pill", "data-status": node.status }, lineage.badge(node.status)),
        el("button", { type: "button", class: "icon", title: "Close (Esc)", "aria-label": "Close the panel", onclick: () => api.select(null) }, "✕")
      ),
      section("How they are", null, lineage.facts(counts), el("p", { style: { "margin-top": "12px" } }, el("button", { type: "button", class: "button", onclick: expand }, `Show all ${node.stack.count}`))),
      section("Members", null, links((node.stack.members || []).map((member) => ({ id: member.id, name: member.label, text: member.status, title: member.id })), { select: (id) => expand(id) }))
    );
  };
})();
