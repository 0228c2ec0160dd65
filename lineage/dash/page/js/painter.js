/* The painter: draws the picture where there is no Bokeh, in a page that was saved, and in a live one until Bokeh is there.
 *
 * What canvas.js uses of Bokeh (sources, ranges, glyphs, pan and zoom) is here in some two hundred lines instead of a
 * megabyte. So the first picture is on the screen at once, and can be clicked; it is the same one.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', sans-serif";

  const PAINTED = ["edges", "heads", "shadows", "nodes", "bars", "icons", "labels"];
  const COLUMNS = {
    edges: ["x0", "y0", "cx0", "cy0", "cx1", "cy1", "x1", "y1", "color", "alpha", "width", "dash"],
    heads: ["x", "y", "size", "angle", "color", "alpha"],
    shadows: ["x", "y", "size", "marker", "fill", "line", "alpha"],
    nodes: ["x", "y", "size", "marker", "fill", "line", "width", "alpha"],
    bars: ["left", "right", "top", "bottom", "color", "alpha"],
    icons: ["x", "y", "text", "color", "alpha", "font"],
    labels: ["x", "y", "text", "color", "alpha", "offset", "back"],
  };

  class Source {
    constructor(name, paint) {
      this.data = Object.fromEntries(COLUMNS[name].map((column) => [column, []]));
      this._paint = paint;
    }

    setv({ data }) {
      this.data = data;
      this._paint();
    }
  }

  class Range {
    constructor(start, end, paint) {
      Object.assign(this, { start, end });
      const heard = [];
      const change = { connect: (callback) => heard.push(callback) };
      this.properties = { start: { change }, end: { change } };
      this._told = () => {
        for (const callback of heard) callback();
        paint();
      };
    }

    setv(values) {
      Object.assign(this, values);
      this._told();
    }
  }

  /** Draws what stands in columns, as Bokeh's glyphs do. */
  class Brush {
    /** `wide` and `high`: pixels in which the ranges `across` and `down` of a plot are seen. */
    constructor(pen, across, down, wide, high) {
      this.pen = pen;
      this.x = (x) => ((x - across.start) / (across.end - across.start)) * wide;
      this.y = (y) => ((y - down.end) / (down.start - down.end)) * high;
    }

    paint(name, data) {
      const count = data[COLUMNS[name][0]].length;
      for (let at = 0; at < count; at += 1) this[`_${name}`](data, at);
      this.pen.globalAlpha = 1;
    }

    _edges(data, at) {
      const { pen, x, y } = this;
      pen.globalAlpha = data.alpha[at];
      pen.strokeStyle = data.color[at];
      pen.lineWidth = data.width[at];
      pen.setLineDash(data.dash[at]);
      pen.beginPath();
      pen.moveTo(x(data.x0[at]), y(data.y0[at]));
      pen.bezierCurveTo(x(data.cx0[at]), y(data.cy0[at]), x(data.cx1[at]), y(data.cy1[at]), x(data.x1[at]), y(data.y1[at]));
      pen.stroke();
      pen.setLineDash([]);
    }

    _heads(data, at) {
      const { pen } = this;
      const [x, y, side] = [this.x(data.x[at]), this.y(data.y[at]), data.size[at] / 2];
      const high = side * Math.sqrt(3);
      // A triangle of which one corner points up, turned, as Bokeh has it.
      const [sine, cosine] = [Math.sin(-data.angle[at]), Math.cos(data.angle[at])];
      const corner = (across, down) => [x + across * cosine - down * sine, y + across * sine + down * cosine];
      pen.globalAlpha = data.alpha[at];
      pen.fillStyle = data.color[at];
      pen.beginPath();
      pen.moveTo(...corner(0, (-2 * high) / 3));
      pen.lineTo(...corner(-side, high / 3));
      pen.lineTo(...corner(side, high / 3));
      pen.fill();
    }

    _shadows(data, at) {
      this._symbol(data, at, 1);
    }

    _nodes(data, at) {
      this._symbol(data, at, data.width[at]);
    }

    _symbol(data, at, width) {
      const { pen } = this;
      const [x, y, size] = [this.x(data.x[at]), this.y(data.y[at]), data.size[at]];
      pen.globalAlpha = data.alpha[at];
      pen.fillStyle = data.fill[at];
      pen.strokeStyle = data.line[at];
      pen.lineWidth = width;
      pen.lineJoin = "bevel";
      pen.beginPath();
      if (data.marker[at] === "circle") pen.arc(x, y, size / 2, 0, 2 * Math.PI);
      else pen.rect(x - size / 2, y - size / 2, size, size);
      pen.fill();
      pen.stroke();
    }

    _bars(data, at) {
      const { pen, x, y } = this;
      pen.globalAlpha = data.alpha[at];
      pen.fillStyle = data.color[at];
      const [left, top] = [x(data.left[at]), y(data.top[at])];
      pen.fillRect(left, top, x(data.right[at]) - left, y(data.bottom[at]) - top);
    }

    _icons(data, at) {
      this._font(data.font[at]);
      const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = this.pen.measureText(data.text[at]);
      this._text(data, at, this.y(data.y[at]) + (ascent - descent) / 2);
    }

    _labels(data, at) {
      const { pen } = this;
      this._font("12px");
      const { width, fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = this.pen.measureText(data.text[at]);
      const [half, top] = [width / 2 + 1, this.y(data.y[at]) + data.offset[at]];
      pen.globalAlpha = 1;
      pen.fillStyle = data.back[at];
      pen.beginPath();
      pen.roundRect(this.x(data.x[at]) - half, top, 2 * half, ascent + descent + 2, 3);
      pen.fill();
      this._text(data, at, top + 1 + ascent);
    }

    _font(size) {
      this.pen.font = `${size} ${FONT}`;
      this.pen.textAlign = "center";
    }

    /** Write a text on a base line; Bokeh places texts by the ascent of their font, so the painter does. */
    _text(data, at, base) {
      const { pen } = this;
      pen.globalAlpha = data.alpha[at];
      pen.fillStyle = data.color[at];
      pen.textBaseline = "alphabetic";
      pen.fillText(data.text[at], this.x(data.x[at]), base);
    }
  }

  lineage.Brush = Brush;

  /** The size of an element as Bokeh takes it: a browser that zooms makes it a fraction, of which no canvas has the last part. */
  lineage.sizeOf = function (element) {
    const { width, height } = element.getBoundingClientRect();
    return { width: Math.floor(width), height: Math.floor(height) };
  };

  /** Give a canvas the pixels that it has on the screen, as many as Bokeh's has: where one has one more, all is shifted. */
  lineage.stretch = function (element, pen, wide, high) {
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.floor(wide * ratio), Math.floor(high * ratio)];
    if (element.width !== across) element.width = across;
    if (element.height !== down) element.height = down;
    element.style.width = `${wide}px`;
    element.style.height = `${high}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.translate(0.5, 0.5); // as Bokeh does, so that nothing moves when it takes over
  };

  class Plot {
    constructor(element) {
      const paint = () => this._soon();
      this.x_range = new Range(0, 1, paint);
      this.y_range = new Range(1, 0, paint);
      this.sources = Object.fromEntries(PAINTED.map((name) => [name, new Source(name, paint)]));
      this.element = element;
      this.pen = element.getContext("2d");
      this._listen();
    }

    /** Leave the picture to another one. */
    close() {
      this._ends.abort();
      window.cancelAnimationFrame(this._turn);
      this._turn = 0;
      this.element.remove();
    }

    _soon() {
      this._turn = this._turn || window.requestAnimationFrame(() => {
        this._turn = 0;
        this.paint();
      });
    }

    get size() {
      const { width, height } = lineage.sizeOf(this.element.parentElement);
      return [width, height];
    }

    paint() {
      const { pen } = this;
      const [wide, high] = this.size;
      lineage.stretch(this.element, pen, wide, high);
      pen.clearRect(-0.5, -0.5, wide + 1, high + 1);
      const brush = new Brush(pen, this.x_range, this.y_range, wide, high);
      for (const name of PAINTED) brush.paint(name, this.sources[name].data);
    }

    // -- pan and zoom ---------------------------------------------------------------------------------------------------

    _listen() {
      let from = null;
      const { element } = this;
      element.addEventListener("pointerdown", (event) => { from = event.button ? null : [event.clientX, event.clientY]; });
      this._ends = new AbortController();
      const { signal } = this._ends;
      window.addEventListener("pointerup", () => { from = null; }, { signal });
      window.addEventListener("pointermove", (event) => {
        if (!from || !event.buttons) return;
        const [right, lower] = [event.clientX - from[0], event.clientY - from[1]];
        from = [event.clientX, event.clientY];
        this._pan(right, lower);
      }, { signal });
      element.addEventListener("wheel", (event) => {
        event.preventDefault();
        const box = element.getBoundingClientRect();
        this._zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 400), event.clientX - box.left, event.clientY - box.top);
      }, { passive: false });
    }

    _pan(right, lower) {
      const { x_range: across, y_range: down } = this;
      const [wide, high] = this.size;
      const [x, y] = [((across.end - across.start) * right) / wide, ((down.start - down.end) * lower) / high];
      down.setv({ start: down.start - y, end: down.end - y });
      across.setv({ start: across.start - x, end: across.end - x });
    }

    _zoom(by, px, py) {
      const { x_range: across, y_range: down } = this;
      const [wide, high] = this.size;
      const perRow = wide / (across.end - across.start) / by;
      if (perRow < 2 || perRow > 240) return;
      const x = across.start + ((across.end - across.start) * px) / wide;
      const y = down.end + ((down.start - down.end) * py) / high;
      down.setv({ start: y + (down.start - y) * by, end: y + (down.end - y) * by });
      across.setv({ start: x + (across.start - x) * by, end: x + (across.end - x) * by });
    }
  }

  /** What stands where Bokeh's document will be. */
  lineage.painter = function () {
    const plot = new Plot(document.querySelector("[data-picture='lineage'] canvas"));
    return { get_model_by_name: (name) => (name === "lineage" ? plot : plot.sources[name] || null), close: () => plot.close() };
  };
})();
