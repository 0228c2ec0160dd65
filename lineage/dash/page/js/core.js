/* The page's own small library: elements, asking, state in the address, and the register of views.
 *
 * Every other script adds to `window.lineage`. Text reaches the page through `el` alone, which makes text nodes: names,
 * parameters and errors are data, never markup. What the live page asks first came with it (`#lineage-answers`); in a page
 * that was saved all answers are there, so that the views work without a server too.
 */
(function () {
  "use strict";

  const lineage = (window.lineage = window.lineage || {});

  lineage.STATUS = {
    cached: { symbol: "=", word: "cached" },
    run: { symbol: "✓", word: "run" },
    failed: { symbol: "✕", word: "failed" },
    running: { symbol: "▶", word: "running" },
    pending: { symbol: "·", word: "pending" },
    skipped: { symbol: "–", word: "skipped" },
    // Against another run, in place of the above.
    changed: { symbol: "≠", word: "changed" },
    new: { symbol: "+", word: "new" },
    gone: { symbol: "−", word: "gone" },
    same: { symbol: "=", word: "same" },
  };

  // -- elements -----------------------------------------------------------------------------------------------------

  /** Make an element: el("button", {class: "chip", onclick: f, "aria-label": "..."}, "text", child, [more]).
   *
   * Attributes that begin with `on` are listeners (functions only); `null`, `undefined` and `false` leave one out. */
  lineage.el = function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) {
        if (typeof value === "function") made.addEventListener(name.slice(2), value);
      } else if (name === "style") {
        for (const [property, setting] of Object.entries(value)) made.style.setProperty(property, setting);
      } else if ((name === "href" || name === "src") && /^\s*(javascript|vbscript)\s*:/i.test(String(value))) {
        continue;
      } else made.setAttribute(name, value === true ? "" : String(value));
    }
    lineage.append(made, children);
    return made;
  };

  lineage.append = function (parent, ...children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return parent;
  };

  /** Put these children in the place of those that an element has. */
  lineage.fill = function (parent, ...children) {
    parent.replaceChildren();
    return lineage.append(parent, children);
  };

  const told = new WeakMap();

  /** Whether an element should be made anew: not if it shows the same already. What somebody reads, has opened or is at
   * with the keyboard stays as it is while other things change. */
  lineage.isNew = function (element, ...shown) {
    const text = JSON.stringify(shown);
    if (told.get(element) === text) return false;
    told.set(element, text);
    return true;
  };

  /** A status as symbol, colour and word; `text` in the place of the word. */
  lineage.badge = function (status, text) {
    const known = lineage.STATUS[status] || lineage.STATUS.pending;
    return lineage.el(
      "span",
      { class: "badge", "data-status": status },
      lineage.el("span", { class: "symbol", "aria-hidden": "true" }, known.symbol),
      text === undefined ? status : text
    );
  };

  // -- numbers as people read them ------------------------------------------------------------------------------------

  lineage.seconds = function (value) {
    if (value === null || value === undefined) return "";
    if (value > 0 && value < 0.0005) return "< 1 ms";
    if (value < 0.0995) return `${Math.round(value * 1000)} ms`;
    if (value < 9.95) return `${value.toFixed(1)} s`;
    if (value < 60) return `${Math.round(value)} s`;
    const whole = Math.round(value);
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  };

  lineage.bytes = function (value) {
    if (value === null || value === undefined) return "";
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
  };

  lineage.when = function (unix) {
    if (!unix) return "";
    const moment = new Date(unix * 1000);
    const two = (number) => String(number).padStart(2, "0");
    const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
    const today = new Date().toDateString() === moment.toDateString();
    return today ? clock : `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${clock}`;
  };

  // -- events within the page -------------------------------------------------------------------------------------------

  const listeners = new Map();

  /** Call `callback` at each `emit(name)`; returns a function that ends that. */
  lineage.on = function (name, callback) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(callback);
    return () => listeners.get(name).delete(callback);
  };

  lineage.emit = function (name, data) {
    for (const callback of [...(listeners.get(name) || [])]) callback(data);
  };

  // -- asking -----------------------------------------------------------------------------------------------------------

  let connection = null;
  let counter = 0;
  const waiting = new Map();
  let queue = [];
  let noted = null;

  /** Resolves when something was asked that only the server can answer. */
  lineage.needed = new Promise((resolve) => { noted = resolve; });

  /** The key of a question: its name and its arguments, those that are null left out, in order. */
  lineage.key = function (name, args) {
    const given = Object.entries(args || {}).filter(([, value]) => value !== null && value !== undefined);
    given.sort(([one], [other]) => (one < other ? -1 : 1));
    return given.length ? `${name} ${JSON.stringify(Object.fromEntries(given))}` : name;
  };

  const prepared = new Map();
  let count = -1; // how often the pages had been told of changes when this one was made, or when it last was told

  lineage.prepare = function () {
    const kept = document.getElementById("lineage-answers");
    count = Number(document.getElementById("lineage-live").dataset.count);
    for (const [key, answer] of Object.entries(JSON.parse(kept.textContent))) prepared.set(key, answer);
  };

  /** Whether a server is there; without one only what the page brought along can be asked (saved.js). */
  lineage.isLive = () => !document.documentElement.hasAttribute("data-offline");

  /** Whether a run can be shown. */
  lineage.has = (run) => lineage.isLive() || lineage.saved.has(run);

  /** Ask `lineage.dash.answers`: a promise of plain data; it is rejected with an Error that says what, why and fix. */
  lineage.ask = function (name, args) {
    if (!lineage.isLive()) return lineage.saved.ask(name, args);
    const key = lineage.key(name, args);
    if (prepared.has(key)) {
      const answer = prepared.get(key);
      prepared.delete(key); // what came with the page answers the first question only
      return answer && answer.refused ? Promise.reject(Object.assign(new Error(answer.refused.what), answer.refused)) : Promise.resolve(answer);
    }
    return new Promise((resolve, reject) => {
      counter += 1;
      const asked = { id: counter, name, json: JSON.stringify(args || {}) };
      waiting.set(counter, { resolve, reject, asked });
      queue.push(asked);
      noted();
      if (connection) flush();
    });
  };

  function flush() {
    if (!queue.length) return;
    const asks = queue;
    queue = [];
    connection.asks.data = {
      id: asks.map((ask) => ask.id),
      name: asks.map((ask) => ask.name),
      json: asks.map((ask) => ask.json),
    };
  }

  /** Take up the connection; `asks` and `answers` are Bokeh's data sources. */
  lineage.connect = function (asks, answers) {
    connection = { asks, answers };
    const take = () => {
      const { id, name, json } = answers.data;
      for (let at = 0; at < id.length; at += 1) answered(id[at], name[at], JSON.parse(json[at]));
    };
    answers.properties.data.change.connect(take);
    take(); // how often pages had been told when the document was made, which is after the page was
    flush();
  };

  /** There is no server: what was not answered is asked again when there is one. */
  lineage.disconnect = function () {
    connection = null;
    followed = null;
    queue = [...waiting.values()].map(({ asked }) => asked);
  };

  let followed = null;

  /** Say what will be asked when the records have changed, [[name, args]]: the answers then come with that news. */
  lineage.follow = function (questions) {
    if (!connection) return;
    const json = JSON.stringify({ questions: questions.map(([name, args]) => [name, JSON.stringify(args)]) });
    if (json === followed) return;
    followed = json;
    queue.push({ id: 0, name: "follow", json });
    flush();
  };

  function answered(id, name, answer) {
    if (name === "changed") {
      if (answer.count <= count) return;
      count = answer.count;
      prepared.clear(); // what came with the page is of before
      for (const [asked, args, told] of answer.answers || []) prepared.set(lineage.key(asked, JSON.parse(args)), told);
      lineage.emit("changed", answer);
      return;
    }
    const asked = waiting.get(id);
    if (!asked) return;
    waiting.delete(id);
    if (answer && answer.refused) {
      const error = new Error(answer.refused.what);
      asked.reject(Object.assign(error, answer.refused));
    } else asked.resolve(answer);
  }

  // -- state in the address ---------------------------------------------------------------------------------------------

  const KNOWN = ["view", "run", "task", "before", "against", "artifact", "q", "focus", "all", "theme"];

  const number = (text) => (/^[0-9]+$/.test(text || "") ? Number(text) : null);

  /** What the address says: view, run (a number or null for the last), task (the id selected), theme, ... */
  lineage.state = function () {
    const found = lineage.words();
    const state = {};
    for (const name of KNOWN) state[name] = found.get(name);
    state.view = lineage.views.has(state.view) ? state.view : "lineage";
    state.run = number(state.run);
    state.against = number(state.against);
    return state;
  };

  /** Change what the address says, and show it: go({view: "table", task: null}). */
  lineage.go = function (changes) {
    const found = lineage.words();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") found.delete(name);
      else found.set(name, value);
    }
    lineage.setWords(found);
    lineage.emit("state", changes);
  };

  const colours = new Map();

  /** The value of a colour of the theme: colour("failed"). */
  lineage.colour = function (name) {
    const key = `${document.documentElement.getAttribute("data-theme")} ${name}`;
    if (!colours.has(key)) colours.set(key, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
    return colours.get(key);
  };

  // -- views --------------------------------------------------------------------------------------------------------------

  lineage.views = new Map();

  /** Register a view.
   *
   * `title`: on its tab. `mount(container, api)`: make its elements, once each time it is opened. `update(state)`: called
   * after that, whenever the address or the records changed (it asks what it needs). `unmount()`: it is left. */
  lineage.view = function (name, parts) {
    lineage.views.set(name, { order: lineage.views.size, ...parts });
  };

  /** Move one of Bokeh's figures (`name` is the root's name in Python) into an element; returns its model. */
  lineage.picture = function (name, container) {
    const parked = document.querySelector(`[data-picture="${CSS.escape(name)}"]`);
    if (parked) container.append(parked);
    return lineage.document ? lineage.document.get_model_by_name(name) : null;
  };

  /** Give a figure back before its element goes. */
  lineage.park = function (name) {
    const parked = document.querySelector(`[data-picture="${CSS.escape(name)}"]`);
    if (parked) document.getElementById("parked").append(parked);
  };

  /** What `mount` is given. */
  lineage.api = function () {
    return {
      ask: lineage.ask,
      go: lineage.go,
      state: lineage.state,
      el: lineage.el,
      fill: lineage.fill,
      badge: lineage.badge,
      select: (id) => lineage.go({ task: id }),
      get theme() {
        return lineage.theme();
      },
    };
  };
})();
