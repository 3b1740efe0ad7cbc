// Where training starts, as nnlib.init and nnlib.linear.

const normal = (w, std, random) => {
  random.normal(w);
  for (let i = 0; i < w.length; i++) w[i] *= std;
};
export const uniform = (w, bound, random) => {
  for (let i = 0; i < w.length; i++) w[i] = bound * (2 * random.uniform() - 1);
};
/** Orthonormal rows or columns, whichever are fewer: Gram–Schmidt, twice for the sake of rounding. */
const orthogonal = (w, nIn, nOut, random) => {
  random.normal(w);
  const wide = nIn > nOut;
  const [vectors, length, step, stride] = wide ? [nOut, nIn, 1, nIn] : [nIn, nOut, nIn, 1];
  const at = (v, i) => v * stride + i * step;
  for (let v = 0; v < vectors; v++) {
    for (let pass = 0; pass < 2; pass++)
      for (let u = 0; u < v; u++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += w[at(u, i)] * w[at(v, i)];
        for (let i = 0; i < length; i++) w[at(v, i)] -= dot * w[at(u, i)];
      }
    let square = 0;
    for (let i = 0; i < length; i++) square += w[at(v, i)] ** 2;
    for (let i = 0; i < length; i++) w[at(v, i)] /= Math.sqrt(square);
  }
};

/** Each start fills a weight (nOut, nIn); all but PyTorch's default leave the biases at zero. */
export const STARTS = {
  pytorch: (w, nIn, nOut, random) => uniform(w, 1 / Math.sqrt(nIn), random),
  xavier_normal: (w, nIn, nOut, random) => normal(w, Math.sqrt(2 / (nIn + nOut)), random),
  xavier_uniform: (w, nIn, nOut, random) => uniform(w, Math.sqrt(6 / (nIn + nOut)), random),
  kaiming_normal: (w, nIn, nOut, random) => normal(w, Math.sqrt(2 / nIn), random),
  kaiming_uniform: (w, nIn, nOut, random) => uniform(w, Math.sqrt(6 / nIn), random),
  lecun_normal: (w, nIn, nOut, random) => normal(w, Math.sqrt(1 / nIn), random),
  orthogonal,
  constant: (w) => w.fill(0.1),
};
