// A network of 5-5-5-1 units; each example draws its own mask, which drops a unit with probability p.
const { alt, p: start = 0.5, seed = 1 } = DATA;
const LAYERS = [["input", 5], ["first hidden layer", 5], ["second hidden layer", 5], ["output", 1]];
const SHARES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const WIDTH = 640, HEIGHT = 356, RADIUS = 17;

// Mulberry32: a generator of uniform numbers on [0, 1) with 32 bits of state.
const uniform = (state) => () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const units = LAYERS.flatMap(([, size], layer) =>
  Array.from({ length: size }, (_, i) => ({
    layer, i, dropped: false, x: 60 + 170 * layer, y: 30 + 65 * (i + (5 - size) / 2),
  })));
const droppable = units.filter(({ layer }) => layer < LAYERS.length - 1);
for (const unit of units) {
  const { layer, x, y } = unit;
  unit.wires = units.filter((next) => next.layer === layer + 1)
    .map((next) => el("svg:line", { x1: x, y1: y, x2: next.x, y2: next.y }));
  const [a, b] = [RADIUS * 1.15, -RADIUS * 1.15];
  unit.mark = el("svg:g", { class: "unit", transform: `translate(${x} ${y})` },
    el("svg:circle", { r: RADIUS }), el("svg:path", { d: `M${b} ${b}L${a} ${a}M${b} ${a}L${a} ${b}` }));
}
const picture = el("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
  ...units.flatMap(({ wires }) => wires), ...units.map(({ mark }) => mark),
  ...LAYERS.map(([name], layer) =>
    el("svg:text", { x: 60 + 170 * layer, y: HEIGHT - 10, "text-anchor": "middle" }, name.replace(/(first|second) (hidden) layer/, "$2"))));

const verdict = el("p", { class: "nnl-verdict" });

let random, kept, examples;
const percent = (share) => `${(100 * share).toFixed(1)}%`;
const draw = (evaluating) => {
  const p = SHARES[chance.at];
  const dropped = droppable.filter((unit) => unit.dropped);
  for (const { dropped: off, wires, mark } of units) {
    for (const node of [mark, ...wires]) node.classList.toggle("off", off);
  }
  const survivors = examples ? percent(kept / (examples * droppable.length)) : "–";
  const values = { examples, dropped: dropped.length, survivors, keep: percent(1 - p), factor: evaluating ? "1" : (1 / (1 - p)).toFixed(2) };
  for (const name in values) facts[name].textContent = values[name];
  const where = LAYERS.slice(0, -1).map(([name], layer) => {
    const off = dropped.filter((unit) => unit.layer === layer).map(({ i }) => i + 1);
    return `${name}: ${off.length ? off.join(", ") : "none"}`;
  });
  picture.setAttribute("aria-label", `${alt} Dropped, from top to bottom, ${where.join("; ")}.`);
  verdict.textContent = evaluating
    ? "Evaluation: all units are on, and nothing is rescaled."
    : `Example ${examples}: ${dropped.length} of ${droppable.length} units are dropped, with all their outgoing connections.`;
  say(`${verdict.textContent} Survivors so far ${survivors}, 1 − p is ${percent(1 - p)}.`);
};
const next = (count) => {
  for (let k = 0; k < count; k += 1) {
    for (const unit of droppable) unit.dropped = random() < SHARES[chance.at];
    kept += droppable.filter((unit) => !unit.dropped).length;
    examples += 1;
  }
  draw(false);
};
const evaluate = () => {
  for (const unit of droppable) unit.dropped = false;
  draw(true);
};
const restart = () => {
  [random, kept, examples] = [uniform(seed), 0, 0];
  next(1);
};
const chance = slider("probability p of dropping a unit", SHARES.map(String), SHARES.indexOf(start), restart);

root.append(
  picture,
  el("div", { class: "nnl-bar" }, chance.label,
    button("Next example", () => next(1)), button("50 examples", () => next(50)), button("Evaluate", evaluate)),
  el("div", { class: "nnl-numbers" },
    fact("examples", "examples so far"), fact("dropped", "units dropped now"), fact("survivors", "survivors so far"),
    fact("keep", "1 − p"), fact("factor", "survivors times")),
  verdict, listener,
);
restart();
