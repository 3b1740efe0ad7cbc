// Trained networks of blocks, x ↦ s·x + b·F(x) with F linear–ReLU–linear: the reader switches each
// block's shortcut s and branch b on and off, and the error on unseen digits and the gradient of
// each block's weights follow. Digits are one character a pixel, its grey in sixteenths.
const { alt, width, digits, labels, networks } = DATA;
const GREYS = "0123456789abcdefg", TOP = 1, LOWEST = -4; // decades of the bars
const N = labels.length, INPUTS = digits.length / N, BLOCKS = networks[0].blocks.length;
const x = Float64Array.from(digits, (c) => GREYS.indexOf(c) / 16);

// Rows h (n × k) through a linear map with weight w (m × k) and bias b.
const affine = (h, w, b) => {
  const m = b.length, k = w.length / m, n = h.length / k, out = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = b[j];
      for (let l = 0; l < k; l++) sum += w[j * k + l] * h[i * k + l];
      out[i * m + j] = sum;
    }
  return out;
};
// From the gradient at the outputs (n × m): that of the inputs, and the square of that of w.
const backward = (delta, h, w, m) => {
  const k = w.length / m, n = h.length / k, below = new Float64Array(n * k), dw = new Float64Array(m * k);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const d = delta[i * m + j];
      if (d)
        for (let l = 0; l < k; l++) {
          below[i * k + l] += d * w[j * k + l];
          dw[j * k + l] += d * h[i * k + l];
        }
    }
  return [below, dw.reduce((sum, v) => sum + v * v, 0)];
};
const plus = (a, b) => a.map((v, i) => v + b[i]);

// Error, loss, and the gradient norm of each block's two weights together.
const look = (net, on) => {
  const layers = [];
  let h = affine(x, net.first.weight, net.first.bias);
  for (const [k, { first, second }] of net.blocks.entries()) {
    const layer = { input: h, off: new Float64Array(h.length) };
    layer.hidden = affine(h, first.weight, first.bias).map((v) => (v > 0 ? v : 0));
    const branch = on.branch[k] ? affine(layer.hidden, second.weight, second.bias) : layer.off;
    h = on.shortcut[k] ? plus(h, branch) : branch;
    layers.push(layer);
  }
  const logits = affine(h, net.last.weight, net.last.bias), classes = net.last.bias.length;
  const delta = new Float64Array(logits.length);
  let loss = 0, wrong = 0;
  for (let i = 0; i < N; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes), top = Math.max(...row);
    const sum = row.reduce((s, v) => s + Math.exp(v - top), 0);
    loss -= (row[labels[i]] - top - Math.log(sum)) / N;
    wrong += row.indexOf(top) !== labels[i];
    for (let j = 0; j < classes; j++)
      delta[i * classes + j] = (Math.exp(row[j] - top) / sum - (j === labels[i])) / N;
  }
  let [g] = backward(delta, h, net.last.weight, classes);
  const norms = [];
  for (let k = BLOCKS - 1; k >= 0; k--) {
    const { input, hidden, off } = layers[k], { first, second } = net.blocks[k];
    let [below, squares] = [off, 0];
    if (on.branch[k]) {
      const [inside, square] = backward(g, hidden, second.weight, width);
      const [through, other] = backward(inside.map((v, i) => (hidden[i] > 0 ? v : 0)), input, first.weight, width);
      [below, squares] = [through, square + other];
    }
    norms.unshift(Math.sqrt(squares));
    g = on.shortcut[k] ? plus(g, below) : below;
  }
  return { error: wrong / N, loss, norms };
};

