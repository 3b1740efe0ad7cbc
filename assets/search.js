// Searching: find.js and the list of sections are loaded when a reader first asks.
(() => {
  const up = document.documentElement.dataset.content_root ?? "./";
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    node.append(...children);
    return node;
  };

  let ready;
  const load = (name) => new Promise((done, failed) => {
    const script = el("script", { src: `${up}_static/${name}` });
    Object.assign(script, { onload: done, onerror: failed });
    document.head.append(script);
  });
  const loaded = () => (ready ??= load("sections.js").then(() => load("find.js")));

  // --- the hits -----------------------------------------------------------------

  const marked = (text, marks) => {
    const line = el("p"), pieces = [];
    let at = 0;
    for (const [from, n] of marks) {
      pieces.push(text.slice(at, from), el("mark", {}, text.slice(from, from + n)));
      at = from + n;
    }
    line.append(...pieces, text.slice(at), "…");
    return line;
  };
  const hit = ({ page, anchor, title, chapter, first, text, marks, forms }) => {
    const href = `${up}${page}?found=${encodeURIComponent(forms.join(" "))}${first ? "" : `#${anchor}`}`;
    return el("li", {}, el("a", { href }, title), ...(first ? [] : [el("span", { class: "where" }, chapter)]), marked(text, marks));
  };

  const attach = async (input) => {
    if ("finds" in input.dataset) return;
    input.dataset.finds = "";
    const form = input.closest("form");
    const list = el("ul", { class: "found" });
    const said = el("p", { class: "search-summary", role: "status" });
    const place = document.querySelector("#search-results");
    if (place && !form.closest("dialog")) place.append(said, list);
    else form.after(said, list);
    await loaded();
    const show = () => {
      const hits = findSections(input.value);
      list.replaceChildren(...hits.map(hit));
      said.textContent = !input.value.trim() ? ""
        : hits.length ? `${hits.length < 20 ? hits.length : "The first 20"} section${hits.length > 1 ? "s" : ""}`
          : "Nothing found. Try another word for it.";
    };
    input.addEventListener("input", show);
    show();
  };
  addEventListener("focusin", ({ target }) => {
    if (target.matches?.(".bd-search input")) attach(target);
  });

  // --- where a hit leads, its words are marked --------------------------------------

  const UNTOUCHED = "script, style, pre, svg, button, .nnl, .math, .formula, .katex, mark";
  const mark = (where, forms) => {
    const known = new RegExp(`(?<![\\p{L}\\p{N}])(${forms.map(RegExp.escape ?? ((f) => f.replace(/\W/g, "\\$&"))).join("|")})(?![\\p{L}\\p{N}])`, "giu");
    const walker = document.createTreeWalker(where, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(UNTOUCHED)) texts.push(walker.currentNode);
    for (const text of texts) {
      const parts = text.data.split(known);
      if (parts.length > 1) text.replaceWith(...parts.map((p, k) => (k % 2 ? el("mark", {}, p) : p)));
    }
  };

  addEventListener("DOMContentLoaded", () => {
    const address = new URL(location.href), asked = address.searchParams;
    const page = document.querySelector("#search-results");
    if (page) {
      const input = document.querySelector(".bd-article .bd-search input");
      input.value = asked.get("q") ?? "";
      input.focus();
      attach(input);
    }
    const forms = (asked.get("found") ?? "").split(" ").filter(Boolean);
    if (forms.length === 0) return;
    mark(document.getElementById(decodeURIComponent(address.hash.slice(1))) ?? document.querySelector("article"), forms);
    asked.delete("found");
    history.replaceState(null, "", address);
  });
})();
