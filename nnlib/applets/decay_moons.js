// Two moons: a network with one hidden layer of ReLU units is trained in the page at every λ that the reader
// sets, on labels that a click flips.  All examples in each step, softmax, cross-entropy, SGD with momentum;
// the penalty λ‖w‖² leaves out the biases.  Every training begins with the same weights.
const { alt, points, labels, flipped: first = [], fresh, weights, lr = 0.2, momentum = 0.9, steps: STEPS = 1500 } = DATA;
const H = weights[0].length / 2, N = points.length, BUDGET = 10; // milliseconds of each frame
const [LEFT, RIGHT, LOW, TOP] = [-1.7, 2.7, -1.2, 1.68], UNIT = 100, WIDE = 440, TALL = 288;
const LAMBDAS = ["0", ...Array.from({ length: 71 }, (_, k) => String(Number((10 ** (k / 20 - 4)).toPrecision(2))))];
const COLOURS = [[0, 114, 178], [213, 94, 0]];

// Weights of the first layer, of the second, biases of the first, of the second; gradients and velocities alike.
const AT = [0, 2 * H, 4 * H, 5 * H], SIZE = 5 * H + 2, DECAYING = 4 * H;
const flips = new Set(first);
const label = (i) => (flips.has(i) ? 1 - labels[i] : labels[i]);
const hidden = new Float64Array(H);
/** The second logit minus the first one. */
const margin = (w, x, y) => {
  let z = w[AT[3] + 1] - w[AT[3]];
  for (let h = 0; h < H; h++) {
    hidden[h] = Math.max(0, w[2 * h] * x + w[2 * h + 1] * y + w[AT[2] + h]);
    z += (w[AT[1] + H + h] - w[AT[1] + h]) * hidden[h];
  }
  return z;
};
const begin = () => {
  const w = new Float64Array(SIZE);
  w.set(weights[0]);
  w.set(weights[1], AT[1]);
  return { w, v: new Float64Array(SIZE), g: new Float64Array(SIZE), done: 0 };
};
const step = ({ w, v, g }, lambda) => {
  g.fill(0);
  for (let i = 0; i < N; i++) {
    const [x, y] = points[i];
    const d = (1 / (1 + Math.exp(-margin(w, x, y))) - label(i)) / N;
    g[AT[3]] -= d;
    g[AT[3] + 1] += d;
    for (let h = 0; h < H; h++) {
      if (!hidden[h]) continue;
      g[AT[1] + h] -= d * hidden[h];
      g[AT[1] + H + h] += d * hidden[h];
      const e = d * (w[AT[1] + H + h] - w[AT[1] + h]);
      g[2 * h] += e * x;
      g[2 * h + 1] += e * y;
      g[AT[2] + h] += e;
    }
  }
  for (let k = 0; k < SIZE; k++) {
    v[k] = momentum * v[k] + g[k] + (k < DECAYING ? 2 * lambda * w[k] : 0);
    w[k] -= lr * v[k];
  }
};

// --- The plane: what the network says, its boundary, the points ---------------------------------------------
const CELL = 4, COLUMNS = WIDE / CELL, ROWS = TALL / CELL;
const canvas = el("canvas", { width: COLUMNS, height: ROWS, "aria-hidden": "true" });
const marks = points.map(([x, y]) => {
  const place = `translate(${((x - LEFT) * UNIT).toFixed(1)} ${((TOP - y) * UNIT).toFixed(1)})`;
  return el("svg:g", { transform: place }, el("svg:circle", { r: 6 }), el("svg:rect", { x: -5.5, y: -5.5, width: 11, height: 11 }),
    el("svg:circle", { r: 11, class: "wrong" }));
});
const ring = control("svg:g", { class: "chosen", tabindex: 0, role: "slider", "aria-label": "training point; Enter flips its label",
  "aria-valuemin": 1, "aria-valuemax": N }, el("svg:circle", { r: 16 }));
