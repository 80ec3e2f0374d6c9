/** Records emptied over Redis: what one process commits every process forgets, and none keeps what it cannot hear of. */
import { createClient } from "@redis/client"
import { Redis } from "ioredis"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import type { RecordCache } from "../../src/api-key/record-cache.ts"
import { account, memoryCache } from "../../src/index.ts"
import { type RedisCacheOptions, redisCache } from "../../src/redis/redis-cache.ts"
import { anOrganization, recordCacheConformance } from "../../src/testing/testing.ts"
import { REDIS } from "../redis.ts"
import { describeWith } from "../server.ts"
import { aChannel, aProcess, aRecord, isOn, openRedis, until } from "./redis.ts"

const redis = await openRedis()
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => redis?.disconnect())

const ADA = account.user("u_ada")
const put = (cache: RecordCache): void => cache.put("a", aRecord(), cache.mark())

describeWith("a cache over Redis", redis, (publisher) => {
  const open = async (channel = aChannel()) => {
    const process = await aProcess(publisher, channel)
    closing.push(process.close)
    return process
  }

  describe("keeps to the port:", () => {
    for (const { name, run } of recordCacheConformance(() => aProcess(publisher, aChannel()))) it(name, run)
  })

  it("forgets what another process drops, and nothing else", async () => {
    const channel = aChannel()
    const [one, two] = [await open(channel), await open(channel)]
    put(two.cache)
    const other = { ...aRecord(), boundaries: [account.user("u_bob")] }
    two.cache.put("b", other, two.cache.mark())
    one.cache.drop([ADA])
    expect(one.cache.get("a")).toBeUndefined()
    await until(() => two.cache.get("a") === undefined)
    expect(two.cache.get("b")).toBe(other)
  })

  it("keeps nothing that it read before it heard of a drop", async () => {
    const channel = aChannel()
    const [one, two] = [await open(channel), await open(channel)]
    const mark = two.cache.mark()
    put(two.cache)
    one.cache.drop([ADA])
    await until(() => two.cache.get("a") === undefined)
    two.cache.put("a", aRecord(), mark)
    expect(two.cache.get("a")).toBeUndefined()
  })

  it("forgets at once what it drops itself, Redis or not", async () => {
    const { cache } = await open()
    put(cache)
    cache.drop([ADA])
    expect(cache.get("a")).toBeUndefined()
  })

  it("does not hear of another product's channel", async () => {
    const [one, two] = [await open(), await open()]
    put(two.cache)
    one.cache.drop([ADA])
    const heard = await open()
    await publisher.ping()
    expect(isOn(heard.cache)).toBe(true)
    expect(two.cache.get("a")).toBeDefined()
  })

  it("sends ids alone: no record, no secret and no hash, and leaves nothing in Redis", async () => {
    const channel = aChannel()
    const [one, heard] = [await open(channel), [] as string[]]
    const spy = publisher.duplicate()
    closing.push(async () => spy.disconnect())
    await spy.subscribe(channel)
    spy.on("message", (_, message) => heard.push(message))
    const { id } = anOrganization()
    put(one.cache)
    one.cache.drop([id, ADA])
    one.cache.drop([])
    const many = Array.from({ length: 2500 }, (_, n) => account.user(`u_${n}`))
    one.cache.drop(many)
    await until(() => heard.length === 4)
    expect(heard[0]).toBe(`{"v":1,"drop":["${id}","user:u_ada"]}`)
    expect(heard.slice(1).flatMap((message) => JSON.parse(message).drop)).toEqual(many)
    expect(await publisher.keys(`${channel}*`)).toEqual([])
  })

  it.each([
    "",
    "{",
    "null",
    "[]",
    '"drop"',
    '{"v":2,"drop":["user:u_bob"]}',
    '{"v":1}',
    '{"v":1,"drop":[1]}',
    "\u0000",
  ])("forgets everything at a message that it cannot read: %s", async (message) => {
    const channel = aChannel()
    const { cache } = await open(channel)
    put(cache)
    const mark = cache.mark()
    await publisher.publish(channel, message)
    await until(() => cache.get("a") === undefined)
    cache.put("b", { ...aRecord(), boundaries: [account.user("u_bob")] }, mark)
    expect(cache.get("b")).toBeUndefined()
    expect(isOn(cache)).toBe(true)
  })

  it("is off from the moment its connection is lost, and starts empty when it is back", async () => {
    const { cache, subscriber } = await open()
    put(cache)
    const mark = cache.mark()
    await publisher.client("KILL", "ID", await idOf(subscriber, publisher))
    await until(() => cache.get("a") === undefined)
    await until(() => isOn(cache))
    cache.put("a", aRecord(), mark)
    expect(cache.get("a")).toBeUndefined()
  })

  it("stays off once its connection is closed", async () => {
    const { cache, subscriber } = await open()
    put(cache)
    subscriber.disconnect()
    await until(() => subscriber.status === "end")
    expect([isOn(cache), cache.get("a")]).toEqual([false, undefined])
  })

  it("is off until it listens, and never on where no Redis answers", async () => {
    const nowhere = new Redis("redis://127.0.0.1:1", { lazyConnect: true, retryStrategy: () => null })
    nowhere.on("error", () => {})
    const cache = redisCache({ publisher, subscriber: nowhere, channel: aChannel() })
    expect(isOn(cache)).toBe(false)
    await until(() => nowhere.status === "end")
    expect(isOn(cache)).toBe(false)
    const later = publisher.duplicate({ lazyConnect: true })
    closing.push(async () => later.disconnect())
    const soon = redisCache({ publisher, subscriber: later, channel: aChannel() })
    expect(isOn(soon)).toBe(false)
    await until(() => isOn(soon))
  })

  it("drops here, and fails nothing, when it cannot publish", async () => {
    const { subscriber } = await open()
    for (const publish of [
      async () => Promise.reject(new Error("connection lost")),
      () => new Promise<number>(() => {}),
      () => {
        throw new Error("connection lost")
      },
    ]) {
      const cache = redisCache({ publisher: { publish }, subscriber, channel: aChannel() })
      await until(() => isOn(cache))
      put(cache)
      cache.drop([ADA])
      expect(cache.get("a")).toBeUndefined()
    }
  })

  it("takes clients of node-redis as well, beside those of ioredis", async () => {
    const channel = aChannel()
    const one = await open(channel)
    const client = createClient({ url: REDIS, socket: { reconnectStrategy: () => 20 } })
    const subscriber = client.duplicate()
    for (const each of [client, subscriber]) each.on("error", () => {})
    const cache = redisCache({ publisher: client, subscriber, channel })
    expect(isOn(cache)).toBe(false)
    await Promise.all([client.connect(), subscriber.connect()])
    closing.push(async () => client.destroy())
    await until(() => isOn(cache))
    put(cache)
    one.cache.drop([ADA])
    await until(() => cache.get("a") === undefined)
    put(one.cache)
    cache.drop([ADA])
    await until(() => one.cache.get("a") === undefined)
    put(cache)
    const id = await subscriber.sendCommand(["CLIENT", "ID"]).catch(() => null)
    expect(id).not.toBeNull()
    await publisher.client("KILL", "ID", Number(id))
    await until(() => cache.get("a") === undefined)
    await until(() => isOn(cache))
    put(cache)
    one.cache.drop([ADA])
    await until(() => cache.get("a") === undefined)
    subscriber.destroy()
    expect(isOn(cache)).toBe(false)
  })
})

