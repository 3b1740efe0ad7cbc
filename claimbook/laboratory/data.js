// Data sets, unpacked from the text that claimbook.lab packed them into.

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** A bit for each number (0 or not), then half a byte for each that is not: whole numbers up to `levels`. */
const levelled = (packed, size, levels) => {
  const x = new Float64Array(size), start = Math.ceil(size / 8);
  let at = 0;
  for (let i = 0; i < size; i++)
    if (packed[i >> 3] & (128 >> (i & 7))) {
      x[i] = (1 + ((packed[start + (at >> 1)] >> (at & 1 ? 0 : 4)) & 15)) / levels;
      at++;
    }
  return x;
};

/** {inputs, classes, train: {x, y}, validation: {x, y}}; with 0 classes the targets are numbers. */
export const unpack = ({ n: [train, validation], inputs, classes, levels, x, y }) => {
  const count = train + validation, packed = bytes(x);
  const xs = levels ? levelled(packed, count * inputs, levels) : new Float64Array(packed.buffer);
  const ys = classes ? bytes(y) : new Float64Array(bytes(y).buffer);
  const part = (from, to) => ({ x: xs.slice(from * inputs, to * inputs), y: ys.slice(from, to) });
  return { inputs, classes, train: part(0, train), validation: part(train, count) };
};
