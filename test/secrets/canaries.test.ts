/** Tokens that can be told from anything else: they are in the mail, and nowhere else. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createTenantry, type Ids, type Store, type Tenantry } from "../../src/index.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { countCalls, fakeClock, inbox, intercept, sequentialIds, withFaults } from "../../src/testing/testing.ts"
import { outcomeOf } from "../generated/operations.ts"
import { person } from "../world.ts"
import { CANARY, shown, WRITERS } from "./shown.ts"

const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")]

/** Ids whose tokens all hold the canary; `made` remembers them. */
function canaryIds(): Ids & Readonly<{ made: readonly string[] }> {
  const made: string[] = []
  const token = (): string => {
    made.push(`${CANARY}${String(made.length).padStart(34, "0")}`)
    return made.at(-1) ?? ""
  }
  return { ...sequentialIds(), token, made }
}

let written: unknown[][] = []
beforeEach(() => {
  written = []
  for (const name of WRITERS)
    vi.spyOn(console, name).mockImplementation((...given: unknown[]) => void written.push(given))
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => written.push([text]) > 0)
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** A tenantry with a canary in every token, and everything that anybody got to see of it. */
async function aviary(options: Partial<Parameters<typeof createTenantry>[0]> = {}) {
  const [clock, ids, mail] = [fakeClock(), canaryIds(), inbox()]
  const store = memoryStore()
  const seen: unknown[] = []
  const acceptUrl = (token: string) => `https://app.example/join/${token}`
  const over = (through: Store): Tenantry =>
    createTenantry({
      clock,
      ids,
      mailer: mail,
      acceptUrl,
      ...options,
      preset: customRoles,
      store: through,
    } as Parameters<typeof createTenantry>[0])
  const tenantry = over(store)
  const see = async (work: () => Promise<unknown>): Promise<void> => {
    seen.push(await outcomeOf(work))
  }
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  return { clock, ids, mail, store, seen, see, over, tenantry, organizationId }
}
type Aviary = Awaited<ReturnType<typeof aviary>>

function expectClean({ ids, seen, tenantry }: Aviary): void {
  const texts = shown([seen, written, tenantry]).concat(seen.flatMap((value) => shown(value)))
  const secrets = [CANARY, ...ids.made.map((token) => hashSecret(token))]
  expect(texts.join("\n").length).toBeGreaterThan(500)
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([])
}

/** Everything that can be read of an organization and its outbox. */
async function readEverything({ tenantry, organizationId, see }: Aviary): Promise<void> {
  const at = { organizationId }
  await see(() => tenantry.organizations.get(ada, at))
  await see(() => tenantry.organizations.team(ada, at))
  await see(() => tenantry.memberships.list(ada, at))
  const invitations = await tenantry.invitations.list(ada, at)
  for (const { id } of invitations.data) await see(() => tenantry.invitations.find(ada, { ...at, invitationId: id }))
  await see(async () => invitations)
  await see(() => tenantry.invitations.listMine(bob, {}))
  await see(() => tenantry.activity.list(ada, at))
  await see(() => tenantry.activity.export(ada, { ...at, format: "jsonl" }))
  await see(() => tenantry.activity.export(ada, { ...at, format: "csv" }))
  await see(() => tenantry.activity.verify(ada, at))
  await see(() => tenantry.access(ada, at))
  for (const state of ["queued", "sent", "dropped", "dead"] as const) await see(() => tenantry.outbox.list({ state }))
  await see(() => tenantry.outbox.health())
}

const tokenOf = ({ mail }: Aviary, address: string): string => mail.last(address)?.acceptUrl.split("/").at(-1) ?? ""

describe("a token", () => {
  it("is in the mail alone, all along its life", async () => {
    const at = await aviary()
    const { tenantry, organizationId, see, clock } = at
    const invite = { organizationId, email: bob.email, role: "member" } as const
    await see(() => tenantry.invitations.send(ada, invite))
    await see(() => tenantry.invitations.send(ada, invite))
    const batch = ["one@acme.example", "not an address", bob.email].map((email) => ({ email, role: "member" }))
    await see(() => tenantry.invitations.sendMany(ada, { organizationId, invitations: batch }))
    await readEverything(at)
    await see(() => tenantry.outbox.deliver())
    await readEverything(at)
    const token = tokenOf(at, bob.email)
    expect(token).toContain(CANARY)
    await see(() => tenantry.invitations.preview({ token }))
    await see(() => tenantry.invitations.accept(eve, { token }))
    await see(() => tenantry.invitations.accept(person("bob", { emailVerified: false }), { token }))
    const [first] = (await tenantry.invitations.listMine(bob, {})).data
    clock.advance({ minutes: 2 })
    await see(() => tenantry.invitations.resend(ada, { organizationId, invitationId: first?.id ?? "" }))
    await see(() => tenantry.invitations.resend(ada, { organizationId, invitationId: first?.id ?? "" }))
    await see(() => tenantry.invitations.accept(bob, { token }))
    await see(() => tenantry.outbox.deliver())
    const renewed = tokenOf(at, bob.email)
    expect(renewed).not.toBe(token)
    await see(() => tenantry.invitations.accept(bob, { token: renewed }))
    await see(() => tenantry.invitations.accept(bob, { token: renewed }))
    await see(() => tenantry.invitations.decline(bob, { token: renewed }))
    await see(() => tenantry.invitations.decline(person("one"), { token: tokenOf(at, "one@acme.example") }))
    await see(() => tenantry.invitations.preview({ token: renewed }))
    await readEverything(at)
    expectClean(at)
    expect(written).toEqual([])
  })

  it("is in no answer to wrong input that holds one", async () => {
    const at = await aviary()
    const { tenantry, organizationId, see } = at
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "member" })
    await tenantry.outbox.deliver()
    const token = tokenOf(at, bob.email)
    const anyhow = tenantry as unknown as Record<string, Record<string, (...given: unknown[]) => Promise<unknown>>>
    const [invitations, outbox] = [anyhow["invitations"] ?? {}, anyhow["outbox"] ?? {}]
    const wrong: readonly unknown[] = [
      { token: `${token}`.repeat(6) },
      { token: [token] },
      { token, organizationId },
      { token: { token } },
      token,
      [token],
    ]
    for (const input of wrong) {
      await see(async () => invitations["preview"]?.(input))
      await see(async () => invitations["accept"]?.(bob, input))
      await see(async () => invitations["decline"]?.(bob, input))
    }
    await see(async () => invitations["find"]?.(ada, { organizationId, invitationId: token }))
    await see(async () => invitations["send"]?.(ada, { organizationId, email: token, role: "member" }))
    await see(async () => outbox["discard"]?.({ organizationId, messageId: token }))
    expectClean(at)
    expect(at.seen).toHaveLength(21)
    expect(at.seen.filter((outcome) => (outcome as { ok: boolean }).ok)).toEqual([])
  })

  it("is in nothing that a failing mailer has to say", async () => {
    const at = await aviary({
      mailer: {
        sendInvitation: async ({ acceptUrl, html }) => {
          throw new Error(`550 refused: ${acceptUrl} ${encodeURIComponent(acceptUrl)} ${html}`)
        },
      },
    })
    const { tenantry, organizationId, see, clock } = at
    await see(() => tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "member" }))
    for (let attempt = 0; attempt < 8; attempt++) {
      await see(() => tenantry.outbox.deliver())
      await readEverything(at)
      clock.advance({ hours: 15 })
    }
    expect((await tenantry.invitations.list(ada, { organizationId })).data).toMatchObject([
      { delivery: { state: "failed" } },
    ])
    expectClean(at)
  })

  it("is in no error of a store that fails", async () => {
    const clean = await aviary()
    const send = (tenantry: Tenantry, organizationId: string) =>
      tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "member" })
    const { store, calls } = countCalls(clean.store)
    await send(clean.over(store), clean.organizationId)
    for (const moment of ["before", "after"] as const) {
      for (const failAt of calls.keys()) {
        const at = await aviary()
        const failing = at.over(withFaults(at.store, failAt + 1, moment))
        await at.see(() => send(failing, at.organizationId))
        expect(at.seen).toMatchObject([{ ok: false, error: { code: "unavailable" } }])
        await readEverything(at)
        expectClean(at)
      }
    }
  })

  it("is told to no subscriber and no rule", async () => {
    const told: unknown[] = []
    const rule = {
      name: "listening",
      forbids: (question: unknown) => {
        told.push(structuredClone(question))
        return false
      },
    }
    const at = await aviary({ subscribers: { "*": (event) => void told.push(event) }, rules: [rule] })
    const { tenantry, organizationId, clock } = at
    const { id } = await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "member" })
    clock.advance({ minutes: 2 })
    await tenantry.invitations.resend(ada, { organizationId, invitationId: id })
    await tenantry.outbox.deliver()
    await tenantry.invitations.accept(bob, { token: tokenOf(at, bob.email) })
    await tenantry.outbox.deliver()
    expect(
      told.filter((event) => String((event as { action?: string }).action).startsWith("invitation.")),
    ).toHaveLength(3)
    at.seen.push(...told)
    expectClean(at)
  })
})

