/** Another tenant's ids answer, byte for byte, like ids that nobody has. */
import { describe, expect, it } from "vitest"
import type { Actor } from "../../src/index.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { call, codeOf, type Outcome, operations } from "./operations.ts"
import { idsIn, type Path, put, withoutIds } from "./places.ts"
import { isPlatform, root } from "./scenario.ts"
import { type Case, type Input, type Scenario, scenarios, titleOf } from "./scenarios.ts"
import { type Tenants, tenants } from "./tenants.ts"

type Asked = (at: Tenants, given: Case) => Readonly<{ actor: unknown; input: unknown }>

/** The answer in a world of its own, as text, and the calls it took; nothing may have changed where it is a refusal. */
async function answer(
  { name, options, prepare }: Scenario,
  asked: Asked,
): Promise<Readonly<{ outcome: Outcome; text: string }>> {
  const at = await tenants(options)
  const { actor, input } = asked(at, await prepare(at))
  const { store, calls } = countCalls(at.store)
  const before = at.everything()
  const outcome = await call(at.over(store), name, actor, input)
  if (!outcome.ok) expect(at.everything()).toEqual(before)
  // A slug is public: creating an organization tells whether it is taken.
  const visible = name === "organizations.getBySlug" ? [] : calls
  return { outcome, text: JSON.stringify({ outcome, message: outcome.ok ? null : outcome.error.message, visible }) }
}

const withIds: Scenario[] = []
for (const scenario of scenarios) {
  const at = await tenants(scenario.options)
  if (idsIn((await scenario.prepare(at)).input, at.globex).length > 0) withIds.push(scenario)
}
const tableOf = (some: readonly Scenario[]) => some.map((scenario) => [titleOf(scenario), scenario] as const)
const table = tableOf(withIds.filter((scenario) => !isPlatform(scenario)))

it("reaches every operation that takes an id", () => {
  const without = [...operations.keys()].filter((name) => !withIds.some((scenario) => scenario.name === name))
  const lists = ["platform.organizations.list", "platform.activity.list"]
  const own = ["invitations.listMine", "invitations.preview", "contexts.list", "usage.ofAccount"]
  expect(without).toEqual([...own, ...lists])
})

/** The host's own code is outside nowhere. */
const HOSTS = ["memberships.add", "activity.record"]

describe("somebody outside", () => {
  const NULL = new Set(["organizations.find"])
  const inside = table.filter(([, { name }]) => !["organizations.create", ...HOSTS].includes(name))
  const outsiders: readonly (readonly [string, (at: Tenants) => Actor])[] = [
    ["of another organization", (at) => at.globex.owner],
    ["of none", () => person("nobody")],
  ]
  describe.each(outsiders)("%s", (_, outsider) => {
    it.each(inside)("learns nothing from %s", async (_, scenario) => {
      const real = await answer(scenario, (at, { input }) => ({ actor: outsider(at), input }))
      const random = await answer(scenario, (at, { input }) => ({
        actor: outsider(at),
        input: withoutIds(input, at.globex),
      }))
      expect(real.text).toBe(random.text)
      expect(real.outcome).toMatchObject(
        NULL.has(scenario.name) ? { ok: true, value: null } : { ok: false, error: { code: "not_found" } },
      )
    })
  })
})

describe("a member with the ids of another organization's rows", () => {
  it.each(table)("learns nothing from %s", async (_, scenario) => {
    const at = await tenants(scenario.options)
    const { actor, input } = await scenario.prepare(at)
    // The host's own code is at home in every organization.
    const ids = idsIn(input, at.globex).filter(({ path }) => actor.type !== "system" || path[0] !== "organizationId")
    expect(ids.length).toBeGreaterThan(0)
    for (const { path, foreign, unknown } of ids) {
      const asking = (id: string) => answer(scenario, (_, { actor, input }) => ({ actor, input: put(input, path, id) }))
      const [real, random] = [await asking(foreign), await asking(unknown)]
      expect(real.text.replaceAll(foreign, unknown), path.join(".")).toBe(random.text)
      expect(codeOf(real.outcome), path.join(".")).toBe(expected(scenario, path))
    }
  })
})

