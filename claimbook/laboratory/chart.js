// Charts as wide as their column, in pixels, so that their text keeps its size.
import { el } from "./controls.js";
import { quantile } from "./statistics.js";

const short = (x) => String(Number(x.toPrecision(2))).replace("-", "−");
const power = (v) => `10${[...String(v)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;

/** About five round numbers between two. */
const ticks = (low, high, whole = false) => {
  const rough = (high - low || 1) / 4, unit = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(whole ? 1 : 0, unit * [1, 2, 5, 10].find((m) => m * unit >= rough * 0.999));
  const from = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - from + 1) }, (_, i) => (from + i) * step);
};

const frame = (width, height, title, alt) => {
  const figure = el("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": alt });
  figure.append(el("svg:text", { x: 0, y: 13, class: "title" }, title));
  return figure;
};

/**
 * For each side the median of its runs and the band from their 10% to their 90% quantile; each run by itself
 * where `lines` asks for it.  curves is {A: [[…] of each run], B: …}; x counts from `first` to at least `last`.
 */
export const bands = (curves, { width, title, alt, xName, first = 1, last = 2, log = false, percent = false, cap = Infinity, perLayer = false, lines = false }) => {
  const height = Math.round(Math.min(300, Math.max(190, width * 0.55))), left = 44, right = 20, top = 26, bottom = 36;
  const value = (v) => (log ? Math.log10(Math.max(v, 1e-30)) : Math.min(v, cap));
  const sides = Object.entries(curves).map(([side, runs]) => {
    const points = Math.max(0, ...runs.map((run) => run.length));
    return { side, runs, band: Array.from({ length: points }, (_, i) => {
      const column = runs.map((run) => value(run[i] ?? NaN)).filter(Number.isFinite);
      return column.length ? [0.1, 0.5, 0.9].map((q) => quantile(column, q)) : null;
    }) };
  });
  const figure = frame(width, height, title, alt);
  const seen = sides.flatMap(({ runs, band }) => (lines ? runs.flat().map(value).filter(Number.isFinite) : band.flat()))
    .filter((v) => v !== null);
  let [low, high] = [Math.min(...seen, log ? Infinity : 0), Math.max(...seen, log ? -Infinity : percent ? 0.1 : 0)];
  if (!(high - low > 1e-9)) [low, high] = log ? [-1, 1] : [low, low + 1];
  const end = Math.max(last, ...sides.map(({ band }) => band.length + first - 1));
  const x = (i) => left + ((i - first) / Math.max(1, end - first)) * (width - left - right);
  const y = (v) => top + ((high - v) / (high - low)) * (height - top - bottom);
  for (const v of ticks(low, high, log)) {
    const name = log ? (Math.abs(v) > 3 ? power(v) : short(10 ** v)) : percent ? `${short(100 * v)}%` : short(v);
    figure.append(el("svg:path", { class: "grid", d: `M${left} ${y(v)}H${width - right}` }),
      el("svg:text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, name));
  }
  for (const v of new Set([first, ...ticks(first, end, true)]))
    if (v === first || x(v) - x(first) > 20)
      figure.append(el("svg:text", { x: x(v), y: height - bottom + 16, "text-anchor": "middle" }, String(v)));
  figure.append(el("svg:text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, xName));
  const path = (points) => `M${points.map(([i, v]) => `${x(i + first).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`;
  const names = [];
  for (const { side, runs, band } of sides) {
    const known = band.flatMap((q, i) => (q ? [[i, ...q]] : []));
    if (!known.length) continue;
    if (lines)
      for (const run of runs)
        figure.append(el("svg:path", { class: `run ${side}`,
          d: path(run.flatMap((v, i) => (Number.isFinite(value(v)) ? [[i, value(v)]] : []))) }));
    else
      figure.append(el("svg:path", { class: `band ${side}`,
        d: `${path([...known.map(([i, lo]) => [i, lo]), ...known.toReversed().map(([i, , , hi]) => [i, hi])])}Z` }));
    figure.append(el("svg:path", { class: `median ${side}`, d: path(known.map(([i, , mid]) => [i, mid])) }));
    if (perLayer) for (const [i, , mid] of known) figure.append(el("svg:circle", { class: `dot ${side}`, cx: x(i + first), cy: y(mid), r: 3 }));
    const [i, , mid] = known.at(-1);
    names.push({ side, x: x(i + first) + 6, y: y(mid) + 4 });
  }
  names.sort((a, b) => a.y - b.y);
  if (names.length > 1 && names[1].y - names[0].y < 13) [names[0].y, names[1].y] = [names[0].y - 6, names[0].y + 7];
  for (const { side, ...place } of names) figure.append(el("svg:text", { ...place, class: `name ${side}` }, side));
  return figure;
};

/** One dot for each seed: B − A, with the mean and its 95% interval. */
export const differences = (values, { width, title, alt, interval: { mean, low, high }, factor }) => {
  const height = 96, left = 14, right = 14, axis = 66;
  const ends = [Math.min(0, low, ...values), Math.max(0, high, ...values)], room = 0.08 * (ends[1] - ends[0]) || 0.01;
  const [from, to] = [ends[0] - room, ends[1] + room];
  const x = (v) => left + ((v - from) / (to - from)) * (width - left - right);
  const figure = frame(width, height, title, alt);
  figure.append(el("svg:path", { class: "grid", d: `M${left} ${axis}H${width - right}M${x(0)} 24V${axis + 6}` }));
  for (const v of ticks(from * factor, to * factor))
    figure.append(el("svg:text", { x: x(v / factor), y: axis + 20, "text-anchor": "middle" }, short(v)));
  for (const v of values) figure.append(el("svg:circle", { class: "pair", cx: x(v), cy: axis - 10, r: 4 }));
  figure.append(el("svg:path", { class: "interval", d: `M${x(low)} ${axis - 28}H${x(high)}` }),
    el("svg:circle", { class: "mean", cx: x(mean), cy: axis - 28, r: 4.5 }));
  return figure;
};

/** The plane, coloured by the share of runs that say class 1, with the examples on it. */
export const plane = (maps, { width, side, style, alt, data: { x, y }, box: [left, right, bottom, top] }) => {
  const size = Math.sqrt(maps[0]?.length ?? 0), drawn = Math.min(width, 340);
  const height = Math.round((drawn * (top - bottom)) / (right - left)), scale = drawn / (right - left);
  const canvas = el("canvas", { width: size || 1, height: size || 1, style: `width: ${drawn}px; height: ${height}px` });
  const pen = canvas.getContext("2d"), [one, two] = ["--class-0", "--class-1"].map(style);
  for (let j = 0, at = 0; j < size; j++)
    for (let i = 0; i < size; i++, at++) {
      pen.globalAlpha = 1;
      pen.fillStyle = one;
      pen.fillRect(i, j, 1, 1);
      pen.globalAlpha = maps.reduce((sum, map) => sum + map[at], 0) / maps.length;
      pen.fillStyle = two;
      pen.fillRect(i, j, 1, 1);
    }
  const dots = el("svg:svg", { width: drawn, height, viewBox: `0 0 ${drawn} ${height}`, "aria-hidden": "true" },
    ...Array.from(y, (label, i) => el("svg:circle", { class: `class-${label}`, r: 3,
      cx: (x[2 * i] - left) * scale, cy: (top - x[2 * i + 1]) * scale })));
  return el("div", { class: "plane", role: "img", "aria-label": alt }, el("b", { class: side }, side), el("div", {}, canvas, dots));
};