describe("what the store holds of a token", () => {
  /** Every payload of an e-mail that a commit wrote, and every row the outbox has. */
  const watched = async (options: Parameters<typeof aviary>[0] = {}) => {
    const at = await aviary(options)
    const payloads: (string | null)[] = []
    const commits: string[] = []
    const store: Store = {
      ...intercept(at.store, (_, proceed) => proceed()),
      commit: (changes) => {
        payloads.push(
          ...changes.outbox.flatMap(({ topic, payload }) => (topic === "invitation.email" ? [payload] : [])),
        )
        commits.push(JSON.stringify({ ...changes, outbox: [] }))
        return at.store.commit(changes)
      },
    }
    const rows = async () => {
      const states = ["queued", "sent", "dropped", "dead"] as const
      return (await Promise.all(states.map((state) => at.store.outbox.list(state, { after: null, limit: 100 })))).flat()
    }
    return { ...at, tenantry: at.over(store), payloads, commits, rows }
  }

  it("is its hash, and the outbox's row until the mail is sent", async () => {
    const at = await watched()
    await at.tenantry.invitations.send(ada, { organizationId: at.organizationId, email: bob.email, role: "member" })
    const [token = ""] = at.payloads
    expect(at.payloads).toEqual([expect.stringContaining(CANARY)])
    expect(at.commits.join()).not.toContain(CANARY)
    expect(at.commits.join()).toContain(hashSecret(String(token)))
    expect(await at.rows()).toMatchObject([{ payload: token }])
    await at.tenantry.outbox.deliver()
    expect(tokenOf(at, bob.email)).toBe(token)
    expect(await at.rows()).toMatchObject([{ state: "sent", payload: null, lease: null }])
  })

  it("is blank when the mail is dropped, and when it is given up", async () => {
    const at = await watched()
    const { tenantry, organizationId } = at
    const { id: invitationId } = await tenantry.invitations.send(ada, {
      organizationId,
      email: bob.email,
      role: "member",
    })
    await tenantry.invitations.cancel(ada, { organizationId, invitationId })
    await tenantry.invitations.send(ada, { organizationId, email: eve.email, role: "member" })
    at.mail.failNext(8)
    for (let attempt = 0; attempt < 8; attempt++) {
      await tenantry.outbox.deliver()
      at.clock.advance({ hours: 15 })
    }
    expect(await at.rows()).toMatchObject([
      { state: "dropped", payload: null },
      { state: "dead", payload: null },
    ])
    expect(JSON.stringify(await at.rows())).not.toContain(CANARY)
  })

  it("is sealed where the host gives a secret box", async () => {
    const mirrored = (text: string) => [...text].reverse().join("")
    const at = await watched({ secretBox: { seal: mirrored, open: async (text) => mirrored(text) } })
    await at.tenantry.invitations.send(ada, { organizationId: at.organizationId, email: bob.email, role: "member" })
    expect(at.payloads).toEqual([expect.stringContaining(mirrored(CANARY))])
    expect(JSON.stringify(await at.rows())).not.toContain(CANARY)
    await at.tenantry.outbox.deliver()
    expect(tokenOf(at, bob.email)).toBe(mirrored(at.payloads[0] ?? ""))
    expect(await at.rows()).toMatchObject([{ state: "sent", payload: null }])
  })
})

it("the canary is found where it is", async () => {
  const at = await aviary()
  at.seen.push(new Error("outer", { cause: { token: new Map([["deep", `${CANARY}1`]]) } }), "padding".repeat(100))
  at.ids.token()
  expect(() => expectClean(at)).toThrow()
  at.seen.splice(0, 1, { hash: hashSecret(at.ids.made[0] ?? "") })
  expect(() => expectClean(at)).toThrow()
})
