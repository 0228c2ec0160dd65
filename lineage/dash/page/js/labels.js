/* Where labels are written: under their symbols, or beside them where the picture runs down, where they cover no symbol and no
 * other label, what matters more first. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', sans-serif";
  const WEIGHT = { failed: 0, running: 1, run: 3, pending: 4, skipped: 5, cached: 4, changed: 0, new: 1, gone: 2, same: 4 };
  const FROM = 9; // pixels across a row from which on there is room for a label
  const HIGH = 15; // pixels of a label

  const ruler = document.createElement("canvas").getContext("2d");
  ruler.font = FONT;
  const widths = new Map();
  lineage.textWidth = function (text) {
    if (!widths.has(text)) {
      if (widths.size > 5000) widths.clear();
      widths.set(text, ruler.measureText(text).width);
    }
    return widths.get(text);
  };

  /** A label without its middle: calls of one step differ in how their names end. */
  function shortened(text, most) {
    const end = Math.floor((most - 1) / 2);
    return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`;
  }

  lineage.Labels = class Labels {
    constructor(canvas) {
      this.canvas = canvas;
      this.written = new Map();
    }

    /** Find the room for all of them anew; true if one is written that was not, or in another way. */
    place() {
      const before = this.written;
      this.written = new Map();
      if ((this.canvas.isDown ? this.canvas.sy : this.canvas.sx) < FROM) return before.size > 0;
      const taken = new Places(this._symbols());
      const { canvas } = this;
      this._crowded = canvas.isDown ? this._rows() : new Set();
      const weights = new Map(canvas.nodes.map((node) => [node, this._weight(node)]));
      for (const node of [...canvas.nodes].sort((one, other) => weights.get(one) - weights.get(other))) {
        const found = this._room(taken, node);
        if (found) this.written.set(node.id, found);
      }
      return !isSame(before, this.written);
    }

    /** The cells that symbols take: the same ones until something else is drawn, or from nearer. */
    _symbols() {
      const { nodes, sx, sy, symbol } = this.canvas;
      const kept = this._kept;
      if (kept && kept.nodes === nodes && kept.sx === sx && kept.sy === sy) return kept.cells;
      const places = new Places();
      for (const node of nodes) {
        const [x, y] = [node.x * sx, node.y * sy];
        places.add(x - symbol / 2, y - symbol / 2, x + symbol / 2, y + symbol / 2);
      }
      this._kept = { nodes, sx, sy, cells: places.cells };
      return places.cells;
    }

    /** The label of a node as far as there is room for it, with its place from the symbol, and that room taken; null where
     * there is none. */
    _room(taken, node) {
      const { sx, sy, plot, isFitted, symbol } = this.canvas;
      const isBeside = this.canvas.isDown && !this._crowded.has(node.y);
      const offset = isBeside ? -HIGH / 2 - 1 : symbol / 2 + (lineage.hasBar(node) ? 11 : 4);
      const top = node.y * sy + offset + 1;
      const [left, right] = [plot.x_range.start * sx, plot.x_range.end * sx];
      for (const most of isBeside ? [Infinity, 24, 16, 12, 7] : [Infinity, 12, 7]) {
        if (most !== Infinity && node.label.length <= most) continue; // no shorter than what there was no room for
        const text = node.label.length > most ? shortened(node.label, most) : node.label;
        const half = lineage.textWidth(text) / 2 + 3;
        const beside = isBeside ? this._beside(node) + half : 0;
        const x = node.x * sx + beside;
        // Where all is shown nothing is cut off by the edge.
        if (isFitted && (x - half < left || x + half > right) && text.length > 7) continue;
        if (taken.add(x - half, top, x + half, top + HIGH)) return { text, offset, beside };
      }
      return null;
    }

    /** The rows of a picture that runs down in which a label would not fit beside its symbol: there all are under theirs. */
    _rows() {
      const { nodes, sx, symbol } = this.canvas;
      const crowded = new Set();
      const last = new Map(); // the symbol to the left, by row
      for (const node of [...nodes].sort((one, other) => one.x - other.x)) {
        const left = last.get(node.y);
        const needed = left ? this._beside(left) + lineage.textWidth(left.label) + 6 + symbol / 2 : 0;
        if (left && (node.x - left.x) * sx < needed) crowded.add(node.y);
        last.set(node.y, node);
      }
      return crowded;
    }

    /** From the middle of a symbol to where a label beside it begins: past a bar and what is behind a stack. */
    _beside(node) {
      const { symbol } = this.canvas;
      return Math.max(symbol / 2, lineage.hasBar(node) ? Math.max(symbol * 0.675, 12) : 0) + (node.stack ? 6 : 3);
    }

    /** Whether a place is on the label of a node: so many pixels to the right of it, and below. */
    has(node, right, down, reach) {
      const told = this.written.get(node.id);
      if (!told) return false;
      const half = lineage.textWidth(told.text) / 2 + 2;
      if (told.beside) return Math.abs(right - told.beside) < half && Math.abs(down) < 9;
      return down > 0 && down < reach + 20 && Math.abs(right) < half;
    }

    _weight(node) {
      if (node.id === this.canvas.selected) return -2;
      const dim = this.canvas._isBright(node.id) ? 0 : 100;
      return dim + (WEIGHT[node.status] || 0) + (node.kind === "artifact" ? 10 : 0);
    }
  };

  function isSame(one, other) {
    if (one.size !== other.size) return false;
    return [...one].every(([id, { text, offset, beside }]) => {
      const told = other.get(id);
      return told && told.text === text && told.offset === offset && told.beside === beside;
    });
  }

  /** Rectangles that do not overlap, found by the cells of a grid; `under` are the cells of others. */
  class Places {
    constructor(under = new Map()) {
      this.cells = new Map();
      this.under = under;
    }

    add(left, top, right, bottom) {
      const keys = [];
      const isFree = (boxes) => !boxes || boxes.every(([l, t, r, b]) => left >= r || l >= right || top >= b || t >= bottom);
      for (let column = Math.floor(left / 64); column <= Math.floor(right / 64); column += 1)
        for (let row = Math.floor(top / 32); row <= Math.floor(bottom / 32); row += 1) {
          const key = column * 1048576 + row;
          if (!isFree(this.under.get(key)) || !isFree(this.cells.get(key))) return false;
          keys.push(key);
        }
      for (const key of keys) {
        if (!this.cells.has(key)) this.cells.set(key, []);
        this.cells.get(key).push([left, top, right, bottom]);
      }
      return true;
    }
  }
})();
