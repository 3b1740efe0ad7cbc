// Mends Sphinx 7.4.7's search, which otherwise fills the console.
// Opened from a folder, a page may not read another one: hits are listed without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// An address such as #module-nnlib.dropout is no selector until its dot is escaped.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const { htmlToText } = Search;
  Search.htmlToText = (html, anchor) =>
    htmlToText(html, anchor && `#${CSS.escape(anchor.slice(1))}`);
});
