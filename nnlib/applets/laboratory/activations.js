// Activation functions and their derivatives, as nnlib.activations.

const sigmoid = (a) => {
  const z = Math.exp(-Math.abs(a));
  return (a >= 0 ? 1 : z) / (1 + z);
};
/** The error function: a series whose terms are all positive, so nothing cancels. */
const erf = (x) => {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  let term = size, sum = size;
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * size * size) / (2 * n + 1);
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
};
const normalDensity = (a) => Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI);
const normalShare = (a) => (1 + erf(a / Math.SQRT2)) / 2;
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

/** Each activation φ as [φ(a), φ′(a) given a and h = φ(a)]. */
export const ACTIVATIONS = {
  sigmoid: [sigmoid, (a, h) => h * (1 - h)],
  tanh: [Math.tanh, (a, h) => 1 - h * h],
  relu: [(a) => (a > 0 ? a : 0), (a) => (a > 0 ? 1 : 0)],
  leaky_relu: [(a) => (a > 0 ? a : 0.01 * a), (a) => (a > 0 ? 1 : 0.01)],
  elu: [(a) => (a > 0 ? a : Math.expm1(a)), (a, h) => (a > 0 ? 1 : h + 1)],
  selu: [(a) => SELU.scale * (a > 0 ? a : SELU.alpha * Math.expm1(a)),
    (a, h) => (a > 0 ? SELU.scale : h + SELU.scale * SELU.alpha)],
  softplus: [(a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), sigmoid],
  silu: [(a) => a * sigmoid(a), (a) => { const s = sigmoid(a); return s * (1 + a * (1 - s)); }],
  gelu: [(a) => a * normalShare(a), (a) => normalShare(a) + a * normalDensity(a)],
};
