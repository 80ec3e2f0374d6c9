/**
 * Reading a key's record: from the store, or from the cache where there is one.
 *
 * @module
 */
import type { KeyRecord } from "../api-key/verdict.ts"
import type { Payer } from "../billing/billed.ts"
import type { Answer } from "../kernel/port.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { Shell } from "./shell.ts"

/** Answers the record of a secret; `isFresh` asks for one that is read now. */
export type RecordReader = (hash: SecretHash, at: Date, isFresh: boolean) => Answer<KeyRecord | null>

/** Inside a host's transaction records are always read: it sees what it wrote itself, and nobody else does. */
export function recordReader({ store, records, settings, isHosted }: Shell, payer: Payer): RecordReader {
  const read = (hash: SecretHash, at: Date) => store.apiKeys.findBySecret(hash, { payer, at })
  if (records === null || isHosted) return read
  const staleness = settings.apiKeys.recordStaleness * 1000
  let reader: RecordReader | undefined
  const load = async (): Promise<RecordReader> => {
    const { keeping } = await import("./kept-records.ts")
    reader ??= keeping(records, staleness, read)
    return reader
  }
  return (...asked) => (reader === undefined ? load().then((loaded) => loaded(...asked)) : reader(...asked))
}
