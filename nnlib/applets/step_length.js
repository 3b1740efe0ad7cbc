// f(w) = ½ (w₁² + h w₂²): gradient descent from (−9, 2), its length of step beside the longest
// safe one, 2/h.
const { alt, steps = 24, lr = 0.05, curvature = 10 } = DATA;
const LEFT = -10, RIGHT = 4, TOP = 5, START = [-9, 2], FAR = 1e6;
const X = 45, Y = 26;  // pixels to a unit
const LONGEST = 0.6;

const loss = ([x, y], h) => (x * x + h * y * y) / 2;
const walk = (lr, h) => {
  const path = [START];
  for (let k = 0; k < steps; k++) {
    const [x, y] = path.at(-1);
    path.push([x - lr * x, y - lr * h * y]);
  }
  return path;
};

const at = ([x, y]) => [(x - LEFT) * X, (TOP - y) * Y];
const within = (v) => Math.max(-FAR, Math.min(FAR, v));
const levels = [0.5, 2, 6, 12, 20, 30, 42, 56].map((L) => [L, el("svg:ellipse", { class: "level", fill: "none" })]);
const [line, dots] = [el("svg:path", { class: "walk" }), el("svg:path", { class: "walk steps" })];
const [cx, cy] = at([0, 0]);
const valley = el("svg:svg", { viewBox: `0 0 ${(RIGHT - LEFT) * X} ${2 * TOP * Y}`, role: "img", "aria-label": alt },
  ...levels.map(([, ellipse]) => ellipse), line, dots, el("svg:path", { class: "walk", d: `M${cx - 8} ${cy}h16M${cx} ${cy - 8}v16` }));

// The ruler: all lengths of step, those that are safe, 2/h, and where η is.
const RULER = 600;
const place = (lr) => 15 + (Math.min(lr, LONGEST) / LONGEST) * RULER;
const safe = el("svg:rect", { x: place(0), y: 34, height: 10, class: "clipped mark" });
const limit = el("svg:path", { class: "free mark" });
const limitText = el("svg:text", { y: 20, "text-anchor": "middle" });
const here = el("svg:circle", { cy: 39, r: 9, fill: "currentColor" });
const ruler = el("svg:svg", { viewBox: `0 0 ${RULER + 30} 56`, "aria-hidden": "true" },
  el("svg:path", { class: "walk", d: `M${place(0)} 39H${place(LONGEST)}` }), safe, limit, limitText, here);

const rates = Array.from({ length: 120 }, (_, k) => Math.round(1000 * 0.005 * (k + 1)) / 1000);
const curvatures = Array.from({ length: 40 }, (_, k) => k + 1);
const nearest = (values, wanted) => values.reduce((best, v, k) => (Math.abs(v - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);
const rate = slider("learning rate η", rates.map(String), nearest(rates, lr), () => draw());
const steep = slider("curvature h", curvatures.map(String), nearest(curvatures, curvature), () => draw());
const verdict = el("p", { class: "nnl-verdict" });

const draw = () => {
  const [lr, h] = [rates[rate.at], curvatures[steep.at]];
  const path = walk(lr, h);
  for (const [L, ellipse] of levels) {
    const shape = { cx, cy, rx: Math.sqrt(2 * L) * X, ry: Math.sqrt((2 * L) / h) * Y };
    for (const name in shape) ellipse.setAttribute(name, shape[name].toFixed(1));
  }
  const points = path.map((w) => at(w).map((v) => within(v).toFixed(1)).join(" "));
  line.setAttribute("d", `M${points.join("L")}`);
  dots.setAttribute("d", points.map((p) => `M${p}h0`).join(""));
  safe.setAttribute("width", place(2 / h) - place(0));
  limit.setAttribute("d", `M${place(2 / h)} 26v26`);
  limitText.setAttribute("x", Math.max(45, Math.min(RULER - 20, place(2 / h))));
  limitText.textContent = `2/h = ${number(2 / h)}`;
  here.setAttribute("cx", place(lr));
  facts.limit.textContent = number(2 / h);
  facts.before.textContent = number(loss(START, h));
  facts.after.textContent = number(loss(path.at(-1), h));
  const edge = Math.abs(lr * h - 2) < 1e-9;
  verdict.textContent = edge ? "η is 2/h: across the valley the walk jumps from side to side and comes no nearer."
    : lr > 2 / h ? "η is above 2/h: across the valley each step ends higher up than the last."
    : lr > 1 / h ? "η is between 1/h and 2/h: the walk zigzags across the valley, and comes nearer with each step."
    : "η is below 1/h: no zigzag, and the walk along the valley is slow.";
  say(`${verdict.textContent} Loss after ${steps} steps: ${facts.after.textContent}.`);
};

root.append(valley, ruler, el("div", { class: "nnl-bar" }, rate.label, steep.label),
  el("div", { class: "nnl-numbers" }, fact("limit", "longest safe step 2/h"),
    fact("before", "loss at the start"), fact("after", `loss after ${steps} steps`)),
  verdict, listener);
draw();
