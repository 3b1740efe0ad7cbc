// The training loop, as nnlib.train.fit.  Same seed, same start, same order, same masks: the same run.
import { EarlyStopping, OPTIMISERS, clip, norm } from "./optim.js";
import { Network, count } from "./models.js";
import { Generator } from "./random.js";

const ORDER = 100, LABEL_NOISE = 101; // nnlib.replicas.Stream

/** Sums of the cross-entropy and of the mistakes; if d is given, it becomes the gradient of the mean. */
const crossEntropy = (logits, y, rows, classes, d) => {
  let loss = 0, wrong = 0;
  for (let r = 0, at = 0; r < rows; r++, at += classes) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[at + c] > logits[at + best]) best = c;
    const top = logits[at + best];
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[at + c] - top);
    loss += Math.log(sum) + top - logits[at + y[r]];
    if (best !== y[r]) wrong++;
    if (d) for (let c = 0; c < classes; c++)
      d[at + c] = (Math.exp(logits[at + c] - top) / sum - (c === y[r] ? 1 : 0)) / rows;
  }
  return { loss, wrong };
};

/** The same for the mean squared error of one output; `wrong` stays 0. */
const squaredError = (outputs, y, rows, _, d) => {
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const miss = outputs[r] - y[r];
    loss += miss * miss;
    if (d) d[r] = (2 * miss) / rows;
  }
  return { loss, wrong: 0 };
};

/** nnlib.data's label noise: each label is replaced with probability `share` by a uniform random one. */
const noisyLabels = ({ train, validation, classes }, share, seed) => {
  const random = new Generator(seed, LABEL_NOISE), n = train.y.length + validation.y.length;
  const replaced = Array.from({ length: n }, () => random.uniform() < share);
  const drawn = Array.from({ length: n }, () => Math.floor(random.uniform() * classes));
  return train.y.map((label, i) => (replaced[i] ? drawn[i] : label));
};

/** The settings' training set: the first `examples`, some with wrong labels. */
const trainingSet = ({ examples = Infinity, noise = 0 }, data, seed) => {
  const { x, y } = data.train, n = Math.min(examples, y.length);
  const labels = noise > 0 ? noisyLabels(data, noise, seed) : y;
  return { x: x.subarray(0, n * data.inputs), y: labels.subarray(0, n) };
};

/** One network, its optimiser and its order of the examples. */
export class Trainer {
  constructor(settings, data, seed) {
    const { batch = null, optimiser = "sgd", sizes } = settings;
    const train = trainingSet(settings, data, seed), n = train.y.length;
    const rows = Math.min(batch ?? n, n), outputs = sizes.at(-1);
    this.network = new Network(settings, seed, rows);
    Object.assign(this, { settings, data, train, n, rows, outputs, inputs: sizes[0],
      loss: data.classes ? crossEntropy : squaredError,
      order: new Generator(seed, ORDER),
      update: OPTIMISERS[optimiser](settings, this.network.w.length),
      x: new Float64Array(rows * sizes[0]), y: new train.y.constructor(rows), d: new Float64Array(rows * outputs) });
  }

  /** One step on a minibatch; returns the sum of its losses. */
  step(x, y, rows) {
    const { network, outputs, d, settings: { lr, penalty = 0, decay = 0, maxNorm = Infinity } } = this;
    const { loss } = this.loss(network.forward(x, rows, true), y, rows, outputs, d);
    network.backward(d, rows);
    if (penalty > 0) // the slide's λwᵀw, whose gradient is 2λw; biases are free
      for (const { weight, weightGradient } of network.linears)
        for (let i = 0; i < weight.length; i++) weightGradient[i] += 2 * penalty * weight[i];
    this.clipped = clip(network.g, maxNorm);
    if (decay > 0) // decoupled, as in AdamW
      for (const { weight } of network.linears)
        for (let i = 0; i < weight.length; i++) weight[i] *= 1 - lr * decay;
    this.update(network.w, network.g);
    return loss;
  }

  /** Show each example once; returns the mean loss of the minibatches as they were trained on. */
  epoch() {
    const { train, n, rows, inputs, settings: { batch = null } } = this;
    if (batch === null) return this.step(train.x, train.y, n) / n;
    const order = this.order.permutation(n);
    let loss = 0;
    for (let start = 0; start < n; start += rows) {
      const few = Math.min(rows, n - start);
      for (let r = 0; r < few; r++) {
        const from = order[start + r];
        for (let i = 0; i < inputs; i++) this.x[r * inputs + i] = train.x[from * inputs + i];
        this.y[r] = train.y[from];
      }
      loss += this.step(this.x, this.y, few);
    }
    return loss / n;
  }

