// The theme keeps the menu where it was on the last page; the current entry may be out of view.
addEventListener("load", () => {
  const here = document.querySelector("#pst-primary-sidebar a.current");
  const menu = here?.closest("#pst-primary-sidebar");
  if (!menu?.clientHeight) return;
  const { top, bottom } = here.getBoundingClientRect(), box = menu.getBoundingClientRect();
  if (top < box.top || bottom > Math.min(box.bottom, innerHeight))
    menu.scrollTop += top - box.top - menu.clientHeight / 3;
});

// What the parts of a finding's line mean, for whoever points at them; the preface says it in full.
const PARTS = {
  tick: "✔ a finding: enough of the repeated runs agreed. = an identity: equal to rounding, no seeds needed.",
  id: "The statement of the lecture that it is about; the page Evidence lists them all.",
  limit: "This line is about where the statement ends.",
  size: "What was measured: the median over the seeds and, in brackets, the span of the middle 80%.",
  count: "In how many of the repeated runs the sentence held.",
};
addEventListener("DOMContentLoaded", () => {
  for (const [part, says] of Object.entries(PARTS))
    for (const node of document.querySelectorAll(`.nnl-claim .nnl-${part}`)) node.title = says;
});

// "?present" shows a page's figure that moves by itself, as large as the window lets it be: a slide.
// A presenter's keys go to the slides around it.
if (new URLSearchParams(location.search).has("present")) addEventListener("DOMContentLoaded", () => {
  const figure = document.querySelector("#figure-that-moves");
  if (!figure) return;
  document.documentElement.classList.add("presenting");
  for (let part = figure; part !== document.body; part = part.parentElement) {
    part.classList.add("presented");
    for (const other of part.parentElement.children) other.classList.toggle("not-presented", other !== part);
  }
  const fit = () => {
    figure.style.zoom = 1;
    const { width, height } = figure.getBoundingClientRect();
    if (height) figure.style.zoom = Math.min(innerWidth / (width + 16), innerHeight / (height + 16), 2.5);
  };
  fit();
  for (const sign of ["load", "resize"]) addEventListener(sign, fit);
  addEventListener("keydown", ({ key }) => {
    const method = { PageDown: "next", PageUp: "prev" }[key];
    if (method && parent !== window) parent.postMessage(JSON.stringify({ method }), "*");
  });
});
