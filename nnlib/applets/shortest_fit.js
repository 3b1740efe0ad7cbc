// Points, and the shortest least-squares fit of P random units tanh(slope (x − c)) to them, solved anew for
// every P while a point is dragged; beside it the error of the fit against P, a line for each set of points.
const { alt, sets, centres, slope, wave, sizes: SIZES, stride = 6, units: first = 15 } = DATA;
const N = sets[0][0].length, UNITS = centres.length, PLACES = 101, EPS = 2 ** -52;
const truth = (x) => Math.sin(wave * x);
const grid = Array.from({ length: PLACES }, (_, k) => -1 + (2 * k) / (PLACES - 1));
const target = grid.map(truth);
const dot = (a, b, n) => { let sum = 0; for (let k = 0; k < n; k++) sum += a[k] * b[k]; return sum; };
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

// Unit j of set k is unit (j + stride k) of all: each set begins with others.
const layer = (xs, k) => xs.map((x) => Float64Array.from({ length: UNITS }, (_, j) => Math.tanh(slope * (x - centres[(j + stride * k) % UNITS]))));

// The shortest of the weights with the least squared error, by one-sided Jacobi rotations: of the rows of the
// features if P ≥ N, of their columns otherwise.  Each vector carries what is rotated with it behind its end.
const shortest = (features, ys, P) => {
  const wide = P >= N, count = wide ? N : P, length = wide ? P : N, tail = wide ? 1 : P;
  const v = Array.from({ length: count }, (_, i) => {
    const one = new Float64Array(length + tail);
    for (let k = 0; k < length; k++) one[k] = wide ? features[i][k] : features[k][i];
    if (wide) one[P] = ys[i]; else one[N + i] = 1;
    return one;
  });
  const squares = v.map((a) => dot(a, a, length));
  for (let sweep = 0, turned = true; turned && sweep < 40; sweep++) {
    turned = false;
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) {
      const [a, b] = [v[i], v[j]], c = dot(a, b, length);
      if (Math.abs(c) <= 4 * EPS * Math.sqrt(squares[i] * squares[j])) continue;
      turned = true;
      const t = (squares[j] - squares[i]) / (2 * c), tan = (t < 0 ? -1 : 1) / (Math.abs(t) + Math.hypot(1, t));
      const cos = 1 / Math.hypot(1, tan), sin = cos * tan;
      for (let k = 0; k < length + tail; k++) [a[k], b[k]] = [cos * a[k] - sin * b[k], sin * a[k] + cos * b[k]];
      squares[i] = dot(a, a, length);
      squares[j] = dot(b, b, length);
    }
  }
  const cut = (Math.max(N, P) * EPS) ** 2 * Math.max(...squares), w = new Float64Array(P);
  for (let i = 0; i < count; i++) {
    if (squares[i] <= cut) continue;
    const share = (wide ? v[i][P] : dot(v[i], ys, N)) / squares[i];
    for (let p = 0; p < P; p++) w[p] += share * v[i][wide ? p : N + p];
  }
  return w;
};
const predict = (hidden, w) => hidden.map((h) => dot(h, w, w.length));
const distance = (a, b) => mean(a.map((v, k) => (v - b[k]) ** 2));
const onGrid = sets.map(() => null);
const everywhere = (k) => (onGrid[k] ??= layer(grid, k));
const errors = (k, xs, ys) => {
  const features = layer(xs, k);
  return SIZES.map((P) => distance(predict(everywhere(k), shortest(features, ys, P)), target));
};

