// How much code the pages show: all, what is essential (as the author folded it), or none.
// The choice is kept in this browser; the switch is built by claimbook/sphinxext/place.py.
(() => {
  const KEY = "code-shown", FOLDS = ".bd-article details.above-input";
  const root = document.documentElement;
  const show = (amount) => {
    root.dataset.code = amount;
    for (const fold of document.querySelectorAll(FOLDS)) fold.open = amount === "all";
  };
  const kept = () => {
    try { return localStorage.getItem(KEY) ?? "essential"; } catch { return "essential"; }
  };
  const keep = (amount) => {
    try { localStorage.setItem(KEY, amount); } catch { /* private browsing */ }
  };

  root.dataset.code = kept();  // before the text is painted
  document.addEventListener("DOMContentLoaded", () => {
    if (kept() !== "essential") show(kept());
    for (const choice of document.querySelectorAll(".code-switch input")) {
      choice.checked = choice.value === kept();
      choice.addEventListener("change", () => { keep(choice.value); show(choice.value); });
    }
  });
})();
