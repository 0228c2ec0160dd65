/* What looks different since the picture was drawn, on a canvas over it.
 *
 * A status that changes then costs its own symbol, and not that Bokeh reads and paints a thousand again. Whatever draws
 * the whole picture later draws these too, and they go from here.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const LAYERS = ["shadows", "nodes", "bars", "icons"];

  lineage.Retouch = class Retouch {
    constructor(canvas) {
      this.canvas = canvas;
      this.nodes = new Set();
      this.element = lineage.el("canvas", { class: "retouch", "aria-hidden": "true", hidden: true });
      this.pen = this.element.getContext("2d");
      canvas.container.append(this.element);
    }

    /** Draw some nodes as they are now, in the place of what is under them. */
    paint(nodes) {
      const { canvas, pen } = this;
      for (const node of nodes) this.nodes.add(node);
      const { width, height } = canvas.size;
      this.element.hidden = false;
      lineage.stretch(this.element, pen, width, height);
      const brush = new lineage.Brush(pen, canvas.plot.x_range, canvas.plot.y_range, width, height);
      const columns = canvas.symbols(nodes);
      for (const name of LAYERS.slice(0, 3)) brush.paint(name, blank(columns[name]));
      for (const name of LAYERS) brush.paint(name, columns[name]);
    }

    /** The whole is drawn anew. What is here goes at once, or, where it is in its place still, when that is on the screen. */
    leave(isInPlace) {
      if (!this.nodes.size && this.element.hidden) return;
      this.nodes.clear();
      if (!isInPlace) this._wipe();
      else window.requestAnimationFrame(() => window.requestAnimationFrame(() => this._wipe()));
    }

    /** Wipe off all but what has come since the whole was drawn. */
    _wipe() {
      this.pen.setTransform(1, 0, 0, 1, 0, 0);
      this.pen.clearRect(0, 0, this.element.width, this.element.height);
      this.element.hidden = !this.nodes.size;
      if (this.nodes.size) this.paint([...this.nodes]);
    }
  };

  /** What is pale, and the rim of what is not, lets through what was there before: under it comes the colour of the ground. */
  function blank(columns) {
    const ground = lineage.colour("panel");
    const told = { ...columns, alpha: columns.alpha.map(() => 1) };
    for (const name of ["fill", "line", "color"]) if (told[name]) told[name] = told[name].map(() => ground);
    if (told.width) told.width = told.width.map((width) => width + 2);
    return told;
  }
})();
