/** What comes in is checked at the door, whole, by every operation alike. */
import { describe, expect, it } from "vitest"
import { call, type Fields, inputsOf, isInEither, type Outcome, operationOf, operations } from "./operations.ts"
import { objectsIn, put } from "./places.ts"
import { type Scenario, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const table = scenarios.map((scenario) => [titleOf(scenario), scenario] as const)

/** Every input there is: of an operation that works in either place, the one inside and the one on one's own account. */
const all = [...operations].flatMap(([name, operation]) =>
  inputsOf(operation).map((fields, index) => {
    const named = scenarios.filter((one) => one.name === name)
    const scenario = (index > 0 ? named.find(({ own }) => own) : named[0]) ?? expect.fail(`no scenario of ${name}`)
    return [titleOf(scenario), name, fields, scenario] as const
  }),
)

/** The fields of a scenario's input. */
const fieldsOf = ({ name, own }: Scenario): Fields => {
  const inputs = inputsOf(operationOf(name))
  return inputs[own === true ? inputs.length - 1 : 0] ?? expect.fail(name)
}

/** Without an organization, what works in either place is about one's own account: that field is never missing. */
const mayMiss = (name: string) => (field: string) => field !== "organizationId" || !isInEither(operationOf(name))

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
    const inputs = scenarios.map(async ({ options, prepare }) => (await prepare(await tenants(options))).input)
    const depths = (await Promise.all(inputs)).map(objectsIn)
    const nested = new Set(
      depths.flat().map(([path]) => path.map((part) => (typeof part === "number" ? "*" : part)).join(".")),
    )
    const places = [
      "",
      "actor",
      "by",
      "invitations.*",
      "invitations.*.projects.*",
      "ipRules.*",
      "owner",
      "projects.*",
      "rateLimit",
      "rules.*",
      "since",
      "target",
      "user",
    ]
    expect([...nested].sort()).toEqual(places)
  })
})

describe("a field that is missing", () => {
  it.each(table)("is named by %s", async (_, scenario) => {
    const { name, options } = scenario
    const at = await tenants(options)
    const { actor, input } = await scenario.prepare(at)
    const before = at.everything()
    for (const [path, object] of objectsIn(input)) {
      const fields =
        path.length === 0
          ? fieldsOf(scenario).required.filter(mayMiss(name))
          : REQUIRED[path.filter((part) => typeof part === "string").join(".")]
      for (const field of fields ?? expect.fail(`say what ${path.join(".")} requires`)) {
        const { [field]: _, ...without } = object as Record<string, unknown>
        expect(paths(await call(at.tenantry, name, actor, put(input, path, without)))).toEqual([
          [...path, field].join("."),
        ])
      }
    }
    expect(at.everything()).toEqual(before)
  })

  const REQUIRED: Readonly<Record<string, readonly string[]>> = {
    actor: ["type", "id"],
    by: ["userId"],
    invitations: ["email"],
    "invitations.projects": ["projectId", "role"],
    ipRules: ["cidr"],
    rateLimit: ["limit", "windowSeconds"],
    rules: ["cidr"],
    owner: ["id", "email"],
    projects: ["projectId", "role"],
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
  it.each(all)("is listed at once by %s", async (_, name, fields, scenario) => {
    const { all, required } = fields
    const at = await tenants()
    const actor = (await scenario.prepare(await tenants(scenario.options))).actor
    const before = at.everything()
    const wrong = Object.fromEntries(all.map((field) => [field, Symbol("wrong")]))
    expect(new Set(paths(await call(at.tenantry, name, actor, { ...wrong, surprise: 1 })))).toEqual(
      new Set([...all, "surprise"]),
    )
    const missing = required.filter(mayMiss(name))
    const there = missing.length === required.length ? {} : { organizationId: at.acme.organizationId }
    const found = paths(await call(at.tenantry, name, actor, { ...there, surprise: 1 }))
    // The empty path is a choice between fields that was not made.
    expect(found.filter((path) => path !== "")).toEqual([...missing, "surprise"].sort())
    for (const input of [undefined, null, 1, "text", [], () => ({})]) {
      expect(paths(await call(at.tenantry, name, actor, input))).toEqual([""])
    }
    expect(at.everything()).toEqual(before)
  })

  it("is looked for in what the input says it is: inside an organization, or on one's own account", async () => {
    const { tenantry, acme } = await tenants()
    const ask = async (input: object) => paths(await call(tenantry, "apiKeys.create", acme.owner, input))
    expect(await ask({ name: "x", holder: "organization" })).toEqual(["holder"])
    expect(await ask({ organizationId: acme.organizationId, name: "x", holder: "person" })).toEqual(["holder"])
    expect(await ask({ organizationId: null, name: "x" })).toEqual(["organizationId"])
    // What a host forgot to fill in is not taken for nobody's organization.
    expect(await ask({ organizationId: undefined, name: "x" })).toEqual(["organizationId"])
  })
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
  const IDS = ["organizationId", "membershipId", "fromMembershipId", "invitationId", "apiKeyId", "holdId"]
  const places = all.flatMap(([title, name, { all }, scenario]) =>
    all.filter((field) => IDS.includes(field)).map((field) => [title, field, name, all, scenario] as const),
  )
  it.each(places)("is checked by %s: %s", async (_, field, name, fields, scenario) => {
    const { tenantry, acme } = await tenants()
    const { organizationId, memberships, invitation, keys, holds } = acme
    const ids = {
      ...{ organizationId, membershipId: memberships.member.id, invitationId: invitation.id },
      ...{ apiKeyId: keys.organization.id, holdId: holds.organization },
    }
    const known = Object.fromEntries(Object.entries(ids).filter(([name]) => fields.includes(name)))
    const actor = (await scenario.prepare(await tenants())).actor
    for (const value of wrong) {
      const outcome = await call(tenantry, name, actor, { ...known, [field]: value })
      expect(paths(outcome)).toContain(field)
    }
  })
})