/** The number under which Redis knows that connection, found by its name. */
async function idOf(subscriber: Redis, by: Redis): Promise<number> {
  const name = `listener-${aChannel().slice(-12)}`
  await subscriber.client("SETNAME", name)
  const line = String(await by.client("LIST"))
    .split("\n")
    .find((each) => each.includes(`name=${name} `))
  return Number(/id=(\d+)/.exec(line ?? "")?.[1])
}

describe("a cache over Redis", () => {
  const client = { publish: async () => 0 }
  const subscriber = { status: "wait", subscribe: async () => 1, on: () => {} }
  it.each([
    ["publisher", { publisher: {} }],
    ["publisher", { publisher: null }],
    ["subscriber", { subscriber: { on: () => {} } }],
    ["subscriber", { subscriber: undefined }],
    ["channel", { channel: "" }],
    ["channel", { channel: 7 }],
  ])("refuses what is no %s by name", (name, more) => {
    const options = { publisher: client, subscriber, ...more } as RedisCacheOptions
    expect(() => redisCache(options)).toThrow(name)
  })

  it("refuses one connection for both, and more records than a process may keep", () => {
    const both = { ...client, ...subscriber }
    expect(() => redisCache({ publisher: both, subscriber: both })).toThrow("subscriber")
    expect(() => redisCache({ publisher: client, subscriber, max: 0 })).toThrow("invalid input")
  })

  it("is on only while its client says that it is ready, whatever it told before", async () => {
    const client = { publish: async () => 0, isReady: true, subscribe: async () => {}, on: () => {} }
    const cache = redisCache({ publisher: { publish: client.publish }, subscriber: client })
    await until(() => isOn(cache))
    client.isReady = false
    expect([isOn(cache), cache.get("probe")]).toEqual([false, undefined])
    expect(memoryCache().get("probe")).toBeUndefined()
  })
})
