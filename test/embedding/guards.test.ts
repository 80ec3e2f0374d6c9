/**
 * Guards: they see what is about to be committed, may refuse it, and can do nothing else.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises"
import { afterEach, describe, expect, it, vi } from "vitest"
import { attempt, type GuardQuestion, type Guards, refuse } from "../../src/index.ts"
import { COMMANDS } from "../../src/operations.ts"
import { workspace } from "../../src/presets/workspace.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { intercept } from "../../src/testing/testing.ts"
import { operations } from "../generated/operations.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const bob = person("bob")
const over = refuse({ code: "trial_over", status: 402, message: "The trial is over." })

/** A world with an organization of Ada's, made before any guard is asked. */
async function guarded(guards: Guards, store = memoryStore()) {
  let isOpen = false
  const opened = Object.fromEntries(
    Object.entries(guards).map(([name, guard]) => [
      name,
      (question: GuardQuestion) => (isOpen ? (guard as (question: GuardQuestion) => unknown)(question) : undefined),
    ]),
  )
  const here = world(workspace, { guards: opened as never, store })
  const { id: organizationId } = await here.tenantry.organizations.create(ada, { name: "Acme" })
  isOpen = true
  const send = (email: string) => here.tenantry.invitations.send(ada, { organizationId, email, role: "editor" })
  const revision = async () => (await here.tenantry.organizations.get(ada, { organizationId })).revision
  return { ...here, organizationId, send, revision }
}

describe("a guard", () => {
  it("refuses with the host's own code, status and message, and nothing is written", async () => {
    const { send, revision, tenantry } = await guarded({ "invitations.send": async () => over })
    const before = await revision()
    const outcome = await attempt(send("bob@acme.example"))
    expect(outcome).toMatchObject({ ok: false, error: { code: "refused", status: 402, message: "The trial is over." } })
    expect(outcome).toMatchObject({ error: { details: { hostCode: "trial_over" } } })
    expect(await revision()).toBe(before)
    expect(await tenantry.outbox.health()).toMatchObject({ queued: 0 })
  })

  it("that answers nothing lets the command through, and is asked of its own command alone", async () => {
    const guard = vi.fn(() => undefined)
    const { send, tenantry, organizationId } = await guarded({ "invitations.send": guard })
    await tenantry.organizations.update(ada, { organizationId, name: "Acme Rockets" })
    expect(guard).not.toHaveBeenCalled()
    expect(await send("bob@acme.example")).toMatchObject({ status: "pending" })
    expect(guard).toHaveBeenCalledTimes(1)
  })

  it("is told who asks, what was given as it was parsed, the organization, and the facts as activity shows them", async () => {
    const asked: GuardQuestion[] = []
    const { send, organizationId, clock, tenantry } = await guarded({
      "invitations.send": (question) => void asked.push(question),
    })
    await send(" BOB@acme.example ")
    const [newest] = (await tenantry.activity.list(ada, { organizationId })).data
    expect(asked).toEqual([
      {
        actor: ada,
        input: { organizationId, email: "bob@acme.example", role: "editor" },
        organization: expect.objectContaining({ id: organizationId, name: "Acme", status: "active" }),
        facts: [
          { action: newest?.action, target: newest?.target, before: newest?.before ?? null, after: newest?.after },
        ],
        at: clock.now(),
      },
    ])
    expect(asked[0]?.organization).not.toHaveProperty("head")
    expect(JSON.stringify(asked)).not.toMatch(/hash|token/i)
  })

  it("can change nothing of what it is shown", async () => {
    const { tenantry, organizationId } = await guarded({
      "organizations.update": ({ input, organization, facts, at }) => {
        for (const shown of [input, input.metadata, organization, facts, facts[0], facts[0]?.after]) {
          expect(Object.isFrozen(shown)).toBe(true)
        }
        at.setFullYear(1999)
        return undefined
      },
    })
    const metadata = { plan: { seats: 3 } }
    const updated = await tenantry.organizations.update(ada, { organizationId, metadata })
    expect(updated.metadata).toEqual(metadata)
    const [entry] = (await tenantry.activity.list(ada, { organizationId })).data
    expect(entry?.at.getFullYear()).toBe(2026)
  })

  it("is asked once about all facts of a bulk command", async () => {
    const facts: GuardQuestion["facts"][] = []
    const { tenantry, organizationId } = await guarded({
      "invitations.sendMany": (question) => void facts.push(question.facts),
    })
    const invitations = ["a", "b", "nobody"].map((name) => ({
      email: name === "nobody" ? name : `${name}@acme.example`,
      role: "viewer" as const,
    }))
    await tenantry.invitations.sendMany(ada, { organizationId, invitations })
    expect(facts.map((each) => each.map(({ target }) => target.email))).toEqual([["a@acme.example", "b@acme.example"]])
  })

  it("is not asked about a refusal, nor where nothing changes", async () => {
    const guard = vi.fn(() => over)
    const { tenantry, organizationId } = await guarded({ "organizations.update": guard })
    await expect(tenantry.organizations.update(bob, { organizationId, name: "Mine" })).rejects.toMatchObject(
      refusal("not_found"),
    )
    await tenantry.organizations.update(ada, { organizationId, name: "Acme" })
    expect(guard).not.toHaveBeenCalled()
  })

  it("is asked of what begins an organization, with none yet, and of one's own account", async () => {
    const asked: GuardQuestion[] = []
    const note = (question: GuardQuestion) => void asked.push(question)
    const { tenantry } = world(workspace, {
      apiKeys: { holders: ["person"] },
      guards: { "organizations.create": note, "apiKeys.create": note },
    })
    await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.apiKeys.create(ada, { name: "Laptop" })
    expect(asked.map(({ organization, facts }) => [organization, facts.map(({ action }) => action)])).toEqual([
      [null, ["organization.created", "member.joined"]],
      [null, ["api_key.created"]],
    ])
    expect(asked[1]?.facts[0]?.after).toMatchObject({ name: "Laptop", scopes: ["api.use"] })
  })

  it("is asked before the payment provider is", async () => {
    const changePlan = vi.fn(async () => null)
    const { tenantry } = world(workspace, {
      billing: { plans: [{ id: "pro", quota: 2 }] },
      payments: { changePlan, cancel: async () => null },
      guards: { "billing.changePlan": () => over },
    })
    await expect(tenantry.billing.changePlan(ada, { plan: "pro" })).rejects.toMatchObject(refusal("refused"))
    expect(changePlan).not.toHaveBeenCalled()
  })

  it("is asked again about the fresh decision when somebody else committed first", async () => {
    const roles: unknown[] = []
    const bare = memoryStore()
    let rivals = 0
    const store = intercept(bare, async (made, proceed) => {
      if (made === "commit" && rivals-- > 0) {
        await rival.tenantry.organizations.update(ada, { organizationId, name: "Acme of others" })
      }
      return proceed()
    })
    const { tenantry, organizationId } = await guarded(
      { "organizations.update": ({ facts, organization }) => void roles.push([organization?.name, facts[0]?.before]) },
      store,
    )
    const rival = world(workspace, { store: bare })
    rivals = 1
    await tenantry.organizations.update(ada, { organizationId, name: "Acme Rockets" })
    expect(roles).toEqual([
      ["Acme", { name: "Acme" }],
      ["Acme of others", { name: "Acme of others" }],
    ])
  })
})

