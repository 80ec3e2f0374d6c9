/**
 * Reading a key's record from the cache while it is young enough; loaded where there is a cache.
 *
 * @module
 */
import { addMilliseconds } from "date-fns/addMilliseconds"
import { boundariesOf, type KeptRecord, type RecordCache } from "../api-key/record-cache.ts"
import type { KeyRecord } from "../api-key/verdict.ts"
import { isPending } from "../kernel/port.ts"
import type { SecretHash } from "../kernel/secret.ts"
import { quietly } from "./dropping.ts"
import type { RecordReader } from "./record-reader.ts"

/** Secrets of no key are not kept: whoever guesses fills nothing, and a new key works at once. */
export function keeping(cache: RecordCache, staleness: number, read: RecordReader): RecordReader {
  /** What was read here: nothing else that a cache may answer lets anybody in. */
  const own = new WeakSet<KeptRecord>()

  function known(hash: SecretHash, at: Date): KeyRecord | null {
    const kept = quietly(() => cache.get(hash))
    if (kept === undefined || !own.has(kept)) return null
    const age = at.getTime() - kept.readAt.getTime()
    // A clock that was set back tells nothing of an age.
    return age >= 0 && age < staleness ? kept.record : null
  }

  return (hash, at, isWeighed) => {
    const record = isWeighed ? null : known(hash, at)
    if (record !== null) return record
    const mark = quietly(() => cache.mark())
    const keep = (found: KeyRecord | null): KeyRecord | null => {
      if (found === null || mark === undefined) return found
      const until = addMilliseconds(at, staleness)
      const kept: KeptRecord = { record: found, boundaries: boundariesOf(found), readAt: at, until }
      own.add(kept)
      quietly(() => cache.put(hash, kept, mark))
      return found
    }
    const found = read(hash, at, isWeighed)
    return isPending(found) ? found.then(keep) : keep(found)
  }
}
