// What is drawn of the results: two charts, the differences, and the numbers as tables.
import { bands, differences, plane } from "./chart.js";
import { MINUS, el } from "./controls.js";
import { middle } from "./results.js";
import { FEWEST, verdict } from "./statistics.js";
import { count, percent } from "./words.js";
/* global OUTCOME, VIEWS: the lecture's own */

const table = (caption, head, body) => {
  const row = (texts, scope) => el("tr", {}, ...texts.map((text, i) => (scope || !i ? el("th", { scope: scope ?? "row" }, text) : el("td", {}, text))));
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, el("table", {}, el("caption", {}, caption),
    el("thead", {}, row(head, "col")), el("tbody", {}, ...body.map((texts) => row(texts)))));
};

/** Returns {nodes, draw(results), view}; `lines` draws each network, and no second chart. */
export const pictures = (state, { lines, boxOf }) => {
  const [first, second, third] = ["first", "second", "third"].map((name) => el("div", { class: `chart ${name}` }));
  const list = el("select", { "aria-label": "second picture", "data-lm-suppress-shortcuts": "true" });
  const chosen = el("label", { class: "view" }, el("span", {}, "second picture"), list);
  const numbers = el("details", { class: "numbers" }, el("summary", {}, "The numbers"));
  const style = (name) => getComputedStyle(first).getPropertyValue(name);
  let results = null;

  const offer = () => {
    const possible = Object.keys(VIEWS).filter((name) => name !== OUTCOME.key && (!VIEWS[name].map || state.set.inputs === 2));
    if (possible.join() === Array.from(list.options, ({ value }) => value).join()) return;
    const kept = possible.includes(list.value) ? list.value : possible[0];
    list.replaceChildren(...possible.map((name) => el("option", { value: name }, VIEWS[name].text)));
    list.value = kept;
  };
  const chart = (name, node) => {
    const view = VIEWS[name], width = Math.max(240, Math.floor(node.clientWidth));
    if (view.map) {
      const { train } = state.set;
      return results.sides.map((side) => {
        const maps = results.finished(side).map(({ map }) => map);
        return plane(maps, { side, style, width: width / results.sides.length - 6, data: train, box: boxOf(train.x),
          alt: `${view.text}, ${side}: the share of ${count(maps.length, "network")} that say class 1, at each place` });
      });
    }
    const xName = view.perLayer ? "layer" : "epoch", each = lines ? "the line of each network" : "the band from 10% to 90%";
    return [bands(results.curves(name), { ...view, width, xName, title: view.text, lines: lines && !view.perLayer,
      last: view.perLayer ? 1 : results.epochs, alt: `${view.text} by ${xName}: the median of each side, and ${each}` })];
  };
  const tabulate = () => {
    const { sides, seeds } = results, curves = results.curves(OUTCOME.key);
    const written = (v) => (v === null ? "–" : percent(v));
    const ofSeed = (seed) => {
      const [a, b] = sides.map((side) => results.outcome(side, seed)), apart = a === null || b === null ? "–" : MINUS(Number(((b - a) * OUTCOME.factor).toFixed(1)));
      return [String(seed), ...[a, b].slice(0, sides.length).map(written), ...(sides[1] ? [apart] : [])];
    };
    const ofEpoch = (i) => [String(i + 1), ...sides.map((side) => {
      const values = curves[side].map((run) => run[i]).filter(Number.isFinite);
      return values.length ? middle(values).map(percent).join(", ") : "–";
    })];
    return [
      table(`${OUTCOME.text}, by seed`, ["seed", ...sides, ...(sides[1] ? [`B − A, ${OUTCOME.unit}`] : [])], seeds.map(ofSeed)),
      table(`${OUTCOME.text}, by epoch: 10%, median, 90%`, ["epoch", ...sides], Array.from({ length: results.epochs }, (_, i) => ofEpoch(i))),
    ];
  };
  const draw = (now = results) => {
    results = now;
    offer();
    first.replaceChildren(...chart(OUTCOME.key, first));
    if (!lines) second.replaceChildren(...chart(list.value, second));
    const values = results.differences;
    third.replaceChildren(...(values.length < FEWEST ? [] : [differences(values, { width: Math.max(240, third.clientWidth), factor: OUTCOME.factor,
      interval: results.interval, title: `B − A on the same seed, in ${OUTCOME.unit}`, alt: `${count(values.length, "pair")}. ${verdict(values, OUTCOME)}` })]));
    numbers.replaceChildren(numbers.firstChild, ...(numbers.open ? tabulate() : []));
  };
  list.addEventListener("change", () => draw());
  numbers.addEventListener("toggle", () => draw());
  const charts = lines ? el("div", { class: "charts one" }, first) : el("div", { class: "charts" }, first, el("div", {}, second, chosen));
  return { nodes: [charts, third, numbers], draw, view: (name) => { offer(); if (name) list.value = name; } };
};
