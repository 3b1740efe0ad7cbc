// What is said of paired differences: claimbook.claims.interval, and a sentence.

export const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b), at = q * (sorted.length - 1), low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};

/** The 97.5% quantile of Student's t, by Cornish and Fisher: within 0.002 for 4 or more degrees of freedom. */
export const studentT = (k, z = 1.9599639845400545) =>
  z + (z ** 3 + z) / (4 * k) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * k ** 2) +
  (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * k ** 3) +
  (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92160 * k ** 4);

export const FEWEST = 5; // pairs; with fewer no interval is worth its name

/** The mean of paired differences, and Student's 95% interval for it. */
export const interval = (values) => {
  const n = values.length, mean = values.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  const half = (studentT(n - 1) * sd) / Math.sqrt(n);
  return { mean, low: mean - half, high: mean + half };
};

const written = (x) => x.toFixed(Math.abs(x) >= 9.95 ? 0 : 1).replace("-", "−");

/** The size of a mean difference, with its interval: "77 (69 to 84)"; with its sign where the interval holds 0. */
export const sized = ({ mean, low, high }, { factor }) => {
  const away = low <= 0 && high >= 0 ? 1 : Math.sign(mean), ends = [low, high].map((v) => v * factor * away).sort((a, b) => a - b);
  return `${written(mean * factor * away)} (${ends.map(written).join(" to ")})`;
};

/** A verdict in words on B − A, where less is better. */
export const verdict = (values, outcome) => {
  const found = interval(values), n = values.length;
  if (values.every((v) => v === 0)) return `No difference at all: the two end alike in all ${n} pairs.`;
  const better = found.mean < 0 ? "B" : "A", wins = values.filter((v) => (better === "B" ? v < 0 : v > 0)).length;
  if (found.low <= 0 && found.high >= 0) {
    const [mean, low, high] = [found.mean, found.low, found.high].map((v) => written(v * outcome.factor));
    return `No difference shown: B − A is ${mean} ${outcome.unit} (95% interval ${low} to ${high}, which holds 0).`;
  }
  const size = sized(found, outcome).replace("(", `${outcome.unit} (95% interval `);
  return `${better} ${outcome.fewer}: by ${size}, in ${wins} of ${n} pairs.`;
};
