"use strict";
// Sorts a table by the column whose heading is clicked: numbers from the
// largest, texts from A, and the other way round with the next click.
for (const table of document.querySelectorAll("table.sorts")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  const sortBy = (at) => {
    const rows = Array.from(body.rows);
    const number = (row) => Number(row.cells[at].dataset.value);
    const text = (row) => row.cells[at].textContent;
    const numeric = rows.every((row) => "value" in row.cells[at].dataset);
    const before = heads[at].getAttribute("aria-sort");
    const up = before === "none" ? !numeric : before === "descending";
    const compare = numeric ? (a, b) => number(a) - number(b) : (a, b) => text(a).localeCompare(text(b));
    rows.sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    body.append(...rows);
    for (const head of heads) {
      if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
    }
    heads[at].setAttribute("aria-sort", up ? "ascending" : "descending");
  };
  heads.forEach((head, at) => {
    if (head.textContent.trim() === "") return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(at));
    head.append(button);
    head.setAttribute("aria-sort", "none");
  });
}
