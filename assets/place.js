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