// --- The fit ------------------------------------------------------------------------------------------------
const WIDE = 440, TALL = 320, UP = 12, DOWN = 44, LEFT = 50, RIGHT = 18, REACH = 2.4;
const across = (x) => LEFT + ((x + 1) / 2) * (WIDE - LEFT - RIGHT);
const height = (y) => UP + ((REACH - y) / (2 * REACH)) * (TALL - UP - DOWN);
const near = (v) => Math.max(-9, Math.min(9, v));
const path = (xs, ys, x, y) => xs.map((v, k) => `${k ? "L" : "M"}${x(v).toFixed(1)} ${y(ys[k]).toFixed(1)}`).join("");
const words = (x, y, text, anchor = "middle") => el("svg:text", { x, y, "text-anchor": anchor }, text);
const frame = (name, top) => el("svg:clipPath", { id: name }, el("svg:rect", { x: LEFT, y: top, width: WIDE - LEFT - RIGHT, height: TALL - DOWN - top }));
const id = `shortest-${Math.random().toString(36).slice(2)}`;
const curve = el("svg:path", { class: "clipped", "clip-path": `url(#${id}a)` });
const marks = sets[0][0].map(() => el("svg:circle", { class: "datum", r: 7 }));
const ring = control("svg:g", { class: "chosen", tabindex: 0, role: "slider", "aria-valuemin": -REACH, "aria-valuemax": REACH,
  "aria-label": "a point; up and down move it, left and right choose another, with Shift they move it" }, el("svg:circle", { r: 15 }));
const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "group", "aria-label": alt },
  frame(`${id}a`, UP), el("svg:path", { class: "axis", d: `M${LEFT} ${UP}V${TALL - DOWN}H${WIDE - RIGHT}` }),
  ...[-2, 0, 2].map((v) => words(LEFT - 6, height(v) + 5, String(v).replace("-", "−"), "end")),
  ...[-1, 0, 1].map((v) => words(across(v), TALL - DOWN + 20, String(v).replace("-", "−"))),
  words(across(0), TALL - 6, "x; dashed: the true curve"),
  el("svg:path", { class: "free", d: path(grid, target, across, height) }), curve, ...marks, ring);

// --- The error against P, both on logarithmic axes ----------------------------------------------------------
const [LOW, TOP] = [0.01, 1000], log = Math.log10;
const along = (P) => LEFT + (log(P) / log(UNITS)) * (WIDE - LEFT - RIGHT);
const level = (e) => UP + (log(TOP / Math.max(e, LOW / 2)) / log(TOP / LOW)) * (TALL - UP - DOWN);
const lines = el("svg:g", { class: "lines", "clip-path": `url(#${id}b)` });
const now = el("svg:path", { class: "now" }), median = el("svg:path", { class: "median" });
const here = el("svg:circle", { class: "here", r: 7 });
const chart = el("svg:svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img" },
  frame(`${id}b`, UP), el("svg:path", { class: "axis", d: `M${LEFT} ${UP}V${TALL - DOWN}H${WIDE - RIGHT}` }),
  el("svg:path", { class: "equal", d: `M${along(N)} ${UP}V${TALL - DOWN}` }),
  ...["0.01", "0.1", "1", "10", "100", "1000"].map((e) => words(LEFT - 5, level(e) + 5, e, "end")),
  ...[1, 3, 15, 50, 200].map((P) => words(along(P), TALL - DOWN + 20, P)),
  words(LEFT + 8, UP + 12, "test error", "start"), words(across(0), TALL - 6, "number of units P"), words(along(N) - 6, TALL - DOWN - 8, `P = N = ${N}`, "end"),
  el("svg:g", { "clip-path": `url(#${id}b)` }, lines, now, median), here);

const verdict = el("p", { class: "nnl-verdict" });
const dial = slider("units P", SIZES.map(String), SIZES.indexOf(first), () => draw());
let set = 0, xs = [], ys = [], chosen = 0, moved = false, features = [], own = [], drawn = [], playing = 0;