const line = el("svg:path", { class: "boundary" });
const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "group", "aria-label": alt }, line, ...marks, ring);
let chosen = points.reduce((best, [x, y], i) => (Math.hypot(x - 0.5, y - 0.2) < Math.hypot(points[best][0] - 0.5, points[best][1] - 0.2) ? i : best), 0);

const colour = (w) => {
  const image = new ImageData(COLUMNS, ROWS), grid = [];
  for (let r = 0; r < ROWS; r++) for (let c = 0; c < COLUMNS; c++) {
    const z = margin(w, LEFT + ((c + 0.5) * (RIGHT - LEFT)) / COLUMNS, TOP - ((r + 0.5) * (TOP - LOW)) / ROWS);
    grid.push(z);
    const p = 1 / (1 + Math.exp(-z));
    image.data.set([...COLOURS[z > 0 ? 1 : 0], 150 * Math.abs(2 * p - 1)], 4 * (r * COLUMNS + c));
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  // Where the two classes are equally likely: a crossing on each edge of a cell, joined in pairs.
  const at = (c, r) => grid[r * COLUMNS + c];
  let path = "";
  for (let r = 0; r + 1 < ROWS; r++) for (let c = 0; c + 1 < COLUMNS; c++) {
    const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]], cut = [];
    corners.forEach(([a, b], k) => {
      const [p, q] = corners[(k + 1) % 4], z = at(a, b), y = at(p, q);
      if (z > 0 === y > 0) return;
      const t = z / (z - y);
      cut.push(`${((a + t * (p - a) + 0.5) * CELL).toFixed(1)} ${((b + t * (q - b) + 0.5) * CELL).toFixed(1)}`);
    });
    for (let k = 0; k + 1 < cut.length; k += 2) path += `M${cut[k]}L${cut[k + 1]}`;
  }
  line.setAttribute("d", path);
};

// --- The weights: how many there are of each size ----------------------------------------------------------
const BINS = 33, REACH = 4, MOST = 48, PLOT = [320, 210], BAR = PLOT[0] / BINS;
const tally = (w) => {
  const counts = new Array(BINS).fill(0);
  for (let k = 0; k < DECAYING; k++) {
    const bin = Math.round((w[k] / REACH) * ((BINS - 1) / 2)) + (BINS - 1) / 2;
    counts[Math.min(BINS - 1, Math.max(0, bin))]++;
  }
  return counts;
};
const bars = Array.from({ length: BINS }, (_, k) => el("svg:rect", { x: (k * BAR + 0.7).toFixed(2), width: (BAR - 1.4).toFixed(2), class: "bar" }));
const tallest = el("svg:text", { "text-anchor": "middle" });
const started = el("svg:path", { class: "before" });
const histogram = el("svg:svg", { viewBox: `-8 -22 ${PLOT[0] + 16} ${PLOT[1] + 66}`, role: "img" }, ...bars, started, tallest,
  el("svg:path", { class: "axis", d: `M0 ${PLOT[1]}H${PLOT[0]}` }),
  ...[-4, -2, 0, 2, 4].map((v) => el("svg:text", { x: PLOT[0] * (0.5 + (v / 8) * ((BINS - 1) / BINS)), y: PLOT[1] + 17, "text-anchor": "middle" }, String(v).replace("-", "−"))),
  el("svg:text", { x: PLOT[0] / 2, y: PLOT[1] + 38, "text-anchor": "middle" }, `the ${DECAYING} weights; line: before training`));
