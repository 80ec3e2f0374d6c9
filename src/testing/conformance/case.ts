/**
 * Cases: one sentence of a port each, with its proof.
 *
 * @module
 */
import type { Need } from "./scene.ts"

/** One sentence of the port. `run` opens storage of its own and rejects when the store does not keep to it. */
export type ConformanceCase = Readonly<{ name: string; needs?: Need; run: () => Promise<void> }>

type Check<Opened> = Omit<ConformanceCase, "run"> & Readonly<{ run: (opened: Opened) => Promise<void> }>

/** Each check over what `open` opens anew for it, which is closed whatever comes of it. */
export function casesOver<Opened extends Readonly<{ close?: () => Promise<void> }>>(
  checks: readonly Check<Opened>[],
  open: () => Promise<Opened>,
): readonly ConformanceCase[] {
  return checks.map(({ run, ...check }) => ({
    ...check,
    run: async () => {
      const opened = await open()
      try {
        await run(opened)
      } finally {
        await opened.close?.()
      }
    },
  }))
}
