// The controls of a laboratory, in rows: what a setting is, its value in A, its value in B.
import { chooser, el } from "./controls.js";
import { PLAN } from "./state.js";

const explained = ({ text, hint, torch }) => el("details", { class: "what" }, el("summary", {}, el("span", {}, text)),
  el("p", {}, hint, " In PyTorch: ", el("code", {}, torch), "."));

/** Returns {node, show}; changed(key, value) is called as the reader changes something. */
export const panel = (state, changed) => {
  const choosers = {}, rows = {};
  const make = (key, label) => {
    choosers[key] = chooser(`${state.id}-${key}`, label, state.known[key], (value) => changed(key, value));
    return choosers[key].node;
  };
  for (const field of [...state.fields, ...PLAN]) {
    const [a, b] = state.keysOf(field), { name, text } = field;
    rows[name] = el("div", { class: "setting" }, explained(field), ...(b
      ? [["A", a], ["B", b]].map(([side, key]) => el("div", { class: `side ${side}` }, el("b", { "aria-hidden": "true" }, side), make(key, `${text}, ${side}`)))
      : [el("div", { class: "both" }, make(a, text))]));
  }
  const inSight = el("div"), folded = el("div"), foldName = el("summary");
  const fold = el("details", { class: "more" }, foldName, folded);
  let shown = null; // the preset whose rows are in sight
  const arrange = ({ show }) => {
    const offered = state.fields.filter(({ values }) => values.length > 1).map(({ name }) => name);
    const others = offered.filter((name) => !show.includes(name));
    inSight.replaceChildren(...offered.filter((name) => show.includes(name)).map((name) => rows[name]));
    folded.replaceChildren(...others.map((name) => rows[name]));
    foldName.textContent = `${others.length} more settings`;
  };
  return {
    node: el("div", { class: "settings" }, inSight, fold, el("div", { class: "plan" }, ...PLAN.map(({ name }) => rows[name]))),
    show: () => {
      if (shown !== state.preset) arrange((shown = state.preset));
      for (const key in choosers) choosers[key].set(state.choice[key]);
      for (const field of state.fields) rows[field.name].classList.toggle("differs", state.differs(field));
    },
  };
};
