// Layers, forwards and backwards: nnlib.linear, nnlib.activations, nnlib.dropout, nnlib.residual.
// A layer keeps what it needs to go back; `rows` counts the examples in use of those it has room for.
import { ACTIVATIONS } from "./activations.js";
import { affine, combine } from "./kernels.js";

export class Linear {
  constructor(nIn, nOut, rows, { weight, bias, weightGradient, biasGradient }) {
    Object.assign(this, { nIn, nOut, weight, bias, weightGradient, biasGradient });
    this.out = new Float64Array(rows * nOut);
    this.back = new Float64Array(rows * nIn);
  }

  forward(x, rows) {
    this.x = x;
    affine(x, this.weight, this.bias, this.out, rows, this.nIn, this.nOut);
    return this.out;
  }

  /** From ∂L/∂out: set the gradients of the weights, and return ∂L/∂x unless nobody asks. */
  backward(d, rows, wanted) {
    const { nIn, nOut } = this;
    combine(this.weightGradient, nOut, nIn, d, 1, nOut, rows, this.x);
    this.biasGradient.fill(0);
    for (let r = 0, k = 0; r < rows; r++) for (let o = 0; o < nOut; o++) this.biasGradient[o] += d[k++];
    if (wanted) combine(this.back, rows, nIn, d, nOut, 1, nOut, this.weight);
    return this.back;
  }
}

export class Activation {
  constructor(name, units, rows) {
    this.units = units;
    [this.value, this.slope] = ACTIVATIONS[name];
    this.out = new Float64Array(rows * units);
    this.lit = new Uint8Array(units); // which units were not 0 for some example since the last clear
  }

  forward(x, rows, training) {
    this.x = x;
    const { out, value } = this, size = rows * this.units;
    for (let i = 0; i < size; i++) out[i] = value(x[i]);
    if (!training) for (let i = 0; i < size; i++) if (out[i] !== 0) this.lit[i % this.units] = 1;
    return out;
  }

  backward(d, rows) {
    const { x, out, slope } = this, size = rows * this.units;
    for (let i = 0; i < size; i++) d[i] *= slope(x[i], out[i]);
    return d;
  }
}

/** The commonest activation, written out: a call for each unit would cost a fifth of all time. */
export class ReLU extends Activation {
  forward(x, rows, training) {
    this.x = x;
    const { out, lit, units } = this;
    for (let i = 0; i < rows * units; i++) out[i] = x[i] > 0 ? x[i] : 0;
    if (!training) for (let i = 0; i < rows * units; i++) if (out[i] > 0) lit[i % units] = 1;
    return out;
  }

  backward(d, rows) {
    const { x, units } = this;
    for (let i = 0; i < rows * units; i++) if (!(x[i] > 0)) d[i] = 0;
    return d;
  }
}

export class Dropout {
  constructor(p, units, rows, random) {
    Object.assign(this, { p, units, random });
    this.out = new Float64Array(rows * units);
    this.mask = new Float64Array(rows * units);
  }

  forward(x, rows, training) {
    if (!training) return x;
    const { mask, out, p, random } = this, size = rows * this.units, scale = p < 1 ? 1 / (1 - p) : 0;
    for (let i = 0; i < size; i++) {
      mask[i] = random.uniform() >= p ? scale : 0;
      out[i] = x[i] * mask[i];
    }
    return out;
  }

  backward(d, rows) {
    for (let i = 0; i < rows * this.units; i++) d[i] *= this.mask[i];
    return d;
  }
}

/** x ↦ x + scale · F(x). */
export class Residual {
  constructor(layers, units, rows, scale) {
    Object.assign(this, { layers, units, scale });
    this.out = new Float64Array(rows * units);
    this.inner = new Float64Array(rows * units);
    this.back = new Float64Array(rows * units);
  }

  forward(x, rows, training) {
    let h = x;
    for (const layer of this.layers) h = layer.forward(h, rows, training);
    const { out, scale } = this, size = rows * this.units;
    for (let i = 0; i < size; i++) out[i] = x[i] + scale * h[i];
    return out;
  }

  backward(d, rows) {
    const { inner, back, scale } = this, size = rows * this.units;
    for (let i = 0; i < size; i++) inner[i] = scale * d[i];
    let e = inner;
    for (const layer of this.layers.toReversed()) e = layer.backward(e, rows, true);
    for (let i = 0; i < size; i++) back[i] = d[i] + e[i];
    return back;
  }
}
