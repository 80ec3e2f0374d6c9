/** Ownership handed over twice at once, or while somebody goes: there is an owner, always, and where one may be, one. */
import { describe, expect, it } from "vitest"
import { definePolicy, system, type User } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles, type Preset, workspace } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { type Aftermath, type Caller, stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")

const presetOf = (holders: "single" | "multiple"): Preset =>
  ({
    ...(holders === "single" ? workspace : customRoles),
    policy: definePolicy({
      roles: { owner: { grants: ["*"] }, member: { grants: ["organization.read"] } },
      ownership: { role: "owner", holders, transfer: "direct" },
    }),
  }) as Preset

const owned = (holders: "single" | "multiple", prepared: "an offer to Bob" | "no offer" = "no offer") =>
  stage(presetOf(holders), async ({ tenantry }) => {
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const add = ({ id, email }: User) =>
      tenantry.memberships.add(host, { organizationId, user: { id, email }, role: "member" })
    const [bobs, cyds] = [await add(bob), await add(cyd)]
    const to = (membershipId: string) => ({ organizationId, membershipId, previousRole: "member" })
    if (prepared === "an offer to Bob") await tenantry.organizations.offerOwnership(ada, to(bobs.id))
    return { organizationId, bobs, toBob: to(bobs.id), toCyd: to(cyds.id) }
  })

const owners = ({ organizations }: Aftermath) =>
  organizations.flatMap(({ members }) => members.filter(({ role }) => role === "owner").map(({ userId }) => userId))

type Found = Awaited<ReturnType<typeof owned>>["found"]
type Way = (found: Found) => Caller<PolicyNames>

const give: Way =
  ({ toCyd }) =>
  ({ organizations }) =>
    organizations.transferOwnership(ada, toCyd)
const accept: Way =
  ({ organizationId }) =>
  ({ organizations }) =>
    organizations.acceptOwnership(bob, { organizationId })
const cancel: Way =
  ({ organizationId }) =>
  ({ organizations }) =>
    organizations.cancelOwnershipOffer(ada, { organizationId })
const leaves =
  (who: User): Way =>
  ({ organizationId }) =>
  ({ memberships }) =>
    memberships.leave(who, { organizationId })
const offer: Way =
  ({ toCyd }) =>
  ({ organizations }) =>
    organizations.offerOwnership(ada, toCyd)

describe.each(["single", "multiple"] as const)("with owners that are %s", (holders) => {
  it("goes to one of two at once", async () => {
    const { found, race } = await owned(holders)
    const callers = [found.toBob, found.toCyd].map((input): Caller<PolicyNames> => {
      return ({ organizations }) => organizations.transferOwnership(ada, input)
    })
    await race(callers, (after) => {
      expect(after.outcomes.toSorted()).toEqual(["done", "forbidden"])
      expect(owners(after)).toEqual([after.outcomes[0] === "done" ? bob.id : cyd.id])
    })
  })

  it("goes to somebody who leaves, or does not", async () => {
    const { found, race } = await owned(holders)
    await race([give(found), leaves(cyd)(found)], (after) => {
      expect(owners(after)).toHaveLength(1)
      expect(after.outcomes).toContain("done")
      expect(["done not_found", "not_found done", "done owner_immutable", "done last_owner"]).toContain(
        after.outcomes.join(" "),
      )
    })
  })

  it("goes from somebody who leaves once they may", async () => {
    const { found, race } = await owned(holders)
    await race([give(found), leaves(ada)(found)], (after) => {
      expect(owners(after)).toEqual([cyd.id])
      expect(after.outcomes[0]).toBe("done")
    })
  })

  it.each([
    ["is withdrawn", cancel, [ada, bob]],
    ["is made to another", offer, [ada, bob]],
    ["is passed over", give, [bob, cyd]],
    ["is for somebody who leaves", leaves(bob), [ada, bob]],
  ] as const)("is accepted while the offer %s, once or not at all", async (_, meanwhile, ends) => {
    const { found, race } = await owned(holders, "an offer to Bob")
    await race([accept(found), meanwhile(found)], (after) => {
      const [owner, ...others] = owners(after)
      expect(others).toEqual([])
      expect(ends.map(({ id }) => id)).toContain(owner)
      expect(after.outcomes[0] === "done").toBe(owner === bob.id)
    })
  })
})
