// Trains many networks at once: in workers where the page may have them, else in slices of the main thread.
// `engine` is a function without free variables, so that its own text is the worker's program.
/* global engine */

const SLICE = 12; // milliseconds of training before the page may breathe
const OFTEN = 50; // milliseconds between two messages of a worker
const SILENT = 5000; // milliseconds after which a worker that says nothing counts as refused

/** How many workers: one for each core, eight at most; the page itself has little to do meanwhile. */
export const crew = () => Math.min(8, navigator.hardwareConcurrency ?? 2);

/**
 * The networks of some tasks, an epoch of each in turn; of large ones only so many at a time as there is room for.
 * Yields {side, seed, row} for each epoch, and at last {side, seed, map}.
 */
const together = function* (engine, settings, data, tasks) {
  const ROOM = 2e8; // bytes
  const few = Math.max(1, Math.floor(ROOM / Math.max(...tasks.map(([side]) => engine.memory(settings[side], data)))));
  for (let from = 0; from < tasks.length; from += few) {
    let running = tasks.slice(from, from + few)
      .map(([side, seed]) => ({ side, seed, run: engine.fit(settings[side], data, seed) }));
    while (running.length) {
      const still = [];
      for (const network of running) {
        const { side, seed, run } = network, { done, value } = run.next();
        if (!done) still.push(network);
        yield done ? { side, seed, map: engine.map(value) } : { side, seed, row: value };
      }
      running = still;
    }
  }
};

const worker = (engine, together, often) => {
  onmessage = ({ data: { settings, data, tasks } }) => {
    let told = [], last = performance.now();
    for (const news of together(engine, settings, data, tasks)) {
      told.push(news);
      if (performance.now() - last > often) {
        postMessage({ told });
        [told, last] = [[], performance.now()];
      }
    }
    postMessage({ told, ready: true });
  };
};

/** Workers from a Blob, or null if the page's policy, or its browser, refuses them. */
const hire = async (count) => {
  const text = `"use strict"; (${worker})((${engine})(), ${together}, ${OFTEN});`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const workers = [];
  try {
    for (let i = 0; i < count; i++) workers.push(new Worker(address));
    // A refusal by the policy comes as an event, not as an exception: wait for a first word.
    await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (event) => { event.preventDefault(); reject(new Error("refused")); };
      worker.postMessage({ tasks: [] });
      setTimeout(() => reject(new Error("silent")), SILENT);
    })));
    return workers;
  } catch {
    for (const worker of workers) worker.terminate();
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
};

/**
 * Train each side's settings on each seed.  onNews(news) is called with lists of {side, seed, row | map}.
 * Returns {cancel, done}: done tells how it ended, {how, workers, ms, cancelled, error}.
 */
export const train = ({ settings, data, seeds, onNews, workers: wanted = crew() }) => {
  const sides = Object.keys(settings), began = performance.now();
  let cancelled = false, stop = () => {};
  const inWorkers = (workers) => new Promise((resolve, reject) => {
    stop = resolve;
    let busy = workers.length;
    workers.forEach((worker, k) => {
      worker.onmessage = ({ data: { told, ready } }) => {
        if (!cancelled) onNews(told);
        if (ready && --busy === 0) resolve();
      };
      worker.onerror = reject;
      const own = seeds.filter((_, i) => i % workers.length === k); // both sides of a seed: an equal share for all
      worker.postMessage({ settings, data, tasks: own.flatMap((seed) => sides.map((side) => [side, seed])) });
    });
  });
  const inSlices = async () => {
    let slice = performance.now();
    for (const news of together(engine(), settings, data, seeds.flatMap((seed) => sides.map((side) => [side, seed])))) {
      if (cancelled) return;
      onNews([news]);
      if (performance.now() - slice > SLICE) {
        await new Promise((resolve) => setTimeout(resolve));
        slice = performance.now();
      }
    }
  };
  const done = (async () => {
    const workers = wanted > 0 ? await hire(Math.min(wanted, seeds.length)) : null;
    let error = null;
    try {
      if (!cancelled) await (workers ? inWorkers(workers) : inSlices());
    } catch (why) {
      error = why; // such as no more memory
    }
    for (const worker of workers ?? []) worker.terminate(); // also what cancels them
    const count = workers?.length ?? 0;
    return { how: count ? `${count} worker${count > 1 ? "s" : ""}` : "in the page itself",
      workers: Math.max(1, count), ms: performance.now() - began, cancelled, error };
  })();
  return { done, cancel: () => { cancelled = true; stop(); } };
};
