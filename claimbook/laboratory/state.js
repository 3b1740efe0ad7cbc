// What is chosen: by the preset, by the address, by the reader.
import { fromHash, toHash } from "./address.js";
/* global FIELDS, settingsOf: the lecture's own */

/** What every laboratory may set, beside the lecture's FIELDS. */
export const PLAN = [
  { name: "seeds", text: "seeds", values: [1, 2, 5, 10, 20, 30, 40, 100], initial: 20,
    hint: "How many networks each side has. A seed fixes the first weights, the order of the examples and the masks, alike for A and B.",
    torch: "torch.manual_seed(seed)" },
  { name: "epochs", text: "epochs", values: [1, 2, 5, 10, 15, 20, 30, 40, 60, 100, 200], initial: 20,
    hint: "How often each example is seen.", torch: "for epoch in range(epochs)" },
  { name: "sides", text: "compare", values: ["both", "alone"], names: { both: "A and B", alone: "A alone" },
    hint: "Two settings on the same seeds, or one by itself.", torch: "two scripts" },
];

/**
 * `choice` holds a value for each key: "B.lr" of side B, "data" of both, "seeds", …; `from` is the first seed.
 * `data` are the data sets by their names, `presets` what the page offers.
 */
export class State {
  constructor(id, presets, data) {
    const fields = FIELDS.map((f) => (f.name === "data" ? { ...f, values: Object.keys(data) } : f));
    Object.assign(this, { id, presets, data, fields, known: {} });
    for (const field of [...fields, ...PLAN]) for (const key of this.keysOf(field)) this.known[key] = field;
    this.begin(presets[0]);
  }

  keysOf = (field) => (field.common || PLAN.includes(field) ? [field.name] : [`A.${field.name}`, `B.${field.name}`]);

  begin(preset) {
    const usual = Object.entries(this.known).map(([key, { values, initial = values[0] }]) => [key, initial]);
    this.preset = preset;
    this.start = { ...Object.fromEntries(usual), from: 0, ...preset.choice };
    for (const [key, value] of Object.entries(preset.choice))
      if (this.read(key, String(value)) !== value) throw new Error(`${preset.name}: no choice ${key}=${value}`);
    this.choice = { ...this.start };
    this.unread = [];
  }

  /** The value that a text names, or undefined. */
  read = (key, text) => (key === "from" ? (/^\d{1,6}$/.test(text) ? Number(text) : undefined)
    : this.known[key]?.values.find((value) => String(value) === text));

  get hash() { return toHash(this.id, this.presets[1] ? this.preset.name : "", this.choice, this.start); }

  /** Begin as an address says, or as ever; true if it is about this laboratory. */
  follow(hash) {
    const told = fromHash(this.id, hash, this.presets.map(({ name }) => name), this.read);
    this.begin(this.presets.find(({ name }) => name === told?.preset) ?? this.presets[0]);
    this.unread = told?.unread ?? [];
    Object.assign(this.choice, told?.changes);
    return told !== null;
  }

  get sides() { return this.choice.sides === "alone" ? ["A"] : ["A", "B"]; }
  get seeds() { return Array.from({ length: this.choice.seeds }, (_, i) => this.choice.from + i); }
  get networks() { return this.choice.seeds * this.sides.length; }
  get set() { return this.data[this.choice.data]; }
  get settings() {
    return Object.fromEntries(this.sides.map((side) => [side, settingsOf(this.form(side), this.choice.epochs, this.set)]));
  }

  form = (side) => Object.fromEntries(this.fields.map((field) => [field.name, this.choice[field.common ? field.name : `${side}.${field.name}`]]));
  differs = ({ name, common }) => !common && this.sides.length > 1 && this.choice[`A.${name}`] !== this.choice[`B.${name}`];
  /** A side in words: what differs, or what it is. */
  described = (side) => {
    const named = ({ name, text, names = {} }, value = this.choice[`${side}.${name}`]) => `${text} ${names[value] ?? value}`;
    const own = this.fields.filter(this.differs), some = own.length ? own : this.fields.filter(({ name }) => this.preset.show.includes(name) && !this.known[name]);
    return some.map((field) => named(field)).join(", ");
  };

  /** Whether all is as the preset has it, but for the seeds' numbers. */
  get asPreset() { return Object.keys(this.start).every((key) => key === "from" || this.choice[key] === this.start[key]); }
}
