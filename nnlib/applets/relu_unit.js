// One unit: outputs φ(aᵢ + b) for the pre-activations aᵢ of a few examples, and the gradient of
// the loss ½ mean (φ(aᵢ + b) − target)² with respect to its bias b, for ReLU and leaky ReLU.
const { alt, preactivations, slope = 0.1, target = 1, lr = 0.5, bias = 0 } = DATA;
const LEFT = -4.2, RIGHT = 3.4, TOP = 2.3, BOTTOM = -0.7, UNIT = 100;
const LOWEST = -3, HIGHEST = 2;
const BIASES = Array.from({ length: 10 * (HIGHEST - LOWEST) + 1 }, (_, i) => (LOWEST + i / 10).toFixed(1));
const placeOf = (b) => Math.max(0, Math.min(BIASES.length - 1, Math.round(10 * (b - LOWEST))));

const UNITS = [["relu", "ReLU", 0], ["leaky", `leaky ReLU, slope ${slope}`, slope]].map(([id, name, left]) => ({
  id, name,
  output: (a) => (a > 0 ? a : left * a),
  slope: (a) => (a > 0 ? 1 : left),
}));
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const gradient = (unit, b) =>
  mean(preactivations.map((a) => (unit.output(a + b) - target) * unit.slope(a + b)));

const at = ([x, y]) => [(x - LEFT) * UNIT, (TOP - y) * UNIT].map((v) => v.toFixed(1));
const path = (points) => `M${points.map((p) => at(p).join(" ")).join("L")}`;

const dots = preactivations.map(() => el("svg:circle", { r: 6 }));
const words = ([x, y], text, anchor = "middle") => {
  const [left, top] = at([x, y]);
  return el("svg:text", { x: left, y: top, "text-anchor": anchor }, text);
};
const picture = el("svg:svg", { viewBox: `0 0 ${(RIGHT - LEFT) * UNIT} ${(TOP - BOTTOM) * UNIT}`, role: "img", "aria-label": alt },
  el("svg:path", { class: "axis", d: path([[LEFT, 0], [RIGHT, 0]]) + path([[0, BOTTOM], [0, TOP]]) }),
  el("svg:path", { class: "axis target", d: path([[LEFT, target], [RIGHT, target]]) }),
  el("svg:path", { class: "free", d: path([[LEFT, slope * LEFT], [0, 0], [TOP, TOP]]) }),
  el("svg:path", { class: "clipped", d: path([[LEFT, 0], [0, 0], [TOP, TOP]]) }),
  ...dots,
  words([LEFT + 0.1, target + 0.1], "wanted", "start"), words([RIGHT - 0.1, -0.25], "pre-activation", "end"));

const key = (kind) => el("span", { class: `nnl-key ${kind}` });
const verdict = el("p", { class: "nnl-verdict" });
const dial = slider("bias b", BIASES, 0, () => moveTo(Number(BIASES[dial.at])));

let b = bias;
const draw = () => {
  const moved = preactivations.map((a) => a + b);
  moved.forEach((a, i) => {
    const [x, y] = at([Math.max(LEFT, Math.min(RIGHT, a)), Math.min(TOP, UNITS[0].output(a))]);
    dots[i].setAttribute("cx", x);
    dots[i].setAttribute("cy", y);
    dots[i].setAttribute("class", a > 0 ? "on" : "off");
  });
  const on = moved.filter((a) => a > 0).length;
  facts.bias.textContent = number(b);
  facts.active.textContent = `${on} of ${moved.length}`;
  for (const unit of UNITS) {
    facts[`${unit.id}-slope`].textContent = number(mean(moved.map(unit.slope)));
    facts[`${unit.id}-gradient`].textContent = number(gradient(unit, b));
  }
  verdict.textContent = on > 0
    ? `The unit is on for ${on} of ${moved.length} digits, and those give ReLU a gradient.`
    : "The unit is off for every digit. ReLU's gradient is exactly 0; the leaky unit's is not.";
  say(`b = ${number(b)}. ${verdict.textContent}`);
};
const moveTo = (value) => { b = value; draw(); };
const steps = (unit, count) => {
  let value = b;
  for (let i = 0; i < count; i++) value -= lr * gradient(unit, value);
  dial.at = placeOf(value);
  moveTo(value);
};
const restart = () => { dial.at = placeOf(bias); moveTo(bias); };

root.append(
  el("style", {}, `
    .nnl-relu-unit > svg { cursor: default; touch-action: auto; }
    .nnl-relu-unit > svg * { vector-effect: none; }
    .nnl-relu-unit .nnl-numbers { grid-auto-flow: column; grid-template: repeat(2, auto) / repeat(3, 1fr); }
    .nnl-relu-unit .axis { fill: none; stroke: var(--nnl-line); stroke-width: 1.5; }
    .nnl-relu-unit .axis.target { stroke: var(--nnl-quiet); stroke-dasharray: 3 5; }
    .nnl-relu-unit .on { fill: var(--nnl-accent); fill-opacity: .75; }
    .nnl-relu-unit .off { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-opacity: .6; }
    @container (max-width: 32rem) { .nnl-relu-unit .nnl-numbers { grid-auto-flow: row; grid-template: none / repeat(2, 1fr); } }`),
  picture,
  el("div", { class: "nnl-bar" }, dial.label),
  el("div", { class: "nnl-bar" },
    button("10 steps with ReLU", () => steps(UNITS[0], 10)), button("10 steps with leaky ReLU", () => steps(UNITS[1], 10)),
    button("Start again", restart)),
  el("div", { class: "nnl-numbers" },
    fact("bias", "bias b"), fact("active", "digits that turn it on"),
    ...UNITS.flatMap(({ id }) => {
      const mark = () => key(id === "relu" ? "clipped" : "free");
      const name = id === "relu" ? "ReLU" : "leaky";
      return [fact(`${id}-slope`, `mean slope, ${name}`, mark()), fact(`${id}-gradient`, `dL/db, ${name}`, mark())];
    })),
  verdict, listener,
);
restart();