const height = (count) => (Math.min(count, MOST) / MOST) * PLOT[1];
const count = (w) => {
  const counts = tally(w), top = counts.indexOf(Math.max(...counts));
  counts.forEach((n, k) => { bars[k].setAttribute("y", PLOT[1] - height(n)); bars[k].setAttribute("height", height(n)); });
  tallest.textContent = counts[top];
  tallest.setAttribute("x", (top + 0.5) * BAR);
  tallest.setAttribute("y", PLOT[1] - height(counts[top]) - 6);
  histogram.setAttribute("aria-label", `Histogram of the ${DECAYING} weights: ${counts[(BINS - 1) / 2]} lie within an eighth of zero.`);
};
started.setAttribute("d", tally(begin().w).map((n, k) => `${k ? "L" : "M"}${(k * BAR).toFixed(1)} ${(PLOT[1] - height(n)).toFixed(1)}h${BAR.toFixed(1)}`).join(""));

// --- Training: whatever is asked for last is trained to its end; only a slow training is drawn on its way ---
const dial = slider("λ", LAMBDAS, 0, () => refit());
const verdict = el("p", { class: "nnl-verdict" });
let net = begin(), playing = 0, pending = false, slow = false, best = null;

const percent = (share) => `${(100 * share).toFixed(1)}%`;
const show = () => {
  const wrong = points.filter(([x, y], i) => (margin(net.w, x, y) > 0) !== (label(i) === 1)).length;
  const error = fresh.filter(([x, y, c]) => (margin(net.w, x, y) > 0) !== (c === 1)).length / fresh.length;
  const length = Math.sqrt(net.w.subarray(0, DECAYING).reduce((sum, v) => sum + v * v, 0));
  const { lambda } = net, ended = net.done === STEPS;
  if (ended && (!best || error < best.error)) best = { error, lambda };
  facts.training.textContent = `${wrong} of ${N}`;
  facts.fresh.textContent = percent(error);
  facts.length.textContent = length.toFixed(length < 0.095 ? 2 : 1);
  facts.steps.textContent = net.done;
  colour(net.w);
  count(net.w);
  verdict.textContent = ended
    ? `λ = ${lambda}: ${percent(error)} of new points on the wrong side. Your lowest so far with these labels: ${percent(best.error)}, at λ = ${best.lambda}.`
    : "Training …";
  if (ended) say(verdict.textContent);
};
const label_all = () => {
  marks.forEach((mark, i) => mark.setAttribute("class", `datum c${label(i)}${flips.has(i) ? " flipped" : ""}`));
  root.dataset.flipped = JSON.stringify([...flips].sort((a, b) => a - b));
};
const choose = (i) => {
  chosen = i;
  ring.setAttribute("transform", marks[i].getAttribute("transform"));
  ring.setAttribute("aria-valuenow", i + 1);
  ring.setAttribute("aria-valuetext", `point ${i + 1} of ${N}, at ${points[i].join(", ")}, ${["blue", "orange"][label(i)]}, label ${flips.has(i) ? "wrong" : "right"}`);
};
const advance = () => {
  const until = performance.now() + BUDGET, strength = Number(net.lambda);
  const to = slow ? Math.min(STEPS, net.done + 1 + Math.round(net.done / 30)) : STEPS;
  for (; net.done < to && (slow || performance.now() < until); net.done++) step(net, strength);
  const ended = net.done === STEPS;
  if (slow || ended) show();
  if (!root.isConnected) return;
  if (!ended) playing = requestAnimationFrame(advance);
  else if (pending) restart();
  else [playing, root.dataset.state] = [0, "still"];
};
const restart = (slowly = false) => {
  cancelAnimationFrame(playing);
  [net, pending, slow] = [{ ...begin(), lambda: LAMBDAS[dial.at] }, false, slowly];
  root.dataset.state = "training";
  playing = requestAnimationFrame(advance);
};
const refit = () => { if (playing && !slow) pending = true; else restart(); };
const watch = () => restart(!matchMedia("(prefers-reduced-motion: reduce)").matches);
const relabel = (change) => {
  change();
  best = null;
  label_all();
  choose(chosen);
  restart();
};
const flip = (i) => relabel(() => { if (!flips.delete(i)) flips.add(i); chosen = i; });

