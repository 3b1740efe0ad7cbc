// The evidence ledger: choose a verdict or a chapter. Without this script all rows stand.
(() => {
  const table = document.querySelector(".ledger table");
  const rows = [...table.tBodies[0].rows];
  const bar = document.createElement("form");
  bar.className = "ledger-bar";
  const count = document.createElement("output");
  count.setAttribute("aria-live", "polite");

  const choices = ["verdict", "chapter"].map((name) => {
    const label = document.createElement("label");
    const select = document.createElement("select");
    const values = [...new Set(rows.map((row) => row.dataset[name]))];
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    label.append(`${name} `, select);
    bar.append(label);
    select.addEventListener("change", show);
    return [name, select];
  });
  function show() {
    for (const row of rows)
      row.hidden = choices.some(([name, { value }]) => value && row.dataset[name] !== value);
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} statements`;
  }
  bar.append(count);
  table.parentElement.before(bar);
  show();
})();
