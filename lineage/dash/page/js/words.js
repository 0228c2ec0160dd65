/* Words and small pieces that several views share. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;

  /** A number as people read it: four digits that count. */
  lineage.number = function (value) {
    if (value === null || value === undefined) return "–";
    if (Number.isInteger(value)) return value.toLocaleString("en");
    const size = Math.abs(value);
    return size >= 1e6 || size < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  };

  lineage.signed = function (value) {
    if (value === null || value === undefined) return "";
    return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${lineage.number(Math.abs(value))}`;
  };

  /** A share as people read it: two digits that count. */
  lineage.percent = function (share) {
    const value = Number((100 * Math.abs(share)).toPrecision(2));
    return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${value} %`;
  };

  /** A mark of a time axis whose marks are `step` seconds apart. */
  lineage.axisSeconds = function (at, step) {
    if (at >= 60 && step >= 1) return lineage.seconds(at);
    if (step < 0.1) return `${Math.round(at * 1000)} ms`;
    return `${at.toFixed(step < 1 ? 1 : 0)} s`;
  };

  /** `X_train` of `digits/X_train`. */
  lineage.shortName = (name) => name.slice(name.lastIndexOf("/") + 1);

  /** `SVC` of `sklearn.svm._classes.SVC`. */
  lineage.shortType = (name) => (name || "").slice((name || "").lastIndexOf(".") + 1);

  /** What a view shows that has nothing to show. */
  lineage.empty = (title, told) => el("div", { class: "empty" }, el("h2", {}, title), el("p", {}, told));
})();
