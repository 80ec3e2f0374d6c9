/** Mail that fails, and a store that fails while mail goes out: nothing is lost, and nothing is sent under two names. */
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import type { Mailer, Outbox } from "../../src/index.ts"
import { countCalls, type FaultMoment, withFaults } from "../../src/testing/testing.ts"
import { codeOf, outcomeOf } from "../generated/operations.ts"
import { type Options, type Tenants, tenants } from "../generated/tenants.ts"

const MOMENTS: readonly FaultMoment[] = ["before", "after"]
const email = "late@acme.example"

/** An invitation whose mail is still to go out. */
async function queued(options: Options = {}) {
  const at = await tenants(options)
  const { organizationId, owner } = at.acme
  const { id: invitationId } = await at.tenantry.invitations.send(owner, { organizationId, email, role: "member" })
  const find = () => at.tenantry.invitations.find(owner, { organizationId, invitationId })
  return { ...at, organizationId, owner, invitationId, find }
}

const rowsTo = ({ everything }: Pick<Tenants, "everything">, invitationId: string) =>
  everything().messages.filter(({ subject }) => subject === invitationId)

const failuresOf = ({ everything }: Pick<Tenants, "everything">, invitationId: string) =>
  everything().entries.filter(
    ({ action, target }) => action === "invitation.delivery_failed" && target.endsWith(invitationId),
  )

const sentTo = ({ mail }: Pick<Tenants, "mail">) => mail.all.filter(({ to }) => to === email)

describe("a mailer that fails", () => {
  const failures: readonly (readonly [string, Mailer["sendInvitation"]])[] = [
    ["rejects", () => Promise.reject(new Error("550 mailbox unavailable"))],
    [
      "throws",
      () => {
        throw new Error("not connected")
      },
    ],
    ["rejects without a reason", () => Promise.reject(undefined)],
    [
      "rejects with something that cannot be read",
      () =>
        Promise.reject(
          new Proxy(
            {},
            {
              get: () => {
                throw new Error("no")
              },
            },
          ),
        ),
    ],
  ]
  it.each(failures)("and %s leaves the invitation standing, and is tried again", async (_, sendInvitation) => {
    const at = await queued()
    const before = await at.find()
    const failing = at.over(at.store, { mailer: { sendInvitation } })
    expect(await failing.outbox.deliver()).toEqual({ sent: 0, dropped: 0, retried: 1, dead: 0 })
    expect(await at.find()).toMatchObject({ ...before, delivery: { state: "queued" } })
    expect(await at.tenantry.outbox.deliver()).toEqual({ sent: 0, dropped: 0, retried: 0, dead: 0 })
    at.clock.advance({ minutes: 2 })
    expect(await at.tenantry.outbox.deliver()).toEqual({ sent: 1, dropped: 0, retried: 0, dead: 0 })
    expect(await at.find()).toMatchObject({ ...before, delivery: { state: "sent", reason: null } })
    expect(sentTo(at)).toHaveLength(1)
  })

  it("and an address that cannot be made fail alike", async () => {
    let broken = false
    const acceptUrl = (token: string): string => {
      if (broken) throw new Error(`no page for ${token}`)
      return `https://app.example/join/${token}`
    }
    const at = await queued({ acceptUrl })
    broken = true
    expect(await at.tenantry.outbox.deliver()).toMatchObject({ retried: 1 })
    const [row] = rowsTo(at, at.invitationId)
    expect(row?.error).toBe("no page for […]")
    broken = false
    at.clock.advance({ minutes: 2 })
    expect(await at.tenantry.outbox.deliver()).toMatchObject({ sent: 1 })
  })

  it("eight times leaves an invitation that can be resent, with nothing to find in the store", async () => {
    const at = await queued()
    at.mail.failNext(8)
    for (let attempt = 0; attempt < 8; attempt++) {
      await at.tenantry.outbox.deliver()
      at.clock.advance({ hours: 15 })
    }
    expect(await at.find()).toMatchObject({
      status: "pending",
      delivery: { state: "failed", reason: "the mail server is down" },
    })
    expect(rowsTo(at, at.invitationId)).toMatchObject([{ state: "dead", payload: null }])
    expect(failuresOf(at, at.invitationId)).toHaveLength(1)
    await at.tenantry.invitations.resend(at.owner, { organizationId: at.organizationId, invitationId: at.invitationId })
    expect(await at.tenantry.outbox.deliver()).toMatchObject({ sent: 1 })
    expect(await at.find()).toMatchObject({ delivery: { state: "sent" } })
  })
})

