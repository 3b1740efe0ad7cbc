// A thousand networks 2-H-1 with ReLU learn XOR from their own initial weights (He's), by plain gradient
// descent on the cross-entropy; each is a square, coloured by the loss at which it has arrived.
const { alt, seed: first = 1, hidden = 2, steps: STEPS = 1500, lr: LR = 0.5 } = DATA;
const COUNT = 1000, COLUMNS = 50, ROWS = 20, CELL = 14, GAP = 2, NEAR = 0.02, FRAMES = 180;
const WIDTHS = [2, 3, 4, 8], GUESSES = Array.from({ length: 11 }, (_, k) => String(100 * k));
const X = [[0, 0], [0, 1], [1, 0], [1, 1]], Y = [0, 1, 1, 0];

const entropy = (p) => -p * Math.log(p) - (1 - p) * Math.log(1 - p);
const ENDS = [
  { key: "solved", name: "solved", level: 0, colour: "#0072B2" },
  { key: "two", name: "two right, two alike", level: entropy(1 / 2) / 2, colour: "#F0C05A" },
  { key: "one", name: "one right, three alike", level: (3 / 4) * entropy(1 / 3), colour: "#D55E00" },
  { key: "none", name: "all four alike", level: entropy(1 / 2), colour: "#CC79A7" },
];
const endOf = (loss) => ENDS.findIndex(({ level }) => Math.abs(loss - level) < NEAR);

// He's initialisation: variance 2 over the number of inputs, biases zero.
const drawn = (random, H) => ({
  W: Float64Array.from({ length: 2 * H }, () => normal(random)),
  b: new Float64Array(H),
  v: Float64Array.from({ length: H }, () => Math.sqrt(2 / H) * normal(random)),
  c: 0,
});

// The loss, and one step of gradient descent with rate lr; lr = 0 moves nothing.
const step = (net, lr) => {
  const { W, b, v } = net, H = b.length;
  const gW = new Float64Array(2 * H), gb = new Float64Array(H), gv = new Float64Array(H);
  let loss = 0, gc = 0;
  X.forEach(([p, q], i) => {
    let z = net.c;
    for (let h = 0; h < H; h++) z += v[h] * Math.max(0, W[2 * h] * p + W[2 * h + 1] * q + b[h]);
    loss += (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - Y[i] * z) / 4;
    const d = (1 / (1 + Math.exp(-z)) - Y[i]) / 4;
    gc += d;
    for (let h = 0; h < H; h++) {
      const a = W[2 * h] * p + W[2 * h + 1] * q + b[h];
      if (a <= 0) continue;
      gv[h] += d * a;
      gb[h] += d * v[h];
      gW[2 * h] += d * v[h] * p;
      gW[2 * h + 1] += d * v[h] * q;
    }
  });
  for (let h = 0; h < H; h++) {
    v[h] -= lr * gv[h];
    b[h] -= lr * gb[h];
    W[2 * h] -= lr * gW[2 * h];
    W[2 * h + 1] -= lr * gW[2 * h + 1];
  }
  net.c -= lr * gc;
  return loss;
};
const hasDeadUnit = ({ W, b }) =>
  b.some((bias, h) => X.every(([p, q]) => W[2 * h] * p + W[2 * h + 1] * q + bias <= 0));

let nets, losses, order, done, playing = 0, draw = first - 1;

const canvas = el("canvas", { width: COLUMNS * CELL, height: ROWS * CELL, role: "img" });
Object.assign(canvas.style, { display: "block", width: "100%", height: "auto" });
const paint = () => {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  order.forEach((k, place) => {
    const end = done ? endOf(losses[k]) : -1;
    pen.globalAlpha = end < 0 ? 0.2 + 0.4 * Math.min(1, losses[k]) : 1;
    pen.fillStyle = end < 0 ? "#888888" : ENDS[end].colour;
    const [x, y] = [Math.floor(place / ROWS), place % ROWS];
    pen.fillRect(x * CELL + GAP / 2, y * CELL + GAP / 2, CELL - GAP, CELL - GAP);
  });
};

const verdict = el("p", { class: "nnl-verdict" });
const show = () => {
  const ends = [...losses].map(endOf);
  const count = (wanted) => ends.filter((end) => end === wanted).length;
  ENDS.forEach(({ key }, k) => { facts[key].textContent = done ? count(k) : "–"; });
  facts.moving.textContent = done ? count(-1) : COUNT;
  const failed = nets.filter((_, k) => ends[k] !== 0);
  facts.dead.textContent = done === STEPS ? `${failed.filter(hasDeadUnit).length} of ${failed.length}` : "–";
  facts.steps.textContent = done;
  canvas.setAttribute("aria-label", `${alt} ${ENDS.map(({ name }, k) => `${name}: ${done ? count(k) : "–"}`).join("; ")}.`);
  verdict.textContent = done === STEPS
    ? `${count(0)} of ${COUNT} solve XOR; your guess was ${GUESSES[guess.at]}. The others ended at ${
      ENDS.filter((_, k) => k && count(k)).length} other losses.`
    : done ? "Training …" : "How many of the thousand will solve XOR? Set your guess, then train them.";
  if (done === STEPS) say(verdict.textContent);
  paint();
};

const stop = () => { cancelAnimationFrame(playing); playing = 0; };
const reset = () => {
  stop();
  const random = uniform(draw + 1);
  nets = Array.from({ length: COUNT }, () => drawn(random, WIDTHS[units.at]));
  losses = Float64Array.from(nets, (net) => step(net, 0));
  [order, done] = [nets.map((_, k) => k), 0];
  show();
};
const advance = (to) => {
  for (; done < to; done++) nets.forEach((net) => step(net, LR));
  nets.forEach((net, k) => { losses[k] = step(net, 0); });
};
const train = () => {
  if (playing) return;
  if (done === STEPS) reset();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let frame = 0;
  const next = () => {
    frame += 1;
    advance(Math.min(STEPS, Math.max(done + 1, Math.round(STEPS * (frame / FRAMES) ** 2))));
    playing = done < STEPS && root.isConnected ? requestAnimationFrame(next) : 0;
    if (!still || !playing) show();
  };
  playing = requestAnimationFrame(next);
};
const sort = () => {
  const place = (k) => { const end = endOf(losses[k]); return end < 0 ? ENDS.length : end; };
  order.sort((a, b) => (done ? place(a) - place(b) : 0) || a - b);
  paint();
};

const swatch = (colour) => {
  const mark = el("span", { "aria-hidden": "true" });
  Object.assign(mark.style, {
    display: "inline-block", width: ".9em", height: ".9em", marginInlineEnd: ".4em", verticalAlign: "-.1em", background: colour,
  });
  return mark;
};
const wrapped = (node) => { node.style.whiteSpace = "normal"; return node; };
const units = slider("hidden units", WIDTHS.map(String), WIDTHS.indexOf(hidden), reset);
const guess = slider("your guess", GUESSES, 5, () => show());

root.append(
  canvas, verdict,
  el("div", { class: "nnl-bar" }, guess.label, units.label),
  el("div", { class: "nnl-bar" },
    button("Train", train), button("Sort", sort),
    button("Draw other weights", () => { draw += 1; reset(); })),
  el("div", { class: "nnl-numbers" },
    ...ENDS.map(({ key, name, level, colour }) => wrapped(fact(key, `${name} (${level.toFixed(2)})`, swatch(colour)))),
    fact("moving", "on their way", swatch("#888888")), fact("dead", "failures with a dead unit"), fact("steps", "steps")),
  listener,
);
reset();
