// What the networks of one choice have come to so far.
import { interval, quantile } from "./statistics.js";
/* global OUTCOME, VIEWS, settled, diverged: the lecture's own */

export class Results {
  constructor(state) {
    const { sides, seeds, choice: { epochs } } = state;
    this.forms = Object.fromEntries(sides.map((side) => [side, state.form(side)]));
    Object.assign(this, { sides, seeds, epochs, steps: 0, total: sides.length * seeds.length * epochs });
    this.of = Object.fromEntries(sides.map((side) => [side, new Map(seeds.map((seed) => [seed, { rows: [], map: null, done: false }]))]));
  }

  take({ side, seed, row, map }) {
    const network = this.of[side].get(seed);
    if (row) {
      network.rows.push(row);
      this.steps++;
    } else {
      this.steps += this.epochs - network.rows.length; // where it stopped early
      Object.assign(network, { map, done: true });
    }
  }

  finished = (side) => [...this.of[side].values()].filter(({ done }) => done);
  end = (side, { rows }) => settled(rows, this.forms[side]);
  outcome = (side, seed) => {
    const network = this.of[side].get(seed);
    return network.done ? this.end(side, network)[OUTCOME.key] : null;
  };

  outcomes = (side) => this.seeds.map((seed) => this.outcome(side, seed)).filter((v) => v !== null);
  lost = (side) => this.finished(side).filter(({ rows }) => diverged(rows)).length;

  /** B − A of each seed whose two networks are finished. */
  get differences() {
    if (this.sides.length < 2) return [];
    const pairs = this.seeds.map((seed) => this.sides.map((side) => this.outcome(side, seed)));
    return pairs.filter(([a, b]) => a !== null && b !== null).map(([a, b]) => b - a);
  }

  get interval() { return interval(this.differences); }

  /** Of each side, what a view draws of each network; one that stopped early stays at what it came to. */
  curves(name) {
    const curve = (side, network) => {
      if (VIEWS[name].perLayer) return network.rows.at(-1)[name];
      const rest = network.done ? Array(this.epochs - network.rows.length).fill(this.end(side, network)[name]) : [];
      return [...network.rows.map((row) => row[name]), ...rest];
    };
    const begun = (side) => [...this.of[side].values()].filter(({ rows }) => rows.length);
    return Object.fromEntries(this.sides.map((side) => [side, begun(side).map((network) => curve(side, network))]));
  }
}

/** The middle 80% and the median: [10%, 50%, 90%]. */
export const middle = (values) => [0.1, 0.5, 0.9].map((q) => quantile(values, q));