describe("a store that fails while a mail goes out", () => {
  it.each(MOMENTS)("%s any of its calls took effect is out of reach, and the mail still comes", async (moment) => {
    const clean = await queued()
    const counted = countCalls(clean.store)
    await clean.over(counted.store).outbox.deliver()
    expect(counted.calls).toEqual(["outbox.claim", "load", "outbox.settle"])
    for (const failAt of counted.calls.keys()) {
      const at = await queued()
      const failing = at.over(withFaults(at.store, failAt + 1, moment))
      const outcome = await outcomeOf(() => failing.outbox.deliver())
      expect(codeOf(outcome)).toBe("unavailable")
      expect(inspect(outcome, { depth: 20, showHidden: true })).not.toContain("connection")
      expect(await at.find()).toMatchObject({ status: "pending" })
      at.clock.advance({ minutes: 2 })
      await failing.outbox.deliver()
      expect(rowsTo(at, at.invitationId)).toMatchObject([{ state: "sent", payload: null, lease: null }])
      expect(new Set(sentTo(at).map(({ id }) => id)).size).toBe(1)
      expect(new Set(sentTo(at).map(({ acceptUrl }) => acceptUrl)).size).toBe(1)
    }
  })

  it.each(MOMENTS)("%s any call of the last attempt took effect still records that it was given up", async (moment) => {
    const last = async () => {
      const at = await queued()
      at.mail.failNext(20)
      for (let attempt = 0; attempt < 7; attempt++) {
        await at.tenantry.outbox.deliver()
        at.clock.advance({ hours: 15 })
      }
      return at
    }
    const clean = await last()
    const counted = countCalls(clean.store)
    await clean.over(counted.store).outbox.deliver()
    expect(counted.calls).toEqual(["outbox.claim", "load", "load", "commit", "outbox.settle"])
    for (const failAt of counted.calls.keys()) {
      const at = await last()
      const failing = at.over(withFaults(at.store, failAt + 1, moment))
      await outcomeOf(() => failing.outbox.deliver())
      at.clock.advance({ hours: 1 })
      await failing.outbox.deliver()
      expect(rowsTo(at, at.invitationId)).toMatchObject([{ state: "dead", payload: null }])
      expect(failuresOf(at, at.invitationId).length).toBeGreaterThan(0)
      expect(await at.tenantry.activity.verify(at.owner, { organizationId: at.organizationId })).toMatchObject({
        ok: true,
      })
    }
  })
})

describe("looking after the outbox with a store that fails", () => {
  const operations: readonly (readonly [string, (outbox: Outbox) => Promise<unknown>])[] = [
    ["list", (outbox) => outbox.list({ state: "queued" })],
    ["retry", (outbox) => outbox.retry({ organizationId: "org_1", messageId: "msg_1" })],
    ["discard", (outbox) => outbox.discard({ organizationId: "org_1", messageId: "msg_1" })],
    ["health", (outbox) => outbox.health()],
  ]
  it.each(operations)("%s is out of reach, in the library's own words", async (_, work) => {
    const at = await tenants()
    const before = at.everything()
    for (const moment of MOMENTS) {
      const outcome = await outcomeOf(() => work(at.over(withFaults(at.store, 1, moment)).outbox))
      expect(codeOf(outcome)).toBe("unavailable")
      expect(inspect(outcome, { depth: 20, showHidden: true })).not.toContain("connection")
    }
    expect(at.everything()).toEqual(before)
  })
})

describe("a secret box that fails to open", () => {
  it("has the mail tried again, and says nothing of what it was given", async () => {
    let broken = true
    const open = (text: string): string => {
      if (broken) throw new Error(`cannot open ${text}`)
      return text.slice("sealed ".length)
    }
    const at = await queued({ secretBox: { seal: (text) => `sealed ${text}`, open } })
    expect(await at.tenantry.outbox.deliver()).toMatchObject({ retried: 1 })
    const [row] = rowsTo(at, at.invitationId)
    expect(row?.payload).toMatch(/^sealed .{32}/)
    expect(row?.error).toBe("cannot open […]")
    broken = false
    at.clock.advance({ minutes: 2 })
    expect(await at.tenantry.outbox.deliver()).toMatchObject({ sent: 1 })
    expect(rowsTo(at, at.invitationId)).toMatchObject([{ payload: null }])
  })
})
