import { describe, expect, it } from "vitest"
import { turns } from "../../src/kernel/queue.ts"

/** A promise and the function that resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe("the queue", () => {
  it("runs work of one key one after another, in the order it came", async () => {
    const queue = turns()
    const log: string[] = []
    const work = (name: string) => async () => {
      log.push(`${name} starts`)
      await Promise.resolve()
      log.push(`${name} ends`)
    }
    await Promise.all([queue("a", work("first")), queue("a", work("second")), queue("a", work("third"))])
    expect(log).toEqual(["first starts", "first ends", "second starts", "second ends", "third starts", "third ends"])
  })

  it("lets other keys pass", async () => {
    const queue = turns()
    const held = gate()
    const slow = queue("a", () => held.opened)
    await expect(queue("b", async () => "passed")).resolves.toBe("passed")
    held.open()
    await slow
  })

  it("goes on after work that fails, and gives the failure to its own caller", async () => {
    const queue = turns()
    const failing = queue("a", async () => {
      throw new Error("mine")
    })
    const next = queue("a", async () => "next")
    await expect(failing).rejects.toThrow("mine")
    await expect(next).resolves.toBe("next")
  })

  it("bounds the wait: late work answers `unavailable`, and those behind it keep their order", async () => {
    const queue = turns(5)
    const held = gate()
    const slow = queue("a", () => held.opened)
    await expect(queue("a", async () => "never")).rejects.toMatchObject({ code: "unavailable", status: 503 })
    const after = queue("a", async () => "after")
    held.open()
    await slow
    await expect(after).resolves.toBe("after")
  })
})
