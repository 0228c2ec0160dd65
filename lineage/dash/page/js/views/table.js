/* The table: the picture's rows as text, sortable; its twin for the keyboard and for screen readers. */
(function () {
  "use strict";

  const lineage = window.lineage;
  const { el, fill, badge, seconds } = lineage;

  const COLUMNS = [
    { key: "id", title: "task", sort: (row) => row.id },
    { key: "status", title: "status", sort: (row) => row.status },
    { key: "seconds", title: "time", number: true, sort: (row) => row.seconds },
    { key: "saved", title: "saved", number: true, sort: (row) => row.saved },
    { key: "takes", title: "takes", names: true, sort: (row) => row.takes.length },
    { key: "gives", title: "gives", names: true, sort: (row) => row.gives.length },
    { key: "metrics", title: "metrics", sort: (row) => Object.values(row.metrics)[0] ?? -Infinity },
  ];

  const FEW = 4; // names that a cell says

  let root = null;
  let order = { key: null, down: false };
  let data = null;

  function cell(row, key) {
    if (key === "id") {
      const open = () => lineage.go({ task: row.id, view: "lineage" });
      return el("button", { class: "link", onclick: open, title: `${row.id}\n${row.step}` }, row.id);
    }
    if (key === "status") return badge(row.status);
    if (key === "seconds") return ["cached", "pending", "skipped"].includes(row.status) ? "" : seconds(row.seconds);
    if (key === "saved") return row.saved ? seconds(row.saved) : "";
    if (key === "metrics") {
      const told = Object.entries(row.metrics).map(([name, value]) => `${name}=${value === null ? "not a number" : lineage.number(value)}`);
      return [...told.slice(0, FEW).map((text) => el("span", { class: "metric" }, text)), more(told, FEW)];
    }
    const names = row[key].map((name) => lineage.shortName(name));
    return [names.slice(0, FEW).join(", "), more(names, FEW)];
  }

  /** That a cell has more than it says; what, is in its tip and in the panel. */
  function more(texts, shown) {
    const left = texts.length - shown;
    return left > 0 ? el("span", { class: "muted", title: texts.slice(shown).join(", ") }, ` and ${left} more`) : null;
  }

  function header(column) {
    const sorted = order.key === column.key;
    const direction = sorted ? (order.down ? "descending" : "ascending") : "none";
    const choose = () => {
      order = { key: column.key, down: sorted ? !order.down : Boolean(column.number) };
      show();
    };
    return el(
      "th",
      { scope: "col", "aria-sort": direction, class: column.number ? "number" : null },
      el("button", { class: "sort", "data-key": column.key, onclick: choose }, column.title, sorted ? (order.down ? " ▾" : " ▴") : "")
    );
  }

  function sorted(rows) {
    const column = COLUMNS.find((each) => each.key === order.key);
    if (!column) return rows;
    const keyed = rows.map((row, at) => ({ row, at, key: column.sort(row) }));
    keyed.sort((one, other) => {
      const before = one.key < other.key ? -1 : one.key > other.key ? 1 : one.at - other.at;
      return order.down ? -before : before;
    });
    return keyed.map((each) => each.row);
  }

  function show() {
    if (!root || !data) return;
    const wanted = (lineage.state().q || "").toLowerCase();
    const found = data.rows.filter((row) => !wanted || matches(row, wanted));
    if (!data.rows.length) {
      fill(root, lineage.empty("Nothing has run yet", "Type doit in a shell: its steps appear here as they run."));
      return;
    }
    const selected = lineage.state().task;
    const rows = sorted(found).map((row) =>
      el(
        "tr",
        { "aria-selected": row.id === selected ? "true" : null, "data-status": row.status },
        COLUMNS.map((column) => el("td", { class: column.number ? "number" : column.names ? "names" : null }, cell(row, column.key)))
      )
    );
    const caption = `${found.length} of ${data.rows.length + data.hidden} steps of run ${data.run ?? "–"}`;
    lineage.refill(
      root,
      `table ${data.run}`,
      el(
        "div",
        { class: "scroll" },
        el(
          "table",
          { class: "rows" },
          el("caption", {}, caption),
          el("thead", {}, el("tr", {}, COLUMNS.map(header))),
          el("tbody", {}, rows)
        )
      )
    );
  }

  function matches(row, wanted) {
    if (wanted.startsWith("status:")) return row.status === wanted.slice(7);
    const name = wanted.replace(/^[0-9]*\+|\+[0-9]*$/g, "");
    return row.id.toLowerCase().includes(name) || row.gives.some((each) => each.toLowerCase().includes(name));
  }

  lineage.view("table", {
    title: "Table",
    mount(container) {
      root = container;
    },
    async update(state) {
      const asked = await lineage.ask("table", { run: state.run });
      if (root) {
        data = asked;
        show();
      }
    },
    unmount() {
      root = null;
    },
  });
})();
