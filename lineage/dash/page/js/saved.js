/* A page that was saved: its answers are those that came with it.
 *
 * What depends on the moment (a focus, a search) is worked out from the pictures that the file has; what it has not, it
 * says.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const saved = (lineage.saved = {});
  const OF_A_RUN = new Set(["picture", "find", "details", "table", "timeline"]);
  let kept = null;

  // -- answers --------------------------------------------------------------------------------------------------------

  class Missing extends Error {
    constructor(what, why) {
      super(what);
      Object.assign(this, { what, why: why || "This file has a part of the history, so that it stays small.", fix: "`lineage dashboard` has all of it." });
    }
  }

  function read() {
    if (!kept) kept = JSON.parse(document.getElementById("lineage-answers").textContent);
    return kept;
  }

  /** Whether a run came with the file, and not only its bar in the strip. */
  saved.has = (run) => read().runs.includes(run);

  /** Begin with the comparison that the file was asked for, unless the address says something. */
  saved.begin = function () {
    const before = document.documentElement.dataset.against;
    const words = lineage.words();
    if (!before || words.has("run") || words.has("against")) return;
    words.set("against", before);
    lineage.setWords(words);
  };

  /** What the file is, and what it leaves out. */
  saved.told = () => `A page that was saved; it asks nobody anything.${read().left_out.length ? `\nIt leaves out ${read().left_out.join("; ")}.` : ""}`;

  /** Answer a question as `lineage.dash.answers` would, or reject with what is missing. */
  saved.ask = async function (name, args) {
    const given = { ...args };
    if (OF_A_RUN.has(name)) given.run = given.run || read().run;
    if (given.run && !saved.has(given.run)) throw new Missing(`Run ${given.run} is not in this file`);
    if (name === "picture") return picture(given);
    if (name === "find") return find(given);
    const answer = read().answers[lineage.key(name, given)];
    if (answer === undefined) throw missing(name, given);
    if (answer.refused) throw Object.assign(new Error(answer.refused.what), answer.refused);
    return answer.preview && answer.preview.of ? { ...answer, preview: read().previews[answer.preview.of] } : answer;
  };

  function missing(name, given) {
    if (name === "details") return new Missing(`This file has no details of ${given.id}`, `It has those of ${read().details.toLocaleString("en")} symbols, so that it stays small.`);
    if (name === "compare") return new Missing(`Run ${given.before} and run ${given.after} are not compared in this file`);
    if (name === "artifact") return new Missing(`This file has no versions of ${given.name}`);
    return new Missing("This was not saved");
  }

  function includes(all, some) {
    return some.every((each) => all.includes(each));
  }

  /** The saved picture of a run (against another one) that has at least these stacks open. */
  function drawn({ run, before }, expanded, all) {
    const some = read().pictures[run].filter((each) => each.before === (before || null));
    if (!some.length) throw new Missing(`This file does not draw run ${run} against run ${before}`);
    const fits = (everything) => some.find((each) => (each.all === null || each.all === everything) && includes(each.expanded, expanded));
    return fits(all) || fits(false) || null;
  }

  function picture(given) {
    const expanded = given.expanded || [];
    const everything = Boolean(given.all || given.focus);
    const found = drawn(given, expanded, everything);
    const whole = (found || drawn(given, [], everything)).picture;
    const told = given.focus ? focused(whole, given.focus) : { ...whole };
    if (!found) told.note = "This file does not have that stack open, so that it stays small; `lineage dashboard` opens it.";
    if (given.known !== told.layout) return told;
    const { nodes, edges, box, ...rest } = told;
    return { ...rest, statuses: Object.fromEntries(nodes.map((node) => [node.id, node.stack ? [node.status, node.stack.counts] : node.status])) };
  }

  function neighbours(whole) {
    const [before, after] = [new Map(), new Map()];
    for (const node of whole.nodes) {
      before.set(node.id, []);
      after.set(node.id, []);
    }
    for (const edge of whole.edges) {
      after.get(edge.source).push(edge.target);
      before.get(edge.target).push(edge.source);
    }
    return [before, after];
  }

  function around(near, ids, levels, found) {
    let edge = ids;
    for (let level = 0; edge.length && level < levels; level += 1) {
      edge = edge.flatMap((id) => near.get(id)).filter((id) => !found.has(id) && found.add(id));
    }
  }

  const REACH = 0.3; // of a symbol, in rows
  const ROOM = [1.1, 0.7]; // that stays between columns, and between rows with their labels

  /** How to move what lies along an axis together: stretches on which nothing of `spans` lies keep `room` at most. */
  function squeezed(spans, room) {
    const sorted = [...spans].sort((one, other) => one[0] - other[0]);
    const cuts = []; // [where an empty stretch ends, how much is taken out up to there]
    let end = sorted[0][1];
    let taken = 0;
    for (const [from, to] of sorted) {
      const spare = from - end - room;
      if (spare > 0) {
        cuts.push({ end, from, taken, spare });
        taken += spare;
      }
      end = Math.max(end, to);
    }
    return (at) => {
      let moved = 0;
      for (const cut of cuts) {
        if (at >= cut.from) moved = cut.taken + cut.spare;
        else if (at > cut.end) moved = cut.taken + (cut.spare * (at - cut.end)) / (cut.from - cut.end);
        else break;
      }
      return at - moved;
    };
  }

  /** Move a part of a picture together where only what is left out stood: order and edges stay, the gaps go. */
  function together(nodes, edges) {
    const x = squeezed(nodes.map((node) => [node.x - Math.max(node.w / 2, REACH), node.x + Math.max(node.w / 2, REACH)]), ROOM[0]);
    const y = squeezed(nodes.map((node) => [node.y - REACH, node.y + 2 * REACH]), ROOM[1]);
    return [
      nodes.map((node) => ({ ...node, x: x(node.x), y: y(node.y) })),
      edges.map((edge) => ({ ...edge, curves: edge.curves.map((curve) => curve.map((value, at) => (at % 2 ? y(value) : x(value)))) })),
    ];
  }

  /** The part of a picture around some symbols. */
  function focused(whole, focus) {
    const shows = (node) => focus.ids.some((id) => id === node.id || (node.stack && (node.stack.members || []).some((member) => member.id === id)));
    const ids = whole.nodes.filter(shows).map((node) => node.id);
    if (!ids.length) return { ...whole, note: `This file does not draw ${focus.ids.join(", ")}, so that it stays small.` };
    const [before, after] = neighbours(whole);
    const [up, down] = [new Set(ids), new Set(ids)];
    around(before, ids, focus.up, up);
    around(after, ids, focus.down, down);
    const ours = new Set([...up, ...down]);
    const [nodes, edges] = together(whole.nodes.filter((node) => ours.has(node.id)), whole.edges.filter((edge) => ours.has(edge.source) && ours.has(edge.target)));
    const box = [
      Math.min(...nodes.map((node) => node.x - Math.max(node.w / 2, REACH))), Math.min(...nodes.map((node) => node.y - REACH)),
      Math.max(...nodes.map((node) => node.x + Math.max(node.w / 2, REACH))), Math.max(...nodes.map((node) => node.y + 2 * REACH)),
    ];
    return {
      ...whole, nodes, box, edges,
      layout: `${whole.layout} ${JSON.stringify(focus)}`, hidden: whole.hidden + whole.nodes.length - nodes.length, focus: { ...focus, ids, auto: false },
    };
  }

  function find(given) {
    const whole = drawn(given, [], true).picture;
    const found = lineage.search(given.q, whole.nodes, ...neighbours(whole)) || new Set();
    return { count: found.size, ids: [...found] };
  }
})();
