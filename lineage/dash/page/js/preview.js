/* What is shown of a value: the preview that was made when it was stored, else what its summary says. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

  function number(value) {
    if (value === null || value === undefined) return "–";
    if (typeof value !== "number") return String(value);
    return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(5)));
  }

  function facts(rows) {
    const given = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
    return given.length ? el("dl", { class: "facts" }, given.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])) : null;
  }
  lineage.facts = facts;
  lineage.number = number;

  function picture(told) {
    if (typeof told.png !== "string" || !BASE64.test(told.png)) return null;
    return el("img", { class: "shown", alt: told.title || "the value as a picture", src: `data:image/png;base64,${told.png}` });
  }

  function histogram(told) {
    if (!told || !Array.isArray(told.counts) || !told.counts.length) return null;
    const most = Math.max(...told.counts, 1);
    const bars = told.counts.map((count) => el("i", { title: `${count}`, style: { height: `${(100 * count) / most}%` } }));
    return el(
      "div", {},
      el("div", { class: "histogram", role: "img", "aria-label": `distribution from ${number(told.low)} to ${number(told.high)}` }, bars),
      el("div", { class: "ends" }, el("span", {}, number(told.low)), el("span", {}, number(told.high)))
    );
  }

  function table(told) {
    const columns = told.columns || [];
    const head = columns.map((column) => el("th", { scope: "col" }, column.name, el("small", {}, column.type || "")));
    const rows = (told.head || []).map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))));
    return el("div", { class: "wide", tabindex: "0" }, el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
  }

  function parameters(told) {
    return facts(Object.entries(told || {}).map(([name, value]) => [name, el("code", {}, value)]));
  }

  const KINDS = {
    array: (told) => [
      picture(told),
      histogram(told.histogram),
      facts([["range", told.min === undefined ? null : `${number(told.min)} … ${number(told.max)}`], ["mean ± std", told.mean === undefined ? null : `${number(told.mean)} ± ${number(told.std)}`], ["not a number", told.nan || null], ["infinite", told.inf || null]]),
      told.head ? el("div", { class: "text mono" }, told.head.map(String).join("  ")) : null,
    ],
    table: (told) => [table(told)],
    model: (told) => [el("p", { class: "class" }, told.class), parameters(told.params), told.fitted && Object.keys(told.fitted).length ? [el("p", { class: "hint" }, "fitted"), parameters(told.fitted)] : null],
    text: (told) => [el("pre", { class: "text wrapped", tabindex: "0" }, told.head || "")],
    value: (told) => [String(told.text || "").length > 24 ? el("pre", { class: "text wrapped" }, told.text) : el("p", { class: "value" }, told.text)],
    figure: (told) => [picture(told), el("p", { class: "hint" }, told.title || told.class || "")],
    files: (told) => [picture(told), told.names ? el("pre", { class: "text", tabindex: "0" }, told.names.map(([name, bytes]) => `${name}  ${lineage.bytes(bytes)}`).join("\n")) : null, told.head ? el("pre", { class: "text", tabindex: "0" }, told.head) : null],
    none: (told) => [el("p", { class: "hint" }, told.error || "There is no preview.")],
  };
  KINDS.image = KINDS.array;

  /** The elements of the preview of an artifact (an answer of `details`). */
  lineage.preview = function (told) {
    const preview = told.preview || fromSummary(told);
    const draw = preview && KINDS[preview.kind];
    return draw ? draw(preview).flat(Infinity).filter(Boolean) : [];
  };

  function fromSummary(told) {
    const summary = told.summary || {};
    if (summary.kind === "model") return { kind: "model", class: summary.class, params: summary.params };
    if ("value" in summary) return { kind: "value", text: typeof summary.value === "number" ? number(summary.value) : String(summary.value) };
    if (typeof summary.head === "string") return { kind: "text", head: summary.head };
    return told.text ? { kind: "value", text: told.text } : null;
  }
})();
