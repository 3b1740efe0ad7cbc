// A digit of 8 × 8 pixels, drawn by the reader or taken from the test set, stands somewhere in a frame of 12 × 12. A
// convolution network and a perceptron say what it is, there and at all other places of the frame; on demand all
// pixels are reordered, and so were those that the networks had been trained on.
const { alt, digits, labels, order, conv, shuffled, perceptron } = DATA; // weights in hundredths
const SIZE = 12, BOX = 8, PLACES = SIZE - BOX + 1, FINE = 4, PEN = 2.6; // FINE × FINE dots of ink to a pixel
const LEVELS = "0123456789abcdefg";

const scaled = (tensors) => tensors.map((tensor) => Float64Array.from(tensor, (v) => v / 100));
const relu = (x) => x.map((v) => Math.max(0, v));
const dense = (W, b, x) => b.map((bias, o) => x.reduce((sum, v, i) => sum + W[o * x.length + i] * v, bias));
const shares = (z) => {
  const top = Math.max(...z), e = z.map((v) => Math.exp(v - top)), sum = e.reduce((s, v) => s + v);
  return e.map((v) => v / sum);
};

/** The same linear layer for every window, its largest answers, a linear layer. */
const convolution = (tensors) => {
  const [W, b, V, c] = scaled(tensors), window = new Float64Array(W.length / b.length), side = Math.sqrt(window.length);
  return (x) => {
    const largest = new Float64Array(b.length).fill(-Infinity);
    for (let top = 0; top + side <= SIZE; top++) for (let left = 0; left + side <= SIZE; left++) {
      for (let k = 0; k < window.length; k++) window[k] = x[SIZE * (top + Math.floor(k / side)) + left + (k % side)];
      for (let o = 0; o < b.length; o++) {
        let answer = b[o];
        for (let k = 0; k < window.length; k++) answer += W[o * window.length + k] * window[k];
        if (answer > largest[o]) largest[o] = answer;
      }
    }
    return dense(V, c, relu(largest));
  };
};
const twoLayers = ([W, b, V, c]) => (x) => dense(V, c, relu(dense(W, b, x)));
const straight = scaled(perceptron);
const reordered = [straight[0].map((_, k, W) => W[k - (k % order.length) + order[k % order.length]]), ...straight.slice(1)];
const NETS = [
  { id: "conv", name: "convolution", plain: convolution(conv), mixed: convolution(shuffled) },
  { id: "mlp", name: "perceptron", plain: twoLayers(straight), mixed: twoLayers(reordered) },
];

// --- what the reader has done ---
let at = 0, label = null, place = [2, 2], mixed = false, ink = new Uint8Array(BOX * BOX);
const dots = new Uint8Array((BOX * FINE) ** 2);
const take = (k) => {
  at = k;
  label = Number(labels[k]);
  dots.fill(0);
  ink = Uint8Array.from(digits[k], (level) => LEVELS.indexOf(level));
};
const wipe = () => { label = null; dots.fill(0); ink.fill(0); };
const stroke = ([x0, y0], [x1, y1]) => {
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(x1 - x0, y1 - y0) * FINE)), wide = BOX * FINE;
  for (let s = 0; s <= steps; s++) {
    const x = FINE * (x0 + ((x1 - x0) * s) / steps), y = FINE * (y0 + ((y1 - y0) * s) / steps);
    for (let j = Math.floor(y - PEN); j <= y + PEN; j++) for (let i = Math.floor(x - PEN); i <= x + PEN; i++)
      if (i >= 0 && j >= 0 && i < wide && j < wide && Math.hypot(i + 0.5 - x, j + 0.5 - y) <= PEN && !dots[wide * j + i]) {
        dots[wide * j + i] = 1;
        const pixel = BOX * Math.floor(j / FINE) + Math.floor(i / FINE);
        ink[pixel] = Math.min(16, ink[pixel] + 1);
      }
  }
};
const framed = ([top, left]) => {
  const x = new Float64Array(SIZE * SIZE);
  ink.forEach((level, k) => { x[SIZE * (top + Math.floor(k / BOX)) + left + (k % BOX)] = level / 16; });
  return mixed ? Float64Array.from(order, (j) => x[j]) : x;
};

// --- pictures ---
const CELL = 24, rect = (x, y, side, name) => el("svg:rect", { x, y, width: side, height: side, class: name });
const pixels = Array.from({ length: BOX * BOX }, (_, k) => {
  const [row, column] = [Math.floor(k / BOX), k % BOX];
  const cell = control("svg:rect", { x: column * CELL, y: row * CELL, width: CELL, height: CELL, class: "pixel", role: "switch",
    tabindex: k ? -1 : 0, "aria-label": `pixel in row ${row + 1}, column ${column + 1}` });
  cell.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === " " || event.key === "Enter") {
      label = null;
      ink[k] = ink[k] > 8 ? 0 : 16;
      show();
    } else if (way) {
      const inside = (v) => Math.min(BOX - 1, Math.max(0, v)), next = pixels[BOX * inside(row + way[0]) + inside(column + way[1])];
      cell.setAttribute("tabindex", -1);
      next.setAttribute("tabindex", 0);
      next.focus();
    } else return;
    event.preventDefault();
  });
  return cell;
});
const box = el("svg:g", {}, rect(0, 0, BOX * CELL, "paper"), ...pixels);
const pad = el("svg:svg", { viewBox: `-1 -1 ${SIZE * CELL + 2} ${SIZE * CELL + 2}`, class: "pad", role: "group", "aria-label": alt },
  rect(0, 0, SIZE * CELL, "frame"), box);
