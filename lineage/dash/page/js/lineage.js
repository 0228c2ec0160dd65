/* The lineage view: the picture with its bar, search, focus, keyboard. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  let canvas = null;
  let parts = null;
  let picture = null;
  let api = null;
  let open = new Set();
  let turn = 0;
  let drawn = null; // what of which run
  let ticking = 0;

  function focusOf(text) {
    const found = /^(\d+)\.(\d+)\.(.+)$/s.exec(text || "");
    return found ? { ids: [found[3]], up: Number(found[1]), down: Number(found[2]) } : null;
  }

  function focus(id, up, down) {
    api.go({ focus: id ? `${up}.${down}.${id}` : null });
  }

  function level(change) {
    const now = focusOf(api.state().focus);
    if (now) focus(now.ids[0], Math.min(99, Math.max(0, now.up + change)), Math.min(99, Math.max(0, now.down + change)));
    else if (canvas) canvas.zoom(change > 0 ? 1.25 : 0.8);
  }

  // -- what is drawn ----------------------------------------------------------------------------------------------------

  function question(state) {
    const asked = { run: state.run, before: state.against, focus: focusOf(state.focus), expanded: open.size ? [...open].sort() : null, all: state.all ? true : null };
    // `known` says that the same picture needs to be told by its statuses only.
    return picture && !picture.isEmpty ? { ...asked, known: picture.layout } : asked;
  }

  const part = (state) => JSON.stringify([state.run, state.against, state.focus, state.all]);

  async function ask(state) {
    const own = (turn += 1);
    // A click or a search shows in what is drawn already; nobody waits for an answer to see it.
    if (picture && !picture.isEmpty && part(state) === drawn) lightUp(state);
    const told = await api.ask("picture", question(state));
    if (own !== turn || !parts) return;
    if (told.statuses) {
      Object.assign(picture, told);
      for (const node of picture.nodes) Object.assign(node, (told.running || {})[node.id] || { started: null, expected: null });
      canvas.restate(told.statuses, progress);
    } else {
      picture = told;
      picture.isEmpty = !picture.nodes.length;
      for (const node of picture.nodes) Object.assign(node, (picture.running || {})[node.id]);
      progress();
      canvas.isFitted = true;
      canvas.show(picture);
    }
    drawn = part(state);
    lineage.fill(parts.note, told.note ? el("p", { class: "note" }, told.note) : null);
    bar(state);
    lightUp(state);
  }

  /** How far the steps are that run: what they tell, else the time gone of the time expected; returns those that moved. */
  function progress() {
    const now = Date.now() / 1000;
    const isRunning = (node) => node.status === "running" && node.kind === "step" && !node.stack;
    const moved = picture.nodes.filter((node) => {
      const was = node.done ?? null;
      node.done = isRunning(node) ? done(node, now) : null;
      return node.done !== was;
    });
    const isTicking = picture.nodes.some(isRunning);
    if (isTicking && !ticking) ticking = window.setInterval(() => canvas.touch(progress()), 1000);
    if (!isTicking && ticking) {
      window.clearInterval(ticking);
      ticking = 0;
    }
    return moved;
  }

  function done(node, now) {
    if (node.total) return Math.min(1, node.count / node.total);
    return node.started && node.expected ? Math.min(0.97, (now - node.started) / node.expected) : null;
  }

  /** How far a step is that runs, as text. */
  function pace(node) {
    if (node.done === undefined || node.done === null) return null;
    if (node.total) return `${lineage.number(node.count)} of ${lineage.number(node.total)}`;
    return `${lineage.seconds(Date.now() / 1000 - node.started)} of ${lineage.seconds(node.expected)} that it took last`;
  }

  function lightUp(state) {
    const found = lineage.search(state.q, picture.nodes, canvas.before, canvas.after);
    const id = shownAs(state.task);
    if (id) canvas.highlight(canvas.connected(id), id);
    else canvas.highlight(found, null);
    const of = picture.hidden ? `${picture.nodes.length} drawn; Enter looks in all` : picture.nodes.length;
    lineage.emit("found", found ? { count: found.size, of } : null);
  }

  /** The node that shows an id: itself, or the stack that it is in. */
  function shownAs(id) {
    if (!id || !canvas.at) return null;
    if (canvas.at.has(id)) return id;
    const stack = picture.nodes.find((node) => node.stack && (node.stack.members || []).some((member) => member.id === id));
    return stack ? stack.id : null;
  }

  // -- the bar above it ---------------------------------------------------------------------------------------------------

  function bar(state) {
    const { counts, expanded, hidden: more, focus: on, run, nodes } = picture;
    if (!lineage.isNew(parts.bar, state, counts, expanded, more, on, run, nodes.length)) return;
    const chips = Object.keys(lineage.STATUS).filter((status) => picture.counts[status]).map((status) => {
      const pressed = state.q === `status:${status}`;
      return el("button", { type: "button", class: "chip", "data-status": status, "aria-pressed": pressed ? "true" : "false", "aria-label": `${picture.counts[status]} ${status}`, title: `Show what is ${status}`, onclick: () => api.go({ q: pressed ? null : `status:${status}`, task: null }) },
        lineage.badge(status, el("span", { class: "word" }, status)), el("b", {}, picture.counts[status].toLocaleString("en")));
    });
    const folds = (picture.expanded || []).length ? el("button", { type: "button", class: "button", title: "Fold what repeats into stacks again", onclick: () => { open.clear(); changed(); } }, "Fold again") : null;
    lineage.fill(parts.bar, against(state), el("span", { class: "chips" }, chips), folds, el("span", { class: "space" }), hidden(), focusGroup(state), el("button", { type: "button", class: "button fit", title: "Show all of the picture (f)", onclick: () => canvas.fit() }, "Fit"));
  }

  /** That the colours say how all stands against another run. */
  function against(state) {
    if (state.against === null) return null;
    return el("span", { class: "group" }, `run ${picture.run} against run ${state.against}`,
      el("button", { type: "button", class: "button", title: "What differs, as text", onclick: () => api.go({ view: "compare", run: picture.run, before: state.against, against: null }) }, "Details"),
      el("button", { type: "button", class: "button", title: "Show statuses again (Esc)", "aria-label": "Show statuses again", onclick: () => api.go({ against: null, q: null }) }, "✕"));
  }

  function hidden() {
    if (!picture.hidden) return null;
    const shown = picture.nodes.length.toLocaleString("en");
    const of = (picture.nodes.length + picture.hidden).toLocaleString("en");
    const isAuto = picture.focus && picture.focus.auto;
    return [el("span", { class: "hint" }, `${shown} of ${of} symbols`), isAuto ? el("button", { type: "button", class: "button", onclick: () => api.go({ all: 1 }) }, "Show all") : null];
  }

  function focusGroup(state) {
    const now = focusOf(state.focus);
    if (!now) return state.all ? el("button", { type: "button", class: "button", onclick: () => api.go({ all: null }) }, "Show less") : null;
    const step = (label, up, down, text) => el("button", { type: "button", class: "button", "aria-label": text, title: text, onclick: () => focus(now.ids[0], Math.max(0, now.up + up), Math.max(0, now.down + down)) }, label);
    return [
      el("span", { class: "group" }, "up", step("−", -1, 0, "One level less upstream"), el("output", {}, now.up), step("+", 1, 0, "One level more upstream")),
      el("span", { class: "group" }, "down", step("−", 0, -1, "One level less downstream"), el("output", {}, now.down), step("+", 0, 1, "One level more downstream")),
      el("button", { type: "button", class: "button", title: "Leave the focus (Esc)", onclick: () => focus(null) }, "Show everything"),
    ];
  }

  function changed() {
    ask(api.state()).catch(wrong);
  }

  function wrong(error) {
    if (parts) parts.note.replaceChildren(lineage.wrong(error));
  }

  // -- pointer and keys -----------------------------------------------------------------------------------------------------

  function place(event) {
    const box = parts.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function listen(element) {
    let from = [0, 0];
    let clicked = null; // the panel that a click opens moves the picture under the pointer
    element.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; }, true);
    element.addEventListener("click", (event) => {
      if (event.detail > 1) return; // the second click of two: where the first one was, counts
      clicked = null;
      if (!canvas.at || Math.hypot(event.clientX - from[0], event.clientY - from[1]) > 4) return;
      const node = canvas.under(...place(event));
      element.focus({ preventScroll: true });
      clicked = node ? node.id : null;
      choose(clicked);
    });
    element.addEventListener("dblclick", () => {
      if (clicked && canvas.at && canvas.at.has(clicked)) enter(clicked);
    });
    element.addEventListener("pointermove", (event) => hover(event.buttons ? null : canvas.at && canvas.under(...place(event)), event));
    element.addEventListener("pointerleave", () => hover(null));
    element.addEventListener("keydown", key);
  }

  function hover(node, event) {
    parts.canvas.classList.toggle("over", Boolean(node));
    parts.tip.hidden = !node;
    if (!node) return;
    const [x, y] = place(event);
    const counts = node.stack ? Object.entries(node.stack.counts).map(([status, count]) => `${count} ${status}`).join(", ") : node.status;
    lineage.fill(parts.tip, el("strong", {}, node.stack ? `${node.stack.count} × ${node.name}` : node.name), el("span", {}, [node.kind, counts, pace(node)].filter(Boolean).join(", ")));
    const { width, height } = canvas.size;
    parts.tip.style.left = `${Math.min(x + 16, width - parts.tip.offsetWidth - 8)}px`;
    parts.tip.style.top = `${Math.min(y + 16, height - parts.tip.offsetHeight - 8)}px`;
  }

  function choose(id) {
    api.select(id);
    if (id) {
      canvas.reveal(id);
      const node = canvas.node(id);
      lineage.say(`${node.kind} ${node.label}, ${node.status}`);
    }
  }

  /** Double click and Enter: a stack opens, anything else is focused. */
  function enter(id) {
    const node = canvas.node(id);
    if (node && node.stack) expand(id);
    else focus(id, 2, 2);
  }

  function expand(key, member) {
    open.add(key);
    api.go({ task: typeof member === "string" ? member : null });
    changed();
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !canvas.at) return;
    const id = shownAs(api.state().task);
    if (event.key.startsWith("Arrow")) {
      const next = id ? canvas.neighbour(id, event.key) : canvas.first();
      if (next) choose(next);
    } else if (event.key === "Enter" && id) enter(id);
    else return;
    event.preventDefault();
  }

  lineage.keys = { f: () => canvas && canvas.fit(), "+": () => level(1), "=": () => level(1), "-": () => level(-1) };

  /** Open every stack of the picture. */
  lineage.expandAll = async function () {
    for (let stacks = null; stacks === null || stacks.length; ) {
      stacks = picture.nodes.filter((node) => node.stack && !open.has(node.id));
      for (const node of stacks) open.add(node.id);
      if (stacks.length) await ask(api.state());
    }
  };

  /** Esc: first the panel, then the search, then the focus, then the comparison. */
  lineage.clear = function () {
    const state = lineage.state();
    if (state.task) lineage.go({ task: null });
    else if (state.q) lineage.go({ q: null });
    else if (state.focus) lineage.go({ focus: null });
    else if (state.against !== null) lineage.go({ against: null });
  };

  /** Enter in the search box: the first that is found. */
  lineage.takeFirst = function () {
    if (!picture || !canvas) return;
    const found = lineage.search(api.state().q, picture.nodes, canvas.before, canvas.after);
    const first = [...(found || [])][0];
    if (first) {
      choose(first);
      parts.canvas.focus({ preventScroll: true });
    } else if (found && picture.hidden) elsewhere();
  };

  /** What is found in the part that is not drawn: the first of it is focused. */
  async function elsewhere() {
    const { run, against: before, q } = api.state();
    const told = await api.ask("find", { run, before, q });
    if (!told.ids.length) return;
    api.go({ q: null, task: told.ids[0], focus: `2.2.${told.ids[0]}` });
    lineage.say(`${told.count} found; showing ${told.ids[0]}`);
  }

  lineage.stackOf = (id) => (picture && canvas && canvas.at && canvas.at.has(id) && canvas.node(id).stack ? { node: canvas.node(id), expand: (member) => expand(id, member) } : null);

  lineage.view("lineage", {
    title: "Lineage",
    mount(container, given) {
      api = given;
      parts = {
        bar: el("div", { class: "bar" }),
        note: el("div", {}),
        tip: el("div", { class: "tip", hidden: true }),
      };
      parts.canvas = el("div", { class: "canvas", tabindex: "0", role: "application", "aria-label": "The lineage. Arrow keys walk along the edges, Enter focuses; the table has the same as text." });
      container.append(parts.bar, parts.note, parts.canvas);
      const plot = lineage.picture("lineage", parts.canvas);
      parts.canvas.append(parts.tip);
      canvas = new lineage.Canvas(plot, parts.canvas);
      listen(parts.canvas);
      lineage.canvas = canvas;
    },
    update(state) {
      return ask(state);
    },
    next(state) {
      return [["picture", question(state)]];
    },
    takeOver() {
      canvas.takeOver(lineage.document.get_model_by_name("lineage"));
    },
    restyle() {
      if (canvas && picture && canvas.at) {
        canvas._drawEdges();
        canvas.draw();
      }
    },
    unmount() {
      window.clearInterval(ticking);
      ticking = 0;
      canvas.close();
      lineage.park("lineage");
      canvas = parts = picture = null;
    },
  });
})();
