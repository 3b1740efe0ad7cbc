// f(w) = ‖w‖²/10 − Σ dₖ exp(−‖w − cₖ‖²/2sₖ²): the walk of gradient descent from a start w,
// and for a grid of starts the valley in which the walk from there comes to rest.
const { alt, start = [0.9, -1.3], lr = 0.1, momentum = 0 } = DATA;
const LEFT = -3, RIGHT = 3, TOP = 2, UNIT = 100;
const STEPS = 400, REST = 1e-3, NEAR = 0.2, SMALL = { lr: 0.02, momentum: 0 };
const RATES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
const MOMENTA = [0, 0.5, 0.8, 0.9, 0.95];
const COLUMNS = 120, ROWS = 80;
const VALLEYS = [
  { name: "A", x: -1.4, y: 0.3, depth: 2, width: 0.9, colour: [0, 114, 178] },
  { name: "B", x: 1.3, y: 0.8, depth: 1.5, width: 0.6, colour: [213, 94, 0] },
  { name: "C", x: 0.5, y: -1, depth: 1, width: 0.35, colour: [0, 158, 115] },
];

const loss = ([x, y]) =>
  VALLEYS.reduce(
    (sum, v) => sum - v.depth * Math.exp(-((x - v.x) ** 2 + (y - v.y) ** 2) / (2 * v.width ** 2)),
    (x * x + y * y) / 10);
const gradient = (x, y) => {
  let gx = x / 5, gy = y / 5;
  for (const v of VALLEYS) {
    const dx = x - v.x, dy = y - v.y, s = v.width * v.width;
    const pull = (v.depth / s) * Math.exp(-(dx * dx + dy * dy) / (2 * s));
    gx += pull * dx;
    gy += pull * dy;
  }
  return [gx, gy];
};
// v ← μv + g, w ← w − ηv, until both the gradient and the step are tiny.
const walk = ([x, y], { lr, momentum }, visit = () => {}) => {
  let vx = 0, vy = 0;
  for (let steps = 0; ; steps++) {
    const [gx, gy] = gradient(x, y);
    const resting = Math.hypot(gx, gy) < REST && lr * Math.hypot(vx, vy) < REST;
    if (resting || steps === STEPS) return { steps, resting, end: [x, y] };
    vx = momentum * vx + gx;
    vy = momentum * vy + gy;
    x -= lr * vx;
    y -= lr * vy;
    visit([x, y]);
  }
};
const floors = VALLEYS.map((v) => walk([v.x, v.y], SMALL).end);
// The number of the valley in which a walk has come to rest, or −1.
const valleyOf = ({ resting, end }) =>
  resting ? floors.findIndex((f) => Math.hypot(end[0] - f[0], end[1] - f[1]) < NEAR) : -1;
const starts = Array.from({ length: COLUMNS * ROWS }, (_, k) => [
  LEFT + ((RIGHT - LEFT) * ((k % COLUMNS) + 0.5)) / COLUMNS,
  TOP - (2 * TOP * (Math.floor(k / COLUMNS) + 0.5)) / ROWS]);
const own = starts.map((w) => valleyOf(walk(w, SMALL)));

const at = ([x, y]) => [(x - LEFT) * UNIT, (TOP - y) * UNIT];
const path = (points) => `M${points.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L")}`;
const pair = (w) => `(${w.map((x) => number(Math.round(x * 100) / 100)).join(", ")})`;

// The level set f = L, a short line for each cell of a grid that it crosses.
const level = (L) => {
  const h = 0.05, lines = [];
  const cut = (p, q) => {
    const [a, b] = [loss(p) - L, loss(q) - L];
    return a < 0 === b < 0 ? [] : [[p[0] + (a / (a - b)) * (q[0] - p[0]), p[1] + (a / (a - b)) * (q[1] - p[1])]];
  };
  for (let i = 0; i < Math.round((RIGHT - LEFT) / h); i++)
    for (let j = 0; j < Math.round((2 * TOP) / h); j++) {
      const [x, y] = [LEFT + i * h, -TOP + j * h];
      const corners = [[x, y], [x + h, y], [x + h, y + h], [x, y + h]];
      const cuts = corners.flatMap((p, k) => cut(p, corners[(k + 1) % 4]));
      if (cuts.length === 2) lines.push(path(cuts));
    }
  return lines.join("");
};

