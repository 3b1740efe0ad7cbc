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
  if (width <= 8) value.style.minWidth = `${width}ch`;
  const show = () => {
    value.textContent = labels[input.value];
    input.setAttribute("aria-valuetext", labels[input.value]);
  };
  input.addEventListener("input", () => { show(); action(); });
  show();
  return {
    label: el("label", width > 8 ? { class: "wordy" } : {}, el("span", {}, name), input, value),
    get at() { return Number(input.value); },
    set at(k) { input.value = k; show(); },
  };
};

// A value that the page shows, under its name: facts[key].textContent is set by the applet.
const facts = {};
const fact = (key, name, ...mark) => {
  facts[key] = el("output", { "data-fact": key });
  return el("div", {}, el("span", {}, ...mark, name), facts[key]);
};
const number = (x) => String(Number(x.toPrecision(3))).replace("-", "−");

// Mulberry32: uniform numbers on [0, 1) from 32 bits of state; and a normal one of two of them.
const uniform = (state) => () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

// Adds a point to a picture of [left, right] × [−top, top], with unit pixels to 1. The mouse and a
// finger place it, the arrow keys move it. Returns moveTo(w), which calls moved(w) as they do.
const movable = (picture, { left, right, top, unit, name, describe }, moved) => {
  const point = control("svg:g", { class: "point", tabindex: 0, role: "slider", "aria-label": name,
    "aria-valuemin": left, "aria-valuemax": right },
    el("svg:circle", { class: "hand" }), el("svg:circle", { class: "dot" }));
  picture.append(point);

  let w;
  const inside = (v, low, high) => Math.round(Math.min(high, Math.max(low, v)) * 100) / 100;
  const moveTo = ([x, y]) => {
    w = [inside(x, left, right), inside(y, -top, top)];
    point.setAttribute("transform", `translate(${(w[0] - left) * unit} ${(top - w[1]) * unit})`);
    point.setAttribute("aria-valuenow", w[0].toFixed(2));
    point.setAttribute("aria-valuetext", describe(w));
    moved(w);
  };
  const follow = (event) => {
    const box = picture.getBoundingClientRect();
    const scale = (right - left) / box.width;
    moveTo([left + (event.clientX - box.left) * scale, top - (event.clientY - box.top) * scale]);
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    point.focus({ preventScroll: true });
    picture.setPointerCapture(event.pointerId);
    follow(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) follow(event);
  });
  point.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.01 : 0.05;
    moveTo(w.map((x, i) => x + size * way[i]));
  });
  return moveTo;
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
