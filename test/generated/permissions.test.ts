/** Each operation asks for its own permission, and no other stands in for it. */
import { describe, expect, it } from "vitest"
import { issue } from "./issue.ts"
import { call, operations, PERMISSIONS } from "./operations.ts"
import { actorsOf, host, permissionOf } from "./scenario.ts"
import { type Scenario, scenarios, titleOf } from "./scenarios.ts"
import { policy, roleWithout, type Tenants, tenants } from "./tenants.ts"

/** By the scenario's title, what it asks for by what it finds. */
const byFinding: Record<string, string> = {}
const asking: Scenario[] = []
const open: string[] = []
for (const scenario of scenarios) {
  const given = await scenario.prepare(await tenants(scenario.options))
  if (given.needs !== undefined) byFinding[titleOf(scenario)] = given.needs
  if (permissionOf(scenario, given) === null) open.push(titleOf(scenario))
  else if (given.actor.type === "user") asking.push(scenario)
}
const table = asking.map((scenario) => [titleOf(scenario), scenario] as const)

/** The scenario's call, by a member of acme who holds that role and no other. */
async function as(role: (permission: string) => string, { options, prepare, ...scenario }: Scenario) {
  const at: Tenants = await tenants(options)
  const given = await prepare(at)
  const permission = permissionOf({ ...scenario, prepare }, given) ?? ""
  await at.putRole(at.acme.guest, role(permission))
  const before = at.everything()
  const outcome = await call(at.tenantry, scenario.name, at.acme.guest, given.input)
  return { outcome, permission, changed: JSON.stringify(at.everything()) !== JSON.stringify(before) }
}

it("is the one that each operation is known for", () => {
  const asked = [...operations].flatMap(([name, { permission }]) => (permission === null ? [] : [[name, permission]]))
  expect(Object.fromEntries(asked)).toEqual({
    "organizations.get": "organization.read",
    "organizations.find": "organization.read",
    "organizations.getBySlug": "organization.read",
    "organizations.update": "organization.update",
    "organizations.delete": "organization.delete",
    "organizations.transferOwnership": "organization.transfer",
    "organizations.offerOwnership": "organization.transfer",
    "organizations.cancelOwnershipOffer": "organization.transfer",
    "organizations.team": "members.read",
    "memberships.list": "members.read",
    "memberships.get": "members.read",
    "memberships.find": "members.read",
    "memberships.add": "members.invite",
    "memberships.changeRole": "members.update",
    "memberships.update": "members.update",
    "invitations.list": "members.read",
    "invitations.find": "members.read",
    "roles.list": "roles.read",
    "roles.get": "roles.read",
    "roles.create": "roles.create",
    "roles.update": "roles.update",
    "roles.delete": "roles.delete",
    "projects.create": "projects.create",
    "projects.update": "projects.update",
    "projects.archive": "projects.delete",
    "projects.restore": "projects.delete",
    "projects.members.list": "members.read",
    "projects.members.add": "members.invite",
    "projects.members.changeRole": "members.update",
    "restrictions.ipRules.list": "ipRules.read",
    "restrictions.ipRules.set": "ipRules.manage",
    "restrictions.endpointRules.set": "endpointRules.manage",
    "usage.record": "api.use",
    "usage.reserve": "api.use",
    "usage.ofOrganization": "usage.read",
    "billing.quote": "billing.read",
    "billing.subscription": "billing.read",
    "billing.changePlan": "billing.manage",
    "billing.cancel": "billing.cancel",
    "activity.list": "activity.read",
    "activity.export": "activity.read",
    "activity.verify": "activity.read",
  })
})

