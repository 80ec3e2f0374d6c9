import { describe, expect, it } from "vitest"
import {
  account,
  attempt,
  customRoleName,
  definePolicy,
  platformAdmin,
  system,
  type Tenantry,
  type User,
} from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles, type Preset, paidTeam, projects, workspace } from "../../src/presets/presets.ts"
import { issue } from "../generated/issue.ts"
import { person, refusal, world } from "../world.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")

const roles = {
  owner: { grants: ["*"] },
  editor: { grants: ["organization.*", "members.*", "api.use"], manages: ["viewer"] },
  viewer: { grants: ["organization.read"] },
  guest: { grants: [] },
} as const
type Modes = Readonly<{ holders: "single" | "multiple"; transfer: "off" | "direct" | "offer" }>
const presetOf = ({ holders, transfer }: Modes): Preset =>
  ({
    ...(holders === "single" ? workspace : customRoles),
    policy: definePolicy({ roles, ownership: { role: "owner", holders, transfer } }),
  }) as Preset

/** An organization that Ada owns, Bob edits and Cyd views. */
async function scene(preset: Preset = presetOf({ holders: "single", transfer: "direct" }), second = "editor") {
  const here = world(preset as Preset<PolicyNames>)
  const { tenantry } = here
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const add = ({ id, email }: User, role: string) =>
    tenantry.memberships.add(host, { organizationId, user: { id, email }, role })
  const [bobs, cyds] = [await add(bob, second), await add(cyd, preset.policy.systemRoles.at(-1)?.name ?? "")]
  const adas = await tenantry.memberships.find(host, { organizationId, userId: ada.id })
  if (adas === null) throw new Error("ada is not there")
  const toBob = { organizationId, membershipId: bobs.id, previousRole: second }
  return { ...here, organizationId, adas, bobs, cyds, toBob, rolesNow: () => rolesIn(tenantry, organizationId) }
}

async function rolesIn({ memberships }: Tenantry, organizationId: string) {
  const { data } = await memberships.list(host, { organizationId })
  return Object.fromEntries(data.map(({ userId, role }) => [userId.slice(2), role]))
}

const codeOf = async (work: Promise<unknown>) => {
  const result = await attempt(work)
  return result.ok ? "done" : result.error.code
}

describe("a transfer in one step", () => {
  it("makes one member the owner and the owner what they name, from the next check on", async () => {
    const { tenantry, organizationId, toBob, rolesNow, adas, bobs } = await scene()
    const done = await tenantry.organizations.transferOwnership(ada, toBob)
    expect(done).toMatchObject({
      owner: { id: bobs.id, role: "owner" },
      previousOwner: { id: adas.id, role: "editor" },
    })
    expect(await rolesNow()).toEqual({ ada: "editor", bob: "owner", cyd: "guest" })
    const access = await tenantry.access(ada, { organizationId })
    expect([access.can("organization.transfer"), access.can("billing.cancel")]).toEqual([true, false])
    await expect(tenantry.organizations.transferOwnership(ada, toBob)).rejects.toMatchObject(refusal("forbidden", {}))
    await expect(tenantry.memberships.leave(bob, { organizationId })).rejects.toMatchObject(refusal("owner_immutable"))
    await tenantry.memberships.leave(ada, { organizationId })
  })

  it("is recorded as what it is: two roles, and whose it was and is", async () => {
    const { tenantry, organizationId, toBob, adas, bobs } = await scene()
    await tenantry.organizations.transferOwnership(ada, toBob)
    const { data } = await tenantry.activity.list(host, { organizationId, limit: 3 })
    expect(data.map(({ action, target, before, after }) => [action, target.id, before, after])).toEqual([
      ["organization.ownership_transferred", organizationId, { owner: adas.id }, { owner: bobs.id }],
      ["member.role_changed", bobs.id, { role: "editor" }, { role: "owner" }],
      ["member.role_changed", adas.id, { role: "owner" }, { role: "editor" }],
    ])
  })

  it.each([
    ["to oneself", { membershipId: "adas" }, "invalid_input"],
    ["to a role that is not there", { previousRole: "ghost" }, "invalid_input"],
    ["for the owner role itself", { previousRole: "owner" }, "invalid_input"],
    ["from a membership that a person names", { fromMembershipId: "adas" }, "invalid_input"],
    ["to nobody", { membershipId: "mem_nobody" }, "not_found"],
  ])("is refused %s", async (_, change, code) => {
    const { tenantry, toBob, rolesNow, adas } = await scene()
    const given = { ...toBob, ...JSON.parse(JSON.stringify(change).replace("adas", adas.id)) }
    for (const operation of ["transferOwnership", "offerOwnership"] as const) {
      await expect(tenantry.organizations[operation](ada, given)).rejects.toMatchObject(refusal(code))
    }
    expect(await rolesNow()).toMatchObject({ ada: "owner", bob: "editor" })
  })

  it("is no key's, no admin's of the platform, nobody's in another's name, and no outsider's to see", async () => {
    const { tenantry, organizationId, toBob } = await scene(customRoles as Preset, "admin")
    const { actor } = await issue(tenantry, ada, {
      ...{ organizationId, name: "ci", scopes: ["organization.transfer", "members.update"] },
    })
    const impersonated = person("ada", { impersonatedBy: "u_support" })
    const { organizations } = tenantry
    await organizations.offerOwnership(ada, toBob)
    const asked = (by: User) => [
      organizations.transferOwnership(by, toBob),
      organizations.offerOwnership(by, toBob),
      organizations.cancelOwnershipOffer(by, { organizationId }),
      organizations.acceptOwnership(by, { organizationId }),
      organizations.declineOwnership(by, { organizationId }),
    ]
    for (const by of [actor as unknown as User, platformAdmin({ id: "u_root", email: "root@acme.example" }) as never]) {
      expect(await Promise.all(asked(by).map(codeOf))).toEqual(Array(5).fill("forbidden"))
    }
    expect(await Promise.all(asked(impersonated).map(codeOf))).toEqual(Array(5).fill("forbidden"))
    expect(await Promise.all(asked(person("eve")).map(codeOf))).toEqual(Array(5).fill("not_found"))
  })

  it("moves the bill, where the owner pays", async () => {
    const { tenantry, organizationId, toBob } = await scene()
    const pro = { plan: "pro", status: "active", quota: 10 } as const
    await tenantry.subscriptions.put(account.user(ada.id), pro)
    await tenantry.usage.record(ada, { organizationId, units: 3 })
    await tenantry.organizations.transferOwnership(ada, toBob)
    await tenantry.subscriptions.put(account.user(bob.id), pro)
    await tenantry.usage.record(bob, { organizationId, units: 4 })
    const total = async (who: User) => (await tenantry.usage.ofAccount(who, {})).total
    expect([await total(ada), await total(bob)]).toEqual([3, 4])
  })
})

