/** Two owners who leave, remove or demote themselves or each other: one remains, always. */
import { describe, expect, it } from "vitest"
import { type Membership, system, type Tenantry, type User } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles, type Preset, projects } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { type Caller, layouts, stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")

type Owner = Readonly<{ who: User; membership: Membership }>
type Way<N extends PolicyNames> = (self: Owner, other: Owner, demoted: N["role"]) => Caller<N>

/** Every way for an owner to leave fewer owners behind. */
const ways: readonly (readonly [string, Way<PolicyNames>])[] = [
  [
    "leaves",
    ({ who, membership: { organizationId } }) =>
      ({ memberships }) =>
        memberships.leave(who, { organizationId }),
  ],
  ["removes themselves", (self) => remove(self, self)],
  ["steps down", (self, _, role) => demote(self, self, role)],
  ["removes the other", remove],
  ["demotes the other", demote],
]

function remove({ who }: Owner, { membership: { organizationId, id } }: Owner): Caller<PolicyNames> {
  return ({ memberships }) => memberships.remove(who, { organizationId, membershipId: id })
}

function demote({ who }: Owner, { membership: { organizationId, id } }: Owner, role: string): Caller<PolicyNames> {
  return ({ memberships }) => memberships.changeRole(who, { organizationId, membershipId: id, role: role as never })
}

async function owned(preset: Preset, owners: readonly User[]) {
  const [first, ...others] = owners
  if (first === undefined) throw new Error("expected an owner")
  return stage(preset, async ({ tenantry }) => {
    const { id: organizationId } = await tenantry.organizations.create(first, { name: "Acme" })
    const role = preset.policy.ownership.role as never
    for (const user of others) {
      await tenantry.memberships.add(host, { organizationId, user: { id: user.id, email: user.email }, role })
    }
    return Promise.all(owners.map((who) => membershipOf(tenantry, organizationId, who)))
  })
}

async function membershipOf(tenantry: Tenantry, organizationId: string, who: User): Promise<Owner> {
  const membership = await tenantry.memberships.find(host, { organizationId, userId: who.id })
  if (membership === null) throw new Error(`${who.id} is no member`)
  return { who, membership: membership as Membership }
}

const REFUSALS = ["last_owner", "not_found", "forbidden", "role_not_manageable"]
const pairs = ways.flatMap(([one, first], at) =>
  ways.slice(at).map(([other, second]) => [one, other, first, second] as const),
)

describe.each([
  ["customRoles", customRoles as Preset, "member"],
  ["projects", projects as Preset, "viewer"],
])("%s", (_, preset, demoted) => {
  it.each(pairs)("keeps an owner when one %s and one %s", async (_one, _other, first, second) => {
    const { found, race } = await owned(preset, [ada, bob])
    const [one, other] = found
    if (one === undefined || other === undefined) throw new Error("expected two owners")
    await race([first(one, other, demoted), second(other, one, demoted)], ({ outcomes }) => {
      const refused = outcomes.filter((outcome) => outcome !== "done")
      expect(refused.length).toBeLessThan(2)
      for (const code of refused) expect(REFUSALS).toContain(code)
    })
  })
})

it("keeps one of three owners who remove one another in a circle", async () => {
  const { found, race } = await owned(customRoles as Preset, [ada, bob, cyd])
  const circle = found.map((owner, at) => remove(owner, found[(at + 1) % found.length] ?? owner))
  await race(circle, ({ outcomes }) => expect(outcomes).toContain("done"))
})

it("keeps an owner when both leave through one process", async () => {
  const { found, race } = await owned(customRoles as Preset, [ada, bob])
  const leaving = found.map(({ who, membership: { organizationId } }): Caller<PolicyNames> => {
    return ({ memberships }) => memberships.leave(who, { organizationId })
  })
  await race(
    leaving,
    ({ outcomes }) => expect(outcomes.toSorted()).toEqual(["done", "last_owner"]),
    layouts["all callers in one process"],
  )
})
