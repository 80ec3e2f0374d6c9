/** Who may ask at all, before anything else is looked at. */
import { describe, expect, it } from "vitest"
import { platformAdmin, system } from "../../src/index.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { call, operations } from "./operations.ts"
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

describe("an actor of a kind that can never do it", () => {
  const kinds = {
    user: ada,
    system: system("host"),
    platformAdmin: platformAdmin({ id: "u_root", email: "root@acme.example" }),
  }
  const wrong = signedIn.flatMap((scenario) =>
    (["user", "system", "platformAdmin"] as const)
      .filter((kind) => operations.get(scenario.name)?.actors.includes(kind) !== true)
      .map((kind) => [kind, titleOf(scenario), scenario] as const),
  )

  it("is the platform's admin everywhere, the host where a person answers for themselves, and people where the host adds", () => {
    const except = (kind: "user" | "system" | "platformAdmin") =>
      [...operations.values()]
        .filter(({ open, actors }) => open !== true && !actors.includes(kind))
        .map(({ name }) => name)
    expect(except("platformAdmin")).toEqual(signedInNames())
    expect(except("system")).toEqual([
      "memberships.leave",
      "invitations.listMine",
      "invitations.accept",
      "invitations.decline",
    ])
    expect(except("user")).toEqual(["memberships.add"])
  })

  const signedInNames = () => [...operations.keys()].filter((name) => name !== "invitations.preview")

  it.each(wrong)("%s is forbidden %s, whatever the input", async (kind, _, { name, options, prepare }) => {
    const at = await tenants(options)
    const { input } = await prepare(at)
    const { store, calls } = countCalls(at.store)
    const before = at.everything()
    for (const asked of [input, { wrong: true }, undefined]) {
      const outcome = await call(at.over(store), name, kinds[kind], asked)
      expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: {} } })
    }
    expect(calls).toEqual([])
    expect(at.everything()).toEqual(before)
  })
})

describe("the host's own code", () => {
  const asked = signedIn.filter(({ name }) => {
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
