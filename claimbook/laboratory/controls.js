// Elements, and native controls for one value out of several.

const SVG = "http://www.w3.org/2000/svg";

export const el = (tag, attributes = {}, ...children) => {
  const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const name in attributes)
    if (attributes[name] !== false && attributes[name] !== undefined) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
};

// JupyterLab's command mode eats arrow keys and the space bar, except on such elements.
const control = (tag, attributes, ...children) => el(tag, { ...attributes, "data-lm-suppress-shortcuts": "true" }, ...children);

export const button = (text, action, attributes = {}) => {
  const node = control("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", action);
  return node;
};

export const MINUS = (value) => (typeof value === "number" ? String(value).replace("-", "−") : String(value));

/** Up to four values stand side by side, numbers on a slider, other words in a list. */
export const chooser = (key, label, { values, names = {} }, changed) => {
  const named = (value) => names[value] ?? MINUS(value);
  if (values.length <= 4) {
    const radios = values.map((value) => control("input", { type: "radio", name: key, value }));
    radios.forEach((radio, i) => radio.addEventListener("change", () => changed(values[i])));
    const node = el("div", { class: "choices", role: "radiogroup", "aria-label": label },
      ...radios.map((radio, i) => el("label", {}, radio, el("span", {}, named(values[i])))));
    return { node, set: (value) => radios.forEach((radio, i) => { radio.checked = values[i] === value; }) };
  }
  if (values.some((value) => typeof value === "number")) {
    const input = control("input", { type: "range", name: key, min: 0, max: values.length - 1, step: 1, "aria-label": label });
    const shown = el("output", { "aria-hidden": "true" });
    const say = () => {
      shown.textContent = named(values[input.value]);
      input.setAttribute("aria-valuetext", named(values[input.value]));
    };
    input.addEventListener("input", () => { say(); changed(values[input.value]); });
    return { node: el("div", { class: "dial" }, input, shown), set: (value) => { input.value = values.indexOf(value); say(); } };
  }
  const list = control("select", { name: key, "aria-label": label }, ...values.map((v) => el("option", { value: v }, named(v))));
  list.addEventListener("change", () => changed(list.value));
  return { node: list, set: (value) => { list.value = value; } };
};
