/**
 * The worker: batch after batch, until it is told to stop.
 *
 * @module
 */
import { type DeliveryDeps, deliver } from "./deliver.ts"

/** How a worker runs. */
export type WorkerOptions = Readonly<{
  signal: AbortSignal
  /**
   * Milliseconds between two looks at an empty outbox.
   *
   * @default 1000
   */
  everyMs?: number
  /** Told of each error of the store's; the worker goes on. */
  onError?: (error: unknown) => void
}>

/** The longest pause after errors of the store, in milliseconds. */
const LONGEST_PAUSE = 60_000

/**
 * Delivers until `signal` aborts, then resolves once the batch in hand is finished. While the store fails, it looks
 * again after twice the time, up to a minute.
 */
export async function run(deps: DeliveryDeps, { signal, everyMs = 1000, onError }: WorkerOptions): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const busy = await deliver(deps).then(
      (delivered) => {
        failures = 0
        return Object.values(delivered).some((count) => count > 0)
      },
      (error) => {
        failures++
        tell(onError, error)
        return false
      },
    )
    if (!busy) await pause(Math.min(everyMs * 2 ** failures, Math.max(everyMs, LONGEST_PAUSE)), signal)
  }
}

/** The host's own trouble with an error must not end the worker. */
function tell(onError: WorkerOptions["onError"], error: unknown): void {
  try {
    onError?.(error)
  } catch {
    // There is nobody left to tell.
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener("abort", end)
    if (signal.aborted) end()
  })
}
