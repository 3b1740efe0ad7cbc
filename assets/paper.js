// Paper is light, and shows what is folded away on the screen, except code.
(() => {
  const root = document.documentElement, HIDDEN = "toggle-hidden";
  let theme, folds = [], notes = [];
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    folds = [...document.querySelectorAll(".bd-article details:not([open], .above-input)")];
    notes = [...document.getElementsByClassName(HIDDEN)];
    for (const fold of folds) fold.open = true;
    for (const note of notes) note.classList.remove(HIDDEN);
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    for (const fold of folds) fold.open = false;
    for (const note of notes) note.classList.add(HIDDEN);
  });
})();
