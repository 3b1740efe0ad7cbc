// Two networks 2-32-32-2 from the same weights learn the same two moons, some of whose labels are wrong: one without
// dropout, one with it.  Adam on all points at once; the mask of one point flashes on the units.  At test time the
// reader turns units off, the same in both, and the others of their layer are scaled up.
const { alt, points, labels, wrong, unseen, answers, p: start = 0.5, seed: first = 1, steps: STEPS = 600, lr: LR = 0.01 } = DATA;
const H = 32, SIZES = [2, H, H, 2], N = labels.length, CHANCES = ["0.1", "0.2", "0.3", "0.5", "0.7", "0.9"];
const COLOURS = ["0, 114, 178", "213, 94, 0"], BUDGET = 10; // milliseconds of training in a frame
const X = Float64Array.from(points.flat()), Y = [...labels].map(Number);
const NEW = Float64Array.from(unseen.flat()), TRUE = [...answers].map(Number);

class Net {
  constructor(name, dropping) { Object.assign(this, { name, dropping }); }

  /** He's initialisation, biases zero; masks from a generator of their own. */
  begin(seed, p) {
    const random = uniform(seed), count = SIZES.slice(1).reduce((sum, out, l) => sum + out * (SIZES[l] + 1), 0);
    Object.assign(this, { p: this.dropping ? p : 0, masks: uniform(seed + 1000000), done: 0, flash: null });
    [this.w, this.g, this.m, this.v] = [0, 0, 0, 0].map(() => new Float64Array(count));
    let at = 0;
    this.layers = SIZES.slice(1).map((nOut, l) => {
      const nIn = SIZES[l], views = (all) => [all.subarray(at, at + nIn * nOut), all.subarray(at + nIn * nOut, at + nIn * nOut + nOut)];
      const [W, b] = views(this.w), [gW, gb] = views(this.g);
      for (let i = 0; i < W.length; i++) W[i] = Math.sqrt(2 / nIn) * normal(random);
      at += nOut * (nIn + 1);
      return { nIn, nOut, W, b, gW, gb };
    });
  }

  /** What each layer gives; hidden units times factors[layer], which has a row for each point or one for all. */
  forward(x, rows, factors) {
    const outs = [x];
    this.layers.forEach(({ nIn, nOut, W, b }, l) => {
      const h = outs[l], out = new Float64Array(rows * nOut), f = factors[l];
      for (let r = 0; r < rows; r++) for (let o = 0; o < nOut; o++) {
        let a = b[o];
        for (let i = 0; i < nIn; i++) a += W[o * nIn + i] * h[r * nIn + i];
        out[r * nOut + o] = l === 2 ? a : a > 0 ? a * f[f.length > H ? r * H + o : o] : 0;
      }
      outs.push(out);
    });
    return outs;
  }

  /** One step of Adam on the mean cross-entropy. */
  step() {
    const { p, masks, w, g, m, v } = this, scale = 1 / (1 - p);
    const factors = [0, 1].map(() => Float64Array.from({ length: N * H }, () => (p && masks() < p ? 0 : scale)));
    this.flash = factors;
    const outs = this.forward(X, N, factors);
    let d = new Float64Array(2 * N);
    for (let r = 0; r < N; r++) {
      const share = 1 / (1 + Math.exp(outs[3][2 * r] - outs[3][2 * r + 1]));
      d[2 * r + 1] = (share - Y[r]) / N;
      d[2 * r] = -d[2 * r + 1];
    }
    for (let l = 2; l >= 0; l--) {
      const { nIn, nOut, W, gW, gb } = this.layers[l], h = outs[l], back = new Float64Array(N * nIn);
      gW.fill(0);
      gb.fill(0);
      for (let r = 0; r < N; r++) for (let o = 0; o < nOut; o++) {
        const e = d[r * nOut + o];
        if (e === 0) continue;
        gb[o] += e;
        for (let i = 0; i < nIn; i++) {
          gW[o * nIn + i] += e * h[r * nIn + i];
          back[r * nIn + i] += e * W[o * nIn + i];
        }
      }
      if (l) for (let k = 0; k < back.length; k++) back[k] = h[k] > 0 ? back[k] * factors[l - 1][k] : 0;
      d = back;
    }
    const t = ++this.done, c1 = 1 - 0.9 ** t, c2 = 1 - 0.999 ** t;
    for (let i = 0; i < w.length; i++) {
      m[i] += 0.1 * (g[i] - m[i]);
      v[i] += 0.001 * (g[i] * g[i] - v[i]);
      w[i] -= (LR * m[i] / c1) / (Math.sqrt(v[i] / c2) + 1e-8);
    }
  }