describe("a guard that fails", () => {
  afterEach(() => vi.useRealTimers())
  const failing = { code: "unavailable", message: "the guard of `invitations.send` failed" }

  it.each<[string, () => unknown]>([
    ["throws", () => Promise.reject(new Error("postgres://user:secret@db"))],
    ["throws at once", () => expect.fail("at once")],
    ["throws an error of ours", () => Promise.reject(Object.assign(new Error(), { code: "not_found" }))],
    ["answers yes", () => true],
    ["answers no", () => false],
    ["answers null", () => null],
    ["answers what only looks like a refusal", () => ({ ...over })],
    ["makes a refusal with a status of 500", () => refuse({ code: "down", status: 500, message: "Down." })],
  ])("and %s makes the command unavailable, and nothing is written", async (_, guard) => {
    const { send, revision } = await guarded({ "invitations.send": guard as never })
    const before = await revision()
    await expect(send("bob@acme.example")).rejects.toMatchObject(failing)
    expect(await revision()).toBe(before)
  })

  it("by not answering in time makes the command unavailable, and its turn goes to the next", async () => {
    vi.useFakeTimers()
    const { send, tenantry, organizationId } = await guarded({ "invitations.send": () => new Promise(() => {}) })
    const waiting = expect(send("bob@acme.example")).rejects.toMatchObject(failing)
    const next = tenantry.organizations.update(ada, { organizationId, name: "Acme Rockets" })
    await vi.advanceTimersByTimeAsync(5_000)
    await waiting
    expect(await next).toMatchObject({ name: "Acme Rockets" })
  })

  it("by calling Tenantry is told so, whatever it calls, and does nothing", async () => {
    const said: string[] = []
    const { send, tenantry, organizationId, revision } = await guarded({
      "invitations.send": async () => {
        const calls = [
          () => tenantry.organizations.update(ada, { organizationId, name: "Mine" }),
          () => tenantry.organizations.get(ada, { organizationId }),
          () => tenantry.access(ada, { organizationId }),
          () => tenantry.apiKeys.verify("tk_live_x"),
          () => tenantry.apiKeys.revokeLeaked("tk_live_x"),
          () => tenantry.outbox.deliver(),
          () => tenantry.restrictions.ipRules.list(ada, { organizationId }),
          () => setImmediate().then(() => tenantry.roles.list(ada, { organizationId })),
        ]
        for (const call of calls) await call().catch((error: Error) => said.push(error.message))
        return undefined
      },
    })
    const before = await revision()
    await send("bob@acme.example")
    expect(said).toEqual(Array.from({ length: 8 }, () => "a guard cannot call Tenantry"))
    expect(await revision()).toBe(before + 1)
  })
})

describe("the names of guards", () => {
  it("are those of every command", () => {
    const commands = [...operations].filter(([, { kind }]) => kind === "command").map(([name]) => name)
    expect([...COMMANDS].sort()).toEqual(commands.sort())
  })

  it("that are no command's are refused when the configuration is read", () => {
    for (const name of ["invitations.sned", "invitations.list", "usage.record", "access"]) {
      expect(() => world(workspace, { guards: { [name]: () => undefined } as never })).toThrow(`guards.${name}`)
    }
  })
})
