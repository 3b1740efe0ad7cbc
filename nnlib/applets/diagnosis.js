// Networks that went wrong, one at a time: loss, error and gradient length over the epochs, beside a healthy
// network in grey. The reader names the mistake; the answer says what shows it, and the line that made it.
const { alt, healthy, patients, options, least, most } = DATA;
const shownAs = (v, k) => (v >= 0.1 || !LOG[k] ? v.toFixed(2) : v.toFixed(3));
const last = (line, k) => (LOG[k] ? 10 ** line.at(-1) : line.at(-1));
const FACTS = ["loss in training", "loss in validation", "error in training", "error in validation", "gradient length"];
const LOG = [true, true, false, false, true];

// Two bytes for each height, curve after curve, between `least` and `most`.
const unpacked = (text) => {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), epochs = raw.length / 10;
  return least.map((low, k) => Array.from({ length: epochs }, (_, e) => {
    const i = 2 * (k * epochs + e);
    return low + ((most[k] - low) * (raw[i] + 256 * raw[i + 1])) / 65535;
  }));
};
const well = unpacked(healthy), curves = patients.map((patient) => unpacked(patient.curves));
const EPOCHS = well[0].length;

const WIDE = 320, HIGH = 262, LEFT = 56, RIGHT = 10, UP = 34, DOWN = 44;
const x = (e) => LEFT + ((WIDE - LEFT - RIGHT) * (e + 1)) / EPOCHS;
const words = (left, top, text, anchor, more = {}) => el("svg:text", { x: left, y: top, "text-anchor": anchor, ...more }, text);
const panel = (title, ks, marks) => {
  const low = least[ks[0]], high = most[ks[0]], log = LOG[ks[0]];
  const y = (v) => UP + ((high - v) * (HIGH - UP - DOWN)) / (high - low);
  const path = (line) => line.map((v, e) => `${e ? "L" : "M"}${x(e).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const lines = ks.map((k) => [k, el("svg:path", { class: k === 4 ? "norm" : k % 2 ? "free" : "clipped" })]);
  const picture = el("svg:svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" },
    words(LEFT, 20, title, "start", { class: "title" }),
    ...marks.filter(([v]) => !log || Math.log10(v) >= low).flatMap(([v, text]) => {
      const at = y(log ? Math.log10(v) : v);
      return [el("svg:path", { class: text ? "grid" : "grid guess", d: `M${LEFT} ${at}H${WIDE - RIGHT}` }),
        text ? words(LEFT - 6, at + 6, text, "end") : words(WIDE - RIGHT, at - 5, "guessing", "end", { class: "small" })];
    }),
    ...[1, 20, 40].filter((e) => e <= EPOCHS).map((e) => words(x(e - 1), HIGH - DOWN + 22, e, "middle")),
    words(WIDE - RIGHT, HIGH - 4, "epoch", "end"),
    ...ks.map((k) => el("svg:path", { class: k % 2 ? "well dashed" : "well", d: path(well[k]) })),
    ...lines.map(([, line]) => line));
  return { picture, draw: (found) => lines.forEach(([k, line]) => line.setAttribute("d", path(found[k]))) };
};
const panels = [
  panel("loss, log scale", [0, 1], [[0.01, "0.01"], [0.1, "0.1"], [1, "1"], [10, "10"], [Math.log(10), ""]]),
  panel("error", [2, 3], [[0, "0"], [0.5, "0.5"], [1, "1"], [0.9, ""]]),
  panel("gradient length, log scale", [4], [[0.01, "0.01"], [1, "1"], [100, "100"]]),
];

const tried = patients.map(() => []), open = patients.map(() => false); // the diagnoses made, and whether it is told
let at = 0;
const answered = (k) => open[k] || tried[k].includes(patients[k].answer);
const first = (k) => tried[k][0] === patients[k].answer;
const named = Object.fromEntries(options.map(([name, text]) => [name, text]));

const tabs = patients.map((_, k) => button(String(k + 1), () => { at = k; draw(); }));
const asked = el("p", { class: "asked" }), verdict = el("p", { class: "nnl-verdict" }), score = el("p", { class: "score" });
const choices = options.map(([name, text]) => button(text, () => {
  if (!answered(at) && !tried[at].includes(name)) tried[at].push(name);
  draw();
}));
const tell = button("Tell me", () => { open[at] = true; draw(); });
const next = button("Next network", () => {
  const rest = patients.map((_, k) => (at + 1 + k) % patients.length);
  at = rest.find((k) => !answered(k)) ?? rest[0];
  draw();
  root.querySelector(".tabs [aria-pressed=true]").focus({ preventScroll: true });
});

const draw = () => {
  const { answer, tells, code } = patients[at], latest = tried[at].at(-1), done = answered(at);
  for (const { draw: line } of panels) line(curves[at]);
  curves[at].forEach((line, k) => { facts[`last-${k}`].textContent = shownAs(last(line, k), k); });
  panels.forEach(({ picture }, k) => picture.setAttribute("aria-label",
    k === 0 ? `${alt} Network ${at + 1}. Loss, last: ${facts["last-0"].textContent} in training, ${facts["last-1"].textContent} in validation.`
      : k === 1 ? `Error, last: ${facts["last-2"].textContent} in training, ${facts["last-3"].textContent} in validation.`
        : `Gradient length, last: ${facts["last-4"].textContent}.`));
  tabs.forEach((tab, k) => {
    tab.setAttribute("aria-pressed", k === at);
    tab.setAttribute("aria-label", `network ${k + 1}${answered(k) ? (first(k) ? ", named at once" : ", answered") : ""}`);
    tab.textContent = `${k + 1}${answered(k) ? (first(k) ? " ✔" : " ·") : ""}`;
  });
  choices.forEach((choice, k) => {
    const [name] = options[k];
    choice.setAttribute("aria-pressed", name === latest || (done && name === answer));
    choice.className = done && name === answer ? "yes" : tried[at].includes(name) ? "no" : "";
  });
  asked.textContent = `Network ${at + 1} of ${patients.length}: what is wrong?`;
  verdict.replaceChildren();
  if (done) {
    const how = latest === answer ? (first(at) ? "✔ Right. " : "✔ Right, this time. ") : `It was this: ${named[answer]}. `;
    verdict.append(el("span", { class: "yes" }, how), `${tells} `, el("code", {}, code));
  } else if (latest) {
    verdict.append(el("span", { class: "no" }, "✘ Not so. "), options.find(([name]) => name === latest)[2], " Look again.");
  }
  const over = patients.filter((_, k) => open[k] || tried[k].length).length, right = patients.filter((_, k) => first(k)).length;
  score.textContent = over ? `${right} of ${over} named at the first try (✔)` : "One diagnosis is right for each network.";
  tell.disabled = done;
  root.dataset.at = at + 1;
  root.dataset.state = done ? "told" : "asking";
  say(verdict.textContent || asked.textContent);
};

root.append(
  el("style", {}, `.nnl-diagnosis .tabs button { width: 3.7rem; padding-inline: 0; } .nnl-diagnosis .tabs [aria-pressed=true] { color: var(--nnl-accent); background: color-mix(in srgb, currentColor 18%, transparent); }
    .nnl-diagnosis .panels { display: flex; flex-wrap: wrap; gap: .3rem .6rem; } .nnl-diagnosis svg { display: block; flex: 1 1 13rem; min-width: 0; max-width: 25rem; height: auto; aspect-ratio: ${WIDE} / ${HIGH}; }
    .nnl-diagnosis .grid { fill: none; stroke: currentColor; stroke-opacity: .15; } .nnl-diagnosis .guess { stroke-opacity: .5; stroke-dasharray: 1 5; stroke-linecap: round; stroke-width: 2; }
    .nnl-diagnosis .well { fill: none; stroke: currentColor; stroke-opacity: .38; stroke-width: 1.5; } .nnl-diagnosis .dashed { stroke-dasharray: 5 4; }
    .nnl-diagnosis .clipped { stroke-width: 2.5; stroke-linejoin: round; } .nnl-diagnosis .norm { fill: none; stroke: currentColor; stroke-width: 2.5; stroke-linejoin: round; }
    .nnl.nnl-diagnosis svg text { font: 16px/1 sans-serif; } .nnl.nnl-diagnosis svg .title { font-weight: 700; } .nnl.nnl-diagnosis svg .small { font-size: 13px; fill-opacity: .7; }
    .nnl-diagnosis .key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; margin: .2rem 0; } .nnl-key.healthy { border-top: 2px solid var(--nnl-quiet); }
    .nnl-diagnosis .nnl-numbers { grid-template-columns: repeat(auto-fit, minmax(7.6rem, 1fr)); gap: .2rem .6rem; margin: .3rem 0; } .nnl-diagnosis .nnl-numbers output { font-size: 1rem; }
    .nnl-diagnosis .choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .3rem .5rem; margin: .3rem 0; } .nnl-diagnosis .choices button { text-align: left; line-height: 1.25; }
    .nnl-diagnosis .choices .yes { color: var(--nnl-yes); background: color-mix(in srgb, currentColor 10%, transparent); } .nnl-diagnosis .choices .no { color: var(--nnl-no); text-decoration: line-through; }
    .nnl-diagnosis .asked { margin: .4rem 0 .2rem; font-weight: 600; } .nnl-diagnosis .score { margin: 0; font-size: .9rem; } .nnl-diagnosis button:disabled { opacity: .45; cursor: default; }
    .nnl-diagnosis .nnl-verdict .yes { color: var(--nnl-yes); font-weight: 600; } .nnl-diagnosis .nnl-verdict .no { color: var(--nnl-no); font-weight: 600; }
    .nnl.nnl-diagnosis .nnl-verdict { min-height: 6.4em; } .nnl-diagnosis .nnl-verdict code { overflow-wrap: anywhere; }
    @container (max-width: 32rem) { .nnl-diagnosis svg { max-width: none; flex-basis: 100%; } .nnl.nnl-diagnosis .nnl-verdict { min-height: 11em; } }`),
  el("div", { class: "nnl-bar tabs", role: "group", "aria-label": "networks" }, ...tabs),
  el("div", { class: "panels" }, ...panels.map(({ picture }) => picture)),
  el("p", { class: "key" }, ...[["clipped", "training"], ["free", "validation"], ["healthy", "the healthy script (validation dashed)"]].map(([kind, name]) =>
    el("span", {}, el("span", { class: `nnl-key ${kind}` }), name))),
  el("p", { class: "key" }, "After the last epoch; in brackets, the healthy script:"),
  el("div", { class: "nnl-numbers" }, ...FACTS.map((name, k) => {
    const item = fact(`last-${k}`, name);
    item.append(el("span", {}, `(${shownAs(last(well[k], k), k)})`));
    return item;
  })),
  asked,
  el("div", { class: "choices", role: "group", "aria-label": "your diagnosis" }, ...choices),
  verdict,
  el("div", { class: "nnl-bar" }, tell, next, score),
  listener,
);
draw();
