// The validation error of a network is uncovered epoch by epoch, and the reader says when to stop. Then every
// rule reads the same curve, and each is judged by its regret: the test error of what it keeps minus the least.
const { alt, validation, test, of = 300, tests = 497 } = DATA; // numbers of wrong answers after each epoch
const EPOCHS = validation[0].length, PATIENCES = [1, 2, 3, 5, 10, 20], PACE = 320; // milliseconds

const firstRise = (curve) => {
  const at = curve.findIndex((error, e) => e > 0 && error > curve[e - 1]);
  return at < 0 ? EPOCHS - 1 : at;
};
const outOfPatience = (curve, patience) => {
  for (let e = 0, best = 0; e < EPOCHS; e += 1) {
    if (curve[e] < curve[best]) best = e;
    else if (e - best >= patience) return e;
  }
  return EPOCHS - 1;
};
const bestUntil = (curve, last) => curve.indexOf(Math.min(...curve.slice(0, last + 1)));
const RULES = [
  { id: "you", name: "you" },
  { id: "rise", name: "at the first rise", last: firstRise },
  ...PATIENCES.map((p) => ({ id: `p${p}`, name: `patience ${p}`, last: (curve) => outOfPatience(curve, p) })),
  { id: "never", name: "never stop", last: () => EPOCHS - 1 },
  { id: "oracle", name: "the oracle", last: (_, truth) => truth.indexOf(Math.min(...truth)) },
];

const WIDE = 440, HIGH = 330, LEFT = 52, RIGHT = 12, UP = 14, DOWN = 54, LOW = 0.1, TOP = 0.7;
const x = (e) => (LEFT + (e * (WIDE - LEFT - RIGHT)) / (EPOCHS - 1)).toFixed(1);
const y = (error) => (UP + ((TOP - Math.max(LOW, Math.min(TOP, error))) / (TOP - LOW)) * (HIGH - UP - DOWN)).toFixed(1);
const path = (errors, from = 0) => errors.map((v, i) => `${i ? "L" : "M"}${x(from + i)} ${y(v)}`).join("");
const words = (left, top, text, anchor) => el("svg:text", { x: left, y: top, "text-anchor": anchor }, text);
const level = (error) => el("svg:path", { class: "grid", d: `M${x(0)} ${y(error)}H${WIDE - RIGHT}` });

const past = el("svg:path", { class: "clipped" }), future = el("svg:path", { class: "later" });
const hidden = el("svg:path", { class: "free" });
const moment = el("svg:path", { class: "moment" }), kept = el("svg:circle", { class: "kept", r: 6 });
const oracle = el("svg:circle", { class: "oracle", r: 6 });
const names = [["validation error", 0.57], ["test error", 0.14]].map(([name, error]) => words(WIDE - RIGHT, y(error), name, "end"));
const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": alt },
  ...[0.1, 0.3, 0.5, 0.7].flatMap((v) => [level(v), words(LEFT - 8, Number(y(v)) + 6, v, "end")]),
  ...[1, 10, 20, 30, 40, 50, 60].filter((e) => e <= EPOCHS).map((e) => words(x(e - 1), HIGH - DOWN + 24, e, "middle")),
  words(WIDE - RIGHT, HIGH - 6, "epochs trained", "end"),
  future, hidden, past, moment, oracle, kept, ...names);

const verdict = el("p", { class: "nnl-verdict" });
const cell = (rule, name) => (rule[name] = el("td", { "data-fact": `${name}-${rule.id}` }));
const average = el("th", { scope: "col" });
const table = el("table", {},
  el("thead", {}, el("tr", {}, ...["rule", "epochs", "regret"].map((head) => el("th", { scope: "col" }, head)), average)),
  el("tbody", {}, ...RULES.map((rule) => {
    rule.bar = el("span", { class: "bar" });
    return el("tr", { class: rule.id }, el("th", { scope: "row" }, rule.name, rule.bar),
      cell(rule, "run"), cell(rule, "regret"), cell(rule, "mean"));
  })));

let network = 0, shown = 1, mine = null, games = [], timer = 0;
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const points = (v) => v.toFixed(1);
const regret = (k, last, rule) => {
  const epoch = back.checked && rule !== "oracle" ? bestUntil(validation[k], last) : last;
  return (100 * (test[k][epoch] - Math.min(...test[k]))) / tests;
};