it("is decided by what is found, where one's own matters take less", () => {
  expect(byFinding).toEqual({
    "memberships.remove": "members.remove",
    "memberships.remove with the keys of the member": "members.remove",
    ...Object.fromEntries(
      [
        ...["send", "send in place of a pending one", "send to an address whose invitation expired"],
        ...["sendMany", "sendMany in place of pending ones", "send to a project", "sendMany to a project too"],
        ...["resend", "cancel", "send for the last seat", "sendMany for the last seat", "resend for the last seat"],
      ].map((title) => [`invitations.${title}`, "members.invite"]),
    ),
    "projects.get": "projects.read",
    "projects.list": "projects.read",
    "projects.members.remove": "members.remove",
    "projects.members.remove with the keys and invitations of the person": "members.remove",
    "apiKeys.create": "apiKeys.create",
    "apiKeys.create of a member": "api.use",
    "apiKeys.create for a project": "apiKeys.create",
    "apiKeys.list": "apiKeys.read",
    "apiKeys.get": "apiKeys.read",
    "apiKeys.update": "apiKeys.update",
    "apiKeys.update of a project": "apiKeys.update",
    "apiKeys.enable": "apiKeys.update",
    "apiKeys.disable": "apiKeys.update",
    "apiKeys.rotate": "apiKeys.update",
    "apiKeys.delete": "apiKeys.delete",
    "restrictions.endpointRules.list": "endpointRules.read",
    "usage.ofKey": "usage.read",
    "usage.ofMember": "usage.read",
  })
})

it("is asked of everybody but a person in their own matter, the host and the platform", () => {
  expect(open).toEqual([
    "organizations.create",
    "organizations.create under a name whose slug is taken",
    "organizations.create for an owner whom the host names",
    "organizations.current",
    "organizations.acceptOwnership",
    "organizations.declineOwnership",
    "memberships.remove oneself",
    "memberships.leave",
    "memberships.leave with one's keys",
    "invitations.listMine",
    "invitations.preview",
    "invitations.accept",
    "invitations.accept by its id",
    "invitations.decline",
    "invitations.decline by its id",
    "invitations.accept by a member",
    "invitations.accept into a project",
    "invitations.accept by a member who has another address now",
    "invitations.accept to the last seat, at a member's address",
    "projects.get by somebody who is there only",
    "projects.list by somebody who is in one only",
    "projects.members.remove oneself",
    "projects.members.leave",
    "projects.members.leave with one's keys and invitations",
    "contexts.list",
    "contexts.resolve",
    "contexts.resolve at a project",
    "contexts.resolve of one's own",
    "apiKeys.list of oneself",
    "apiKeys.get of oneself",
    "apiKeys.rotate of one's own membership",
    ...["create", "list", "get", "update", "enable", "disable", "rotate", "delete"].map(
      (name) => `apiKeys.${name} of one's own`,
    ),
    "restrictions.endpointRules.list of oneself",
    "usage.record of one's own",
    "usage.reserve of one's own",
    "usage.commit",
    "usage.commit of one's own",
    "usage.release",
    "usage.release of one's own",
    "usage.ofKey of oneself",
    "usage.ofKey of one's own",
    "usage.ofMember of oneself",
    "usage.ofAccount of one's own",
    "billing.subscription of one's own",
    "billing.changePlan of one's own",
    "billing.cancel of one's own",
    "activity.record",
    ...["list", "get", "update", "suspend", "resume", "delete", "restore", "purge"].map(
      (name) => `platform.organizations.${name}`,
    ),
    "platform.activity.list",
    "access at a project",
    "access",
  ])
})

describe("with every permission but the one it asks for", () => {
  it.each(table)("%s is forbidden, by name", async (_, scenario) => {
    const { outcome, permission, changed } = await as(roleWithout, scenario)
    expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", status: 403, details: { permission } } })
    expect(changed).toBe(false)
    const held = policy.systemRoles.find(({ name }) => name === roleWithout(permission))?.permissions
    expect(held).toEqual(
      policy.systemRoles.find(({ name }) => name === "deputy")?.permissions.filter((name) => name !== permission),
    )
  })
})

describe("with every permission, but no ownership", () => {
  /** What an owner alone can give away. */
  const OWNED = ["organizations.transferOwnership", "organizations.offerOwnership"]
  const isOwned = ([, { name }]: (typeof table)[number]) => OWNED.includes(name)
  it.each(table.filter((row) => !isOwned(row)))("%s succeeds", async (_, scenario) => {
    expect((await as(() => "deputy", scenario)).outcome).toMatchObject({ ok: true })
  })

  it.each(table.filter(isOwned))("%s is forbidden", async (_, scenario) => {
    const { outcome, changed } = await as(() => "deputy", scenario)
    expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: {} } })
    expect(changed).toBe(false)
  })
})