  /** The share of class 1 at each point, with the reader's units off and the rest of their layer scaled up. */
  shares(x) {
    const factors = [0, 1].map((l) => {
      const on = H - off[l].size;
      return Float64Array.from({ length: H }, (_, u) => (off[l].has(u) ? 0 : H / on));
    });
    const z = this.forward(x, x.length / 2, factors)[3];
    return Float64Array.from({ length: x.length / 2 }, (_, r) => 1 / (1 + Math.exp(z[2 * r] - z[2 * r + 1])));
  }

  right(x, y) { return this.shares(x).reduce((sum, share, r) => sum + (Number(share > 0.5) === y[r]), 0); }
}

const off = [new Set(), new Set()], NETS = [new Net("without dropout", false), new Net("with dropout", true)];
const isOff = (unit) => off[Math.floor(unit / H)].has(unit % H);

// --- pictures ---
const [LEFT, RIGHT, LOW, HIGH] = [-1.75, 2.75, -1.25, 1.75], WIDE = 680, TALL = 400, COLUMNS = 46, ROWS = 27, PITCH = 21.25;
const GRID = Float64Array.from({ length: 2 * COLUMNS * ROWS }, (_, k) => {
  const cell = k >> 1, [i, j] = [cell % COLUMNS, Math.floor(cell / COLUMNS)];
  return k % 2 ? HIGH - ((j + 0.5) / ROWS) * (HIGH - LOW) : LEFT + ((i + 0.5) / COLUMNS) * (RIGHT - LEFT);
});
const paint = (net) => {
  const pen = net.canvas.getContext("2d"), shares = net.shares(GRID), ink = getComputedStyle(root).color;
  pen.clearRect(0, 0, WIDE, TALL);
  shares.forEach((share, k) => {
    pen.fillStyle = `rgba(${COLOURS[share > 0.5 ? 1 : 0]}, ${(0.12 + 0.5 * Math.abs(2 * share - 1)).toFixed(2)})`;
    const [i, j] = [k % COLUMNS, Math.floor(k / COLUMNS)], x = Math.floor((i * WIDE) / COLUMNS), y = Math.floor((j * TALL) / ROWS);
    pen.fillRect(x, y, Math.floor(((i + 1) * WIDE) / COLUMNS) - x, Math.floor(((j + 1) * TALL) / ROWS) - y);
  });
  for (let r = 0; r < N; r++) {
    const x = ((X[2 * r] - LEFT) / (RIGHT - LEFT)) * WIDE, y = ((HIGH - X[2 * r + 1]) / (HIGH - LOW)) * TALL, lie = wrong[r] === "1";
    pen.fillStyle = `rgb(${COLOURS[Y[r]]})`;
    [pen.strokeStyle, pen.lineWidth] = lie ? [ink, 3] : ["#fff", 1.5];
    pen.beginPath();
    if (lie) pen.rect(x - 8, y - 8, 16, 16);
    else pen.arc(x, y, 8, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  }
};
for (const net of NETS) {
  net.canvas = el("canvas", { width: WIDE, height: TALL, role: "img", "aria-label": `${net.name}: ${alt}` });
  net.units = Array.from({ length: 2 * H }, (_, k) => {
    const layer = Math.floor(k / H), row = 2 * layer + Math.floor((k % H) / 16);
    return control("svg:g", { class: "unit", role: "switch", tabindex: k ? -1 : 0, "aria-label": `unit ${(k % H) + 1}, hidden layer ${layer + 1}`,
      transform: `translate(${((k % 16) + 0.5) * PITCH} ${(row + 0.5) * PITCH + 7 * layer})` },
      el("svg:rect", { x: -PITCH / 2, y: -PITCH / 2, width: PITCH, height: PITCH }), el("svg:circle", { r: 7.5 }));
  });
  net.units.forEach((unit, k) => {
    unit.addEventListener("click", () => toggle(k));
    unit.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -16, ArrowDown: 16 }[event.key];
      if (event.key === " " || event.key === "Enter") toggle(k);
      else if (way) {
        const next = net.units[Math.min(2 * H - 1, Math.max(0, k + way))];
        unit.setAttribute("tabindex", -1);
        next.setAttribute("tabindex", 0);
        next.focus();
      } else return;
      event.preventDefault();
    });
  });
  net.id = net.dropping ? "dropout" : "plain";
  net.panel = el("div", {}, el("p", { class: "name" }, net.name), net.canvas,
    el("svg:svg", { viewBox: `0 0 ${16 * PITCH} ${4 * PITCH + 7}`, role: "group", "aria-label": `hidden units ${net.name}` }, ...net.units),
    el("div", { class: "nnl-numbers" }, fact(`${net.id}-learnt`, "labels learnt"), fact(`${net.id}-right`, "unseen points right")));
}

