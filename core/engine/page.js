// Filters the accounts while somebody types: all terms must occur in what a row shows,
// or in the groups and the address that it keeps for the search. Without this script
// everything is shown and the search field stays hidden.
const field = document.getElementById("search");
const status = document.getElementById("status");
const all = status.textContent;
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const sections = [...document.querySelectorAll("main section")].map((section) => ({
  section,
  count: section.querySelector("h2 span"),
  all: section.querySelector("h2 span").textContent,
  jump: document.querySelector(`nav [href="#${section.querySelector("h2").id}"]`)?.parentElement ?? section,
  rows: [...section.querySelectorAll("tbody tr")].map((row) => ({
    row,
    id: row.querySelector(".id").textContent,
    text: fold(row.textContent + " " + row.dataset.more),
  })),
}));
const total = new Set(sections.flatMap(({ rows }) => rows.map(({ id }) => id))).size;

const filter = () => {
  const terms = fold(field.value).split(/\s+/).filter(Boolean);
  const found = new Set();
  for (const { section, count, all, jump, rows } of sections) {
    let shown = 0;
    for (const { row, id, text } of rows) {
      row.hidden = !terms.every((term) => text.includes(term));
      if (!row.hidden) {
        shown++;
        found.add(id);
      }
    }
    count.textContent = shown === rows.length ? all : `${shown} of ${all}`;
    section.hidden = jump.hidden = shown === 0;
  }
  status.textContent = terms.length === 0 ? all : `${found.size} of ${total} match`;
};

field.addEventListener("input", filter);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    document.querySelector("section:not([hidden]) tr:not([hidden]) a")?.focus();
  } else if (event.key === "Escape") {
    field.value = "";
    filter();
  }
});
document.querySelector(".tools").hidden = false;
filter(); // a browser that goes back restores what was typed
