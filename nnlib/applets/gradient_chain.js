// A gradient of length 1 walks back through 30 layers. One unit a layer: every weight is g, and the
// gradient is a product of 30 numbers g φ′(a). More units: weights are normal with variance g²/n, 20
// networks are drawn, and beside them stands what the formula predicts, √χ per layer.
const { alt, depth = 30, draws = 20, seed: first = 1, activation = "sigmoid" } = DATA;
const PHI = {
  none: [(a) => a, () => 1],
  sigmoid: [(a) => 1 / (1 + Math.exp(-a)), (a) => 1 / (2 + Math.exp(a) + Math.exp(-a))],
  tanh: [Math.tanh, (a) => 1 - Math.tanh(a) ** 2],
  ReLU: [(a) => Math.max(a, 0), (a) => (a > 0 ? 1 : 0)],
};
const WIDTHS = [1, 2, 4, 8, 16, 32, 64];
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, Math.SQRT2, 1.7, 2, 2.5, 3, 4, 5];
const START = { 1: " from Glorot’s initialisation", 1.41: " from He’s initialisation" };
const GUESSES = Array.from({ length: 41 }, (_, i) => i - 30);

// Normal numbers, two at a time (Box and Muller).
const normals = (seed) => {
  const random = uniform(seed);
  let spare = NaN;
  return () => {
    const kept = spare;
    spare = NaN;
    if (kept === kept) return kept;
    const r = Math.sqrt(-2 * Math.log(1 - random())), angle = 2 * Math.PI * random();
    spare = r * Math.sin(angle);
    return r * Math.cos(angle);
  };
};
const length = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

// log₁₀ of the gradient's length after 0, 1, … layers on the way back.
const walk = (n, g, [f, slope], random) => {
  const numbers = (count, one, scale = 1) => {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i += 1) values[i] = scale * (n > 1 ? random() : one);
    return values;
  };
  const layers = [];
  let h = numbers(n, 1);
  for (let l = 0; l < depth; l += 1) {
    const W = numbers(n * n, 1, g / Math.sqrt(n)), a = new Float64Array(n);
    for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) a[i] += W[i * n + j] * h[j];
    layers.push([W, a.map(slope)]);
    h = a.map(f);
  }
  const top = numbers(n, 1), size = length(top);
  let delta = top.map((x) => x / size);
  const lengths = [0];
  for (const [W, slopes] of layers.reverse()) {
    const below = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      const arriving = slopes[i] * delta[i];
      for (let j = 0; j < n; j += 1) below[j] += W[i * n + j] * arriving;
    }
    delta = below;
    lengths.push(Math.log10(length(delta)));
  }
  return lengths;
};
// The same, from n v = g² and the mean of φ′² alone: no weight is drawn and no gradient computed.
const predicted = (g, [f, slope]) => {
  const zs = Array.from({ length: 800 }, (_, i) => (i - 399.5) / 50);
  const mass = zs.map((z) => Math.exp((-z * z) / 2)), all = mass.reduce((sum, p) => sum + p);
  const mean = (values) => zs.reduce((sum, z, i) => sum + mass[i] * values(z) ** 2, 0) / all;
  const gains = [];
  let q = g * g;
  for (let l = 0; l < depth; l += 1) {
    const size = Math.sqrt(q);
    gains.unshift(g * g * mean((z) => slope(size * z)));
    q = g * g * mean((z) => f(size * z));
  }
  return gains.reduce((line, chi) => [...line, line.at(-1) + Math.log10(chi) / 2], [0]);
};

const raised = (k) => String(k).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
const power = (v) => {
  if (v === -Infinity) return "0";
  if (v > -2.3 && v < 3) return number(10 ** v);
  const k = Math.floor(v + 1e-9);
  return `${(10 ** (v - k)).toFixed(1)} × 10${raised(k)}`;
};

const WIDE = 760, HIGH = 400, LEFT = 84, RIGHT = 24, UP = 18, DOWN = 62;
let low = -30, high = 10;
const x = (k) => LEFT + (k * (WIDE - LEFT - RIGHT)) / depth;
const y = (v) => UP + ((high - v) * (HIGH - UP - DOWN)) / (high - low);
const path = (line) => line.map((v, k) => (v > -Infinity ? `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(v).toFixed(1)}` : "")).join("");
const rule = (x1, y1, x2, y2, opacity) => el("svg:path", { d: `M${x1} ${y1}L${x2} ${y2}`, fill: "none", stroke: "currentColor", "stroke-opacity": opacity });
const words = (left, top, text, anchor) => el("svg:text", { x: left, y: top, "text-anchor": anchor }, text);

const grid = el("svg:g"), lines = el("svg:g");
const forecast = el("svg:path", { class: "free" }), guessed = el("svg:path", { class: "clipped" });
const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": alt }, grid, lines, guessed, forecast);
const key = (kind) => el("span", { class: `nnl-key ${kind}` });
const verdict = el("p", { class: "nnl-verdict" });

