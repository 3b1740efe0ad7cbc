// f(w) = ½‖w‖² + 5 σ(10 w₁ − 5): two walks of gradient descent from a point w, with −ηg and with −ηg′.
const { alt, start = [0.55, 1.1], lr = 0.4 } = DATA;
const LEFT = -5.4, RIGHT = 2.2, TOP = 2, UNIT = 100, STEPS = 20;
const LIMITS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20];
const RATES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const wall = (x) => sigmoid(10 * x - 5);
const loss = ([x, y]) => (x * x + y * y) / 2 + 5 * wall(x);
const gradient = ([x, y]) => [x + 50 * wall(x) * (1 - wall(x)), y];
const factor = (norm, c) => (norm > c ? c / norm : 1);
const walk = (w, eta, c) => {
  const places = [w];
  for (let k = 0; k < STEPS; k++) {
    const g = gradient(w), f = factor(Math.hypot(...g), c);
    w = w.map((x, i) => x - eta * f * g[i]);
    places.push(w);
  }
  return places;
};

const at = ([x, y]) => [(x - LEFT) * UNIT, (TOP - y) * UNIT];
const path = (points) => `M${points.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L")}`;
const pair = (w) => `(${w.map((x) => number(Math.round(x * 100) / 100)).join(", ")})`;

// The level set f = L is y = ±√(2L − x² − 10 σ(10x − 5)).
const level = (L) => {
  const upper = [];
  for (let x = LEFT - 0.5; x < RIGHT + 0.5; x += 0.01) {
    const y2 = 2 * L - x * x - 10 * wall(x);
    if (y2 >= 0) upper.push([x, Math.sqrt(y2)]);
  }
  return `${path([...upper, ...upper.map(([x, y]) => [x, -y]).reverse()])}Z`;
};
const line = (kind) => el("svg:path", { class: kind });
const cross = ([x, y]) =>
  path([[x - 0.06, y - 0.06], [x + 0.06, y + 0.06]]) + path([[x - 0.06, y + 0.06], [x + 0.06, y - 0.06]]);
const square = ([x, y]) => `${path([[-1, -1], [-1, 1], [1, 1], [1, -1]].map(([i, j]) => [x + i * 0.045, y + j * 0.045]))}Z`;

const [free, clipped] = [line("free"), line("clipped")];
const [crosses, squares] = [line("free mark"), line("clipped mark")];
const text = (w, words, anchor) => {
  const [x, y] = at(w);
  return el("svg:text", { x, y, "text-anchor": anchor }, words);
};
const picture = el("svg:svg", { viewBox: `0 0 ${(RIGHT - LEFT) * UNIT} ${2 * TOP * UNIT}`, role: "group", "aria-label": alt },
  ...[0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14].map((L) => el("svg:path", { class: "level", d: level(L) })),
  el("svg:path", { class: "wall", d: path([[0.25, -TOP], [0.25, TOP], [0.75, TOP], [0.75, -TOP]]) }),
  text([-0.75, -0.3], "valley", "middle"), text([0.85, 1.72], "cliff", "start"),
  free, crosses, clipped, squares);

const key = (kind) => el("span", { class: `nnl-key ${kind}` });
const verdict = el("p", { class: "nnl-verdict" });
const limit = slider("threshold c", LIMITS.map(String), LIMITS.indexOf(1), () => draw());
const rate = slider("learning rate η", RATES.map(String), RATES.indexOf(lr), () => draw());

let w;
const draw = () => {
  const c = LIMITS[limit.at], eta = RATES[rate.at];
  const norm = Math.hypot(...gradient(w)), f = factor(norm, c);
  const walks = { free: walk(w, eta, Infinity), clipped: walk(w, eta, c) };
  const values = { w: pair(w), loss: number(loss(w)), norm: number(norm), factor: number(f) };
  const top = {};
  for (const name in walks) {
    const losses = walks[name].map(loss);
    top[name] = Math.max(...losses.slice(1));
    values[`${name}-top`] = number(top[name]);
    values[`${name}-loss`] = number(losses[STEPS]);
  }
  free.setAttribute("d", path(walks.free));
  clipped.setAttribute("d", path(walks.clipped));
  crosses.setAttribute("d", walks.free.slice(1).map(cross).join(""));
  squares.setAttribute("d", walks.clipped.slice(1).map(square).join(""));
  for (const name in values) facts[name].textContent = values[name];
  const climbs = (name) => (top[name] > loss(w) + 0.005 ? `climbs to a loss of ${number(top[name])}` : "never climbs above its start");
  verdict.textContent = walks.free.every((p) => Math.hypot(...gradient(p)) <= c)
    ? `No gradient on the way is longer than c = ${c}: nothing is clipped and both walks are one.`
    : `Without clipping the walk ${climbs("free")}; clipped at c = ${c} it ${climbs("clipped")}.`;
  say(verdict.textContent);
};

const moveTo = movable(picture, {
  left: LEFT, right: RIGHT, top: TOP, unit: UNIT, name: "the weights w; the four arrow keys move them",
  describe: (w) => `w ${pair(w)}, loss ${number(loss(w))}`,
}, (to) => { w = to; draw(); });

root.append(
  picture,
  el("div", { class: "nnl-bar" }, limit.label, rate.label,
    button("Start again", () => { limit.at = LIMITS.indexOf(1); rate.at = RATES.indexOf(lr); moveTo(start); })),
  el("div", { class: "nnl-numbers" },
    fact("w", "start w"), fact("loss", "loss f(w)"), fact("norm", "‖g‖ there"), fact("factor", "min(1, c/‖g‖)"),
    fact("free-top", "not clipped ×, highest loss", key("free")), fact("free-loss", `after ${STEPS} steps`, key("free")),
    fact("clipped-top", "clipped ▫, highest loss", key("clipped")), fact("clipped-loss", `after ${STEPS} steps`, key("clipped"))),
  verdict, listener,
);
moveTo(start);
