/* The search language: `name` (with * for anything), `status:failed`, `kind:artifact`, `+name` (and all that it comes from),
 * `name+` (and all that comes of it), `2+name+1` (so many levels). Words narrow each other down. No page, no server. */
(function () {
  "use strict";

  const lineage = window.lineage;

  /** What a node is called; a stack also by its members' names. */
  function names(node) {
    const members = node.stack ? (node.stack.members || []).map((member) => member.id) : [];
    return [node.id, node.label, ...members].map((name) => name.toLowerCase());
  }

  function matcher(word) {
    const pattern = word.toLowerCase();
    if (!pattern.includes("*")) return (node) => names(node).some((name) => name.includes(pattern));
    const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const found = new RegExp(`^${parts.join(".*")}$`);
    return (node) => [...names(node), String(node.name).toLowerCase()].some((name) => found.test(name));
  }

  function reach(neighbours, from, levels) {
    const found = new Set(from);
    let edge = [...from];
    for (let level = 0; edge.length && level < levels; level += 1) {
      const next = [];
      for (const id of edge)
        for (const other of neighbours.get(id) || [])
          if (!found.has(other)) {
            found.add(other);
            next.push(other);
          }
      edge = next;
    }
    return found;
  }

  function has(node, status) {
    return node.status === status || Boolean(node.stack && node.stack.counts[status]);
  }

  function some(word, nodes, before, after) {
    const [kind, value] = word.includes(":") ? [word.slice(0, word.indexOf(":")), word.slice(word.indexOf(":") + 1)] : ["", ""];
    if (kind === "status") return new Set(nodes.filter((node) => has(node, value.toLowerCase())).map((node) => node.id));
    if (kind === "kind") return new Set(nodes.filter((node) => node.kind === value.toLowerCase()).map((node) => node.id));
    const parts = /^(?:([0-9]*)(\+))?(.*?)(?:(\+)([0-9]*))?$/.exec(word);
    const own = new Set(nodes.filter(matcher(parts[3])).map((node) => node.id));
    const found = new Set(own);
    if (parts[2]) for (const id of reach(before, own, parts[1] ? Number(parts[1]) : Infinity)) found.add(id);
    if (parts[4]) for (const id of reach(after, own, parts[5] ? Number(parts[5]) : Infinity)) found.add(id);
    return found;
  }

  /** The ids of the nodes that a search finds; null if it says nothing. */
  lineage.search = function (text, nodes, before, after) {
    const words = String(text || "").trim().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    return words.map((word) => some(word, nodes, before, after)).reduce((one, other) => new Set([...one].filter((id) => other.has(id))));
  };
})();