const whole = (net) => ({ branch: Array(BLOCKS).fill(true), shortcut: Array(BLOCKS).fill(net.shortcuts) });
const percent = (share) => `${Math.round(100 * share)}%`;
const CELL = 104, LEFT = 34, WIRE = 84, FLOOR = 262, CEILING = 152, WIDE = LEFT + BLOCKS * CELL + 52;
const word = (x, y, text, anchor = "middle", kind = "") => el("svg:text", { x, y, "text-anchor": anchor, class: kind }, text);
const toggle = (name, act, ...shapes) => {
  const node = control("svg:g", { role: "switch", tabindex: 0, "aria-label": name, class: "switch" }, ...shapes);
  node.addEventListener("click", act);
  node.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    act();
  });
  return node;
};
const flip = (kind, k) => () => { on[kind][k] = !on[kind][k]; draw(); };
const blocks = Array.from({ length: BLOCKS }, (_, k) => {
  const x = LEFT + k * CELL, join = x + CELL - 18;
  const bar = el("svg:rect", { x: x + 22, width: 48, class: "bar" });
  const zero = word(x + 46, FLOOR - 8, "0", "middle", "zero");
  const sum = el("svg:g", { class: "sum" }, el("svg:circle", { cx: join, cy: WIRE, r: 11 }),
    el("svg:path", { d: `M${join - 6} ${WIRE}H${join + 6}M${join} ${WIRE - 6}V${WIRE + 6}` }));
  const shortcut = toggle(`shortcut ${k + 1}`, flip("shortcut", k),
    el("svg:rect", { x, y: 8, width: CELL - 8, height: 44, class: "hit" }),
    el("svg:path", { class: "arc", d: `M${x + 4} ${WIRE}V40Q${x + 4} 28 ${x + 16} 28H${join - 12}Q${join} 28 ${join} 40V${WIRE - 12}` }));
  const branch = toggle(`block ${k + 1}`, flip("branch", k),
    el("svg:path", { class: "wire", d: `M${x - 8} ${WIRE}H${x + 20}M${x + 70} ${WIRE}H${join - 11}` }),
    el("svg:rect", { x: x + 20, y: WIRE - 26, width: 50, height: 52, rx: 6, class: "box" }),
    word(x + 45, WIRE + 7, `F${"₁₂₃₄₅₆₇₈₉"[k]}`));
  const through = el("svg:path", { class: "wire", d: `M${join - 12} ${WIRE}H${join + 12}` });
  return { bar, zero, shortcut, branch, sum, through };
});
const end = LEFT + BLOCKS * CELL;
const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} 290`, role: "group", "aria-label": alt },
  word(6, WIRE + 6, "x", "start"),
  ...blocks.flatMap(({ shortcut, branch, sum, through }) => [shortcut, branch, sum, through]),
  el("svg:path", { class: "wire", d: `M${end - 7} ${WIRE}H${end + 16}m-7 -5l7 5l-7 5` }),
  word(LEFT, CEILING - 14, "gradient of each block's weights, log scale", "start", "axis"),
  ...[LOWEST + 2, LOWEST + 4].map((e) => FLOOR - ((e - LOWEST) * (FLOOR - CEILING)) / (TOP - LOWEST)).map((y) =>
    el("svg:path", { class: "grid", d: `M${LEFT} ${y}H${end - 8}` })),
  word(end - 2, FLOOR - ((2 * (FLOOR - CEILING)) / (TOP - LOWEST)) + 6, "0.01", "start", "axis"),
  word(end - 2, FLOOR - ((4 * (FLOOR - CEILING)) / (TOP - LOWEST)) + 6, "1", "start", "axis"),
  el("svg:path", { class: "floor", d: `M${LEFT} ${FLOOR}H${end - 8}` }),
  ...blocks.flatMap(({ bar, zero }, k) => [bar, zero, word(LEFT + k * CELL + 46, FLOOR + 22, `${k + 1}`, "middle", "axis")]));

const verdict = el("p", { class: "nnl-verdict" });
const choices = networks.map((net) => button(net.name, () => choose(net)));
let chosen, on, intact;
const draw = () => {
  const { error, loss, norms } = look(chosen, on);
  blocks.forEach(({ bar, zero, shortcut, branch, sum, through }, k) => {
    const height = norms[k] && Math.max(1, ((Math.min(TOP, Math.log10(norms[k])) - LOWEST) / (TOP - LOWEST)) * (FLOOR - CEILING));
    bar.setAttribute("y", FLOOR - height);
    bar.setAttribute("height", height);
    zero.setAttribute("visibility", norms[k] ? "hidden" : "visible");
    for (const [node, kind] of [[shortcut, "shortcut"], [branch, "branch"]]) {
      node.setAttribute("aria-checked", on[kind][k]);
      node.classList.toggle("off", !on[kind][k]);
    }
    sum.setAttribute("visibility", on.shortcut[k] ? "visible" : "hidden");
    through.setAttribute("visibility", !on.shortcut[k] && on.branch[k] ? "visible" : "hidden");
  });
  facts.error.textContent = percent(error);
  facts.whole.textContent = percent(intact.error);
  facts.loss.textContent = number(loss);
  facts.silent.textContent = `${norms.filter((g) => g === 0).length} of ${BLOCKS}`;
  const cut = on.branch.findIndex((alive, k) => !alive && !on.shortcut[k]);
  const removed = on.branch.filter((alive) => !alive).length;
  const changed = on.shortcut.filter((s) => s !== chosen.shortcuts).length;
  const many = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;
  verdict.textContent = cut >= 0
    ? `Nothing passes block ${cut + 1}: every digit gets the same answer, and no block up to ${cut + 1} has a gradient.`
    : removed || changed
    ? `${[removed && `${many(removed, "block")} removed`, changed && `${many(changed, "shortcut")} ${chosen.shortcuts ? "cut" : "put in"}`]
      .filter(Boolean).join(", ")}: the error is ${percent(error)}; in the whole network it was ${percent(intact.error)}.`
    : "The whole network, as it was trained. Click on a block or on a shortcut.";
  say(verdict.textContent);
};
const choose = (net) => {
  [chosen, on] = [net, whole(net)];
  intact = look(net, on);
  networks.forEach((other, i) => choices[i].setAttribute("aria-pressed", other === net));
  draw();
};

root.append(
  el("div", { class: "nnl-bar" }, ...choices, button("Repair", () => choose(chosen))),
  picture,
  el("div", { class: "nnl-numbers" },
    fact("error", "unseen digits misread"), fact("whole", "in the whole network"),
    fact("loss", "loss"), fact("silent", "without gradient")),
  verdict, listener,
  el("style", {}, `
