// What every moving output shares. The script stands inside the element that it moves.
const root = document.currentScript.parentElement;

const el = (tag, attributes = {}, ...children) => {
  const node = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
};

// JupyterLab's command mode eats arrow keys and the space bar, except on such elements.
const control = (tag, attributes, ...children) =>
  el(tag, { ...attributes, "data-lm-suppress-shortcuts": "true" }, ...children);

const button = (text, action) => {
  const node = control("button", { type: "button" }, text);
  node.addEventListener("click", action);
  return node;
};

// A native slider that steps through labels; action() is called when the reader moves it.
const slider = (name, labels, at, action) => {
  const input = control("input", { type: "range", min: 0, max: labels.length - 1, step: 1, value: at });
  const value = el("output", { "aria-hidden": "true" });
  const width = Math.max(...labels.map((label) => label.length));
  value.style.minWidth = `${width}ch`;
  const show = () => {
    value.textContent = labels[input.value];
    input.setAttribute("aria-valuetext", labels[input.value]);
  };
  input.addEventListener("input", () => { show(); action(); });
  show();
  return {
    label: el("label", {}, el("span", {}, name), input, value),
    get at() { return Number(input.value); },
    set at(k) { input.value = k; show(); },
  };
};

// Tells a screen reader, once the reader has come to rest.
const listener = el("p", { class: "nnl-said", "aria-live": "polite" });
let rest = 0;
const say = (text) => {
  clearTimeout(rest);
  rest = setTimeout(() => { listener.textContent = text; }, 600);
};

root.querySelector(".nnl-off")?.remove();
root.append(el("style", {}, CSS));
