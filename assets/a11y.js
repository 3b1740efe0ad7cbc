// Mends what axe-core reports on the theme's own markup (sphinx-book-theme 1.3.0).
document.addEventListener("DOMContentLoaded", () => {
  const each = (selector, mend) => document.querySelectorAll(selector).forEach(mend);

  // The accessible name has to contain the visible text.
  each(".search-button-field, summary[aria-label]", (e) => e.removeAttribute("aria-label"));
  each(".theme-switch-button", (e) =>
    e.setAttribute("aria-label", "Colour mode: light, dark or system settings"));

  // What unfolds the pages below a chapter in the menu is a mere arrow.
  each(".bd-links summary", (e) =>
    e.setAttribute("aria-label", `Further pages of ${e.closest("li").querySelector("a").textContent}`));

  // The book's title stands outside every landmark.
  each("#pst-primary-sidebar", (e) => {
    e.setAttribute("role", "complementary");
    e.setAttribute("aria-label", "Book");
  });

  // What scrolls sideways on a phone has to be reachable by keyboard, also when a fold that
  // it was in opens.
  const scrolls = new ResizeObserver((entries) => entries.forEach(({ target: e }) => {
    if (e.scrollWidth > e.clientWidth) e.setAttribute("tabindex", "0");
    else e.removeAttribute("tabindex");
  }));
  each(".katex-display", (e) => scrolls.observe(e));

  // docutils: a list without list items.
  each(".citation-list > .citation", (e) => e.setAttribute("role", "listitem"));
});
