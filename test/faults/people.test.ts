/** Whatever port call fails while a person is erased, and however: the record is sound, and the same call finishes. */
import { describe, expect, it } from "vitest"
import { conclude, verification, verifyEntries } from "../../src/activity/verify.ts"
import { countCalls, type FaultMoment, withFaults } from "../../src/testing/testing.ts"
import type { Everything } from "../generated/database.ts"
import { codeOf, outcomeOf } from "../generated/operations.ts"
import { ada, bob, CANARY, emails, traces } from "../user/scene.ts"

type World = Awaited<ReturnType<typeof traces>>

const whom = { userId: ada.id, emails }

function expectSound({ organizations, entries }: Everything): void {
  for (const organization of organizations) {
    const own = entries.filter(({ organizationId }) => organizationId === organization.id)
    const state = verifyEntries(verification(organization.id, { key: null, since: null }), own)
    expect(conclude(state, organization)).toMatchObject({ ok: true, entries: organization.revision })
  }
}

/** What stands, without what differs from run to run. */
const told = ({ everything }: World) => {
  const { memberships, invitations, apiKeys, entries } = everything()
  return {
    members: memberships.map(({ organizationId, userId }) => `${organizationId} ${userId}`),
    invitations: invitations.map(({ email, status }) => `${email} ${status}`),
    keys: apiKeys.map(({ name, deletedAt }) => `${name} ${deletedAt?.toISOString()}`),
    entries: entries.map(({ organizationId, action, personal }) => [organizationId, action, personal.actor?.fields]),
  }
}

describe("a failing store", () => {
  it.each(["before", "after"] as const)(
    "interrupts an erasure, which the same call finishes: %s the call",
    async (moment) => {
      const clean = await traces()
      const { store, calls } = countCalls(clean.store)
      await clean.over(store).users.erase(whom)
      expect(calls.length).toBeGreaterThan(15)
      for (const [index, failing] of calls.entries()) {
        const at = await traces()
        const { users } = at.over(withFaults(at.store, index + 1, moment satisfies FaultMoment))
        const title = `${failing}, number ${index + 1}`
        expect(codeOf(await outcomeOf(() => users.erase(whom))), title).toBe("unavailable")
        expectSound(at.everything())
        await users.erase(whom)
        expectSound(at.everything())
        expect(told(at), title).toEqual(told(clean))
        expect(JSON.stringify({ ...at.everything(), entries: [] }), title).not.toContain(CANARY)
      }
    },
  )

  it.each(["before", "after"] as const)(
    "interrupts an update, which the same call finishes: %s the call",
    async (moment) => {
      const change = { email: "robert@acme.example", name: "Robert" }
      const clean = await traces()
      const { store, calls } = countCalls(clean.store)
      await clean.over(store).users.update(bob.id, change)
      for (const [index, failing] of calls.entries()) {
        const at = await traces()
        const { users } = at.over(withFaults(at.store, index + 1, moment))
        expect(codeOf(await outcomeOf(() => users.update(bob.id, change))), failing).toBe("unavailable")
        await users.update(bob.id, change)
        expectSound(at.everything())
        expect(told(at), failing).toEqual(told(clean))
      }
    },
  )
})
