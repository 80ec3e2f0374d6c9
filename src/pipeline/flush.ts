/**
 * The buffer of one tenantry: what follows each batch, and writing it on demand.
 *
 * @module
 */

import type { Written } from "../usage/buffer.ts"
import { tellCounted } from "./metering.ts"
import type { Shell } from "./shell.ts"

/** Tells of the thresholds that each batch crossed. The shell is asked for late: it holds the buffer. */
export const tellingBatches =
  (shell: () => Shell): Written =>
  async (batch, added) => {
    for (const [index, each] of batch.entries()) {
      const result = added[index]
      if (result?.outcome === "consumed") await tellCounted(shell(), each, result.meters)
    }
  }

/** Writes the uses that wait in the buffer; does nothing where every use is counted at once. Errors: `unavailable`. */
export const flushUsage = async ({ buffer }: Shell): Promise<void> => buffer?.flush()
