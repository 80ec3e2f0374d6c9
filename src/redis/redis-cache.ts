/**
 * The cache of key records for several processes: records stay in each process's memory, Redis tells what to forget.
 *
 * ```
 *   commit here ──► forget here ──► PUBLISH ──► forget in every process that listens
 *   not listening: nothing is kept, nothing is answered
 * ```
 *
 * @module
 */
import { memoryCache } from "../api-key/memory-cache.ts"
import type { RecordCache } from "../api-key/record-cache.ts"
import { readDrop, writeDrops } from "./message.ts"

/** What is used of a client that publishes, whichever library it is of. */
export interface RedisPublisher {
  publish(channel: string, message: string): Promise<unknown>
}

/** What is used of an ioredis client that listens. */
export interface IoredisSubscriber {
  readonly status: string
  subscribe(channel: string): Promise<unknown>
  on(event: string, listener: (...given: string[]) => void): unknown
}

/** What is used of a node-redis client that listens. */
export interface NodeRedisSubscriber {
  readonly isReady: boolean
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: string, listener: () => void): unknown
}

export type RedisCacheOptions = Readonly<{
  /** A client that may send any command. */
  publisher: RedisPublisher
  /** A connection of its own, since one that listens sends nothing else: `redis.duplicate()`. */
  subscriber: IoredisSubscriber | NodeRedisSubscriber
  /** One for each product in that Redis: `tenantry:records` unless said. */
  channel?: string
  /** How many records each process keeps: 10,000 unless said. */
  max?: number
}>

/** What either library emits when a connection is gone. */
const GONE = ["close", "end", "reconnecting"]

/**
 * Keeps records in this process, and forgets what any process with the same channel committed. Redis carries ids of
 * organizations and accounts, no record, no secret and no hash: what is written there can only make processes read more.
 * Without the connection that listens nothing is kept, until it is back. A message that cannot be read forgets everything;
 * one that is lost leaves it to `recordStaleness`, as does one that could not be sent, which fails no command. Connecting,
 * errors and closing are the host's.
 */
export function redisCache({
  publisher,
  subscriber,
  channel = "tenantry:records",
  max,
}: RedisCacheOptions): RecordCache {
  requireClients(publisher, subscriber, channel)
  const local = memoryCache(max === undefined ? {} : { max })
  /** Told apart by their number: a subscription that is confirmed late is not the present one. */
  let attempts = 0
  let isSubscribed = false

  const isListening = (): boolean =>
    isSubscribed && ("isReady" in subscriber ? subscriber.isReady : subscriber.status === "ready")

  function hear(message: string): void {
    const drop = readDrop(message)
    if (drop === null) local.clear()
    else local.drop(drop)
  }

  function stop(): void {
    attempts++
    isSubscribed = false
    local.clear()
  }

  async function listen(): Promise<void> {
    stop()
    const attempt = attempts
    try {
      await ("isReady" in subscriber ? subscriber.subscribe(channel, hear) : subscriber.subscribe(channel))
    } catch {
      return
    }
    if (attempt !== attempts) return
    local.clear()
    isSubscribed = true
  }

  async function tell(message: string): Promise<void> {
    try {
      await publisher.publish(channel, message)
    } catch {
      // The host hears of it from its client; a command that is committed does not fail over it.
    }
  }

  if (!("isReady" in subscriber)) {
    subscriber.on("message", (from = "", message = "") => {
      if (from === channel) hear(message)
    })
  }
  for (const event of GONE) subscriber.on(event, stop)
  subscriber.on("ready", () => void listen())
  void listen()

  return {
    get: (name) => (isListening() ? local.get(name) : undefined),
    mark: () => local.mark(),
    put: (name, kept, mark) => {
      if (isListening()) local.put(name, kept, mark)
    },
    drop: (boundaries) => {
      local.drop(boundaries)
      for (const message of writeDrops(boundaries)) void tell(message)
    },
  }
}

function requireClients(publisher: unknown, subscriber: unknown, channel: unknown): void {
  if (!has(publisher, "publish")) throw new TypeError("expected a `publisher` with `publish`")
  if (!has(subscriber, "subscribe", "on")) throw new TypeError("expected a `subscriber` with `subscribe` and `on`")
  if (subscriber === publisher) throw new TypeError("expected a `subscriber` with a connection of its own")
  if (typeof channel !== "string" || channel === "") throw new TypeError("expected the name of a `channel`")
}

const has = (client: unknown, ...methods: readonly string[]): boolean =>
  typeof client === "object" &&
  client !== null &&
  methods.every((name) => typeof (client as Readonly<Record<string, unknown>>)[name] === "function")
