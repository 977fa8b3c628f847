const rows = [...document.querySelectorAll("#findings tbody tr")];
const search = document.getElementById("search");
search.hidden = false;
search.addEventListener("input", () => {
  const wanted = search.value.toLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
document.querySelectorAll("#findings th").forEach((head, column) => {
  head.setAttribute("role", "button");
  let direction = column === 5 ? -1 : 1;
  head.addEventListener("click", () => {
    const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    rows.sort((a, b) => direction * key(a).localeCompare(key(b), undefined, { numeric: true }));
    direction = -direction;
    document.querySelector("#findings tbody").append(...rows);
  });
});