const seen = Array.from({ length: SIZE * SIZE }, (_, k) => rect((k % SIZE) * 8, Math.floor(k / SIZE) * 8, 8, "seen"));
const view = el("svg:svg", { viewBox: `-1 -1 ${SIZE * 8 + 2} ${SIZE * 8 + 2}`, class: "view", role: "img", "aria-label": "what the networks see" },
  rect(0, 0, SIZE * 8, "frame"), ...seen);

for (const net of NETS) {
  net.bars = Array.from({ length: 10 }, (_, d) => rect(d * 20 + 3, 0, 14, "bar"));
  net.chart = el("svg:svg", { viewBox: "0 0 200 84", role: "img" }, el("svg:path", { d: "M0 66.5H200", class: "axis" }), ...net.bars,
    ...net.bars.map((_, d) => el("svg:text", { x: d * 20 + 10, y: 81 }, String(d))));
  net.cells = Array.from({ length: PLACES ** 2 }, (_, k) => {
    const [row, column] = [Math.floor(k / PLACES), k % PLACES], ground = rect(column * 24 + 1, row * 24 + 1, 22, "place");
    const text = el("svg:text", { x: column * 24 + 12, y: row * 24 + 16.5 });
    const cell = el("svg:g", {}, ground, text);
    cell.addEventListener("click", () => { place = [row, column]; show(); });
    return { cell, text };
  });
  net.map = el("svg:svg", { viewBox: `0 0 ${PLACES * 24} ${PLACES * 24}`, class: "map", role: "img" }, ...net.cells.map(({ cell }) => cell));
  net.panel = el("div", {}, el("p", { class: "name" }, net.name), net.chart,
    el("div", { class: "nnl-numbers" }, fact(`${net.id}-says`, "says here"), fact(`${net.id}-right`, "places right")),
    el("div", { class: "places" }, net.map, el("div", { class: "nnl-numbers" }, fact(`${net.id}-answers`, "answers in all"))));
}

const several = (count) => (count === 1 ? "one answer" : `${count} different answers`);
const verdict = el("p", { class: "nnl-verdict" });
const show = () => {
  const here = PLACES * place[0] + place[1], said = {};
  ink.forEach((level, k) => {
    pixels[k].style.fillOpacity = (level / 16).toFixed(3);
    pixels[k].setAttribute("aria-checked", String(level > 8));
  });
  box.setAttribute("transform", `translate(${place[1] * CELL} ${place[0] * CELL})`);
  const images = Array.from({ length: PLACES ** 2 }, (_, k) => framed([Math.floor(k / PLACES), k % PLACES]));
  images[here].forEach((v, k) => { seen[k].style.fillOpacity = v.toFixed(3); });
  for (const net of NETS) {
    const all = images.map((x) => shares(mixed ? net.mixed(x) : net.plain(x)));
    const answers = all.map((p) => p.indexOf(Math.max(...p))), now = all[here], right = answers.filter((a) => a === label).length;
    net.bars.forEach((bar, d) => {
      const high = 62 * now[d];
      bar.setAttribute("y", (66 - high).toFixed(2));
      bar.setAttribute("height", high.toFixed(2));
      bar.classList.toggle("most", d === answers[here]);
    });
    net.cells.forEach(({ cell, text }, k) => {
      text.textContent = answers[k];
      cell.setAttribute("class", `${k === here ? "here " : ""}${answers[k] === label ? "right" : ""}`);
    });
    said[net.id] = { right, kinds: new Set(answers).size };
    const says = `${answers[here]} (${Math.round(100 * now[answers[here]])}%)`;
    facts[`${net.id}-says`].textContent = says;
    facts[`${net.id}-right`].textContent = label === null ? "–" : `${right} of ${answers.length}`;
    facts[`${net.id}-answers`].textContent = said[net.id].kinds;
    net.chart.setAttribute("aria-label", `What the ${net.name} says here: ${says}`);
    net.map.setAttribute("aria-label", `What the ${net.name} says at each place, row by row: ${answers.join(" ")}`);
  }
  const { conv: c, mlp: m } = said, before = mixed ? "Shuffled, as were the images that both were trained on. " : "";
  verdict.textContent = before + (label === null
    ? `Your own digit: over ${PLACES ** 2} places the convolution gives ${several(c.kinds)}, the perceptron ${several(m.kinds)}.`
    : `A test digit, ${label}: of ${PLACES ** 2} places the convolution is right at ${c.right}, the perceptron at ${m.right}.`);
  say(verdict.textContent);
  root.dataset.pixels = Array.from(ink, (level) => LEVELS[level]).join("");
  root.dataset.label = label ?? "";
  root.dataset.place = place.join(" ");
  root.dataset.mixed = String(mixed);
};