.nnl-residual-blocks > svg { cursor: default; touch-action: auto; }
.nnl-residual-blocks > svg * { vector-effect: none; }
.nnl.nnl-residual-blocks svg text { font-family: inherit; font-style: normal; font-size: 19px; }
.nnl.nnl-residual-blocks svg .axis { font-size: 16px; fill: var(--nnl-quiet); }
.nnl-residual-blocks :is(.arc, .wire, .sum) { fill: none; stroke: currentColor; stroke-width: 2; }
.nnl-residual-blocks .arc { stroke: var(--nnl-free); stroke-width: 4; }
.nnl-residual-blocks .hit { fill: transparent; stroke: none; }
.nnl-residual-blocks .box { fill: color-mix(in srgb, var(--nnl-accent) 20%, transparent); stroke: var(--nnl-accent); stroke-width: 2; }
.nnl-residual-blocks .off .arc { stroke-dasharray: 3 9; stroke-width: 2; opacity: .55; }
.nnl-residual-blocks .off .box { fill: none; stroke-dasharray: 5 5; }
.nnl-residual-blocks .off :is(.wire, text) { opacity: .25; }
.nnl-residual-blocks .switch { cursor: pointer; outline: none; }
.nnl-residual-blocks .switch:hover :is(.arc, .box) { stroke-width: 5; }
.nnl-residual-blocks .switch:focus-visible :is(.box, .hit) { stroke: currentColor; stroke-width: 3; }
.nnl-residual-blocks .bar { fill: var(--nnl-accent); }
.nnl-residual-blocks .zero { fill: var(--nnl-no) !important; font-weight: 700 !important; }
.nnl-residual-blocks .grid { stroke: var(--nnl-line); }
.nnl-residual-blocks .floor { stroke: currentColor; }
.nnl-residual-blocks button[aria-pressed="true"] { color: canvas; background: var(--nnl-accent); border-color: var(--nnl-accent); }
@container (max-width: 32rem) {
  .nnl.nnl-residual-blocks svg text { font-size: 26px; }
  .nnl.nnl-residual-blocks svg .axis { font-size: 24px; }
}`),
);
choose(networks[0]);