const middle = (values) => {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
};
const short = (v) => {
  if (v < 9995) return v >= 99.5 ? v.toFixed(0) : v >= 9.95 ? v.toFixed(1) : v.toFixed(v < 0.0995 ? 3 : 2);
  return v < 1e6 ? `${Math.round(v / 1000)} 000` : "over 10⁶"; // at rounding's end the digits say nothing
};
const draw = () => {
  const P = SIZES[dial.at], w = shortest(features, ys, P), fit = predict(everywhere(set), w), error = distance(fit, target);
  const training = distance(predict(features, w), ys), typical = SIZES.map((_, k) => middle(drawn.map((e) => e[k])));
  curve.setAttribute("d", path(grid, fit.map(near), across, height));
  now.setAttribute("d", path(SIZES, own, along, level));
  median.setAttribute("d", drawn.length > 1 ? path(SIZES, typical, along, level) : "");
  here.setAttribute("cx", along(P));
  here.setAttribute("cy", Math.max(UP, level(error)));
  facts.training.textContent = short(training);
  facts.error.textContent = short(error);
  facts.length.textContent = short(Math.sqrt(dot(w, w, P)));
  facts.median.textContent = drawn.length > 1 ? short(typical[dial.at]) : "–";
  marks.forEach((mark, i) => { mark.setAttribute("cx", across(xs[i])); mark.setAttribute("cy", height(ys[i])); });
  ring.setAttribute("transform", `translate(${across(xs[chosen])} ${height(ys[chosen])})`);
  ring.setAttribute("aria-valuenow", ys[chosen].toFixed(2));
  ring.setAttribute("aria-valuetext", `point ${chosen + 1} of ${N}, at x ${number(xs[chosen])}, y ${number(ys[chosen])}`);
  chart.setAttribute("aria-label", `Test error against P, for ${drawn.length} sets of points. At ${P} units it is ${short(error)} for these points, its median over all sets ${short(typical[dial.at])}.`);
  const peak = SIZES[typical.indexOf(Math.max(...typical))];
  const over = P < N ? `${P} units cannot pass through all ${N} points` : P === N ? "One fit passes through all points, whatever it takes" : "Of the many fits through all points this is the shortest";
  verdict.textContent = `${over}: test error ${short(error)}. ${drawn.length > 1 ? `Over ${drawn.length} sets the median is highest at P = ${peak}; at ${UNITS} units it is ${short(typical.at(-1))}.` : moved ? "" : "Draw more points: is the peak always there?"}`;
  root.dataset.points = JSON.stringify([xs, ys]);
  root.dataset.set = set;
  root.dataset.drawn = drawn.length;
  root.dataset.state = playing ? "drawing" : "still";
  more.textContent = drawn.length < sets.length ? "Draw new points" : "Start over";
  say(verdict.textContent);
};
const solve = () => {
  features = layer(xs, set);
  own = errors(set, xs, ys);
};
const refit = () => { solve(); draw(); };
const take = (k) => {
  [set, moved] = [k, false];
  [xs, ys] = sets[k].map((values) => [...values]);
  solve();
};
const next = () => {
  if (drawn.length === sets.length) { drawn = []; lines.replaceChildren(); }
  take(drawn.length);
  drawn.push(own);
  lines.append(el("svg:path", { d: path(SIZES, own, along, level) }));
};
const halt = () => { clearInterval(playing); playing = 0; };
const again = () => { next(); if (drawn.length === sets.length || !root.isConnected) halt(); draw(); };

// --- The points, by mouse, finger and keyboard; the chart chooses P -----------------------------------------
let waiting = 0;
const move = (x, y) => {
  const keep = (v, low, high) => Math.round(100 * Math.min(high, Math.max(low, v))) / 100;
  xs[chosen] = keep(x, -1, 1);
  ys[chosen] = keep(y, -REACH, REACH);
  moved = true;
  waiting ||= requestAnimationFrame(() => { waiting = 0; refit(); });
};
const place = (event, box) => {
  const scale = WIDE / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
};
picture.addEventListener("pointerdown", (event) => {
  if (event.button || playing) return;
  const box = picture.getBoundingClientRect(), [x, y] = place(event, box);
  const away = xs.map((v, i) => Math.hypot(across(v) - x, height(ys[i]) - y)), closest = away.indexOf(Math.min(...away));
  if (away[closest] > Math.max(24, (24 * WIDE) / box.width)) return;
  event.preventDefault();
  chosen = closest;
  ring.focus({ preventScroll: true });
  picture.setPointerCapture(event.pointerId);
  draw();
});
picture.addEventListener("pointermove", (event) => {
  if (!picture.hasPointerCapture(event.pointerId)) return;
  const [x, y] = place(event, picture.getBoundingClientRect());
  move((2 * (x - LEFT)) / (WIDE - LEFT - RIGHT) - 1, REACH - (2 * REACH * (y - UP)) / (TALL - UP - DOWN));
});
ring.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way || playing) return;
  event.preventDefault();
  if (way[0] && !event.shiftKey) {
    const order = [...xs.keys()].sort((a, b) => xs[a] - xs[b]), at = order.indexOf(chosen) + way[0];
    chosen = order[Math.min(N - 1, Math.max(0, at))];
    draw();
  } else move(xs[chosen] + 0.02 * way[0], ys[chosen] + 0.1 * way[1]);
});
const choose = (event) => {
  const [x] = place(event, chart.getBoundingClientRect()), P = UNITS ** ((x - LEFT) / (WIDE - LEFT - RIGHT));
  dial.at = SIZES.reduce((best, size, k) => (Math.abs(log(size / P)) < Math.abs(log(SIZES[best] / P)) ? k : best), 0);
  draw();
};
chart.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  chart.setPointerCapture(event.pointerId);
  choose(event);
});
chart.addEventListener("pointermove", (event) => { if (chart.hasPointerCapture(event.pointerId)) choose(event); });