let last = null, waiting = 0;
const where = (event) => {
  const { left, top, width } = pad.getBoundingClientRect(), scale = (SIZE + 2 / CELL) / width;
  return [(event.clientX - left) * scale - 1 / CELL - place[1], (event.clientY - top) * scale - 1 / CELL - place[0]];
};
const draw = (event) => {
  stroke(last, where(event));
  last = where(event);
  waiting ||= requestAnimationFrame(() => { waiting = 0; show(); });
};
pad.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  pad.setPointerCapture(event.pointerId);
  if (label !== null) wipe();
  last = where(event);
  draw(event);
});
pad.addEventListener("pointermove", (event) => { if (last && pad.hasPointerCapture(event.pointerId)) draw(event); });
for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { last = null; });

const push = (sign, name, [down, right]) => {
  const pushing = button(sign, () => {
    place = [[0, down], [1, right]].map(([axis, by]) => Math.min(PLACES - 1, Math.max(0, place[axis] + by)));
    show();
  });
  pushing.setAttribute("aria-label", `push ${name}`);
  return pushing;
};
const shuffle = button("Shuffle pixels", () => {
  mixed = !mixed;
  shuffle.setAttribute("aria-pressed", String(mixed));
  show();
});
shuffle.setAttribute("aria-pressed", "false");

root.append(
  el("style", {}, `.nnl-drawn-digits .three { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr) minmax(0, 1fr); gap: .4rem 1.4rem; }
    .nnl-drawn-digits svg { display: block; width: 100%; height: auto; } .nnl-drawn-digits .pad { touch-action: pan-y; } .nnl-drawn-digits .pad g { touch-action: none; cursor: crosshair; }
    .nnl-drawn-digits .name { margin: 0 0 .2rem; font-weight: 600; } .nnl.nnl-drawn-digits svg text { font: 600 13px/1 sans-serif; text-anchor: middle; }
    .nnl-drawn-digits .frame { fill: none; stroke: var(--nnl-quiet); } .nnl-drawn-digits .paper { fill: var(--nnl-accent); fill-opacity: .1; }
    .nnl-drawn-digits :is(.pixel, .seen) { fill: currentColor; } .nnl-drawn-digits .pixel { outline: none; }
    .nnl-drawn-digits .pixel:focus-visible { outline: 3px solid var(--nnl-free); outline-offset: -1px; }
    .nnl-drawn-digits .axis { stroke: var(--nnl-quiet); } .nnl-drawn-digits .bar { fill: var(--nnl-quiet); } .nnl-drawn-digits .bar.most { fill: var(--nnl-accent); }
    .nnl-drawn-digits .map { cursor: pointer; } .nnl-drawn-digits .place { fill: currentColor; fill-opacity: .05; }
    .nnl-drawn-digits .right .place { fill: var(--nnl-accent); fill-opacity: .35; } .nnl-drawn-digits .here .place { stroke: currentColor; stroke-width: 2; }
    .nnl-drawn-digits .places { display: grid; grid-template-columns: 6.9rem 1fr; gap: .6rem; align-items: center; }
    .nnl-drawn-digits .look { display: flex; gap: .7rem; align-items: center; margin-top: .5rem; font-size: .85rem; } .nnl-drawn-digits .view { width: 5.2rem; }
    .nnl-drawn-digits .nnl-numbers { grid-template-columns: auto auto; gap: .2rem .6rem; margin: .3rem 0; } .nnl-drawn-digits .nnl-numbers output { font-size: .95rem; }
    .nnl-drawn-digits .places .nnl-numbers { grid-template-columns: 1fr; } .nnl-drawn-digits .places .nnl-numbers div { white-space: normal; }
    .nnl-drawn-digits .nnl-bar { gap: .35rem .6rem; } .nnl-drawn-digits button[aria-pressed=true] { color: var(--nnl-free); background: color-mix(in srgb, currentColor 14%, transparent); }
    .nnl-drawn-digits .nnl-verdict { min-height: 3em; }
    @container (max-width: 38rem) { .nnl-drawn-digits .three { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } .nnl-drawn-digits .own { grid-column: 1 / -1; max-width: 20rem; }
      .nnl-drawn-digits .nnl-verdict { min-height: 4.5em; } .nnl-drawn-digits .places { grid-template-columns: 1fr; } }`),
  el("div", { class: "three" },
    el("div", { class: "own" }, pad, el("div", { class: "look" }, view, el("span", {}, "what the networks see"))),
    ...NETS.map(({ panel }) => panel)),
  el("div", { class: "nnl-bar" }, shuffle, push("←", "left", [0, -1]), push("↑", "up", [-1, 0]), push("↓", "down", [1, 0]), push("→", "right", [0, 1]),
    button("Another test digit", () => { take((at + 1) % digits.length); show(); }), button("Empty", () => { wipe(); show(); })),
  verdict, listener,
);
take(0);
show();
