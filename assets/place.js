// The theme keeps the menu where it was on the last page; the current entry may be out of view.
addEventListener("load", () => {
  const here = document.querySelector("#pst-primary-sidebar a.current");
  const menu = here?.closest("#pst-primary-sidebar");
  if (!menu?.clientHeight) return;
  const { top, bottom } = here.getBoundingClientRect(), box = menu.getBoundingClientRect();
  if (top < box.top || bottom > Math.min(box.bottom, innerHeight))
    menu.scrollTop += top - box.top - menu.clientHeight / 3;
});