describe("the platform's admin, at home in every organization", () => {
  it.each(tableOf(withIds.filter(isPlatform)))("finds none by an id that nobody has: %s", async (_, scenario) => {
    const asked: Asked = (at, { input }) => ({ actor: root, input: withoutIds(input, at.globex) })
    expect(codeOf((await answer(scenario, asked)).outcome)).toBe("not_found")
  })
})

/** An id that only filters, or that the host gives, is taken as it is; where null is an answer, it is the answer. */
const TAKES_ANY = [
  "memberships.find",
  "memberships.add",
  "invitations.find",
  "invitations.sendMany",
  "organizations.create",
  "activity.list",
  "activity.export",
  "activity.record",
  "apiKeys.list",
]

/** What somebody asks about themselves, they may not ask about others, whoever that is or is not. */
const ONESELF = ["oneself", "of oneself", "of one's own membership"]

function expected({ name, as = "" }: Scenario, [field]: Path): string {
  if (field === "organizationId") return name === "organizations.find" ? "ok" : "not_found"
  if (field === "projectId") return "not_found"
  if (field === "user") return "ok"
  if (ONESELF.includes(as)) return "forbidden"
  return TAKES_ANY.includes(name) ? "ok" : "not_found"
}

describe("a page of one's own", () => {
  it("is all that a cursor of another organization leads to", async () => {
    const { tenantry, acme, globex } = await tenants()
    const lists = ["memberships.list", "invitations.list", "apiKeys.list", "activity.list"]
    for (const name of lists) {
      const first = await call(tenantry, name, globex.owner, { organizationId: globex.organizationId, limit: 1 })
      const { nextCursor: cursor } = (first.ok ? first.value : null) as { nextCursor: string }
      expect(cursor, name).toEqual(expect.any(String))
      const outcome = await call(tenantry, name, acme.owner, { organizationId: acme.organizationId, cursor })
      const { data } = (outcome.ok ? outcome.value : null) as { data: readonly { organizationId: string }[] }
      expect(
        data.filter(({ organizationId }) => organizationId !== acme.organizationId),
        name,
      ).toEqual([])
    }
  })
})

describe("a token that no longer opens anything", () => {
  type Ending = readonly [how: string, end: (at: Tenants) => Promise<unknown>]
  const endings: readonly Ending[] = [
    [
      "was cancelled",
      ({ tenantry, acme }) =>
        tenantry.invitations.cancel(acme.owner, {
          organizationId: acme.organizationId,
          invitationId: acme.invitation.id,
        }),
    ],
    ["was declined", ({ tenantry, acme }) => tenantry.invitations.decline(acme.invited, { token: acme.token })],
    ["was accepted", ({ tenantry, acme }) => tenantry.invitations.accept(acme.invited, { token: acme.token })],
    ["expired", async ({ clock }) => clock.advance({ days: 8 })],
    [
      "was sent anew",
      ({ tenantry, acme }) =>
        tenantry.invitations.resend(acme.owner, {
          organizationId: acme.organizationId,
          invitationId: acme.invitation.id,
        }),
    ],
    [
      "is of a deleted organization",
      ({ tenantry, acme }) => tenantry.organizations.delete(acme.owner, { organizationId: acme.organizationId }),
    ],
  ]
  describe.each(endings)("because it %s", (_, end) => {
    it.each(["invitations.preview", "invitations.accept", "invitations.decline"])(
      "answers somebody else's %s like any text",
      async (name) => {
        const at = await tenants()
        await end(at)
        const ask = async (token: string) => JSON.stringify(await call(at.tenantry, name, at.acme.other, { token }))
        const texts = [await ask(at.acme.token), await ask("x".repeat(32))]
        expect(texts[0]).toBe(texts[1])
        expect(texts[0]).toContain('"not_found"')
      },
    )
  })
})

describe("an address", () => {
  it("is invited alike whether or not another organization knows it", async () => {
    const invite = async (email: (at: Tenants) => string) => {
      const at = await tenants()
      const input: Input = { organizationId: at.acme.organizationId, email: email(at), role: "member" }
      const outcome = await call(at.tenantry, "invitations.send", at.acme.owner, input)
      return JSON.stringify(outcome).replace(email(at), "")
    }
    const known = [
      await invite(({ globex }) => globex.member.email),
      await invite(({ globex }) => globex.invited.email),
    ]
    expect(new Set([...known, await invite(() => "nobody@acme.example")]).size).toBe(1)
  })
})
