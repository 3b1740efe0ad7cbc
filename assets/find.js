// Finds sections of the book. Loaded at a reader's first search, with sections.js (BOOK).
globalThis.findSections = (() => {
  const WORD = /\d+\.\d+|[\p{L}\p{N}]+/gu;
  const LITTLE = new Set("a an and are at by do does for from how i in is it of on or the to what when why with".split(" "));

  // One stem for the forms of a word, American or British: regularization, regularised.
  const stem = (word) => {
    let w = word.toLowerCase().replaceAll("ℓ", "l").normalize("NFD").replace(/\p{M}/gu, "");
    if (w.length < 4 || /\d/.test(w)) return w;
    w = w.replace(/iz(?=(e[sdr]?|ers|ing|able|ations?)$)/, "is").replace(/yz(?=(e|es|ed|ing)$)/, "ys");
    if (w.length > 5) w = w.replace(/our(?=(s|ed|ing|al|hoods?|able)?$)/, "or");
    w = w.replace(/ima$/, "imum").replace(/ies$/, "y").replace(/(ch|sh|x|ss)es$/, "$1").replace(/([^su])s$/, "$1");
    const bare = w.replace(/(ations?|ing|ed|er|al|ly|e|y)$/, "");
    return bare.length < 3 ? w : bare === w ? w : bare.replace(/([b-df-hj-np-rtv-z])\1$/, "$1");
  };
  const words = (text) => [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ word, index, stem: stem(word) }));
  const stems = (text) => words(text).map((w) => w.stem);

  // Every section once: its words by their stems, and in which sections a stem is.
  const sections = BOOK.pages.flatMap(([page, all]) => all.map(([anchor, title, text], k) => {
    const said = stems(text), count = new Map(), chapter = all[0][1];
    for (const s of said) count.set(s, (count.get(s) ?? 0) + 1);
    // A chapter says it first, and before it asks.
    const weight = (/(^|\/)\d\d_/.test(page) ? 1 : 0.7) * (/^(Quiz|Exercises)/.test(title) ? 0.8 : 1);
    return { page, anchor, title, text, said, count, chapter, weight, first: k === 0, named: stems(title), above: stems(chapter) };
  }));
  const mean = sections.reduce((sum, s) => sum + s.said.length, 0) / sections.length;
  const holders = new Map();
  for (const s of sections)
    for (const w of new Set([...s.count.keys(), ...s.named])) {
      if (!holders.has(w)) holders.set(w, []);
      holders.get(w).push(s);
    }
  const rarity = (w) => Math.log(1 + (sections.length + 1) / (0.5 + (holders.get(w)?.length ?? 0)));

  // What a word asked for may stand as: itself, a longer word, what the book calls it.
  const synonyms = new Map(Object.entries(BOOK.synonyms).map(([word, others]) => [stem(word), [others].flat().map(stems)]));
  const readings = (w) => {
    const found = [[[w], 1]];
    if (w.length > 3) for (const v of holders.keys()) if (v !== w && v.startsWith(w)) found.push([[v], 0.8]);
    for (const other of synonyms.get(w) ?? []) found.push([other, 0.9]);
    return found;
  };

  // Okapi BM25 of the text, and what the titles add.
  const often = (section, n) => (n * 2.2) / (n + 1.2 * (0.5 + (0.5 * section.said.length) / mean));
  const one = (section, w, share) => {
    const n = section.count.get(w) ?? 0;
    const named = section.named.includes(w) ? share * (1.6 + 1.6 / section.named.length) : 0;
    const above = section.above.includes(w) ? (section.first ? 0.8 : 0.3) : 0;
    return n || named ? rarity(w) * (often(section, n) + named + above) : 0;
  };
  const times = (list, phrase) => list.filter((_, i) => phrase.every((w, k) => list[i + k] === w)).length;

  const score = (section, asked) => {
    const phrase = asked.map((a) => a.stem);
    const share = phrase.filter((w) => section.named.includes(w)).length / phrase.length || 1;
    let sum = 0, met = 0;
    for (const { options } of asked) {
      let best = 0;
      for (const [reading, weight] of options) {
        const each = reading.map((w) => one(section, w, share));
        if (each.every(Boolean)) best = Math.max(best, (weight * each.reduce((a, b) => a + b)) / each.length);
      }
      if (best) { sum += best; met += 1; }
    }
    if (met === phrase.length && met > 1) {  // words that stand together belong together
      const rare = phrase.reduce((total, w) => total + rarity(w), 0);
      sum += rare * 0.4 * (often(section, times(section.said, phrase)) + times(section.named, phrase));
    }
    return section.weight * sum * (met / phrase.length) ** 2;
  };

  // The words of a section that were asked for, as they stand there.
  const meant = (section, asked) => {
    const wanted = asked.flatMap((a) => a.options.flatMap(([reading]) => reading));
    return words(section.text).filter((w) => wanted.includes(w.stem));
  };
  const around = ({ text }, hits) => {
    if (hits.length === 0) return [text.slice(0, 160), []];
    const dense = hits.map((h) => hits.filter((o) => o.index >= h.index && o.index < h.index + 140).length);
    const { index } = hits[dense.indexOf(Math.max(...dense))];
    const from = index < 60 ? 0 : text.indexOf(" ", index - 60) + 1;
    return [text.slice(from, from + 190), hits.map((h) => h.index - from), from];
  };

  return (question, most = 20) => {
    const all = words(question), some = all.filter((w) => !LITTLE.has(w.word.toLowerCase()));
    const asked = (some.length ? some : all).map((w) => ({ stem: w.stem, options: readings(w.stem) }));
    if (asked.length === 0) return [];
    const possible = new Set(asked.flatMap((a) => a.options.flatMap(([[w]]) => holders.get(w) ?? [])));
    return [...possible].map((section) => ({ section, points: score(section, asked) }))
      .filter(({ points }) => points > 0)
      .sort((a, b) => b.points - a.points)
      .slice(0, most)
      .map(({ section }) => {
        const hits = meant(section, asked), [text, places] = around(section, hits);
        const marks = hits.map((h, k) => [places[k], h.word.length]).filter(([at, n]) => at >= 0 && at + n <= text.length);
        const forms = [...new Set(hits.map((h) => h.word.toLowerCase()))].slice(0, 8);
        const { page, anchor, title, chapter, first } = section;
        return { page, anchor, title, chapter, first, text, marks, forms };
      });
  };
})();
