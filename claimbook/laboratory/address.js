// The state of a laboratory in the page's address: #lab?preset=clipping&B.lr=0.3

/** What differs from the preset, as an address. */
export const toHash = (id, preset, choice, start) => {
  const told = Object.entries(choice).filter(([key, value]) => value !== start[key]);
  const query = new URLSearchParams([...(preset ? [["preset", preset]] : []), ...told.map(([k, v]) => [k, String(v)])]);
  return String(query) ? `#${id}?${query}` : `#${id}`;
};

/**
 * What an address says: {preset, changes, unread}; null if it is not about this laboratory.
 * `read(key, text)` gives a value, or undefined for nonsense; of an address with nonsense nothing else is taken.
 */
export const fromHash = (id, hash, presets, read) => {
  const [name, query = ""] = hash.slice(1).split(/\?(.*)/s);
  if (name !== id) return null;
  const changes = {}, unread = [];
  let preset = null;
  for (const [key, text] of new URLSearchParams(query)) {
    const value = key === "preset" ? presets.find((p) => p === text) : read(key, text);
    if (value === undefined) unread.push(`${key}=${text}`);
    else if (key === "preset") preset = value;
    else changes[key] = value;
  }
  return { preset, changes: unread.length ? {} : changes, unread };
};
