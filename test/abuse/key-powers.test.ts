/** Whatever people and keys do to keys, in whatever order: nobody comes to a permission by a key that they lacked. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Actor, type ApiKeyView, attempt, type Secret, system } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, world } from "../world.ts"

const PERMISSIONS = [
  "api.use",
  "apiKeys.create",
  "apiKeys.update",
  "apiKeys.delete",
  "members.remove",
  "ipRules.manage",
]
const ROLES = ["admin", "member", "keeper", "maker"] as const
const people = [person("ada"), person("bob"), person("cyd"), person("dan")] as const
const [ada, ...others] = people
const { tenantry } = world(customRoles as Preset, { apiKeys: { holders: ["organization", "member", "person"] } })

/** An organization in which ada owns, and the others hold a role each, two of them of the organization's own. */
async function founded() {
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const granted = {
    keeper: ["apiKeys.update", "apiKeys.read", "api.use"],
    maker: ["apiKeys.create", "apiKeys.update", "members.remove"],
  }
  for (const [name, permissions] of Object.entries(granted)) {
    await tenantry.roles.create(ada, { organizationId, name: name as never, permissions })
  }
  const members: string[] = []
  for (const [at, { id, email }] of others.entries()) {
    const added = { organizationId, user: { id, email }, role: ROLES[(at + 1) % ROLES.length] ?? "member" }
    members.push((await tenantry.memberships.add(system("host"), added)).id)
  }
  return { organizationId, members }
}

type Known = Readonly<{ apiKey: ApiKeyView; secret: Secret }>

/** Who acts: one of the people, or by number the key whose secret was given out last but so many. */
const who = fc.oneof(fc.record({ person: fc.constantFrom(...people) }), fc.record({ key: fc.nat({ max: 5 }) }))
const scopes = fc.subarray(PERMISSIONS)
const step = fc.oneof(
  fc.record({ do: fc.constant("create" as const), who, scopes, holder: fc.constantFrom("organization", "member") }),
  fc.record({
    do: fc.constant("update" as const),
    who,
    key: fc.nat({ max: 5 }),
    change: fc.oneof(
      fc.record({ scopes }),
      fc.constant({ monthlyUnits: 5 }),
      fc.constant({ ipRules: [] }),
      fc.constant({ name: "renamed" }),
    ),
  }),
  fc.record({ do: fc.constantFrom("enable", "disable", "rotate", "delete"), who, key: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant("role" as const), member: fc.nat({ max: 2 }), role: fc.constantFrom(...ROLES) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type Asker = typeof who extends fc.Arbitrary<infer W> ? W : never

/** Runs the steps; counts in `done` those that succeed, and fails at the first that gives more than its actor held. */
async function run(steps: readonly Step[], done: Map<string, number>): Promise<void> {
  const { organizationId, members } = await founded()
  const known: Known[] = []
  const last = (back: number) => known.at(-1 - (back % Math.max(1, known.length)))

  async function actorOf(asked: Asker): Promise<Actor | null> {
    if ("person" in asked) return asked.person
    const key = last(asked.key)
    const verdict =
      key && (await tenantry.apiKeys.verify(key.secret, { permission: key.apiKey.scopes[0] ?? "api.use" }))
    return verdict?.ok ? verdict.actor : null
  }

  /** Nobody makes a key worth more than they hold at that moment. */
  async function expectHeld(actor: Actor, { id, scopes: given }: ApiKeyView): Promise<void> {
    const access = await tenantry.access(actor, { organizationId })
    expect(
      given.filter((permission) => !access.can(permission)),
      `${actor.type} over ${id}`,
    ).toEqual([])
  }

  /** Who is given a member's secret is that member. */
  function expectOwn(actor: Actor, { holder }: ApiKeyView): void {
    if (holder.type === "member") expect(actor).toMatchObject({ type: "user", id: holder.userId })
  }

  for (const each of steps) {
    if (each.do === "role") {
      const [membershipId = ""] = members.slice(each.member)
      await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: each.role })
      continue
    }
    const actor = await actorOf(each.who)
    if (actor === null) continue
    if (each.do === "create") {
      const { scopes, holder } = each
      const wish = { organizationId, name: "k", scopes, holder: holder as "organization" | "member" }
      const made = await attempt(tenantry.apiKeys.create(actor, wish))
      if (!made.ok) continue
      await expectHeld(actor, made.value.apiKey)
      expectOwn(actor, made.value.apiKey)
      known.push(made.value)
    } else {
      const target = last(each.key)
      if (target === undefined) continue
      const at = { organizationId, apiKeyId: target.apiKey.id }
      const before = await attempt(tenantry.apiKeys.get(ada, at))
      const call =
        each.do === "update"
          ? tenantry.apiKeys.update(actor, { ...at, ...each.change })
          : tenantry.apiKeys[each.do as "enable" | "disable" | "rotate" | "delete"](actor, at)
      // A key that changes itself may be worth less afterwards: what it held is asked before.
      const held = new Set(
        Object.entries((await tenantry.access(actor, { organizationId })).permissions()).flatMap(([name, has]) =>
          has ? [name] : [],
        ),
      )
      const came = await attempt<Readonly<{ apiKey: ApiKeyView; secret?: Secret }>>(call)
      if (!came.ok || !before.ok) continue
      const { apiKey, secret } = came.value
      const gained = apiKey.scopes.filter((scope) => !before.value.scopes.includes(scope))
      expect(gained.filter((scope) => !held.has(scope))).toEqual([])
      const isRevived = before.value.state !== "active" && apiKey.state === "active"
      if (secret !== undefined || isRevived) await expectHeld(actor, apiKey)
      if (secret !== undefined) {
        expectOwn(actor, apiKey)
        known.push({ apiKey, secret })
      }
    }
    done.set(each.do, (done.get(each.do) ?? 0) + 1)
  }
  for (const { secret, apiKey } of known) await expectNoMoreThanSaid(organizationId, secret, apiKey.id)
}

/** A key does what lists say that it may, and of that no more than its holder may. */
async function expectNoMoreThanSaid(organizationId: string, secret: Secret, apiKeyId: string): Promise<void> {
  const listed = await attempt(tenantry.apiKeys.get(ada, { organizationId, apiKeyId }))
  for (const permission of PERMISSIONS) {
    const verdict = await tenantry.apiKeys.verify(secret, { permission, meter: false })
    if (!verdict.ok) continue
    if (!listed.ok) throw new Error("a key that is gone works")
    expect(listed.value).toMatchObject({ state: "active", scopes: expect.arrayContaining([permission]) })
    const { holder } = listed.value
    const holding = holder.type === "member" ? people.find(({ id }) => id === holder.userId) : null
    if (holding == null) continue
    expect((await tenantry.access(holding, { organizationId })).can(permission)).toBe(true)
  }
}

describe("keys in many hands", () => {
  it("never give anybody more than they held", async () => {
    const done = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => run(steps, done)),
      { numRuns: 150 },
    )
    for (const name of ["create", "update", "enable", "disable", "rotate", "delete"]) {
      expect(done.get(name) ?? 0, `${name} that succeeded`).toBeGreaterThan(30)
    }
  })
})
