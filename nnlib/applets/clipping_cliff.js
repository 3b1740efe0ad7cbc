// f(w) = ½‖w‖² + 5 σ(10 w₁ − 5): the step −ηg and the clipped step −ηg′ from a point w.
const { alt, start = [0.55, 1.1], lr = 0.4 } = DATA;
const LEFT = -5.4, RIGHT = 2.2, TOP = 2, UNIT = 100;
const LIMITS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20];

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const wall = (x) => sigmoid(10 * x - 5);
const loss = ([x, y]) => (x * x + y * y) / 2 + 5 * wall(x);
const gradient = ([x, y]) => [x + 50 * wall(x) * (1 - wall(x)), y];
const factor = (norm, c) => (norm > c ? c / norm : 1);
const stepFrom = (w, g, scale) => w.map((x, i) => x - lr * scale * g[i]);

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
const arrow = (from, to) => {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const head = Math.min(0.18, 0.6 * Math.hypot(dx, dy));
  const angle = Math.atan2(dy, dx);
  const barb = (turn) =>
    [to[0] - head * Math.cos(angle + turn), to[1] - head * Math.sin(angle + turn)];
  return path([from, to]) + path([barb(0.45), to, barb(-0.45)]);
};
const cross = ([x, y]) =>
  path([[x - 0.1, y - 0.1], [x + 0.1, y + 0.1]]) + path([[x - 0.1, y + 0.1], [x + 0.1, y - 0.1]]);

const [free, clipped] = [line("free"), line("clipped")];
const missed = line("free mark");
const landed = el("svg:circle", { class: "clipped mark", r: 11 });
const text = (w, words, anchor) => {
  const [x, y] = at(w);
  return el("svg:text", { x, y, "text-anchor": anchor }, words);
};
const picture = el("svg:svg", { viewBox: `0 0 ${(RIGHT - LEFT) * UNIT} ${2 * TOP * UNIT}`, role: "group", "aria-label": alt },
  ...[0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14].map((L) => el("svg:path", { class: "level", d: level(L) })),
  el("svg:path", { class: "wall", d: path([[0.25, -TOP], [0.25, TOP], [0.75, TOP], [0.75, -TOP]]) }),
  text([-0.6, -0.08], "valley", "middle"), text([0.85, 1.72], "cliff", "start"),
  missed, free, clipped, landed);

const key = (kind) => el("span", { class: `nnl-key ${kind}` });
const verdict = el("p", { class: "nnl-verdict" });
const limit = slider("threshold c", LIMITS.map(String), LIMITS.indexOf(1), () => draw());

let w;
let next = {};
const draw = () => {
  const g = gradient(w), norm = Math.hypot(...g), c = LIMITS[limit.at], f = factor(norm, c);
  next = { free: stepFrom(w, g, 1), clipped: stepFrom(w, g, f) };
  free.setAttribute("d", arrow(w, next.free));
  clipped.setAttribute("d", arrow(w, next.clipped));
  missed.setAttribute("d", cross(next.free));
  at(next.clipped).forEach((v, i) => landed.setAttribute(["cx", "cy"][i], v));
  const values = { w: pair(w), loss: number(loss(w)), norm: number(norm), factor: number(f), clipped: number(f * norm),
    "free-loss": number(loss(next.free)), "clipped-loss": number(loss(next.clipped)) };
  for (const name in values) facts[name].textContent = values[name];
  verdict.textContent = f < 1
    ? `‖g‖ = ${number(norm)} is above c = ${c}: the clipped step has the same direction and ${number(f)} of the length.`
    : `‖g‖ = ${number(norm)} is not above c = ${c}: nothing is clipped and both steps are the same.`;
  say(verdict.textContent);
};

const moveTo = movable(picture, {
  left: LEFT, right: RIGHT, top: TOP, unit: UNIT, name: "the weights w; the four arrow keys move them",
  describe: (w) => `w ${pair(w)}, loss ${number(loss(w))}`,
}, (to) => { w = to; draw(); });

root.append(
  picture,
  el("div", { class: "nnl-bar" }, limit.label,
    button("Step without clipping", () => moveTo(next.free)), button("Step with clipping", () => moveTo(next.clipped)),
    button("Start again", () => moveTo(start))),
  el("div", { class: "nnl-numbers" },
    fact("w", "w"), fact("loss", "loss f(w)"), fact("norm", "‖g‖"), fact("factor", "min(1, c/‖g‖)"), fact("clipped", "‖g′‖"),
    fact("free-loss", "loss after −ηg, ×", key("free")), fact("clipped-loss", "loss after −ηg′, ○", key("clipped"))),
  verdict, listener,
);
moveTo(start);
