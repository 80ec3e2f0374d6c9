/**
 * Where Redis is, for tests that need one.
 *
 * @module
 */
import type { Redis } from "ioredis"

export const REDIS = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379"

/** The client, connected; or null where no Redis answers. */
export async function connected(redis: Redis): Promise<Redis | null> {
  redis.on("error", () => {})
  try {
    await redis.connect()
    return redis
  } catch {
    redis.disconnect()
    return null
  }
}
