// What is done with a gradient: nnlib.clip, nnlib.optim, nnlib.early_stopping.

/** The length of a vector: the lecture's ‖g‖. */
export const norm = (v) => {
  let square = 0;
  for (let i = 0; i < v.length; i++) square += v[i] * v[i];
  return Math.sqrt(square);
};

/** g ← min(1, c/‖g‖) g; returns the factor. */
export const clip = (g, c) => {
  const length = norm(g);
  const factor = length > c && length < Infinity ? c / length : 1;
  if (factor < 1) for (let i = 0; i < g.length; i++) g[i] *= factor;
  return factor;
};

/** Each optimiser, made for `size` parameters: step(w, g) changes w. */
export const OPTIMISERS = {
  sgd: ({ lr, momentum = 0 }, size) => {
    const v = new Float64Array(size);
    return (w, g) => {
      for (let i = 0; i < size; i++) w[i] -= lr * (v[i] = momentum * v[i] + g[i]);
    };
  },
  adam: ({ lr }, size) => {
    const m = new Float64Array(size), v = new Float64Array(size), b1 = 0.9, b2 = 0.999, eps = 1e-8;
    let t = 0;
    return (w, g) => {
      t++;
      const c1 = 1 - b1 ** t, c2 = 1 - b2 ** t;
      for (let i = 0; i < size; i++) {
        m[i] += (1 - b1) * (g[i] - m[i]);
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        w[i] -= (lr * (m[i] / c1)) / (Math.sqrt(v[i] / c2) + eps);
      }
    };
  },
};

/** Stop after `patience` epochs without a better validation loss; keep the weights of the best. */
export class EarlyStopping {
  constructor(patience, size) {
    Object.assign(this, { patience, best: Infinity, bestEpoch: -1, kept: new Float64Array(size) });
  }

  step(loss, epoch, w) {
    if (loss < this.best) {
      this.best = loss;
      this.bestEpoch = epoch;
      this.kept.set(w);
    }
    return epoch - this.bestEpoch >= Math.max(1, this.patience);
  }

  restore(w) {
    if (this.bestEpoch >= 0) w.set(this.kept);
  }
}
