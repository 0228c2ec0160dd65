/* The connection to the server: made when the first picture is on the screen, and again when a server that went has come back.
 *
 * Bokeh's own second try asks for the session that it had, which a server that was started again does not know. So the page
 * is fetched anew for its token, and all else stays as it is: what is open, selected, searched for and scrolled to.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el } = lineage;
  const FIRST = 500; // milliseconds until it is looked for again, and half as much more each time
  const LAST = 5000;
  const PATIENCE = 10000;

  let hooks = null; // of the shell: takeOver(), connected(), live and ended (elements)
  let views = null;
  let lost = null; // { wait, timer, folder } while there is no server

  /** Resolves when what was drawn is on the screen, or after a while where nothing is drawn, as in a tab in the back. */
  function painted() {
    return new Promise((resolve) => {
      window.requestAnimationFrame(() => window.setTimeout(resolve, 0));
      window.setTimeout(resolve, 1000);
    });
  }

  function load(source) {
    return new Promise((resolve, reject) => {
      const script = el("script", { src: source });
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(`${source} could not be loaded`)));
      document.head.append(script);
    });
  }

  /** Take up the connection to the server, and draw with Bokeh from now on. */
  async function connect() {
    const { bokeh, path, token } = document.getElementById("lineage-live").dataset;
    await painted();
    if (!window.Bokeh) await load(bokeh);
    // The roots of a document go into these elements in their order; there is one, whose id nobody knows yet.
    const item = { token, root_ids: ["first"], roots: { first: "live-lineage" }, use_for_title: false };
    const [made] = await window.Bokeh.embed.embed_items({}, [item], `${window.location.pathname.replace(/\/+$/, "")}${path}`);
    if (!made || !made.roots.length) throw new Error("the dashboard has ended");
    const live = made.roots[0].model.document;
    live.on_event("connection_lost", () => live === lineage.document && away());
    await takeOver(live, made);
    lineage.connect(live.get_model_by_name("asks"), live.get_model_by_name("answers"));
    hooks.connected();
  }

  /** What drew the picture gives its place to Bokeh's figure once that has drawn the same. */
  async function takeOver(live, made) {
    const [before, gone] = [lineage.document, views];
    lineage.document = live;
    views = made;
    hooks.takeOver();
    await painted();
    if (gone) gone.clear();
    if (before.close) before.close();
    else window.Bokeh.documents.splice(window.Bokeh.documents.indexOf(before), 1);
    document.documentElement.setAttribute("data-live", "");
  }

  /** On another screen, where a point has more or fewer pixels, Bokeh's picture stays as coarse as it was until it is told. */
  function sharpen() {
    const here = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    here.addEventListener("change", () => {
      for (const view of views ? views.roots : []) {
        view.canvas_view.resize();
        view.request_repaint();
      }
      sharpen();
    }, { once: true });
  }

  // -- while there is no server -----------------------------------------------------------------------------------------------

  function away() {
    if (lost) return;
    lineage.disconnect();
    lost = { wait: FIRST, timer: 0 };
    hooks.live.dataset.state = "away";
    hooks.live.lastChild.textContent = "waiting";
    const { hostname, port } = window.location;
    const isHere = ["127.0.0.1", "localhost"].includes(hostname);
    const command = `lineage dashboard${isHere && port && port !== "5006" ? ` --port ${port}` : ""}`;
    tell(el("p", {}, "The dashboard has ended: what is shown here is of before. This page goes on by itself as soon as ", el("code", {}, command), " runs again."),
      el("button", { type: "button", class: "button", onclick: now }, "Try now"));
    later();
  }

  function tell(...children) {
    if (lineage.isNew(hooks.ended, children.map((child) => child.textContent))) lineage.fill(hooks.ended, children);
    hooks.ended.hidden = false;
  }

  function later() {
    window.clearTimeout(lost.timer);
    lost.timer = window.setTimeout(look, lost.wait);
    lost.wait = Math.min(LAST, lost.wait * 1.5);
  }

  function now() {
    if (!lost || !lost.timer) return; // it is being looked for
    window.clearTimeout(lost.timer);
    look();
  }

  /** Look whether there is a server again, and go on with it if it is one of the same. */
  async function look() {
    lost.timer = 0;
    try {
      const found = await fetched();
      if (found && isTaken(found)) {
        lineage.disconnect();
        await connect();
        back();
        return;
      }
    } catch (refused) {
      // Nobody is there yet, or not for long enough; whatever else it is, the next look tells.
    }
    later();
  }

  /** The page as the server gives it now; null if it gives none. */
  async function fetched() {
    const told = await window.fetch(window.location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (told.ok) return new DOMParser().parseFromString(await told.text(), "text/html");
    if (told.status === 403) tell(el("p", {}, "The dashboard was started again with another token: open the address that it has printed."));
    return null;
  }

  /** Take over what a page brought along: the token, and the first answers. */
  function isTaken(page) {
    const brought = ["lineage-live", "lineage-answers"].map((id) => page.getElementById(id));
    if (brought.includes(null)) return false; // something else serves there
    const { runs } = JSON.parse(brought[1].textContent);
    if (runs.folder !== hooks.folder()) {
      tell(el("p", {}, `At this address there is the dashboard of another project now: ${runs.project}. What is shown here is of before.`),
        el("a", { class: "button", href: window.location.pathname }, "Open it"));
      return false;
    }
    if (isOther(page)) {
      window.location.reload();
      return false;
    }
    for (const each of brought) document.getElementById(each.id).replaceWith(document.adoptNode(each));
    lineage.prepare();
    return true;
  }

  /** Whether the server has other scripts or styles than these: another version of lineage. */
  function isOther(page) {
    const names = (root) => [...root.querySelectorAll("body script[src], link[rel=stylesheet]")].map((each) => each.getAttribute("src") || each.getAttribute("href"));
    return names(page).join() !== names(document).join();
  }

  function back() {
    lost = null;
    hooks.ended.hidden = true;
    hooks.live.dataset.state = "on";
    lineage.isNew(hooks.ended); // should it end again, that is said again
    lineage.say("The dashboard is back.");
    lineage.emit("changed", {});
  }

  /** Connect now, and whenever the server has come back. */
  lineage.link = function (given) {
    hooks = given;
    sharpen();
    window.addEventListener("online", now);
    document.addEventListener("visibilitychange", () => !document.hidden && now());
    return connect().catch(away);
  };
})();