picture.addEventListener("click", (event) => {
  const box = picture.getBoundingClientRect(), scale = (RIGHT - LEFT) / box.width;
  const x = LEFT + (event.clientX - box.left) * scale, y = TOP - (event.clientY - box.top) * scale;
  const away = points.map(([a, b]) => Math.hypot(a - x, b - y)), near = away.indexOf(Math.min(...away));
  if (away[near] < Math.max(0.12, 22 * scale)) flip(near);
});
ring.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); flip(chosen); return; }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const cost = points.map(([x, y]) => {
    const [dx, dy] = [x - points[chosen][0], y - points[chosen][1]], along = dx * way[0] + dy * way[1];
    return along > 0 ? along + 3 * Math.abs(dx * way[1] + dy * way[0]) : Infinity;
  });
  if (Math.min(...cost) < Infinity) choose(cost.indexOf(Math.min(...cost)));
});

root.append(
  el("style", {}, `.nnl-decay-moons .both { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: end; }
    .nnl-decay-moons .plane { position: relative; flex: 3 1 18rem; aspect-ratio: ${WIDE} / ${TALL}; }
    .nnl-decay-moons .plane > * { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: .4rem; }
    .nnl-decay-moons .weights { flex: 2 1 12rem; aspect-ratio: ${PLOT[0] + 16} / ${PLOT[1] + 66}; max-height: 15rem; }
    .nnl-decay-moons .weights > svg { width: 100%; height: 100%; }
    .nnl-decay-moons canvas { opacity: .75; } .nnl-decay-moons .plane > svg { cursor: pointer; touch-action: manipulation; }
    .nnl.nnl-decay-moons .both svg text { font: 15px/1 sans-serif; }
    .nnl-decay-moons .boundary { fill: none; stroke: currentColor; stroke-width: 3; }
    .nnl-decay-moons .datum { pointer-events: none; } .nnl-decay-moons .datum > * { stroke: var(--pst-color-background, white); stroke-width: 1.5; }
    .nnl-decay-moons .c0 > * { fill: rgb(${COLOURS[0]}); } .nnl-decay-moons .c1 > * { fill: rgb(${COLOURS[1]}); }
    .nnl-decay-moons :is(.c0 > rect, .c1 > circle:first-child, .datum:not(.flipped) > .wrong) { display: none; }
    .nnl-decay-moons .datum > .wrong { fill: none; stroke: currentColor; stroke-width: 2.5; stroke-dasharray: none; }
    .nnl-decay-moons .chosen { outline: none; } .nnl-decay-moons .chosen circle { fill: none; stroke: none; }
    .nnl-decay-moons .chosen:focus-visible circle { stroke: currentColor; stroke-width: 2; stroke-dasharray: 5 4; }
    .nnl-decay-moons .bar { fill: var(--nnl-accent); } .nnl-decay-moons .axis { stroke: currentColor; }
    .nnl-decay-moons .before { fill: none; stroke: currentColor; stroke-opacity: .5; stroke-width: 1.2; }
    .nnl-decay-moons .nnl-verdict { min-height: 3em; }
    @container (max-width: 32rem) { .nnl-decay-moons .nnl-verdict { min-height: 4.5em; } .nnl-decay-moons .weights { max-height: 12rem; } }`),
  el("div", { class: "both" }, el("div", { class: "plane" }, canvas, picture), el("div", { class: "weights" }, histogram)),
  el("div", { class: "nnl-bar" }, dial.label),
  el("div", { class: "nnl-bar" }, button("Watch it train", watch),
    button("All labels right", () => relabel(() => flips.clear())),
    button("First labels again", () => relabel(() => { flips.clear(); first.forEach((i) => flips.add(i)); }))),
  el("div", { class: "nnl-numbers" }, fact("training", "training points wrong"), fact("fresh", `error on ${fresh.length} new points`),
    fact("length", "weights’ length ‖w‖"), fact("steps", "steps of training")),
  verdict, listener,
);
label_all();
choose(chosen);
restart();
