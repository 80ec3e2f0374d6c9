/** Each operation asks for its own permission, and no other stands in for it. */
import { describe, expect, it } from "vitest"
import { call, operations } from "./operations.ts"
import { type Case, type Scenario, scenarios, titleOf } from "./scenarios.ts"
import { policy, roleWithout, type Tenants, tenants } from "./tenants.ts"

const permissionOf = ({ name }: Scenario, { needs }: Case) => operations.get(name)?.permission ?? needs ?? null

const asking: Scenario[] = []
const open: string[] = []
for (const scenario of scenarios) {
  const given = await scenario.prepare(await tenants(scenario.options))
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
    "organizations.team": "members.read",
    "memberships.list": "members.read",
    "memberships.get": "members.read",
    "memberships.find": "members.read",
    "memberships.add": "members.invite",
    "memberships.changeRole": "members.update",
    "invitations.send": "members.invite",
    "invitations.sendMany": "members.invite",
    "invitations.list": "members.read",
    "invitations.find": "members.read",
    "invitations.resend": "members.invite",
    "invitations.cancel": "members.invite",
    "roles.list": "roles.read",
    "roles.get": "roles.read",
    "roles.create": "roles.create",
    "roles.update": "roles.update",
    "roles.delete": "roles.delete",
    "activity.list": "activity.read",
    "activity.export": "activity.read",
    "activity.verify": "activity.read",
  })
})

it("is asked of everybody but a person in their own matter, and the host", () => {
  expect(open).toEqual([
    "organizations.create",
    "organizations.create under a name whose slug is taken",
    "organizations.create for an owner whom the host names",
    "memberships.remove oneself",
    "memberships.leave",
    "invitations.listMine",
    "invitations.preview",
    "invitations.accept",
    "invitations.accept by its id",
    "invitations.decline",
    "invitations.decline by its id",
    "invitations.accept by a member",
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
  it.each(table)("%s succeeds", async (_, scenario) => {
    expect((await as(() => "deputy", scenario)).outcome).toMatchObject({ ok: true })
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