const frame = (values) => {
  const finite = values.filter((v) => v > -Infinity);
  low = Math.min(-30, 10 * Math.floor(Math.min(...finite) / 10));
  high = Math.max(10, 10 * Math.ceil(Math.max(...finite) / 10));
  const step = high - low > 60 ? 20 : 10, marks = [];
  for (let v = step * Math.ceil(low / step); v <= high; v += step) marks.push(v);
  grid.replaceChildren(
    ...marks.flatMap((v) => [rule(x(0), y(v), x(depth), y(v), v ? 0.15 : 0.6), words(x(0) - 10, y(v) + 6, v ? `10${raised(v)}` : "1", "end")]),
    ...[0, 10, 20, 30].filter((k) => k <= depth).map((k) => words(x(k), HIGH - DOWN + 26, k, "middle")),
    words(x(depth), HIGH - 8, "layers passed on the way back", "end"), words(LEFT + 8, UP + 20, "length of the gradient", "start"));
};

let seed = first, open = false, found = [], line = [], timer = 0;
const middle = (values) => { const v = [...values].sort((a, b) => a - b), m = v.length >> 1; return v.length % 2 ? v[m] : (v[m - 1] + v[m]) / 2; };
const guess = () => GUESSES[dial.at];
const chosen = () => ({ n: WIDTHS[units.at], g: SIZES[size.at], name: phi.value });

const show = (passed) => {
  lines.replaceChildren(...found.map((walked) => el("svg:path", { class: "walk", "stroke-opacity": found.length > 1 ? 0.35 : 1, d: path(walked.slice(0, passed + 1)) })));
};
const draw = (moving) => {
  clearInterval(timer);
  const { n, g, name } = chosen();
  const random = normals(seed);
  found = open ? Array.from({ length: n > 1 ? draws : 1 }, () => walk(n, g, PHI[name], random)) : [];
  line = open && n > 1 ? predicted(g, PHI[name]) : [];
  const ends = found.map((walked) => walked.at(-1));
  frame([...found.flat(), ...line, guess()]);
  guessed.setAttribute("d", path(Array.from({ length: depth + 1 }, (_, k) => (guess() * k) / depth)));
  forecast.setAttribute("d", path(line));
  again.hidden = !open || n === 1;
  reveal.hidden = open;
  restart.hidden = !open;
  facts.guess.textContent = power(guess());
  facts.factor.textContent = n > 1 && open ? number(10 ** (line.at(-1) / depth)) : "–";
  facts.predicted.textContent = n > 1 && open ? power(line.at(-1)) : "–";
  facts.drawn.textContent = open ? power(middle(ends)) : "–";
  const off = ends.filter((v) => v === -Infinity).length;
  verdict.textContent = !open ? `A gradient of 1 arrives at layer ${depth}. What is left of it below layer 1? Drag your guess, then send it back.`
    : n === 1 ? `One unit a layer, every weight is ${number(g)}: the gradient is the product of ${depth} factors g·φ′(a), as if each were ${number(10 ** (ends[0] / depth))}.`
    : off ? `In ${off} of ${draws} networks all units of some layer are off, and the gradient is exactly 0.`
    : `${draws} networks${START[number(g)] ?? ""}, each weight normal with variance ${number(g * g)}/${n}: from ${power(Math.min(...ends))} to ${power(Math.max(...ends))}.`;
  say(verdict.textContent);
  if (!moving || matchMedia("(prefers-reduced-motion: reduce)").matches) return show(depth);
  let passed = 0;
  show(0);
  timer = setInterval(() => { passed += 1; show(passed); if (passed === depth || !root.isConnected) clearInterval(timer); }, 35);
};

const choice = control("select", {}, ...Object.keys(PHI).map((name) => el("option", name === activation ? { selected: "" } : {}, name)));
const phi = choice;
choice.addEventListener("change", () => draw());
const units = slider("units a layer n", WIDTHS.map(String), 0, () => draw());
const size = slider("size of the weights g", SIZES.map(number), SIZES.indexOf(1), () => draw());
const dial = slider("your guess", GUESSES.map((k) => (k ? `10${raised(k)}` : "1")), GUESSES.indexOf(0), () => draw());
const reveal = button("Send it back", () => { open = true; draw(true); });
const again = button("Draw new weights", () => { seed += 1; draw(true); });
const restart = button("Guess again", () => { open = false; draw(); });
picture.addEventListener("pointerdown", (event) => {
  if (open || event.button) return;
  const follow = (to) => {
    const box = picture.getBoundingClientRect();
    const v = high - ((((to.clientY - box.top) * HIGH) / box.height - UP) * (high - low)) / (HIGH - UP - DOWN);
    dial.at = Math.max(0, Math.min(GUESSES.length - 1, Math.round(v) - GUESSES[0]));
    draw();
  };
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  picture.onpointermove = (to) => { if (picture.hasPointerCapture(to.pointerId)) follow(to); };
  follow(event);
});

root.append(
  picture,
  el("div", { class: "nnl-bar" }, dial.label, reveal, again, restart),
  el("div", { class: "nnl-bar" }, el("label", {}, el("span", {}, "activation φ"), choice), units.label, size.label),
  el("div", { class: "nnl-numbers" },
    fact("guess", "your guess", key("clipped")), fact("drawn", `after ${depth} layers`),
    fact("predicted", "predicted", key("free")), fact("factor", "per layer, √χ")),
  verdict, listener,
);
draw();
