/** Usage through a buffer, which decides on the meters that a record tells. */
import { describe, expect, it } from "vitest"
import { TEN } from "../usage/scene.ts"
import { cached, codeOf } from "./scene.ts"

describe("usage through a buffer, over a cache", () => {
  const buffered = { usage: { mode: "buffered" as const, size: 1000, seconds: 3600 } }

  it("keeps to the quota within one process, written or not", async () => {
    const { tenantry, ada, key } = await cached({ ...buffered, billing: { account: "owner", plans: [TEN] } })
    const { secret } = await key(ada)
    const verify = async (count: number) => {
      const codes: string[] = []
      for (let n = 0; n < count; n++) codes.push(codeOf(await tenantry.apiKeys.verify(secret)))
      return codes.filter((code) => code === "ok").length
    }
    expect(await verify(4)).toBe(4)
    await tenantry.usage.flush()
    expect(await verify(4)).toBe(4)
    const { holdId } = await tenantry.usage.reserve(ada, { units: 1 })
    expect(await verify(4)).toBe(1)
    await tenantry.usage.release(ada, { holdId: holdId ?? "" })
    expect(await verify(4)).toBe(1)
    await tenantry.usage.flush()
    expect(await verify(4)).toBe(0)
  })

  it("reads once after each write, and nothing in between", async () => {
    const { tenantry, ada, key, callsOf } = await cached(buffered)
    const { secret } = await key(ada)
    const verify = () => callsOf(() => tenantry.apiKeys.verify(secret))
    expect(await verify()).toEqual([])
    expect(await callsOf(() => tenantry.usage.flush())).toEqual(["usage.add"])
    expect(await verify()).toEqual(["apiKeys.findBySecret"])
    expect(await verify()).toEqual([])
  })
})
