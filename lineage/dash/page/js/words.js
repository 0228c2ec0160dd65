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

  const html = (nodes) => [...nodes].map((node) => node.outerHTML).join("");
  const CONTROLS = "button, select, summary, [tabindex]";

  /** What the keyboard is at is found again by what it is called and which one of those it is; where nothing is called so any
   * more, by its place. */
  function control(root, at) {
    const called = (each) => each.dataset.key || each.getAttribute("aria-label") || each.textContent;
    const all = [...root.querySelectorAll(CONTROLS)];
    const name = called(at);
    const alike = (some) => some.filter((each) => called(each) === name);
    const [place, number] = [all.indexOf(at), alike(all).indexOf(at)];
    return () => {
      const now = [...root.querySelectorAll(CONTROLS)];
      return alike(now)[number] || now[place];
    };
  }

  /** Show something else in a view, or the same as it is now: then what somebody reads or is at stays as it is, and where only
   * some of it is other than it was, the place that is scrolled to and the keyboard's.
   *
   * `subject`: what it is about; of another one the beginning is shown. */
  lineage.refill = function (root, subject, ...children) {
    const made = lineage.el("div", {}, children);
    const isSame = root.dataset.subject === subject && root.childNodes.length;
    if (isSame && html(root.children) === html(made.children)) return;
    const scrolled = isSame ? root.querySelector(".scroll") : null;
    const place = scrolled ? [scrolled.scrollLeft, scrolled.scrollTop] : [0, 0];
    const at = isSame && root.contains(document.activeElement) ? control(root, document.activeElement) : null;
    root.replaceChildren(...made.childNodes);
    root.dataset.subject = subject;
    const scroll = root.querySelector(".scroll");
    if (scroll) [scroll.scrollLeft, scroll.scrollTop] = place;
    const found = at && at();
    if (found) found.focus({ preventScroll: true });
  };
})();