const more = button("Draw new points", () => { halt(); next(); draw(); });
const all = button(`Draw all ${sets.length} sets`, () => {
  if (playing) halt();
  else if (matchMedia("(prefers-reduced-motion: reduce)").matches) do next(); while (drawn.length < sets.length);
  else playing = setInterval(again, 150);
  draw();
});
const back = button("Points back", () => { take(set); draw(); });

root.append(
  el("style", {}, `.nnl-shortest-fit .both { display: flex; flex-wrap: wrap; gap: .3rem .8rem; }
    .nnl-shortest-fit .both > svg { flex: 1 1 17rem; min-width: 0; width: 100%; height: auto; aspect-ratio: ${WIDE} / ${TALL}; display: block; cursor: pointer; touch-action: pan-y; }
    .nnl.nnl-shortest-fit .both svg text { font: 16px/1 sans-serif; fill: currentColor; }
    .nnl-shortest-fit .axis { fill: none; stroke: currentColor; stroke-opacity: .5; }
    .nnl-shortest-fit .equal { fill: none; stroke: currentColor; stroke-opacity: .6; stroke-dasharray: 3 4; }
    .nnl-shortest-fit .free { stroke-width: 2; stroke-opacity: .8; } .nnl-shortest-fit .clipped { stroke-width: 2.5; stroke-linejoin: round; }
    .nnl-shortest-fit .datum { fill: currentColor; stroke: var(--pst-color-background, white); stroke-width: 1.5; touch-action: none; cursor: grab; }
    .nnl-shortest-fit .chosen { outline: none; touch-action: none; cursor: grab; } .nnl-shortest-fit .chosen circle { fill: currentColor; fill-opacity: .12; }
    .nnl-shortest-fit .chosen:focus-visible circle { stroke: currentColor; stroke-width: 2; stroke-dasharray: 5 4; }
    .nnl-shortest-fit .lines path { fill: none; stroke: currentColor; stroke-opacity: .22; stroke-width: 1; }
    .nnl-shortest-fit .now { fill: none; stroke: var(--nnl-accent); stroke-width: 2; stroke-linejoin: round; }
    .nnl-key.middle { border-top: 4px solid var(--nnl-free); }
    .nnl-shortest-fit .median { fill: none; stroke: var(--nnl-free); stroke-width: 3.5; stroke-linejoin: round; }
    .nnl-shortest-fit .here { fill: var(--nnl-accent); stroke: var(--pst-color-background, white); stroke-width: 1.5; }
    .nnl.nnl-shortest-fit .nnl-verdict { min-height: 3em; }
    @container (max-width: 32rem) { .nnl.nnl-shortest-fit .nnl-verdict { min-height: 6em; } .nnl.nnl-shortest-fit .both svg text { font-size: 18px; } }`),
  el("div", { class: "both" }, picture, chart),
  el("div", { class: "nnl-bar" }, dial.label),
  el("div", { class: "nnl-bar" }, more, all, back),
  el("div", { class: "nnl-numbers" }, fact("training", "training error"), fact("error", "test error", el("span", { class: "nnl-key clipped" })),
    fact("median", "its median", el("span", { class: "nnl-key middle" })), fact("length", "weights’ length ‖w‖")),
  verdict, listener,
);
next();
draw();
