/**
 * The Redis that processes of a test tell each other through.
 *
 * @module
 */
import { randomUUID } from "node:crypto"
import { Redis } from "ioredis"
import { vi } from "vitest"
import type { KeptRecord, RecordCache } from "../../src/api-key/record-cache.ts"
import { account } from "../../src/index.ts"
import { redisCache } from "../../src/redis/redis-cache.ts"
import { aKeptRecord } from "../../src/testing/testing.ts"
import { connected, REDIS } from "../redis.ts"

/** The host's client, or null where no Redis answers. */
export const openRedis = (): Promise<Redis | null> =>
  connected(new Redis(REDIS, { lazyConnect: true, connectTimeout: 1000, maxRetriesPerRequest: 1 }))

export const aChannel = (): string => `tenantry:test:${randomUUID()}`

/** What depends on `u_ada` alone. */
export const aRecord = (): KeptRecord => aKeptRecord({ boundaries: [account.user("u_ada")] })

/** Whether it keeps what is put. */
export function isOn(cache: RecordCache): boolean {
  const kept = aRecord()
  cache.put("probe", kept, cache.mark())
  return cache.get("probe") === kept
}

/** Resolves once it holds, as it does as soon as Redis has answered. */
export const until = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => {
    if (!holds()) throw new Error("not yet")
  }, 30_000)

/** A cache of one process, listening. */
export async function aProcess(publisher: Redis, channel: string) {
  const subscriber = publisher.duplicate()
  subscriber.on("error", () => {})
  const cache = redisCache({ publisher, subscriber, channel })
  await until(() => isOn(cache))
  return { cache, subscriber, close: async () => subscriber.disconnect() }
}
