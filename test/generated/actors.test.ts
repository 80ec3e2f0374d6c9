/** Who may ask at all, before anything else is looked at. */
import { describe, expect, it } from "vitest"
import { type Actor, platformAdmin, system } from "../../src/index.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { call, operations } from "./operations.ts"
import { actorsOf, isPlatform } from "./scenario.ts"
import { scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const signedIn = scenarios.filter(({ name }) => operations.get(name)?.open !== true)
const table = signedIn.map((scenario) => [titleOf(scenario), scenario] as const)

const ada = person("ada")
const forged: readonly (readonly [string, unknown])[] = [
  ["nobody", undefined],
  ["null", null],
  ["a name", "u_ada"],
  ["a plain object", { type: "user", id: "u_ada", email: "ada@acme.example", emailVerified: true }],
  ["JSON of an actor", JSON.parse(JSON.stringify(ada))],
  ["a copy of an actor", { ...ada }],
  ["a structured clone of an actor", structuredClone(ada)],
  ["JSON of the host", { ...system("host") }],
  ["JSON of the platform's admin", JSON.parse(JSON.stringify(platformAdmin({ id: "u_root" })))],
]

it("asks nobody for an actor where a link alone is enough", () => {
  const open = [...operations.values()].filter((operation) => operation.open === true)
  expect(open.map(({ name, actors }) => [name, actors])).toEqual([["invitations.preview", []]])
})

describe("an actor that was not made by the library", () => {
  it.each(table)("is nobody to %s", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const copies = [
      ...forged,
      ["a copy of who may", { ...actor }],
      ["JSON of who may", JSON.parse(JSON.stringify(actor))],
      ...Object.values(at.acme.keys).flatMap(({ actor: key, secret }) => [
        ["a copy of a key", { ...key }],
        ["JSON of a key", JSON.parse(JSON.stringify(key))],
        ["a clone of a key", structuredClone(key)],
        ["a secret", secret],
      ]),
    ]
    const { store, calls } = countCalls(at.store)
    const before = at.everything()
    for (const [, copy] of copies) {
      for (const asked of [input, { wrong: true }, undefined]) {
        const outcome = await call(at.over(store), name, copy, asked)
        expect(outcome).toMatchObject({ ok: false, error: { code: "unauthenticated", details: {} } })
      }
    }
    expect(calls).toEqual([])
    expect(at.everything()).toEqual(before)
  })
})

type Kind = Actor["type"]
const KINDS: readonly Kind[] = ["user", "apiKey", "system", "platformAdmin"]

describe("an actor of a kind that can never do it", () => {
  const wrong = signedIn.flatMap((scenario) =>
    KINDS.filter((kind) => !actorsOf(scenario).includes(kind)).map(
      (kind) => [kind, titleOf(scenario), scenario] as const,
    ),
  )

  const except = (kind: Kind, own: boolean) => {
    const without = signedIn.filter((scenario) => (scenario.own === true) === own && !actorsOf(scenario).includes(kind))
    return [...new Set(without.map(({ name }) => name))]
  }
  const namesOf = (own: boolean) => [
    ...new Set(signedIn.filter((scenario) => (scenario.own === true) === own).map(({ name }) => name)),
  ]

  const platform = namesOf(false).filter((name) => isPlatform({ name }))

  it("is the platform's admin everywhere but in the platform's own, where it is everybody else", () => {
    expect(platform).toEqual([...operations.keys()].filter((name) => isPlatform({ name })))
    expect(except("platformAdmin", false)).toEqual(namesOf(false).filter((name) => !platform.includes(name)))
    for (const kind of ["user", "apiKey", "system"] as const)
      expect(except(kind, false)).toEqual(expect.arrayContaining(platform))
  })

  it("is the host and keys where a person answers for themselves", () => {
    const answers = ["organizations.acceptOwnership", "organizations.declineOwnership"]
    const inPerson = ["memberships.leave", "invitations.listMine", "invitations.accept", "invitations.decline"]
    const places = ["projects.members.leave", "contexts.list"]
    expect(except("system", false)).toEqual([...answers, ...inPerson, ...places, "contexts.resolve", ...platform])
    const owning = ["create", "delete", "transferOwnership", "offerOwnership"].map((name) => `organizations.${name}`)
    const people = [
      ...owning,
      ...answers,
      "organizations.cancelOwnershipOffer",
      "memberships.add",
      ...inPerson,
      ...places,
    ]
    expect(except("apiKey", false)).toEqual([...people, "activity.record", ...platform])
    expect(except("user", false)).toEqual(["memberships.add", "activity.record", ...platform])
  })

  it("is everybody on an account but whose it is, and for usage a key of theirs", () => {
    expect(except("platformAdmin", true)).toEqual(namesOf(true))
    expect(except("system", true)).toEqual(namesOf(true))
    const used = ["usage.record", "usage.reserve", "usage.commit", "usage.release", "usage.ofKey"]
    expect(except("apiKey", true)).toEqual(namesOf(true).filter((name) => !used.includes(name)))
    expect(except("user", true)).toEqual([])
  })

  it.each(wrong)("%s is forbidden %s, whatever the input", async (kind, _, { name, options, own, prepare }) => {
    const at = await tenants(options)
    const actors: Readonly<Record<Kind, Actor>> = {
      user: ada,
      apiKey: own ? at.acme.keys.own.actor : at.acme.keys.master.actor,
      system: system("host"),
      platformAdmin: platformAdmin({ id: "u_root", email: "root@acme.example" }),
    }
    const { input } = await prepare(at)
    const { store, calls } = countCalls(at.store)
    const before = at.everything()
    // Nothing at all is no input for an account.
    for (const asked of [input, { wrong: true }, ...(own ? [] : [undefined])]) {
      const outcome = await call(at.over(store), name, actors[kind], asked)
      expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: {} } })
    }
    expect(calls).toEqual([])
    expect(at.everything()).toEqual(before)
  })

  const asked = signedIn.filter((scenario) => scenario.own && actorsOf(scenario).includes("apiKey"))
  it.each(asked.map((scenario) => [titleOf(scenario), scenario] as const))(
    "is a key of an organization, for %s",
    async (_, { name, options, prepare }) => {
      const at = await tenants(options)
      const { input } = await prepare(at)
      const { store, calls } = countCalls(at.store)
      for (const { actor } of [at.acme.keys.organization, at.acme.keys.master, at.acme.keys.member]) {
        const outcome = await call(at.over(store), name, actor, input)
        expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: {} } })
      }
      expect(calls).toEqual([])
    },
  )
})

describe("the host's own code", () => {
  const asked = signedIn.filter(({ name, own }) => {
    if (own) return false
    const { permission, actors } = operations.get(name) ?? { permission: null, actors: [] }
    return permission !== null && actors.includes("system")
  })
  it.each(asked.map((scenario) => [titleOf(scenario), scenario] as const))(
    "needs no permission for %s",
    async (_, { name, options, prepare }) => {
      const at = await tenants(options)
      const { input } = await prepare(at)
      expect(await call(at.tenantry, name, system("host"), input)).toMatchObject({ ok: true })
    },
  )
})