const draw = () => {
  const curve = validation[network].map((n) => n / of), truth = test[network].map((n) => n / tests);
  const over = mine !== null, last = over ? mine : shown - 1, best = bestUntil(curve, last);
  const keep = back.checked ? best : last;
  past.setAttribute("d", path(curve.slice(0, last + 1)));
  future.setAttribute("d", over ? path(curve.slice(last), last) : "");
  hidden.setAttribute("d", over ? path(truth) : "");
  moment.setAttribute("d", over ? `M${x(last)} ${UP}V${HIGH - DOWN}` : "");
  kept.setAttribute("cx", x(keep));
  kept.setAttribute("cy", y(curve[keep]));
  const least = truth.indexOf(Math.min(...truth));
  oracle.setAttribute("cx", x(least));
  oracle.setAttribute("cy", y(truth[least]));
  average.textContent = games.length > 1 ? `mean of ${games.length}` : "mean";
  names[1].style.visibility = oracle.style.visibility = over ? "visible" : "hidden";
  facts.epoch.textContent = `${last + 1} of ${EPOCHS}`;
  facts.now.textContent = curve[last].toFixed(2);
  facts.best.textContent = `${curve[best].toFixed(2)} after ${best + 1}`;

  const mean = {};
  for (const rule of RULES) {
    const ends = (k, own) => (rule.last ? rule.last(validation[k], test[k]) : own);
    const all = games.map(([k, own]) => regret(k, ends(k, own), rule.id));
    mean[rule.id] = all.reduce((sum, v) => sum + v, 0) / all.length;
    rule.run.textContent = over ? ends(network, mine) + 1 : "–";
    rule.regret.textContent = over ? points(all.at(-1)) : "–";
    rule.mean.textContent = games.length ? points(mean[rule.id]) : "–";
    rule.bar.style.width = over ? `${Math.min(100, 5 * all.at(-1)).toFixed(1)}%` : "0";
  }
  const many = games.length === 1 ? "" : ` Over ${games.length} networks: you ${points(mean.you)}, patience 5 ${points(mean.p5)}, the first rise ${points(mean.rise)}.`;
  verdict.textContent = over
    ? `You ran ${last + 1} epochs and kept epoch ${keep + 1}: ${points(regret(network, last))} points of test error more than the best epoch, ${least + 1}.${many}`
    : `Network ${network + 1} of ${validation.length}. Train it, and stop when you believe that it will get no better.`;
  go.textContent = timer ? "Pause" : calm() ? "Next epoch" : "Train";
  go.disabled = over || shown === EPOCHS;
  halt.disabled = over;
  next.disabled = !over;
  next.textContent = games.length === validation.length ? "Start over" : "Next network";
  root.dataset.state = over ? "over" : timer ? "training" : "still";
  say(over || shown === 1 ? verdict.textContent : `After ${shown} epochs the error is ${facts.now.textContent}, the best was ${facts.best.textContent}.`);
};

const pause = () => { clearInterval(timer); timer = 0; };
const epoch = () => {
  if (shown < EPOCHS) shown += 1;
  if (shown === EPOCHS || !root.isConnected) pause();
  draw();
};
const go = button("Train", () => {
  if (timer) pause();
  else if (calm()) return epoch();
  else timer = setInterval(epoch, PACE);
  draw();
});
const halt = button("Stop here", () => {
  pause();
  mine = shown - 1;
  games.push([network, mine]);
  draw();
  next.focus({ preventScroll: true });
});
const next = button("Next network", () => {
  if (games.length === validation.length) games = [];
  network = (network + 1) % validation.length;
  shown = 1;
  mine = null;
  draw();
  go.focus({ preventScroll: true });
});
const back = control("input", { type: "checkbox" });
back.addEventListener("change", () => draw());

root.append(
  el("style", {}, `.nnl-stop-training .both { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: flex-start; }
    .nnl-stop-training .both > div { flex: 1 1 22rem; min-width: 0; } .nnl-stop-training svg { display: block; width: 100%; height: auto; }
    .nnl-stop-training .both > table { flex: 1 1 17rem; width: 100%; margin: 0; border-collapse: collapse; font-size: .85rem; line-height: 1.3; }
    .nnl-stop-training :is(th, td) { padding: .22rem .3rem; border: 0; border-bottom: 1px solid var(--nnl-line); text-align: right; font-variant-numeric: tabular-nums; background: none; }
    .nnl-stop-training tr > :first-child { text-align: left; } .nnl-stop-training tbody th { position: relative; font-weight: 400; }
    .nnl-stop-training .you > * { font-weight: 700; }
    .nnl-stop-training .bar { position: absolute; left: 0; bottom: 0; height: 3px; background: var(--nnl-free); }
    .nnl-stop-training .you .bar { background: var(--nnl-accent); }
    .nnl-stop-training .grid { stroke: currentColor; stroke-opacity: .15; } .nnl-stop-training .clipped { stroke-width: 2.5; stroke-linejoin: round; }
    .nnl-stop-training .later { fill: none; stroke: var(--nnl-accent); stroke-opacity: .4; stroke-width: 1.5; }
    .nnl-stop-training .moment { stroke: currentColor; stroke-opacity: .5; stroke-dasharray: 3 4; }
    .nnl-stop-training .nnl-bar { gap: .35rem .6rem; } .nnl-stop-training .kept { fill: var(--nnl-accent); } .nnl-stop-training .oracle { fill: none; stroke: var(--nnl-free); stroke-width: 2.5; }
    .nnl-stop-training button:disabled { opacity: .45; cursor: default; }
    .nnl-stop-training .nnl-bar label { flex: 0 1 auto; } .nnl-stop-training .nnl-bar input { flex: none; min-width: 1.1rem; width: 1.1rem; height: 1.1rem; }
    .nnl.nnl-stop-training .nnl-verdict { min-height: 6em; }
    .nnl-stop-training .nnl-numbers { grid-template-columns: 1fr 1.4fr 1.2fr; gap: .5rem; } .nnl-stop-training .nnl-numbers output { font-size: 1rem; }
    .nnl.nnl-stop-training svg text { font-size: 19px; }`),
  el("div", { class: "both" },
    el("div", {}, picture, el("div", { class: "nnl-bar" }, go, halt, next, el("label", {}, back, el("span", {}, "go back to the best epoch"))),
      el("div", { class: "nnl-numbers" }, fact("epoch", "epochs"), fact("now", "validation", el("span", { class: "nnl-key clipped" })), fact("best", "best so far")),
      verdict),
    table),
  listener,
);
draw();
