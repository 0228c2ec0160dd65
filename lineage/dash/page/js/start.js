/* The shell: header, tabs, run strip, panel; and what happens when the address, the records or the theme change. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  const api = lineage.api();
  const parts = {};
  let runs = null;
  let mounted = null;
  let shown = { task: undefined, run: undefined };

  lineage.say = function (text) {
    document.getElementById("said").textContent = text;
  };

  lineage.wrong = function (error) {
    return el("div", { class: "wrong", role: "alert" }, el("strong", {}, error.what || error.message), error.why ? el("p", {}, error.why) : null, error.fix ? el("p", {}, error.fix) : null);
  };

  // -- the shell ----------------------------------------------------------------------------------------------------------

  function build() {
    parts.title = el("h1", {});
    parts.tabs = el("nav", { role: "tablist", "aria-label": "Views" });
    parts.search = el("input", { class: "field", type: "search", placeholder: "Search", "aria-label": "Search: name, status:failed, +name, name+", title: "name   status:failed   kind:artifact   +name (upstream)   name+ (downstream)   2+name+1", autocomplete: "off", spellcheck: "false" });
    parts.found = el("span", { class: "hint", role: "status" });
    parts.run = el("select", { class: "field", "aria-label": "Run" });
    parts.live = el("span", { class: "live", "data-state": "on" }, el("i", { "aria-hidden": "true" }), el("span", {}, "live"));
    parts.theme = el("button", { type: "button", class: "icon", title: "Light or dark (t)", "aria-label": "Light or dark", onclick: swapTheme }, "◐");
    parts.summary = el("div", { class: "summary" });
    parts.strip = el("div", { class: "strip", role: "group", "aria-label": "Runs, oldest first" });
    parts.runs = el("div", { class: "runs" }, parts.summary, parts.strip);
    parts.view = el("div", { id: "view", class: "card", role: "tabpanel" });
    parts.panel = el("aside", { id: "panel", class: "card", hidden: true, "aria-label": "Details" });
    parts.banner = el("div", { class: "banner", role: "status", hidden: true });
    parts.ended = el("div", { class: "banner ended", role: "alert", hidden: true });
    parts.main = el("main", {}, parts.view, parts.panel);
    const mark = el("img", { class: "mark", src: document.querySelector("link[rel=icon]").href, alt: "" });
    lineage.fill(document.getElementById("shell"),
      el("header", {}, mark, parts.title, parts.tabs, el("span", { class: "space" }), parts.found, el("span", { class: "search" }, parts.search, el("kbd", { "aria-hidden": "true" }, "/")), parts.run, parts.live, parts.theme),
      parts.ended, parts.runs, parts.banner, parts.main);
    parts.search.addEventListener("input", () => api.go({ q: parts.search.value.trim() || null, task: null }));
    parts.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && lineage.takeFirst) lineage.takeFirst();
      if (event.key === "Escape") parts.search.blur();
    });
    parts.run.addEventListener("change", () => {
      const chosen = Number(parts.run.value);
      api.go({ run: chosen === newest() ? null : chosen });
    });
    parts.tabs.addEventListener("keydown", along);
    tabs();
  }

  function tabs() {
    lineage.fill(parts.tabs, [...lineage.views].map(([name, view], number) =>
      el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "view", "data-view": name, title: `${view.title} (${number + 1})`, onclick: () => api.go({ view: name === "lineage" ? null : name }) }, view.title)
    ));
  }

  /** The arrows lead from tab to tab, as everywhere where there are tabs. */
  function along(event) {
    const all = [...parts.tabs.children];
    const at = all.indexOf(event.target);
    const to = { ArrowRight: (at + 1) % all.length, ArrowLeft: (at + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[to].focus();
    all[to].click();
  }

  function newest() {
    return runs && runs.runs.length ? runs.runs[runs.runs.length - 1].id : null;
  }

  function current(state) {
    return state.run === null ? newest() : state.run;
  }

  // -- what changes -------------------------------------------------------------------------------------------------------

  async function readRuns() {
    runs = await api.ask("runs", {});
    lineage.project = runs.project;
    parts.title.textContent = runs.project;
    parts.title.title = runs.folder;
    document.title = `${runs.project} · lineage`;
  }

  function showRuns(state) {
    const id = current(state);
    const run = runs.runs.find((each) => each.id === id);
    parts.runs.hidden = !runs.runs.length;
    parts.banner.hidden = !runs.plan_error;
    if (runs.plan_error && lineage.isNew(parts.banner, runs.plan_error))
      lineage.fill(parts.banner, unplanned(runs.plan_error.split("\n")));
    parts.run.hidden = !runs.runs.length;
    parts.search.parentElement.hidden = !runs.runs.length && !runs.planned;
    if (lineage.isNew(parts.strip, runs.runs, id)) lineage.strip(parts.strip, runs.runs, id, api);
    if (document.activeElement !== parts.run && lineage.isNew(parts.run, runs.runs, id)) lineage.runSelector(parts.run, runs.runs, id, newest());
    lineage.runSummary(parts.summary, run);
    const last = runs.runs[runs.runs.length - 1];
    const isBusy = Boolean(last && last.status === "running");
    if (!lineage.isLive()) {
      parts.live.dataset.state = "saved";
      parts.live.title = lineage.saved.told();
      parts.live.lastChild.textContent = isBusy ? `saved while run ${last.id} was running` : `saved with run ${last.id}`;
    } else if (parts.live.dataset.state !== "away") {
      parts.live.dataset.state = isBusy ? "busy" : "on";
      parts.live.lastChild.textContent = isBusy ? `run ${last.id} is running` : "live";
    }
  }

  /** Why it is not known what would run: what and fix of our own errors, or the end of a traceback and all of it. */
  function unplanned(lines) {
    const told = lines.length > 2 ? lines[lines.length - 1] : lines[0];
    const head = ["What would run is not known: ", told];
    if (lines.length > 2) return el("details", {}, el("summary", {}, head), el("pre", {}, lines.join("\n")));
    return [el("p", {}, head), lines[1] ? el("p", { class: "muted" }, lines[1]) : null];
  }

  function showView(state) {
    const name = state.view;
    if (!mounted || mounted.name !== name) {
      if (mounted && mounted.view.unmount) mounted.view.unmount();
      parts.view.replaceChildren();
      mounted = { name, view: lineage.views.get(name) };
      mounted.view.mount(parts.view, api);
    }
    parts.view.setAttribute("aria-labelledby", `tab-${name}`);
    for (const tab of parts.tabs.children) tab.setAttribute("aria-selected", tab.dataset.view === name ? "true" : "false");
  }

  async function show() {
    const state = api.state();
    if (lineage.applyTheme()) lineage.emit("theme");
    if (document.activeElement !== parts.search) parts.search.value = state.q || "";
    showRuns(state);
    if (!runs.runs.length && (!runs.planned || state.view !== "lineage")) {
      welcome();
      return;
    }
    if (!runs.runs.length) planned();
    showView(state);
    await Promise.all([
      Promise.resolve(mounted.view.update(state)).catch(failed),
      showPanel(state),
    ]);
    follow();
  }

  /** A view that cannot be shown is left, so that the next time it is made anew. */
  function failed(error) {
    if (mounted && mounted.view.unmount) mounted.view.unmount();
    mounted = null;
    parts.view.replaceChildren(lineage.wrong(error));
  }

  /** What is planned, before the first run. */
  function planned() {
    lineage.fill(parts.summary, el("div", { class: "title" }, "Planned", el("code", {}, "doit")), el("div", { class: "note" }, "Nothing has run yet. This page follows when it does."));
    parts.runs.hidden = false;
  }

  function welcome() {
    if (mounted && mounted.view.unmount) mounted.view.unmount();
    mounted = null;
    parts.main.classList.remove("has-panel");
    parts.panel.hidden = true;
    lineage.fill(parts.view, el("div", { class: "empty" },
      el("div", { class: "shapes", "aria-hidden": "true" }, el("i", {}), el("i", {}), el("i", {}), el("i", {})),
      el("h2", {}, "Nothing has run here yet"),
      el("p", {}, `${runs.plan_error ? "As soon as what is said above is mended, run the pipeline:" : "Run the pipeline, and"} every step and artifact appears here while it is made. This page follows by itself.`),
      el("pre", {}, "$ doit")));
  }

  /** What is told of the symbol that is selected; of one that is gone the run tells that it is compared with. */
  function detailsOf({ run, against, task: id }) {
    const told = api.ask("details", { run, id });
    return against === null ? told : told.catch(() => api.ask("details", { run: against, id }));
  }

  async function showPanel(state) {
    const isOpen = Boolean(state.task);
    const wasOpen = !parts.panel.hidden;
    parts.panel.hidden = !isOpen;
    parts.main.classList.toggle("has-panel", isOpen);
    if (!isOpen) {
      shown = { task: undefined, run: undefined };
      return;
    }
    const stack = lineage.stackOf && lineage.stackOf(state.task);
    if (stack) {
      if (lineage.isNew(parts.panel, state.task, stack.node.status, stack.node.stack)) lineage.stackDetails(parts.panel, stack.node, api, stack.expand);
      return;
    }
    try {
      const told = await detailsOf(state);
      if (api.state().task !== state.task) return;
      const top = shown.task === state.task && wasOpen ? parts.panel.scrollTop : 0;
      if (lineage.isNew(parts.panel, state.task, told)) lineage.details(parts.panel, told, api);
      parts.panel.scrollTop = top;
      shown = { task: state.task, run: state.run };
    } catch (error) {
      lineage.isNew(parts.panel, state.task, error.message);
      lineage.fill(parts.panel, el("div", { class: "section" }, lineage.wrong(error), el("p", { class: "after" }, el("button", { type: "button", class: "button", onclick: () => api.select(null) }, "Close"))));
    }
  }

  function swapTheme() {
    api.go({ theme: lineage.theme() === "dark" ? "light" : "dark" });
  }

  // -- keys -----------------------------------------------------------------------------------------------------------------

  function typing(target) {
    return target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") {
      if (lineage.clear) lineage.clear();
      return;
    }
    if (typing(event.target)) return;
    const names = [...lineage.views.keys()];
    if (event.key === "/") parts.search.focus();
    else if (event.key === "t") swapTheme();
    else if (/^[1-9]$/.test(event.key) && names[event.key - 1]) api.go({ view: event.key === "1" ? null : names[event.key - 1] });
    else if (mounted && mounted.name === "lineage" && lineage.keys[event.key]) lineage.keys[event.key]();
    else return;
    event.preventDefault();
  }

  // -- the beginning --------------------------------------------------------------------------------------------------------

  let isBusy = false;
  let isStale = false;

  /** The records changed: read again, one reading at a time. */
  async function refresh() {
    if (isBusy) {
      isStale = true;
      return;
    }
    isBusy = true;
    try {
      do {
        isStale = false;
        await readRuns();
        await show();
      } while (isStale);
    } finally {
      isBusy = false;
    }
  }

  /** Say what will be asked when the records have changed. */
  function follow() {
    if (!lineage.isLive() || !runs) return;
    const state = api.state();
    const next = mounted && mounted.view.next ? mounted.view.next(state) : [];
    const isTold = state.task && !parts.panel.hidden && !(lineage.stackOf && lineage.stackOf(state.task));
    lineage.follow([["runs", {}], ...next, ...(isTold ? [["details", { run: state.run, id: state.task }]] : [])]);
  }

  function link() {
    const takeOver = () => mounted && mounted.view.takeOver && mounted.view.takeOver();
    return lineage.link({ takeOver, connected: follow, folder: () => runs && runs.folder, live: parts.live, ended: parts.ended });
  }

  async function start() {
    build();
    if (lineage.isLive()) lineage.prepare();
    else lineage.saved.begin();
    lineage.document = lineage.painter();
    lineage.on("state", () => show());
    lineage.on("changed", refresh);
    lineage.on("theme", () => mounted && mounted.view.restyle && mounted.view.restyle());
    lineage.on("found", (told) => (parts.found.textContent = told ? `${told.count} of ${told.of}` : ""));
    document.addEventListener("keydown", key);
    window.addEventListener("popstate", () => show());
    const drawn = refresh();
    if (lineage.isLive()) Promise.race([drawn, lineage.needed]).then(link, () => {}); // what is wrong is told below
    await drawn;
    document.documentElement.setAttribute("data-ready", "");
  }

  start().catch((error) => lineage.fill(document.getElementById("shell"), lineage.wrong(error)));
})();
