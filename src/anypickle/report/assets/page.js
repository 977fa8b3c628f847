
"use strict";
const table = document.querySelector("#findings");
const body = table.tBodies[0];
const search = document.getElementById("search");
const nodes = [...document.querySelectorAll("#tree details, #tree .leaf")].reverse();
search.hidden = false;
search.addEventListener("input", () => {
  const wanted = search.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  for (const node of nodes) node.hidden = !node.textContent.toLowerCase().includes(wanted);
});
const key = (row, column) => row.cells[column]?.dataset.key ?? row.cells[column]?.textContent ?? "";
const compare = (a, b) => (isNaN(a - b) ? a.localeCompare(b) : a - b);
[...table.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener("click", () => {
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].sort((a, b) => sign * compare(key(a, column), key(b, column)));
    body.append(...rows);
  });
});
