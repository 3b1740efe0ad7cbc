// Two layers of units, ReLU and leaky ReLU, from the same weights, trained on the same digits: which units are on
// for which digits, and which for none.  One hidden layer, softmax, cross-entropy, SGD; the order stays.
const { alt, digits, labels, first, second, slope = 0.2, low = 2, lr = 0.3, batch = 10 } = DATA;
const CLASSES = 10, EPOCHS = 20, PACE = 90; // milliseconds
const X = digits.map((row) => [...row].map((level) => parseInt(level, 36) / 16)), Y = [...labels].map(Number);
const N = X.length, UNITS = first.length;

class Layer {
  constructor(id, name, left) { Object.assign(this, { id, name, left }); }

  begin(bias) {
    this.W = first.map((row) => Float64Array.from(row));
    this.b = new Float64Array(UNITS).fill(bias);
    this.V = second.map((row) => Float64Array.from(row));
    this.c = new Float64Array(CLASSES);
  }

  /** Pre-activations, outputs, and the shares that softmax gives to the classes. */
  forward(x) {
    const a = this.W.map((w, u) => w.reduce((sum, wi, i) => sum + wi * x[i], this.b[u]));
    const h = a.map((v) => (v > 0 ? v : this.left * v));
    const z = this.V.map((v, k) => v.reduce((sum, vu, u) => sum + vu * h[u], this.c[k]));
    const top = Math.max(...z), e = z.map((v) => Math.exp(v - top)), sum = e.reduce((s, v) => s + v);
    return { a, h, p: e.map((v) => v / sum) };
  }

  /** One step of gradient descent on the mean cross-entropy of a few digits. */
  step(rows, rate) {
    const passes = rows.map((i) => ({ i, ...this.forward(X[i]) })), eta = rate / rows.length;
    const back = passes.map(({ i, p, a }) => {
      const d = p.map((v, k) => v - (k === Y[i]));
      return { d, e: a.map((v, u) => (v > 0 ? 1 : this.left) * d.reduce((sum, dk, k) => sum + dk * this.V[k][u], 0)) };
    });
    passes.forEach(({ i, h }, r) => {
      const { d, e } = back[r];
      d.forEach((dk, k) => { this.c[k] -= eta * dk; h.forEach((hu, u) => { this.V[k][u] -= eta * dk * hu; }); });
      e.forEach((eu, u) => { if (eu) { this.b[u] -= eta * eu; X[i].forEach((x, j) => { this.W[u][j] -= eta * eu * x; }); } });
    });
  }

  epoch(rate) {
    for (let at = 0; at < N; at += batch) this.step(Array.from({ length: Math.min(batch, N - at) }, (_, k) => at + k), rate);
  }

  /** For each unit the digits that turn it on, and how many digits are named rightly. */
  look() {
    const passes = X.map((x) => this.forward(x));
    const on = first.map((_, u) => passes.flatMap(({ a }, i) => (a[u] > 0 ? [i] : [])));
    return { on, right: passes.filter(({ p }, i) => p.indexOf(Math.max(...p)) === Y[i]).length };
  }
}

const LAYERS = [new Layer("relu", "ReLU", 0), new Layer("leaky", `leaky ReLU, slope ${slope}`, slope)];
const WIDE = 340, GAP = 40, TALL = 260, HEAD = 34, column = WIDE / UNITS, row = TALL / N;
const picture = el("svg:svg", { viewBox: `0 0 ${2 * WIDE + GAP} ${HEAD + TALL + 4}`, role: "img", "aria-label": alt },
  ...LAYERS.map((layer, k) => {
    const at = (u) => (u * column + 1).toFixed(2), width = (column - 2).toFixed(2);
    layer.grounds = first.map((_, u) => el("svg:rect", { x: at(u), y: 0, width, height: TALL, class: "ground" }));
    layer.lights = first.map((_, u) => el("svg:path", { class: "lit", "stroke-width": width,
      transform: `translate(${((u + 0.5) * column).toFixed(2)} 0)` }));
    return el("svg:g", { transform: `translate(${k * (WIDE + GAP)} ${HEAD})` },
      el("svg:text", { x: 0, y: -12 }, layer.name), ...layer.grounds, ...layer.lights);
  }));

const BIASES = Array.from({ length: 9 }, (_, i) => (i / 2).toFixed(1)), RATES = ["0.03", "0.1", "0.3", "1"];
const dial = slider("biases lowered by", BIASES, BIASES.indexOf(low.toFixed(1)), () => restart());
const rate = slider("learning rate η", RATES, RATES.indexOf(String(lr)), () => stop());
const verdict = el("p", { class: "nnl-verdict" });
let history = [], timer = 0;

const draw = () => {
  const epochs = history.reduce((sum, [, count]) => sum + count, 0), none = {};
  for (const layer of LAYERS) {
    const { on, right } = layer.look();
    on.forEach((lit, u) => {
      layer.lights[u].setAttribute("d", lit.map((i) => `M0 ${(i * row).toFixed(2)}v${row.toFixed(2)}`).join(""));
      layer.grounds[u].setAttribute("class", lit.length ? "ground" : `ground ${layer.left ? "asleep" : "dead"}`);
    });
    none[layer.id] = on.filter((lit) => !lit.length).length;
    facts[`${layer.id}-off`].textContent = `${none[layer.id]} of ${UNITS}`;
    facts[`${layer.id}-right`].textContent = `${right} of ${N}`;
  }
  verdict.textContent = epochs === 0
    ? `${none.relu} of ${UNITS} units are off for every digit. Will training bring them back?`
    : `After ${epochs} epochs ${none.relu} ReLU units and ${none.leaky} leaky ones are off for every digit.`;
  say(verdict.textContent);
  root.dataset.history = JSON.stringify(history);
};
const stop = () => {
  clearInterval(timer);
  root.dataset.state = "still";
};
const restart = () => {
  stop();
  history = [];
  for (const layer of LAYERS) layer.begin(-Number(BIASES[dial.at]));
  draw();
};
const epoch = () => {
  const eta = Number(RATES[rate.at]);
  for (const layer of LAYERS) layer.epoch(eta);
  if (history.at(-1)?.[0] === eta) history.at(-1)[1]++;
  else history.push([eta, 1]);
};
const train = () => {
  stop();
  let left = EPOCHS;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    while (left--) epoch();
    draw();
    return;
  }
  root.dataset.state = "training";
  timer = setInterval(() => {
    epoch();
    draw();
    if (--left === 0) stop();
  }, PACE);
};

root.append(
  el("style", {}, `.nnl-dead-units > svg { cursor: default; touch-action: auto; } .nnl-dead-units > svg * { vector-effect: none; }
    .nnl-dead-units .lit { stroke: var(--nnl-accent); } .nnl-dead-units .ground { fill: currentColor; fill-opacity: .07; }
    .nnl-dead-units .dead { fill: var(--nnl-free); fill-opacity: .55; } .nnl-dead-units .asleep { fill: var(--nnl-free); fill-opacity: .2; }`),
  picture,
  el("div", { class: "nnl-bar" }, dial.label, rate.label),
  el("div", { class: "nnl-bar" }, button(`Train ${EPOCHS} epochs`, train), button("Start again", restart)),
  el("div", { class: "nnl-numbers" }, fact("relu-off", "ReLU: off for every digit"), fact("relu-right", "ReLU: digits right"),
    fact("leaky-off", "leaky: off for every digit"), fact("leaky-right", "leaky: digits right")),
  verdict, listener,
);
restart();
