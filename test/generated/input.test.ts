/** What comes in is checked at the door, whole, by every operation alike. */
import { describe, expect, it } from "vitest"
import { call, fieldsOf, type Outcome, operations } from "./operations.ts"
import { objectsIn, put } from "./places.ts"
import { scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const table = scenarios.map((scenario) => [titleOf(scenario), scenario] as const)
const all = [...operations].map(([name, operation]) => [name, fieldsOf(operation)] as const)

/** The paths of everything that is wrong, sorted; fails on any other answer. */
function paths(outcome: Outcome): readonly string[] {
  if (outcome.ok || outcome.error.code !== "invalid_input")
    return expect.fail(`expected invalid_input: ${JSON.stringify(outcome)}`)
  const { details } = outcome.error
  return details.issues.map(({ path }) => path.join(".")).sort()
}

/** What JSON.parse makes of a field that a careless copy would take for a prototype or a method. */
const smuggled = (value: object, name: string): object =>
  Object.defineProperties({ ...value }, Object.getOwnPropertyDescriptors(JSON.parse(`{"${name}":{"admin":true}}`)))

describe("an unknown field", () => {
  it.each(table)("is refused by %s, at every depth", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const before = at.everything()
    for (const [path, object] of objectsIn(input)) {
      for (const field of ["surprise", "id", "__proto__", "constructor", "prototype"]) {
        const outcome = await call(at.tenantry, name, actor, put(input, path, smuggled(object, field)))
        expect(paths(outcome)).toEqual([[...path, field].join(".")])
      }
    }
    expect(at.everything()).toEqual(before)
  })

  it("is looked for inside lists and objects too", async () => {
    const at = await tenants()
    const depths = await Promise.all(scenarios.map(async ({ prepare }) => objectsIn((await prepare(at)).input)))
    const nested = new Set(
      depths.flat().map(([path]) => path.map((part) => (typeof part === "number" ? "*" : part)).join(".")),
    )
    expect([...nested].sort()).toEqual(["", "actor", "invitations.*", "owner", "since", "target", "user"])
  })
})

describe("a field that is missing", () => {
  it.each(table)("is named by %s", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const before = at.everything()
    for (const [path, object] of objectsIn(input)) {
      const fields =
        path.length === 0 ? (fields0(name) ?? []) : REQUIRED[path.filter((part) => typeof part === "string").join(".")]
      for (const field of fields ?? expect.fail(`say what ${path.join(".")} requires`)) {
        const { [field]: _, ...without } = object as Record<string, unknown>
        expect(paths(await call(at.tenantry, name, actor, put(input, path, without)))).toEqual([
          [...path, field].join("."),
        ])
      }
    }
    expect(at.everything()).toEqual(before)
  })

  const fields0 = (name: string) => all.find(([other]) => other === name)?.[1].required
  const REQUIRED: Readonly<Record<string, readonly string[]>> = {
    actor: ["type", "id"],
    invitations: ["email", "role"],
    owner: ["id", "email"],
    since: ["seq", "hash"],
    target: ["type", "id"],
    user: ["id", "email"],
  }

  it.each(["invitations.accept", "invitations.decline"])("is asked for by %s: a token, or both ids", async (name) => {
    const { tenantry, acme } = await tenants()
    const { organizationId, invitation, token, invited } = acme
    const wrong = [
      {},
      { organizationId },
      { invitationId: invitation.id },
      { token, organizationId },
      { token, organizationId, invitationId: invitation.id },
    ]
    for (const input of wrong) expect(paths(await call(tenantry, name, invited, input))).toEqual([""])
  })
})

describe("everything that is wrong", () => {
  it.each(all)("is listed at once by %s", async (name, { all, required }) => {
    const at = await tenants()
    const actor = await actorOf(name)
    const before = at.everything()
    const wrong = Object.fromEntries(all.map((field) => [field, Symbol("wrong")]))
    expect(new Set(paths(await call(at.tenantry, name, actor, { ...wrong, surprise: 1 })))).toEqual(
      new Set([...all, "surprise"]),
    )
    if (required.length > 0) {
      expect(paths(await call(at.tenantry, name, actor, { surprise: 1 }))).toEqual([...required, "surprise"].sort())
    }
    for (const input of [undefined, null, 1, "text", [], () => ({})]) {
      expect(paths(await call(at.tenantry, name, actor, input))).toEqual([""])
    }
    expect(at.everything()).toEqual(before)
  })

  const actorOf = async (name: string) => {
    const scenario = scenarios.find((one) => one.name === name)
    return (await scenario?.prepare(await tenants(scenario.options)))?.actor
  }
})

describe("an id", () => {
  const wrong = [
    "",
    "org_",
    "ORG_1",
    "mem-1",
    "org_A",
    "org_1 ",
    `org_${"1".repeat(61)}`,
    "org_1\n",
    "org_é",
    "__proto__",
    1,
    null,
    {},
    ["org_1"],
  ]
  const places = all.flatMap(([name, { all }]) =>
    all
      .filter((field) => ["organizationId", "membershipId", "invitationId"].includes(field))
      .map((field) => [name, field] as const),
  )
  it.each(places)("is checked by %s: %s", async (name, field) => {
    const { tenantry, acme } = await tenants()
    const { organizationId, memberships, invitation } = acme
    const ids = { organizationId, membershipId: memberships.member.id, invitationId: invitation.id }
    const scenario = scenarios.find((one) => one.name === name)
    const actor = (await scenario?.prepare(await tenants()))?.actor
    for (const value of wrong) {
      const outcome = await call(tenantry, name, actor, { ...ids, [field]: value })
      expect(paths(outcome)).toContain(field)
    }
  })
})
