// One picture of a grid, chosen by sliders; Play moves the last.
const { axes, at, frames, alts, each } = DATA;
const image = root.querySelector("img");
const first = image.src;
// Each picture is stored once: null is the first, a number the place of an earlier one.
const picture = (k) => (typeof frames[k] === "number" ? frames[frames[k]] : frames[k] ?? first);

const show = () => {
  const k = sliders.reduce((sum, s, j) => sum * axes[j][1].length + s.at, 0);
  image.src = picture(k);
  image.alt = alts[k];
  if (each && !timer) say(alts[k]);
};
const sliders = axes.map(([name, labels], j) =>
  slider(name, labels, at[j], () => { pause(); show(); }));
const last = sliders.at(-1);
const [name, { length }] = axes.at(-1);

let timer = 0;
const label = (text, hint) => { play.textContent = text; play.setAttribute("aria-label", hint); };
const pause = () => {
  clearInterval(timer);
  timer = 0;
  if (still) label("Next", `Next ${name}`);
  else label("▶", `Play ${name}`);
};
const step = () => {
  if (!root.isConnected || document.hidden || last.at >= length - 1) return pause();
  last.at += 1;
  if (last.at >= length - 1) pause();
  show();
};
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const play = button("", () => {
  if (timer) { pause(); return show(); }
  if (last.at >= length - 1) { last.at = 0; if (still) return show(); }
  else if (still) return step();
  label("❚❚", `Pause ${name}`);
  timer = setInterval(step, 300);
  show();
});

root.setAttribute("role", "group");
root.setAttribute("aria-label", `Interactive figure: ${axes.map((axis) => axis[0]).join(", ")}`);
root.append(
  el("div", { class: "nnl-bar" }, ...(length > 1 ? [play] : []), ...sliders.map((s) => s.label)),
  listener,
);
pause();
