/** A wrong configuration is refused before anything runs, by name, with all that is wrong. */
import { describe, expect, it } from "vitest"
import { account, attempt, type Configuration, createTenantry, isTenantryError, system, user } from "../../src/index.ts"
import { paidTeam, workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { inbox } from "../../src/testing/testing.ts"

const acceptUrl = (token: string) => `https://app.example/join/${token}`
const right = { preset: workspace, store: memoryStore(), mailer: inbox(), acceptUrl }

/** What is wrong with it: each path with its message. Fails on any error but one `invalid_input`. */
function wrong(configuration: unknown): readonly (readonly [path: string, message: string])[] {
  try {
    createTenantry(configuration as Configuration)
  } catch (error) {
    if (!isTenantryError(error) || error.code !== "invalid_input") throw error
    for (const { path } of error.details.issues) expect(error.message).toContain(path.join("."))
    expect(error.message).toMatch(/^createTenantry: /)
    return error.details.issues.map(({ path, message }) => [path.join("."), message] as const)
  }
  return []
}
const pathsOf = (configuration: unknown) => wrong(configuration).map(([path]) => path)
const without = (name: keyof typeof right) =>
  Object.fromEntries(Object.entries(right).filter(([other]) => other !== name))

describe("a configuration", () => {
  it("is right with a preset or a policy, a store, a mailer and the page that accepts", () => {
    expect(wrong(right)).toEqual([])
    expect(wrong({ ...without("preset"), policy: workspace.policy })).toEqual([])
    expect(wrong({ ...right, acceptUrl: (token: string) => `http://localhost:3000/join?token=${token}#top` })).toEqual(
      [],
    )
  })

  it.each(["store", "mailer", "acceptUrl", "preset"] as const)("names a missing %s", (name) => {
    expect(pathsOf(without(name))).toEqual([name])
  })

  it("takes a preset or a policy, not both and not another thing", () => {
    expect(pathsOf({ ...right, policy: paidTeam.policy })).toEqual(["preset"])
    expect(pathsOf({ ...right, preset: "workspace" })).toContain("preset")
    expect(pathsOf({ ...right, preset: {} })).toContain("preset")
    expect(pathsOf({ ...without("preset"), policy: { roles: {} } })).toContain("policy")
  })

  const ports: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["store", { store: {} }],
    ["store", { store: "postgres://" }],
    ["mailer", { mailer: {} }],
    ["mailer", { mailer: { sendInvitation: "smtp" } }],
    ["mailer", { mailer: async () => {} }],
    ["clock", { clock: {} }],
    ["clock", { clock: new Date(0) }],
    ["ids", { ids: {} }],
    ["secretBox", { secretBox: {} }],
    ["rules.0", { rules: [{}] }],
    ["rules", { rules: {} }],
    ["activityKey", { activityKey: "too short" }],
    ["subscribers.member.added", { subscribers: { "member.added": "log" } }],
  ]
  it.each(ports)("names %s given as %o", (path, port) => {
    expect(pathsOf({ ...right, ...port })).toEqual([path])
  })

  const partial: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    ["store", "load", { store: { commit: async () => "committed" } }],
    ["ids", "id", { ids: { token: () => "x".repeat(32) } }],
    ["secretBox", "seal", { secretBox: { open: (text: string) => text } }],
    ["rules.0", "name", { rules: [{ forbids: () => false }] }],
  ]
  it.each(partial)("names %s without its %s, which would fail only once it is used", (path, _, port) => {
    expect(pathsOf({ ...right, ...port })).toEqual([path])
  })

  it.each([
    ["leaves the token out", () => "https://app.example/join"],
    ["is a script", (token: string) => `javascript:alert("${token}")`],
    ["is data", (token: string) => `data:text/html,${token}`],
    ["is a path", (token: string) => `/join/${token}`],
    ["is nothing", () => undefined],
    [
      "throws",
      () => {
        throw new Error("no base url")
      },
    ],
    ["is to come", async (token: string) => `https://app.example/join/${token}`],
    ["changes the token", (token: string) => `https://app.example/join/${token.toLowerCase()}`],
    ["is no function", "https://app.example/join/:token"],
  ])("names an acceptUrl that %s", (_, acceptUrl) => {
    expect(new Set(pathsOf({ ...right, acceptUrl }))).toEqual(new Set(["acceptUrl"]))
  })

  it("names options, limits and facts that nobody knows", () => {
    expect(wrong({ ...right, mailler: inbox() })).toEqual([["mailler", "unknown key"]])
    expect(wrong({ ...right, limits: { seats: 5 } })).toEqual([["limits.seats", "unknown key"]])
    expect(wrong({ ...right, invitations: { expireAfterDays: 7 } })).toEqual([
      ["invitations.expireAfterDays", "unknown key"],
    ])
    expect(wrong({ ...right, organizations: { deletable: true } })).toEqual([
      ["organizations.deletable", "unknown key"],
    ])
    expect(pathsOf({ ...right, subscribers: { "member.joind": () => {} } })).toEqual(["subscribers.member.joind"])
    expect(pathsOf(JSON.parse('{"__proto__":{"store":1}}'))).toContain("__proto__")
  })

  it("names bounds that cannot hold", () => {
    expect(wrong({ ...right, limits: { page: 51, pageMax: 50 } })).toEqual([["limits", "`page` is above `pageMax`"]])
    for (const name of [
      "pendingInvitations",
      "customRoles",
      "apiKeys",
      "metadataBytes",
      "metadataDepth",
      "page",
      "pageMax",
      "bulk",
    ]) {
      for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
        expect(pathsOf({ ...right, limits: { [name]: value } })).toContain(`limits.${name}`)
      }
    }
    expect(pathsOf({ ...right, seats: { cap: 0 } })).toEqual(["seats.cap"])
    expect(wrong({ ...right, seats: { cap: null } })).toEqual([])
    expect(pathsOf({ ...right, invitations: { expireAfterHours: 0, whenPending: "ask" } })).toEqual([
      "invitations.expireAfterHours",
      "invitations.whenPending",
    ])
    expect(pathsOf({ ...right, organizations: { deleteWithMembers: "yes", reservedSlugs: [1] } })).toEqual([
      "organizations.deleteWithMembers",
      "organizations.reservedSlugs.0",
    ])
  })

  it("names a page above its bound beside another bound that cannot hold", () => {
    expect(pathsOf({ ...right, limits: { page: 51, pageMax: 50, bulk: 0 } })).toEqual(["limits.bulk", "limits"])
  })

  it("lists everything that is wrong at once", () => {
    const paths = pathsOf({
      mailler: 1,
      limits: { page: 0, pages: 1 },
      rules: 1,
      acceptUrl: 1,
      clock: 1,
      subscribers: { nobody: 1 },
    })
    expect(new Set(paths)).toEqual(
      new Set([
        "store",
        "mailer",
        "acceptUrl",
        "clock",
        "rules",
        "limits.page",
        "limits.pages",
        "subscribers.nobody",
        "mailler",
        "preset",
      ]),
    )
  })

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "workspace"],
    ["a list", []],
  ])("is refused in the library's words when it is %s", (_, configuration) => {
    expect(wrong(configuration)).not.toEqual([])
  })

  it.each([[null], ["none"], [[]], [5]])("takes no %o for a group of settings", (group) => {
    for (const name of ["limits", "seats", "invitations", "organizations", "apiKeys", "billing", "usage"]) {
      expect(pathsOf({ ...right, [name]: group })).toContain(name)
    }
  })

  it("keeps what the preset says where the host says something else", async () => {
    const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
    const crowded = async (more: Partial<Configuration>) => {
      const tenantry = createTenantry({ ...right, store: memoryStore(), preset: paidTeam, ...more } as Configuration)
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
      const terms = { product: "organization", plan: "team", status: "active" } as const
      await tenantry.subscriptions.put(account.organization(organizationId), terms)
      const bob = { id: "u_bob", email: "bob@acme.example" }
      await tenantry.memberships.add(system("host"), { organizationId, user: bob, role: "member" })
      return attempt(tenantry.organizations.delete(ada, { organizationId }))
    }
    const refused = { ok: false, error: { code: "organization_not_empty", details: { members: 1 } } }
    expect(await crowded({})).toMatchObject(refused)
    expect(await crowded({ organizations: { reservedSlugs: ["taken"] } })).toMatchObject(refused)
    expect(await crowded({ organizations: { deleteWithMembers: true } })).toMatchObject({ ok: true })
  })
})
