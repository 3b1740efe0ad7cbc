// A network of many layers, as nnlib.models.MLP, plain or with residual blocks.
import { STARTS, uniform } from "./init.js";
import { Activation, Dropout, Linear, ReLU, Residual } from "./layers.js";
import { Generator } from "./random.js";

const MASKS = 1000; // nnlib.replicas.Stream: layer i draws its weights from stream i, its masks from MASKS + i

/** What each linear layer reads and gives, and the stream that its weights come from. */
const plan = ({ sizes, residual }) => {
  if (!residual) return sizes.slice(1).map((nOut, i) => [sizes[i], nOut, i]);
  const [nIn, units, nOut] = sizes;
  const inside = Array.from({ length: 2 * residual.blocks }, (_, i) => [units, units, 10 + i]);
  return [[nIn, units, 0], ...inside, [units, nOut, 1]];
};

/** How many weights and biases a network has. */
export const count = (settings) => plan(settings).reduce((sum, [nIn, nOut]) => sum + nOut * (nIn + 1), 0);

/**
 * sizes [64, 32, 32, 10]: linear layers with activations between them.  With residual.blocks = n, sizes
 * [64, 32, 10]: linear, n blocks of linear–activation–(dropout–)linear, activation, linear.
 * All parameters are views of one vector `w`, and their gradients of one vector `g`: the lecture's w and g.
 */
export class Network {
  constructor(settings, seed, rows) {
    const { sizes, activation = "relu", start = "pytorch", scale = 1, dropout = 0, residual = null } = settings;
    this.w = new Float64Array(count(settings));
    this.g = new Float64Array(this.w.length);
    this.linears = [];
    let used = 0;
    const linear = ([nIn, nOut, stream]) => {
      const views = (vector, at = used) =>
        [vector.subarray(at, at += nIn * nOut), vector.subarray(at, at + nOut)];
      const [weight, bias] = views(this.w), [weightGradient, biasGradient] = views(this.g);
      used += nOut * (nIn + 1);
      const random = new Generator(seed, stream);
      STARTS[start](weight, nIn, nOut, random);
      if (start === "pytorch") uniform(bias, 1 / Math.sqrt(nIn), random);
      for (let i = 0; i < weight.length; i++) weight[i] *= scale;
      const layer = new Linear(nIn, nOut, rows, { weight, bias, weightGradient, biasGradient });
      this.linears.push(layer);
      return layer;
    };
    const act = (units) => new (activation === "relu" ? ReLU : Activation)(activation, units, rows);
    const drop = (units, i) =>
      dropout > 0 ? [new Dropout(dropout, units, rows, new Generator(seed, MASKS + i))] : [];

    const layers = plan(settings);
    if (residual) {
      const units = sizes[1], last = layers.pop();
      this.layers = [linear(layers[0])];
      for (let k = 0; k < residual.blocks; k++) {
        const branch = [linear(layers[2 * k + 1]), act(units), ...drop(units, k), linear(layers[2 * k + 2])];
        if (residual.zeroInit) { branch.at(-1).weight.fill(0); branch.at(-1).bias.fill(0); }
        this.layers.push(new Residual(branch, units, rows, residual.scale));
      }
      this.layers.push(act(units), linear(last));
    } else {
      this.layers = layers.flatMap((layer, i) =>
        i ? [act(layer[0]), ...drop(layer[0], i), linear(layer)] : [linear(layer)]);
    }
    this.activations = this.layers.flatMap((layer) => layer.layers ?? layer).filter((layer) => layer instanceof Activation);
  }

  forward(x, rows, training = false) {
    for (const layer of this.layers) x = layer.forward(x, rows, training);
    return x;
  }

  /** From ∂L/∂outputs to the gradient g of all parameters. */
  backward(d, rows) {
    for (let k = this.layers.length - 1; k >= 0; k--) d = this.layers[k].backward(d, rows, k > 0);
  }
}
