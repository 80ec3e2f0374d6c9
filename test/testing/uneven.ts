/**
 * Latency for tests of races: no two calls take equally long, and every run is the same.
 *
 * @module
 */

/** A schedule for `withLatency` whose waits differ in length, so that parallel calls overtake each other. */
export function unevenly(seed = 7): () => Promise<void> {
  let state = seed
  return async () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    const turns = (state >> 8) % 7
    for (let turn = 0; turn < turns; turn++) await undefined
    if (turns === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