describe("a rule of the host's that forbids the permission", () => {
  it.each(table)("is stronger than ownership: %s is forbidden", async (_, scenario) => {
    let forbidden = ""
    const rule = { name: "not now", forbids: ({ permission }: { permission: string }) => permission === forbidden }
    const at = await tenants({ ...scenario.options, rules: [rule] })
    const given = await scenario.prepare(at)
    forbidden = permissionOf(scenario, given) ?? ""
    const before = at.everything()
    const outcome = await call(at.tenantry, scenario.name, at.acme.owner, given.input)
    expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: { permission: forbidden } } })
    expect(at.everything()).toEqual(before)
  })
})

describe("a key of the organization's own", () => {
  /** What a call hands out besides, and so takes of a key that gives it; `*` is every permission. */
  const ALSO: Readonly<Record<string, readonly string[]>> = {
    "apiKeys.create": ["api.use", "members.read", "ipRules.manage", "endpointRules.manage"],
    "apiKeys.update": ["api.use", "members.read", "ipRules.manage", "endpointRules.manage"],
    "apiKeys.enable": ["api.use"],
    "apiKeys.rotate": ["api.use"],
    "roles.create": ["members.invite"],
    ...Object.fromEntries(
      [
        ...["projects.members.add", "projects.members.changeRole", "projects.members.remove"],
        ...["memberships.changeRole", "memberships.update", "memberships.remove", "roles.update", "roles.delete"],
        ...["send", "sendMany", "resend", "cancel"].map((name) => `invitations.${name}`),
      ].map((name) => [name, PERMISSIONS]),
    ),
    "restrictions.endpointRules.set of a member": PERMISSIONS,
  }
  // Nobody but a member in person makes a key that stands for them.
  const keyed = asking.filter(
    (scenario) => actorsOf(scenario).includes("apiKey") && titleOf(scenario) !== "apiKeys.create of a member",
  )
  const byKeys = keyed.map((scenario) => [titleOf(scenario), scenario] as const)

  /** The scenario's call, by a key with those scopes. */
  async function byKey(scenario: Scenario, scopesFor: (permission: string) => readonly string[]) {
    const at = await tenants(scenario.options)
    const given = await scenario.prepare(at)
    const permission = permissionOf(scenario, given) ?? ""
    const { organizationId } = at.acme
    const { actor } = await issue(at.tenantry, host, { organizationId, name: "asking", scopes: scopesFor(permission) })
    const before = at.everything()
    const outcome = await call(at.tenantry, scenario.name, actor, given.input)
    return { outcome, permission, changed: JSON.stringify(at.everything()) !== JSON.stringify(before) }
  }

  it("is asked for all that has a permission, but what people alone do", () => {
    expect(asking.filter((scenario) => !keyed.includes(scenario)).map(titleOf)).toEqual([
      "organizations.delete",
      "organizations.transferOwnership",
      "organizations.offerOwnership",
      "organizations.cancelOwnershipOffer",
      "apiKeys.create of a member",
    ])
  })

  it.each(byKeys)("does %s with exactly its permission, and what it hands out", async (title, scenario) => {
    const also = ALSO[title] ?? ALSO[scenario.name] ?? []
    const { outcome } = await byKey(scenario, (permission) => [...new Set([permission, ...also])])
    expect(outcome).toMatchObject({ ok: true })
  })

  it.each(byKeys)("is forbidden %s with every permission but that", async (_, scenario) => {
    const { outcome, permission, changed } = await byKey(scenario, (permission) =>
      PERMISSIONS.filter((name) => name !== permission),
    )
    expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", status: 403, details: { permission } } })
    expect(changed).toBe(false)
  })

  it("makes no key for a member", async () => {
    const { tenantry, acme } = await tenants()
    const input = { organizationId: acme.organizationId, name: "x", holder: "member" }
    for (const { actor } of [acme.keys.master, acme.keys.member]) {
      const outcome = await call(tenantry, "apiKeys.create", actor, input)
      expect(outcome).toMatchObject({ ok: false, error: { code: "forbidden", details: {} } })
    }
  })
})