const canvas = el("canvas", { width: COLUMNS, height: ROWS });
const map = el("svg:image", { width: (RIGHT - LEFT) * UNIT, height: 2 * TOP * UNIT, preserveAspectRatio: "none" });
const [line, steps] = [el("svg:path", { class: "walk" }), el("svg:path", { class: "walk steps" })];
const goal = el("svg:circle", { class: "walk", r: 12 });
const names = VALLEYS.map((v, k) => {
  const [x, y] = at(floors[k]);
  return el("svg:text", { x, y: y - 24, "text-anchor": "middle" }, v.name);
});
const picture = el("svg:svg", { viewBox: `0 0 ${(RIGHT - LEFT) * UNIT} ${2 * TOP * UNIT}`, role: "group", "aria-label": alt },
  map, ...[-1.6, -1.2, -1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.7, 1].map((L) => el("svg:path", { class: "level", fill: "none", d: level(L) })),
  line, steps, goal, ...names);

const verdict = el("p", { class: "nnl-verdict" });
const nearest = (values, wanted) =>
  values.reduce((best, v, k) => (Math.abs(v - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);
const rate = slider("learning rate η", RATES.map(String), nearest(RATES, lr), () => change());
const memory = slider("momentum μ", MOMENTA.map(String), nearest(MOMENTA, momentum), () => change());
const setting = () => ({ lr: RATES[rate.at], momentum: MOMENTA[memory.at] });

// Colour every start by the valley of its walk, and count those that leave their own.
const drawMap = () => {
  const ends = starts.map((w) => valleyOf(walk(w, setting())));
  const pixels = new ImageData(COLUMNS, ROWS);
  ends.forEach((k, i) => { if (k >= 0) pixels.data.set([...VALLEYS[k].colour, 90], 4 * i); });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  map.setAttribute("href", canvas.toDataURL());
  const left = ends.filter((k, i) => k !== own[i]).length / ends.length;
  facts.leave.textContent = `${(100 * left).toFixed(1)}%`;
};

let w;
const draw = () => {
  const visited = [w];
  const result = walk(w, setting(), (p) => visited.push(p));
  const [from, to] = [valleyOf(walk(w, SMALL)), valleyOf(result)];
  line.setAttribute("d", path(visited));
  steps.setAttribute("d", visited.slice(1).map((p) => `${path([p])}h0`).join(""));
  at(result.end).forEach((v, i) => goal.setAttribute(["cx", "cy"][i], v));
  goal.setAttribute("visibility", to < 0 ? "hidden" : "visible");
  const values = { w: pair(w), loss: number(loss(w)), steps: result.steps, end: pair(result.end), "end-loss": number(loss(result.end)) };
  for (const name in values) facts[name].textContent = values[name];
  const where = to < 0 ? "" : `valley ${VALLEYS[to].name}`;
  verdict.textContent = to < 0
    ? result.resting ? "The walk has stopped where the land is flat, in no valley." : `After ${STEPS} steps the walk has not come to rest.`
    : to === from ? `The walk comes to rest in ${where}, where it started.`
    : from < 0 ? `The walk comes to rest in ${where}.`
    : `The walk started in valley ${VALLEYS[from].name} and comes to rest in ${where}.`;
  say(verdict.textContent);
};
const change = () => { drawMap(); draw(); };

const moveTo = movable(picture, {
  left: LEFT, right: RIGHT, top: TOP, unit: UNIT, name: "the start w; the four arrow keys move it",
  describe: (w) => `w ${pair(w)}, loss ${number(loss(w))}`,
}, (to) => { w = to; draw(); });

root.append(
  picture,
  el("div", { class: "nnl-bar" }, rate.label, memory.label, button("Start again", () => moveTo(start))),
  el("div", { class: "nnl-numbers" },
    fact("w", "start w"), fact("loss", "loss at the start"), fact("steps", "steps"), fact("end", "end"), fact("end-loss", "loss at the end"),
    fact("leave", "starts that do not stay")),
  verdict, listener,
);
drawMap();
moveTo(start);
