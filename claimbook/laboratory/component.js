// The laboratory on the page: two settings on the same seeds, their curves, their differences, a verdict.
import { button, el } from "./controls.js";
import { unpack } from "./data.js";
import { panel } from "./panel.js";
import { pictures } from "./pictures.js";
import { Results } from "./results.js";
import { crew, train } from "./runner.js";
import { State } from "./state.js";
import { after, before, conclusion, count, during } from "./words.js";
/* global engine, CSS */

const OFTEN_ENOUGH = 100; // milliseconds between two pictures
const rates = { now: 1e6 }; // multiplications of one worker in a millisecond; measured with each run

/** Build a laboratory in `root`, from what `claimbook.lab` wrote into its data-lab. */
export const mount = (root) => {
  const { id, alt, presets, sets, lines = false } = JSON.parse(root.dataset.lab);
  const data = Object.fromEntries(Object.entries(sets).map(([name, key]) => [name, unpack(globalThis.laboratoryData[key])]));
  const { cost, boxOf } = engine(), state = new State(id, presets, data);
  const still = location.hash.startsWith(`#${id}?`) ? null : root.querySelector("img"); // what Python saw
  const seats = () => Number(root.dataset.workers ?? crew());
  let results, job = null, touched = false;

  const settings = panel(state, (key, value) => { state.choice[key] = value; renew(); });
  const seen = pictures(state, { lines, boxOf });
  const menu = el("div", { class: "menu", role: "group", "aria-label": "Questions" },
    ...presets.map((preset) => button(preset.title, () => open(preset), { "data-preset": preset.name })));
  const question = el("p", { class: "question", role: "heading", "aria-level": 2 }), task = el("p", { class: "task" });
  // One button for both: one that is disabled as it is pressed would lose the focus, and Esc with it.
  const go = button("", () => (job ? job.cancel() : run()), { class: "go" });
  const fresh = button("", () => { state.choice.from += state.choice.seeds; renew(); run(); }, { class: "fresh" });
  const again = button("Start again", () => open(state.preset));
  const copy = button("Copy link", async () => {
    try {
      await navigator.clipboard.writeText(String(new URL(state.hash, location.href)));
      copy.textContent = "Copied";
    } catch { copy.textContent = "It is the page’s address"; }
    setTimeout(() => { copy.textContent = "Copy link"; }, 2500);
  });
  const progress = el("progress", { max: 1, value: 0, "aria-label": "training" }), status = el("p", { class: "status" });
  const said = el("div", { class: "verdict", "aria-live": "polite" }), legend = el("p", { class: "legend" });

  const work = () => Object.values(state.settings).reduce((sum, s) => sum + cost(s, state.set) * s.epochs * state.choice.seeds, 0);
  const power = () => rates.now * Math.max(1, Math.min(seats(), state.choice.seeds));
  const show = () => {
    settings.show();
    root.classList.toggle("alone", state.sides.length < 2);
    root.classList.toggle("still", still !== null && !touched);
    go.textContent = job ? "Stop" : `Train ${count(state.networks, "network")}`;
    legend.replaceChildren(...state.sides.map((side) => el("span", {}, el("b", { class: side }, side), ` ${state.described(side)}`)));
    fresh.textContent = state.choice.seeds === 1 ? "A fresh seed" : `${state.choice.seeds} fresh seeds`;
    if (touched) history.replaceState(history.state, "", state.hash);
    touched = true; // from now on the reader's doing
    seen.draw(results);
  };
  /** Another choice: results beside settings that did not make them would be a lie. */
  const renew = () => {
    job?.cancel();
    job = null;
    results = new Results(state);
    progress.value = 0;
    said.replaceChildren();
    status.textContent = before(state, work() / power() / 1000);
    root.dataset.state = "ready";
    show();
  };
  const introduce = () => {
    const { preset } = state, ending = document.body.dataset.jpThemeLight === undefined ? ".html" : ".ipynb";
    for (const node of menu.children) node.setAttribute("aria-pressed", String(node.dataset.preset === preset.name));
    question.textContent = preset.question;
    task.replaceChildren(preset.task, ...(preset.chapter ? [" ", el("a", { href: preset.chapter + ending }, preset.where)] : []));
    seen.view(preset.view);
    renew();
  };
  const open = (preset) => { state.begin(preset); introduce(); };

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const run = async () => {
    if (job) return;
    renew();
    const mine = results, began = performance.now(), effort = work();
    let waiting = false;
    const report = () => {
      waiting = false;
      if (results !== mine || !job) return;
      const share = mine.steps / mine.total, spent = (performance.now() - began) / 1000;
      progress.value = share;
      status.textContent = during(share, (spent * (1 - share)) / Math.max(share, 1e-3));
      if (!calm.matches) seen.draw(mine);
    };
    const { done, cancel } = train({ settings: state.settings, data: state.set, seeds: state.seeds, workers: seats(), onNews: (told) => {
      told.forEach((news) => mine.take(news));
      if (!waiting) setTimeout(report, OFTEN_ENOUGH);
      waiting = true;
    } });
    job = { cancel };
    root.dataset.state = "training";
    show();
    const { how, workers, ms, cancelled, error } = await done;
    if (results !== mine) return; // the reader has gone on
    job = null;
    if (error) {
      show();
      status.textContent = `This cannot be trained here: ${error.message}.`;
      root.dataset.state = "failed";
      return;
    }
    if (!cancelled) rates.now = effort / ms / workers;
    progress.value = mine.steps / mine.total;
    status.textContent = after(state, { ms, how });
    show();
    said.replaceChildren(...conclusion(state, mine, cancelled).map((line) => el("p", {}, line)));
    root.dataset.state = cancelled ? "stopped" : "done";
  };

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && job) job.cancel();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  const follow = () => {
    job?.cancel();
    if (state.follow(location.hash)) root.scrollIntoView();
    introduce();
  };
  addEventListener("hashchange", () => { if (location.hash.split("?")[0] === `#${id}`) follow(); });

  root.replaceChildren(el("style", {}, CSS), ...(presets.length > 1 ? [menu] : []), question, task,
    el("div", { class: "bar" }, go, fresh, again, copy), legend, ...(still ? [still] : []), ...seen.nodes,
    progress, status, said, settings.node);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", alt);
  root.id ||= id;
  let width = 0;
  new ResizeObserver(() => { if (root.clientWidth !== width) { width = root.clientWidth; seen.draw(); } }).observe(root);
  new MutationObserver(() => seen.draw()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  follow();
};
