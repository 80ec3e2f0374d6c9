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

/** Answers the record of a secret; `isWeighed` asks for one that is read now, with where its meters stand. */
export type RecordReader = (hash: SecretHash, at: Date, isWeighed: boolean) => Answer<KeyRecord | null>

/** Inside a host's transaction records are always read: it sees what it wrote itself, and nobody else does. */
export function recordReader({ store, records, settings, buffer, isHosted }: Shell, payer: Payer): RecordReader {
  // A buffer decides on the meters that a record tells.
  const read: RecordReader = (hash, at, isWeighed) =>
    store.apiKeys.findBySecret(hash, { payer, at, meters: isWeighed || buffer !== null })
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