describe("where there may be several owners", () => {
  it("takes the role from the one who hands over alone, and the host says from whom", async () => {
    const { tenantry, organizationId, toBob, cyds, adas, rolesNow } = await scene(
      presetOf({ holders: "multiple", transfer: "direct" }),
    )
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId: cyds.id, role: "owner" })
    const { organizations } = tenantry
    expect(await codeOf(organizations.transferOwnership(ada, { ...toBob, membershipId: cyds.id }))).toBe(
      "invalid_input",
    )
    expect(await codeOf(organizations.transferOwnership(host, toBob))).toBe("invalid_input")
    const unowned = { ...toBob, fromMembershipId: toBob.membershipId }
    expect(await codeOf(organizations.transferOwnership(host, unowned))).toBe("not_found")
    await organizations.transferOwnership(host, { ...toBob, fromMembershipId: adas.id })
    expect(await rolesNow()).toEqual({ ada: "editor", bob: "owner", cyd: "owner" })
  })

  it("needs no name for the only one", async () => {
    const { tenantry, toBob, rolesNow } = await scene(presetOf({ holders: "single", transfer: "direct" }))
    await tenantry.organizations.transferOwnership(host, toBob)
    expect(await rolesNow()).toMatchObject({ ada: "editor", bob: "owner" })
  })
})

describe("the switch", () => {
  const feature = refusal("feature_off", { feature: "ownershipTransfer" })
  it.each([
    ["workspace", workspace as Preset, "viewer"],
    ["paidTeam", paidTeam as Preset, "maintainer"],
    ["a policy of the host's", presetOf({ holders: "single", transfer: "off" }), "editor"],
  ])("is off in %s, for every way", async (_, preset, role) => {
    const { tenantry } = world(preset as Preset<PolicyNames>)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const input = { organizationId, membershipId: "mem_1", previousRole: role }
    const { organizations } = tenantry
    for (const refused of [
      organizations.transferOwnership(ada, input),
      organizations.offerOwnership(ada, input),
      organizations.acceptOwnership(ada, { organizationId }),
      organizations.declineOwnership(ada, { organizationId }),
      organizations.cancelOwnershipOffer(ada, { organizationId }),
    ]) {
      await expect(refused).rejects.toMatchObject(feature)
    }
  })

  it("leaves offers alone where it says so", async () => {
    const { tenantry, toBob } = await scene(presetOf({ holders: "single", transfer: "offer" }))
    for (const by of [ada, host]) {
      await expect(tenantry.organizations.transferOwnership(by, toBob)).rejects.toMatchObject(feature)
    }
    await tenantry.organizations.offerOwnership(ada, toBob)
  })

  it.each([
    ["projects", projects as Preset, "developer"],
    ["customRoles", customRoles as Preset, "admin"],
  ])("is on in %s", async (_, preset, role) => {
    const { tenantry, toBob, rolesNow } = await scene(preset, role)
    await tenantry.organizations.transferOwnership(ada, toBob)
    expect(await rolesNow()).toMatchObject({ ada: role, bob: preset.policy.ownership.role })
  })
})

it("takes a role of the organization's own, of what the owner holds", async () => {
  const preset = {
    ...customRoles,
    policy: definePolicy({
      roles: { owner: { grants: ["organization.*"] }, maker: { grants: ["roles.create", "usage.read"] } },
      ...{ ownership: { role: "owner", holders: "multiple", transfer: "direct" }, customRoles: true },
    }),
  } as Preset
  const { tenantry, organizationId, toBob, rolesNow } = await scene(preset, "maker")
  const make = (name: string, permissions: readonly string[]) =>
    tenantry.roles.create(host, { organizationId, name: customRoleName(name), permissions: [...permissions] })
  await make("reader", ["organization.read"])
  await make("analyst", ["usage.read"])
  const { organizations } = tenantry
  await expect(
    organizations.transferOwnership(ada, { ...toBob, previousRole: customRoleName("analyst") }),
  ).rejects.toMatchObject(refusal("permission_escalation", { permissions: ["usage.read"] }))
  await organizations.transferOwnership(ada, { ...toBob, previousRole: customRoleName("reader") })
  expect(await rolesNow()).toMatchObject({ ada: "reader", bob: "owner" })
})