const verdict = el("p", { class: "nnl-verdict" });
let playing = 0, draw = first - 1;
const light = () => {
  for (const net of NETS) net.units.forEach((unit, k) => {
    const dropped = playing && net.p && net.flash && net.flash[Math.floor(k / H)][k % H] === 0;
    unit.classList.toggle("off", Boolean(dropped) || isOff(k));
    if (!playing) unit.setAttribute("aria-checked", String(!isOff(k)));
  });
};
const show = () => {
  const [plain, dropped] = NETS, gone = off[0].size + off[1].size;
  const seen = NETS.map((net) => [net.right(X, Y), net.right(NEW, TRUE)]);
  NETS.forEach((net, k) => {
    facts[`${net.id}-learnt`].textContent = `${seen[k][0]} of ${N}`;
    facts[`${net.id}-right`].textContent = `${seen[k][1]} of ${TRUE.length}`;
    net.canvas.setAttribute("aria-label", `${net.name}: ${alt} ${seen[k][1]} of ${TRUE.length} unseen points right.`);
  });
  verdict.textContent = !plain.done ? "Squares have wrong labels. Which network will be right for more unseen points?"
    : playing ? `Step ${plain.done} of ${STEPS}: the lights on the right are the mask of one point.`
    : gone ? `${gone} of ${2 * H} units are off in both: without dropout ${seen[0][1]} of ${TRUE.length} unseen points are right, with dropout ${seen[1][1]}.`
    : `After ${plain.done} steps ${seen[0][1]} of ${TRUE.length} unseen points are right without dropout, ${seen[1][1]} with it. Now click some units off.`;
  if (!playing) say(verdict.textContent);
  root.dataset.state = playing ? "training" : "still";
  root.dataset.steps = dropped.done;
  root.dataset.seed = draw + 1;
  root.dataset.off = JSON.stringify(off.map((set) => [...set].sort((a, b) => a - b)));
  light();
};
const whole = () => { show(); NETS.forEach(paint); };
const stop = () => { cancelAnimationFrame(playing); playing = 0; go.textContent = "Train"; };
const toggle = (k) => {
  if (playing) { stop(); }
  const set = off[Math.floor(k / H)];
  if (set.has(k % H)) set.delete(k % H);
  else if (set.size < H - 1) set.add(k % H);
  whole();
};
const back = () => { for (const set of off) set.clear(); };
const restart = () => {
  stop();
  back();
  for (const net of NETS) net.begin(draw + 1, Number(CHANCES[chance.at]));
  whole();
};
const train = () => {
  if (playing) { stop(); return whole(); }
  if (NETS[0].done >= STEPS) restart();
  back();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let frame = 0;
  const next = () => {
    const began = performance.now();
    do for (const net of NETS) net.step();
    while (NETS[0].done < STEPS && performance.now() - began < BUDGET);
    if (NETS[0].done >= STEPS || !root.isConnected) { stop(); return whole(); }
    playing = requestAnimationFrame(next);
    if (calm) return;
    if (frame++ % 6) light();
    else whole();
  };
  go.textContent = "Pause";
  playing = requestAnimationFrame(next);
};
// Eight units of each layer, drawn by lot.
const random = uniform(7);
const removeSome = () => {
  stop();
  for (const set of off) for (let k = 0; k < 8 && set.size < H - 1; k++) {
    const on = Array.from({ length: H }, (_, u) => u).filter((u) => !set.has(u));
    set.add(on[Math.floor(random() * on.length)]);
  }
  whole();
};
const go = button("Train", train);
const chance = slider("probability p of dropping", CHANCES, CHANCES.indexOf(String(start)), restart);

root.append(
  el("style", {}, `.nnl-dropout-moons .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: .4rem 1.5rem; }
    .nnl-dropout-moons :is(canvas, .pair svg) { display: block; width: 100%; height: auto; } .nnl-dropout-moons .pair svg { margin-top: .4rem; }
    .nnl-dropout-moons .name { margin: 0 0 .2rem; font-weight: 600; } .nnl-dropout-moons .pair .nnl-numbers { grid-template-columns: 1fr 1fr; margin: .3rem 0 0; }
    .nnl-dropout-moons .unit { cursor: pointer; outline: none; } .nnl-dropout-moons .unit rect { fill: transparent; }
    .nnl-dropout-moons .unit circle { fill: var(--nnl-accent); stroke: var(--nnl-accent); stroke-width: 1.5; }
    .nnl-dropout-moons .unit.off circle { fill: none; stroke: var(--nnl-quiet); stroke-dasharray: 2 2; }
    .nnl-dropout-moons .unit:focus-visible rect { stroke: var(--nnl-accent); stroke-width: 2; } .nnl-dropout-moons .nnl-verdict { min-height: 3em; }
    @container (max-width: 32rem) { .nnl-dropout-moons .nnl-verdict { min-height: 4.5em; } }`),
  el("div", { class: "pair" }, ...NETS.map(({ panel }) => panel)),
  el("div", { class: "nnl-bar" }, go, button("Turn 16 units off", removeSome), button("All units on", () => { back(); whole(); }),
    button("Other weights", () => { draw += 1; restart(); }), chance.label),
  verdict, listener,
);
restart();
new MutationObserver(() => NETS.forEach(paint)).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
