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
import { anApiKey, BUILT_AT } from "../../src/testing/testing.ts"

export const URL = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379"

/** The host's client, or null where no Redis answers. */
export async function openRedis(): Promise<Redis | null> {
  const redis = new Redis(URL, { lazyConnect: true, connectTimeout: 1000, maxRetriesPerRequest: 1 })
  redis.on("error", () => {})
  try {
    await redis.connect()
    return redis
  } catch {
    redis.disconnect()
    return null
  }
}

export const aChannel = (): string => `tenantry:test:${randomUUID()}`

/** What was read of a personal key of `u_ada`. */
export function aRecord(): KeptRecord {
  const none = {
    member: null,
    role: null,
    project: null,
    projectRole: null,
    organizationRules: null,
    memberRules: null,
  }
  const billed = { account: account.user("u_ada"), subscriptions: [], meters: [] }
  const record = { key: anApiKey(null), organization: null, ...none, isAlone: true, billed }
  return { record, boundaries: [billed.account], readAt: BUILT_AT, until: new Date(BUILT_AT.getTime() + 60_000) }
}

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
  }, 5000)

/** A cache of one process, listening. */
export async function aProcess(publisher: Redis, channel: string) {
  const subscriber = publisher.duplicate()
  subscriber.on("error", () => {})
  const cache = redisCache({ publisher, subscriber, channel })
  await until(() => isOn(cache))
  return { cache, subscriber, close: async () => subscriber.disconnect() }
}
