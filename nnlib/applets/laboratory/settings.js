// What a reader may set, in the lecture's words and in PyTorch's, and what there is to see.

const RATES = [0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5,
  1, 2, 3, 5, 10];

/** Each with its values and the first of them; `names` are said instead of values. */
export const FIELDS = [
  { name: "data", text: "data", values: ["digits", "moons"], common: true,
    hint: "1000 handwritten digits of 8 × 8 pixels, or 100 points in two half circles. One split for all seeds.",
    torch: "nnlib.data.digits(1000, 300), two_moons(100, 200)" },
  { name: "examples", text: "training examples", values: [20, 50, 100, 200, 300, 600, 1000], initial: 1000,
    hint: "The first so many of the training set; of the moons there are 100.", torch: "data.train.x[:n]" },
  { name: "noise", text: "wrong labels", values: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1],
    hint: "The share of training labels that are drawn anew, at random. Unseen examples keep the right ones.",
    torch: "nnlib.data.digits(label_noise=…)" },
  { name: "depth", text: "hidden layers", values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 21, 31, 41], initial: 1,
    hint: "How many layers stand between the input and the last one.", torch: "nn.Linear, so many times" },
  { name: "width", text: "units in each", values: [1, 2, 4, 8, 16, 32, 64, 128], initial: 32,
    hint: "Hidden units of each layer.", torch: "nn.Linear(width, width)" },
  { name: "activation", text: "activation φ",
    values: ["relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "softplus", "silu", "gelu"],
    names: { relu: "ReLU", leaky_relu: "leaky ReLU", elu: "ELU", selu: "SELU", silu: "SiLU (swish)", gelu: "GELU" },
    hint: "The function after each hidden layer.", torch: "nn.ReLU(), nn.Sigmoid(), …" },
  { name: "start", text: "start",
    values: ["pytorch", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform", "lecun_normal", "orthogonal", "constant"],
    names: { pytorch: "PyTorch’s default", kaiming_normal: "He", kaiming_uniform: "He, uniform", xavier_normal: "Glorot",
      xavier_uniform: "Glorot, uniform", lecun_normal: "LeCun", constant: "all weights 0.1" },
    hint: "From where the first weights are drawn.", torch: "nn.init.kaiming_normal_(layer.weight), …" },
  { name: "scale", text: "first weights times", values: [0.01, 0.03, 0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10], initial: 1,
    hint: "All weights of the start are multiplied by it.", torch: "layer.weight.mul_(scale)" },
  { name: "residual", text: "shortcuts", values: ["off", "on", "scaled", "zero"],
    names: { scaled: "on, 1/√L", zero: "from zero" },
    hint: "x + F(x) around each two hidden layers, behind a first one; F divided by √L with L blocks; or F zero at the start.",
    torch: "x + f(x) in forward()" },
  { name: "optimiser", text: "optimiser", values: ["sgd", "momentum", "adam"],
    names: { sgd: "SGD", momentum: "momentum", adam: "Adam" },
    hint: "What is done with the gradient; the momentum is 0.9.", torch: "torch.optim.SGD(…, momentum=0.9), torch.optim.AdamW" },
  { name: "lr", text: "learning rate η", values: RATES, initial: 0.1,
    hint: "How far a step goes.", torch: "torch.optim.SGD(…, lr=η)" },
  { name: "batch", text: "minibatch", values: [1, 5, 10, 20, 32, 50, 100, "all"], initial: 32,
    hint: "Examples in one step.", torch: "DataLoader(…, batch_size=…, shuffle=True)" },
  { name: "maxNorm", text: "clip at c", values: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, "off"], initial: "off",
    hint: "A gradient longer than c is shortened to c.", torch: "nn.utils.clip_grad_norm_(model.parameters(), c)" },
  { name: "penalty", text: "weight decay λ", values: [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    hint: "The slide’s λwᵀw is added to the loss; biases are free.", torch: "torch.optim.SGD(…, weight_decay=2λ)" },
  { name: "decay", text: "decoupled decay ω", values: [0, 0.01, 0.1, 0.3, 1, 3],
    hint: "For Adam alone: each step takes ηω of the weights away.", torch: "torch.optim.AdamW(…, weight_decay=ω)" },
  { name: "dropout", text: "dropout p", values: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    hint: "The probability with which a hidden unit is turned off in training, for each example anew.", torch: "nn.Dropout(p)" },
  { name: "patience", text: "stop early", values: [1, 2, 3, 5, 10, 20, "never"], initial: "never",
    names: Object.fromEntries([1, 2, 3, 5, 10, 20].map((k) => [k, `patience ${k}`])),
    hint: "After so many epochs without a better loss on unseen examples; the best weights are kept.",
    torch: "no class in PyTorch: nnlib.early_stopping" },
];

/** What is drawn: `perLayer` for each layer after the last epoch, `map` over the plane, else for each epoch;
 * what is above a `cap`, such as the loss of a network that explodes, is drawn there. */
export const VIEWS = {
  validationError: { text: "unseen examples misread", percent: true },
  trainLoss: { text: "loss in training", cap: 5 },
  validationLoss: { text: "loss on unseen examples", cap: 5 },
  gradientNorms: { text: "length of each layer’s gradient ‖∂L/∂W‖", log: true, perLayer: true },
  dead: { text: "dead units in each layer", percent: true, perLayer: true },
  weightNorm: { text: "length of the weights ‖w‖" },
  map: { text: "where the boundary runs", map: true },
};

/** What else has trained the presets, on the same seeds. */
export const LIBRARY = "nnlib";

/** What is compared in the end, of a row of the engine: less of it is better. */
export const OUTCOME = { key: "validationError", text: "unseen examples misread", fewer: "misreads fewer unseen examples", unit: "points", factor: 100 };

/** What one network came to: its last epoch, or the best one where the best weights are kept. */
export const settled = (rows, { patience }) => (patience === "never" ? rows.at(-1)
  : rows.reduce((best, row) => (row.validationLoss < best.validationLoss ? row : best)));

export const diverged = (rows) => !Number.isFinite(rows.at(-1).trainLoss);

/** From the reader's words to what the engine takes. */
export const settingsOf = (form, epochs, { inputs, classes }) => {
  const { depth, width, residual, optimiser, batch, maxNorm, patience, decay, ...same } = form;
  const blocks = residual === "off" ? 0 : Math.floor((depth - 1) / 2);
  return { ...same, epochs,
    sizes: blocks > 0 ? [inputs, width, classes] : [inputs, ...Array(depth).fill(width), classes],
    residual: blocks > 0 ? { blocks, scale: residual === "scaled" ? blocks ** -0.5 : 1, zeroInit: residual === "zero" } : null,
    optimiser: optimiser === "adam" ? "adam" : "sgd", momentum: optimiser === "momentum" ? 0.9 : 0,
    decay: optimiser === "adam" ? decay : 0,
    batch: batch === "all" ? null : batch, maxNorm: maxNorm === "off" ? Infinity : maxNorm,
    patience: patience === "never" ? null : patience };
};
