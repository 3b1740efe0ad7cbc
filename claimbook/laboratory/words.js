// What is said before, while and after networks train.
import { middle } from "./results.js";
import { FEWEST, interval, sized, verdict } from "./statistics.js";
/* global LIBRARY, OUTCOME: the lecture's own */

const MINUTE = 60; // seconds; what takes longer is said beforehand

export const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
export const percent = (v) => `${(100 * v).toFixed(1)}%`;
const time = (s) => (s < 1 ? "under a second" : s < 90 ? `about ${Math.round(s)} s` : `about ${Math.round(s / 60)} min`);
const range = (seeds) => (seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`);

export const before = ({ networks, unread }, seconds) => [
  unread.length ? `The address says ${unread.join(", ")}, which means nothing here, so all is as it always starts.` : "",
  `${count(networks, "network")}, ${time(seconds)} on this device.`,
  seconds > MINUTE ? "Fewer seeds or epochs, or smaller networks, take less." : "",
].filter(Boolean).join(" ");

export const during = (share, seconds) => `${Math.round(100 * share)}%, ${time(seconds)} left`;

export const after = ({ networks, seeds }, { ms, how }) =>
  `${count(networks, "network")}, ${range(seeds)}, ${(ms / 1000).toFixed(1)} s (${how})`;

/** The verdict, what became of networks that diverged, and the library's verdict where it is of the same settings. */
export const conclusion = (state, results, cancelled) => {
  const values = results.differences, said = [];
  if (cancelled) said.push("Stopped before the end, so there is no verdict.");
  else if (results.sides.length < 2) {
    const [low, mid, high] = middle(results.outcomes("A")).map(percent);
    said.push(`${OUTCOME.text}: ${mid} in the middle, ${low} to ${high} for the middle 80% of ${count(results.seeds.length, "network")}.`);
  } else said.push(values.length < FEWEST ? `A verdict takes ${FEWEST} pairs.` : verdict(values, OUTCOME));
  for (const side of results.sides)
    if (results.lost(side)) said.push(`${results.lost(side)} of ${count(results.seeds.length, "network")} of ${side} diverged: their loss is no longer a number.`);
  if (!cancelled && state.preset.python && state.asPreset) said.push(beside(results, state.preset.python));
  return said;
};

/** Both verdicts; on the same seeds also how many networks ended alike. */
const beside = (results, theirs) => {
  const seeds = theirs.A.map((_, seed) => seed);
  const both = `${LIBRARY}, ${range(seeds)}: ${sized(interval(seeds.map((i) => theirs.B[i] - theirs.A[i])), OUTCOME)}; ` +
    `your browser, ${results.seeds[0] ? range(results.seeds) : "the same seeds"}: ${sized(results.interval, OUTCOME)}.`;
  if (results.seeds[0]) return both;
  const same = results.sides.flatMap((side) => seeds.map((seed) => Math.abs(theirs[side][seed] - results.outcome(side, seed)) < 1e-9));
  return `${both} ${same.filter(Boolean).length} of ${same.length} networks end as ${LIBRARY}’s do.`;
};
