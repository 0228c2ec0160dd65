/* The lineage on Bokeh's canvas, or on the painter's: what is drawn where, in which colour, and what is under the pointer.
 *
 * The sources are filled here and not sent back to the server (`sync: false`). Sizes are in pixels and follow the zoom;
 * a label is drawn only where it covers no symbol and no other label, what matters more first.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const ROW = 64; // pixels of a row of the layout, where labels have the room that the layout gave them
  const CLOSEST = 92;
  const STRETCH = 1.9; // so much wider or higher than the other a row may be drawn, where there is room
  const DIM = 0.13;
  const CLEAR = "#00000000";
  const MANY = 400; // edges from which on all are thin and none dashed
  const NARROW = window.matchMedia("(max-width: 900px)"); // as in shell.css: where the panel is below
  const QUIET = new Set(["cached", "same"]); // the edges of such steps are dashed

  function isSame(one, other) {
    return one === other || Boolean(one && other && one.size === other.size && [...one].every((id) => other.has(id)));
  }

  /** Whether a node has another status now, or a stack other counts; taken over if so. */
  function restated(node, told) {
    const [status, counts] = Array.isArray(told) ? told : [told, null];
    if (status === node.status && (!counts || JSON.stringify(counts) === JSON.stringify(node.stack.counts))) return false;
    node.status = status;
    if (counts) node.stack.counts = counts;
    return true;
  }

  const hasBar = (node) => Boolean(node.stack) || (node.done !== undefined && node.done !== null);
  lineage.hasBar = hasBar;

  lineage.Canvas = class Canvas {
    constructor(plot, container) {
      this.container = container;
      this.nodes = [];
      this.edges = [];
      this.at = new Map();
      this.bright = null;
      this.selected = null;
      this.sx = this.sy = ROW; // pixels of a row across and down
      this.isFitted = true;
      this.labels = new lineage.Labels(this);
      this.retouch = new lineage.Retouch(this);
      this._barred = new Set();
      this._drawOn(plot);
      this._resized = new ResizeObserver(() => this._fillSpace());
      this._resized.observe(container);
    }

    _drawOn(plot) {
      this.plot = plot;
      this.sources = {};
      for (const name of ["edges", "heads", "shadows", "nodes", "bars", "icons", "labels"])
        this.sources[name] = lineage.document.get_model_by_name(name);
      const ranged = () => plot === this.plot && this._ranged();
      plot.x_range.properties.start.change.connect(ranged);
      plot.x_range.properties.end.change.connect(ranged);
    }

    /** Go on with another plot, which shows at once what this one does. */
    takeOver(plot) {
      const { x_range: x, y_range: y } = this.plot;
      this._drawOn(plot);
      this._drawEdges();
      this._look((x.start + x.end) / 2, (y.start + y.end) / 2, this.sx, this.sy);
    }

    close() {
      this._resized.disconnect();
    }

    /** Take over a picture (the answer of `picture`). */
    show(picture) {
      this._take(picture);
      if (this.isFitted) this.fit();
      else this.draw();
    }

    _take(picture) {
      this.picture = picture;
      this.nodes = picture.nodes;
      this.edges = picture.edges;
      this.box = picture.box;
      this.at = new Map(this.nodes.map((node, number) => [node.id, number]));
      this.after = new Map(this.nodes.map((node) => [node.id, []]));
      this.before = new Map(this.nodes.map((node) => [node.id, []]));
      for (const edge of this.edges) {
        this.after.get(edge.source).push(edge.target);
        this.before.get(edge.target).push(edge.source);
      }
      this._drawEdges();
    }

    /** Whether the picture runs down, with labels beside their symbols (turn.js). */
    get isDown() {
      return Boolean(this.picture && this.picture.flat);
    }

    /** Let it run down, or to the right again: what was told of nodes since then stays told. */
    _turn(turned) {
      const { nodes, edges, box, flat } = this.picture;
      const to = turned || flat;
      this.picture.flat = turned ? { nodes, edges, box } : null;
      this.picture.nodes = nodes.map((node, at) => ({ ...node, x: to.nodes[at].x, y: to.nodes[at].y }));
      this.picture.edges = edges.map((edge, at) => ({ ...edge, curves: to.edges[at].curves }));
      this.picture.box = to.box;
      this._take(this.picture);
    }

    /** Take over statuses only ({id: status, or [status, counts] of a stack}); true if one changed.
     *
     * `moved`: asked after that for those whose bar moved. */
    restate(statuses, moved = () => []) {
      const changed = this.nodes.filter((node) => restated(node, statuses[node.id]));
      const isDashed = this._redash();
      if (isDashed) this._drawEdges();
      this.touch([...changed, ...moved()], isDashed);
      return changed.length > 0;
    }

    /** The edges of what was cached are dashed, where there are not too many of them; true if one is now that was not. */
    _redash() {
      let isOther = false;
      for (const edge of this.edges) {
        const step = this.node(edge.source).kind === "step" ? edge.source : edge.target;
        const cached = QUIET.has(this.node(step).status);
        isOther = isOther || cached !== edge.cached;
        edge.cached = cached;
      }
      return isOther && this.edges.length <= MANY;
    }

    /** Some nodes look different now: draw these over the picture, or all of it where more than they must change. */
    touch(nodes, isMore = false) {
      if (isMore || (nodes.length && !this._isTheirsAlone(nodes))) this.draw(true);
      else if (nodes.length) this.retouch.paint(nodes);
    }

    _isTheirsAlone(nodes) {
      const isApart = Math.min(this.sx, this.sy) >= this.symbol + 4; // or it would matter which is drawn first
      const isFew = this.retouch.nodes.size + nodes.length <= 8 + this.nodes.length / 4;
      return isApart && isFew && nodes.every((node) => this._barred.has(node.id) === hasBar(node)) && !this.labels.place();
    }

    node(id) {
      return this.nodes[this.at.get(id)];
    }

    /** Everything that a node comes from and all that comes of it. */
    connected(id) {
      const found = new Set([id]);
      for (const neighbours of [this.before, this.after]) {
        const waiting = [id];
        while (waiting.length)
          for (const next of neighbours.get(waiting.pop()) || [])
            if (!found.has(next)) {
              found.add(next);
              waiting.push(next);
            }
      }
      return found;
    }

    /** Keep these bright (a Set of ids; null: all), and put a ring around one. */
    highlight(bright, selected) {
      const ring = this.at.has(selected) ? selected : null;
      if (ring === this.selected && isSame(bright, this.bright)) return; // drawn so already: another draw is a repaint
      this.bright = bright;
      this.selected = ring;
      this._drawEdges();
      this.draw(true);
    }

    // -- what is seen -----------------------------------------------------------------------------------------------

    get size() {
      return lineage.sizeOf(this.container);
    }

    /** Show all of the picture, no nearer than labels need. */
    fit() {
      const { width: wide, height: high } = this.size;
      if (!this.box || !wide || !high) return;
      const flat = this.picture.flat || this.picture;
      const turned = NARROW.matches || this.isDown ? lineage.turned(flat) : null;
      const isBetter = NARROW.matches && lineage.isBetterTurned(this._scales(flat.box, 0), this._scales(turned.box, this._beside()));
      if (isBetter !== this.isDown) this._turn(isBetter ? turned : null);
      const [left, top, right, bottom] = this.box;
      const room = this.isDown ? this._beside() : 0;
      const [sx, sy] = this._scales(this.box, room);
      this.isFitted = true;
      this._look((left + right) / 2 + room / 2 / sx, (top + bottom) / 2, sx, sy);
    }

    /** The pixels of a row across and down with which a box fills the space, but for some `room` to its right. */
    _scales([left, top, right, bottom], room) {
      const { width: wide, height: high } = this.size;
      const across = Math.min((wide - 48 - room) / Math.max(right - left, 0.5), CLOSEST * 1.4);
      const down = Math.min((high - 64) / Math.max(bottom - top, 0.5), CLOSEST);
      return [Math.max(2, Math.min(across, down * STRETCH)), Math.max(2, Math.min(down, across * STRETCH))];
    }

    /** The room that labels beside their symbols take at most. */
    _beside() {
      const longest = this.nodes.reduce((most, node) => Math.max(most, lineage.textWidth(node.label)), 0);
      return Math.min(longest, this.size.width * 0.4);
    }

    /** Bring a node into view, without moving where it is in view already. */
    reveal(id) {
      const node = this.node(id);
      if (!node) return;
      const [x, y] = this.pixel(node.x, node.y);
      const { width: wide, height: high } = this.size;
      if (x > 40 && y > 40 && x < wide - 40 && y < high - 60) return;
      this.isFitted = false;
      this._look(node.x, node.y, this.sx, this.sy);
    }

    zoom(factor) {
      const { x_range: x, y_range: y } = this.plot;
      this.isFitted = false;
      if (this.sx * factor < 2 || this.sx * factor > 240) return;
      this._look((x.start + x.end) / 2, (y.start + y.end) / 2, this.sx * factor, this.sy * factor);
    }

    _look(x, y, sx, sy) {
      const { width: wide, height: high } = this.size;
      this._own = true;
      this.plot.x_range.setv({ start: x - wide / sx / 2, end: x + wide / sx / 2 }, { sync: false });
      this.plot.y_range.setv({ start: y + high / sy / 2, end: y - high / sy / 2 }, { sync: false });
      this._own = false;
      [this.sx, this.sy] = [sx, sy];
      this.draw();
    }

    _fillSpace() {
      if (this.isFitted) {
        this.fit();
        return;
      }
      const { x_range: x, y_range: y } = this.plot;
      this._look((x.start + x.end) / 2, (y.start + y.end) / 2, this.sx, this.sy);
    }

    /** Somebody moved or zoomed it. */
    _ranged() {
      if (this._own || this._waiting) return;
      this.isFitted = false;
      const isTouched = this.retouch.nodes.size > 0;
      if (isTouched) this.retouch.leave();
      this._waiting = window.requestAnimationFrame(() => {
        this._waiting = 0;
        const { x_range: x, y_range: y } = this.plot;
        const [sx, sy] = [this.size.width / (x.end - x.start), this.size.height / (y.start - y.end)];
        if (Math.abs(sx - this.sx) < 1e-6 * sx && Math.abs(sy - this.sy) < 1e-6 * sy && !isTouched) return;
        [this.sx, this.sy] = [sx, sy];
        this.draw();
      });
    }

    pixel(x, y) {
      const { x_range, y_range } = this.plot;
      return [(x - x_range.start) * this.sx, (y - y_range.end) * this.sy];
    }

    /** The node under a place of the container, in pixels. */
    under(px, py) {
      const reach = Math.max(this.symbol / 2 + 3, 9);
      let best = null;
      let least = Infinity;
      for (const node of this.nodes) {
        const [x, y] = this.pixel(node.x, node.y);
        const across = Math.abs(px - x);
        const down = py - y;
        const isLabel = this.labels.has(node, px - x, down, reach);
        if ((across > reach || Math.abs(down) > reach) && !isLabel) continue;
        const distance = Math.hypot(across, down);
        if (distance < least) [best, least] = [node, distance];
      }
      return best;
    }

    /** The node that an arrow key leads to: along an edge, or up and down in the column. */
    neighbour(id, key) {
      const node = this.node(id);
      if (!node) return null;
      const [along, across] = this.isDown ? ["y", "x"] : ["x", "y"];
      const [forward, back, further] = this.isDown ? ["ArrowDown", "ArrowUp", "ArrowRight"] : ["ArrowRight", "ArrowLeft", "ArrowDown"];
      if (key === forward || key === back) {
        const near = (key === forward ? this.after : this.before).get(id).map((each) => this.node(each));
        near.sort((one, other) => Math.abs(one[across] - node[across]) - Math.abs(other[across] - node[across]));
        return near.length ? near[0].id : null;
      }
      const sign = key === further ? 1 : -1;
      const column = this.nodes.filter((each) => Math.abs(each[along] - node[along]) < 0.3 && sign * (each[across] - node[across]) > 1e-6);
      column.sort((one, other) => sign * (one[across] - other[across]));
      return column.length ? column[0].id : null;
    }

    /** Where somebody without a pointer begins: what needs a look, else the first. */
    first() {
      const order = [...this.nodes].sort((one, other) => (this.isDown ? one.y - other.y : 0) || one.x - other.x || one.y - other.y);
      return (order.find((node) => node.status === "failed") || order[0] || {}).id || null;
    }

    // -- drawing ----------------------------------------------------------------------------------------------------

    get symbol() {
      return Math.min(Math.max(Math.min(this.sx, this.sy) * 0.45, 5), 40);
    }

    _set(name, data) {
      const isEmpty = (columns) => !(columns.x || columns.x0 || columns.left || []).length;
      if (isEmpty(data) && isEmpty(this.sources[name].data)) return; // whatever is told to Bokeh costs a repaint
      this.sources[name].setv({ data }, { sync: false, check_eq: false });
    }

    _isBright(id) {
      return !this.bright || this.bright.has(id);
    }

    _drawEdges() {
      const data = { x0: [], y0: [], cx0: [], cy0: [], cx1: [], cy1: [], x1: [], y1: [], color: [], alpha: [], width: [], dash: [] };
      const plain = lineage.colour("edge");
      const bold = lineage.colour("edge-bright");
      const isMany = this.edges.length > MANY;
      const isPath = this.bright !== null && this.selected !== null;
      for (const edge of [...this.edges].sort((one, other) => this._edgeBright(one) - this._edgeBright(other))) {
        const bright = this._edgeBright(edge);
        for (const [x0, y0, cx0, cy0, cx1, cy1, x1, y1] of edge.curves) {
          for (const [name, value] of Object.entries({ x0, y0, cx0, cy0, cx1, cy1, x1, y1 })) data[name].push(value);
          data.color.push(bright && isPath ? bold : plain);
          data.alpha.push(bright ? 1 : DIM);
          data.width.push(isMany ? 0.8 : bright && isPath ? 1.75 : 1.25);
          data.dash.push(edge.cached && !isMany ? [4, 4] : []);
        }
      }
      this._set("edges", data);
    }

    _edgeBright(edge) {
      return this._isBright(edge.source) && this._isBright(edge.target) ? 1 : 0;
    }

    /** Draw all that depends on zoom, status and selection; `isInPlace`: nothing moves. */
    draw(isInPlace = false) {
      this.retouch.leave(isInPlace);
      this.labels.place();
      if (!this.nodes.length) {
        for (const [name, source] of Object.entries(this.sources)) {
          if (name === "edges") continue;
          this._set(name, Object.fromEntries(Object.keys(source.data).map((column) => [column, []])));
        }
        return;
      }
      this._barred = new Set(this.nodes.filter(hasBar).map((node) => node.id));
      for (const [name, data] of Object.entries(this.symbols(this.nodes))) this._set(name, data);
      this._drawHeads();
      this._drawLabels();
    }

    /** The symbols of some nodes, as columns of four sources, in the order in which these are painted. */
    symbols(some) {
      const size = this.symbol;
      const shadows = { x: [], y: [], size: [], marker: [], fill: [], line: [], alpha: [] };
      const nodes = { x: [], y: [], size: [], marker: [], fill: [], line: [], width: [], alpha: [] };
      const bars = { left: [], right: [], top: [], bottom: [], color: [], alpha: [] };
      const icons = { x: [], y: [], text: [], color: [], alpha: [], font: [] };
      const ring = lineage.colour("text");
      for (const node of some) {
        const alpha = this._isBright(node.id) ? 1 : DIM;
        const marker = node.kind === "step" ? "circle" : "square";
        const side = node.kind === "step" ? size : size * 0.88;
        const fill = lineage.colour(node.status);
        const line = lineage.colour(`${node.status}-line`);
        if (node.stack)
          for (const offset of size > 14 ? [8, 4] : [3]) {
            const [x, y] = [node.x + offset / this.sx, node.y - offset / this.sy];
            for (const [name, value] of Object.entries({ x, y, size: side, marker, fill, line, alpha })) shadows[name].push(value);
          }
        const isSelected = node.id === this.selected;
        nodes.x.push(node.x);
        nodes.y.push(node.y);
        nodes.size.push(isSelected ? side + 4 : side);
        nodes.marker.push(marker);
        nodes.fill.push(fill);
        nodes.line.push(isSelected ? ring : line);
        nodes.width.push(isSelected ? 3 : 1);
        nodes.alpha.push(alpha);
        if (size >= 13) {
          icons.x.push(node.x);
          icons.y.push(node.y);
          icons.text.push(lineage.STATUS[node.status] ? lineage.STATUS[node.status].symbol : "");
          icons.color.push(lineage.colour(`${node.status}-icon`));
          icons.alpha.push(alpha);
          icons.font.push(`${Math.round(size * 0.52)}px`);
        }
        if (size >= 10) this._bar(node, size, alpha, bars);
      }
      return { shadows, nodes, bars, icons };
    }

    /** Under a stack, how many of it are in which state; under a step that runs, how far it is. */
    _bar(node, size, alpha, bars) {
      const parts = node.stack
        ? Object.entries(node.stack.counts).map(([status, count]) => [lineage.colour(status), Math.max(count / node.stack.count, 0.14)])
        : node.done !== undefined && node.done !== null
          ? [[lineage.colour("running"), node.done], [lineage.colour("line-strong"), 1 - node.done]]
          : [];
      const total = Math.max(size * 1.35, 24) / this.sx;
      let left = node.x - total / 2;
      const top = node.y + (size / 2 + 5) / this.sy;
      const whole = parts.reduce((sum, [, share]) => sum + share, 0);
      for (const [color, part] of parts) {
        const share = part / whole;
        bars.left.push(left);
        bars.right.push(left + share * total);
        bars.top.push(top);
        bars.bottom.push(top + 4 / this.sy);
        bars.color.push(color);
        bars.alpha.push(alpha);
        left += share * total;
      }
    }

    _drawHeads() {
      const heads = { x: [], y: [], size: [], angle: [], color: [], alpha: [] };
      if (this.symbol >= 9 && this.edges.length <= MANY) {
        const size = Math.min(7, this.symbol * 0.36);
        const [back, up] = this.isDown ? [0, size / 2.6 / this.sy] : [size / 2.6 / this.sx, 0];
        const isPath = this.bright !== null && this.selected !== null;
        for (const edge of this.edges) {
          const [x, y] = edge.curves[edge.curves.length - 1].slice(6);
          const bright = this._edgeBright(edge);
          heads.x.push(x - back);
          heads.y.push(y - up);
          heads.size.push(size);
          heads.angle.push(this.isDown ? Math.PI : -Math.PI / 2);
          heads.color.push(lineage.colour(bright && isPath ? "edge-bright" : "edge"));
          heads.alpha.push(bright ? 1 : DIM);
        }
      }
      this._set("heads", heads);
    }

    _drawLabels() {
      const labels = { x: [], y: [], text: [], color: [], alpha: [], offset: [], back: [] };
      for (const [id, { text, offset, beside }] of this.labels.written) {
        const node = this.node(id);
        labels.x.push(node.x + beside / this.sx);
        labels.y.push(node.y);
        labels.text.push(text);
        labels.color.push(lineage.colour(node.kind === "step" ? "text" : "muted"));
        labels.alpha.push(this._isBright(id) ? 1 : DIM + 0.1);
        labels.offset.push(offset);
        // No edge is seen through a label; but what is pale cuts nothing off from the path that is bright.
        labels.back.push(this._isBright(id) ? lineage.colour("panel") : CLEAR);
      }
      this._set("labels", labels);
    }
  };
})();