  /** What the network gives for examples, with dropout off: see(outputs, start, rows) for some at a time. */
  outputsOf(x, see) {
    const { network, rows, inputs } = this, n = x.length / inputs;
    for (let start = 0; start < n; start += rows) {
      const few = Math.min(rows, n - start);
      see(network.forward(x.subarray(start * inputs, (start + few) * inputs), few), start, few);
    }
  }

  /** Mean loss, error rate and share of dead units per layer on some examples. */
  evaluate({ x, y }) {
    const { network } = this;
    let loss = 0, wrong = 0;
    for (const layer of network.activations) layer.lit.fill(0);
    this.outputsOf(x, (outputs, start, rows) => {
      const sums = this.loss(outputs, y.subarray(start, start + rows), rows, this.outputs);
      loss += sums.loss;
      wrong += sums.wrong;
    });
    const dead = network.activations.map(({ lit, units }) => 1 - lit.reduce((sum, on) => sum + on, 0) / units);
    return { loss: loss / y.length, error: wrong / y.length, dead };
  }
}

/** Train one network; yields what happened in each epoch, and returns its trainer. */
export function* fit(settings, data, seed) {
  const trainer = new Trainer(settings, data, seed), { network } = trainer;
  const stopping = settings.patience ? new EarlyStopping(settings.patience, network.w.length) : null;
  let row;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    if (!row || Number.isFinite(row.trainLoss)) { // what has diverged stays as it is, and costs nothing more
      const trainLoss = trainer.epoch();
      const gradientNorms = network.linears.map((layer) => norm(layer.weightGradient) / trainer.clipped); // last step's
      const { loss, error, dead } = trainer.evaluate(data.validation);
      row = { trainLoss, validationLoss: loss, validationError: error, gradientNorms, dead,
        weightNorm: norm(network.linears.map((layer) => norm(layer.weight))) };
    }
    yield row;
    if (stopping?.step(row.validationLoss, epoch, network.w)) break;
  }
  stopping?.restore(network.w);
  trainer.bestEpoch = stopping?.bestEpoch ?? settings.epochs - 1;
  return trainer;
}

/** Multiplications in one epoch: forwards, and twice that backwards; forwards on the validation set. */
export const cost = (settings, data) => {
  const n = Math.min(settings.examples ?? Infinity, data.train.y.length);
  return count(settings) * (3 * n + data.validation.y.length);
};

/** About how many bytes a network takes: parameters, gradients, optimiser; activations and what goes back. */
export const memory = (settings, data) => {
  const { sizes, residual, batch } = settings, units = sizes.reduce((a, b) => a + b) + 5 * (residual?.blocks ?? 0) * sizes[1];
  return 8 * (4 * count(settings) + 4 * units * (batch ?? data.train.y.length));
};

const GRID = 40; // points along each side of a map

/** For inputs in the plane, the share of class 1 at the points of a grid over the data: 0 or 1 for each. */
export const map = (trainer) => {
  const { inputs, train } = trainer.data;
  if (inputs !== 2) return null;
  const [left, right, bottom, top] = boxOf(train.x), points = new Float64Array(2 * GRID * GRID);
  for (let j = 0, at = 0; j < GRID; j++)
    for (let i = 0; i < GRID; i++) {
      points[at++] = left + ((i + 0.5) / GRID) * (right - left);
      points[at++] = top - ((j + 0.5) / GRID) * (top - bottom);
    }
  const classes = new Uint8Array(GRID * GRID);
  trainer.outputsOf(points, (outputs, start, rows) => {
    for (let r = 0; r < rows; r++) classes[start + r] = outputs[2 * r + 1] > outputs[2 * r] ? 1 : 0;
  });
  return classes;
};

/** Left, right, bottom and top of the points, with a margin. */
export const boxOf = (x) => {
  const ends = (from) => {
    const values = x.filter((_, i) => i % 2 === from), low = Math.min(...values), high = Math.max(...values);
    return [low - 0.1 * (high - low), high + 0.1 * (high - low)];
  };
  return [...ends(0), ...ends(1)];
};
