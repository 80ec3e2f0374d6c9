import { addHours } from "date-fns/addHours"
import { describe, expect, it } from "vitest"
import { purge, removeByPlatform, restorableUntil, restore, resume, suspend } from "../../src/organization/lifecycle.ts"
import type { Organization } from "../../src/organization/organization.ts"
import { anOrganization, BUILT_AT } from "../../src/testing/testing.ts"

const GRACE = 30
const END = addHours(BUILT_AT, 24 * GRACE)
const JUST_BEFORE = new Date(END.getTime() - 1)
const suspension = { reason: "Unpaid", at: BUILT_AT }

const active = anOrganization()
const suspended = anOrganization({ status: "suspended", suspension })
const deleted = anOrganization({ status: "deleted", deletedAt: BUILT_AT })
const deletedSuspended = anOrganization({ status: "deleted", deletedAt: BUILT_AT, suspension })
const purging = anOrganization({ status: "purging", deletedAt: BUILT_AT })

const RULES = {
  suspend: (row: Organization) => suspend(row, "Unpaid", BUILT_AT),
  "suspend without a reason": (row: Organization) => suspend(row, null, BUILT_AT),
  "suspend for another reason": (row: Organization) => suspend(row, "Abuse", END),
  resume: (row: Organization) => resume(row),
  delete: (row: Organization) => removeByPlatform(row, BUILT_AT),
  "restore in time": (row: Organization) => restore(row, GRACE, JUST_BEFORE),
  "restore too late": (row: Organization) => restore(row, GRACE, END),
  "purge in time": (row: Organization) => purge(row, GRACE, END),
  "purge too early": (row: Organization) => purge(row, GRACE, JUST_BEFORE),
}

/** What becomes of an active, a suspended, a deleted and a purging one: its status, `same` without a fact, or a code. */
const BECOMES: Readonly<Record<keyof typeof RULES, readonly string[]>> = {
  suspend: ["suspended", "same", "organization_inactive", "organization_inactive"],
  "suspend without a reason": ["suspended", "same", "organization_inactive", "organization_inactive"],
  "suspend for another reason": ["suspended", "suspended", "organization_inactive", "organization_inactive"],
  resume: ["same", "active", "organization_inactive", "organization_inactive"],
  delete: ["deleted", "deleted", "same", "organization_inactive"],
  "restore in time": ["same", "same", "active", "organization_inactive"],
  "restore too late": ["same", "same", "organization_inactive", "organization_inactive"],
  "purge in time": ["conflict", "conflict", "purging", "same"],
  "purge too early": ["conflict", "conflict", "conflict", "same"],
}

describe("an organization", () => {
  it.each(Object.keys(BECOMES) as (keyof typeof RULES)[])("%s", (name) => {
    const outcomes = [active, suspended, deleted, purging].map((row) => {
      const decision = RULES[name](row)
      if (!decision.ok) return decision.refusal.code
      const [fact] = decision.facts
      expect(decision.facts.length).toBe(fact === undefined ? 0 : 1)
      expect(fact?.before ?? row).toBe(row)
      return fact?.after?.status ?? "same"
    })
    expect(outcomes).toEqual(BECOMES[name])
  })

  it("keeps when its suspension began when the reason changes, and forgets both when it is lifted", () => {
    const again = suspend(suspended, "Abuse", END)
    expect(again.ok && again.facts[0]?.after?.suspension).toEqual({ reason: "Abuse", at: BUILT_AT })
    const lifted = resume(suspended)
    expect(lifted.ok && lifted.facts[0]?.after).toEqual({ ...suspended, status: "active", suspension: null })
  })

  it("is restored to what it was deleted from", () => {
    for (const row of [active, suspended]) {
      const removed = removeByPlatform(row, BUILT_AT)
      const gone = (removed.ok && removed.facts[0]?.after) || expect.fail("not deleted")
      const restored = restore(gone, GRACE, JUST_BEFORE)
      expect(restored.ok && restored.facts[0]?.after).toEqual(row)
    }
    const restored = restore(deletedSuspended, GRACE, BUILT_AT)
    expect(restored.ok && restored.facts[0]?.after?.status).toBe("suspended")
  })

  it("says until when it can be restored while it is deleted", () => {
    const ends = [active, suspended, deleted, purging].map((row) => restorableUntil(row, GRACE))
    expect(ends).toEqual([null, null, END, null])
  })
})
