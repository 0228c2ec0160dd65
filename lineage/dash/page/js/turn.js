/* A picture that is turned: in a narrow window a long one runs down instead of to the right, with labels beside its symbols.
 *
 * To the right, columns are as far apart as their labels need; downwards a line of text is enough. No page, no server.
 */
(function () {
  "use strict";

  const lineage = window.lineage;
  const NEAR = 0.3; // rows around a symbol that stay as they are, with the ends of the edges
  const PLENTY = 48; // pixels of a row from which on a picture is good either way

  /** How to move what lies along the lineage so that each column is one row after the one before. */
  function evened(columns) {
    const last = columns.length - 1;
    return (x) => {
      let at = 0;
      while (at < last && x >= columns[at + 1]) at += 1;
      const [along, room] = [x - columns[at], (at < last ? columns[at + 1] : Infinity) - columns[at]];
      if (along <= NEAR || room === Infinity) return at + along;
      if (room - along <= NEAR) return at + 1 - (room - along);
      return at + NEAR + ((along - NEAR) * (1 - 2 * NEAR)) / (room - 2 * NEAR);
    };
  }

  function columnsOf(nodes) {
    const columns = [];
    for (const x of nodes.map((node) => node.x).sort((one, other) => one - other))
      if (!columns.length || x - columns[columns.length - 1] > 2 * NEAR) columns.push(x);
    return columns;
  }

  /** The same picture downwards: nodes, edges and box, made anew. */
  lineage.turned = function ({ nodes, edges, box }) {
    if (!nodes.length) return { nodes, edges, box };
    const along = evened(columnsOf(nodes));
    const curve = ([x0, y0, cx0, cy0, cx1, cy1, x1, y1]) => [y0, along(x0), cy0, along(cx0), cy1, along(cx1), y1, along(x1)];
    const down = {
      nodes: nodes.map((node) => ({ ...node, x: node.y, y: along(node.x) })),
      edges: edges.map((edge) => ({ ...edge, curves: edge.curves.map(curve) })),
    };
    const across = [...down.nodes.map(({ x }) => x), ...down.edges.flatMap((edge) => edge.curves.flatMap((each) => [each[0], each[6]]))];
    const rows = down.nodes.map(({ y }) => y);
    const least = (values) => values.reduce((one, other) => Math.min(one, other));
    const most = (values) => values.reduce((one, other) => Math.max(one, other));
    return { ...down, box: [least(across) - NEAR, least(rows) - NEAR, most(across) + NEAR, most(rows) + NEAR] };
  };

  /** Whether symbols are larger downwards: the pixels of a row [across, down], as a picture is drawn and turned. */
  lineage.isBetterTurned = (flat, turned) => Math.min(PLENTY, ...turned) > 1.2 * Math.min(PLENTY, ...flat);
})();
