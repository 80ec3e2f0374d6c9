/** The platform ends, stops or restores an organization while people are at work in it. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { attempt, createTenantry, system } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { fakeClock, inbox, sequentialIds, withLatency } from "../../src/testing/testing.ts"
import { root } from "../generated/scenario.ts"
import { person } from "../world.ts"
import { SEEDS, stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]

/** Ada's organization, with somebody invited. */
const invited = () =>
  stage(workspace, async ({ tenantry, tokenFor }) => {
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "editor" })
    return { organizationId, token: await tokenFor(bob.email) }
  })

/** What happened after that, in the only organization there is. */
const after = (action: string, entries: readonly Readonly<{ action: string }>[]): readonly string[] => {
  const actions = entries.map((entry) => entry.action)
  return actions.includes(action) ? actions.slice(actions.indexOf(action) + 1) : []
}

describe("the platform", () => {
  it("deletes an organization, and nobody joins it afterwards", async () => {
    const { found, race } = await invited()
    const { organizationId, token } = found
    await race(
      [
        ({ platform }) => platform.organizations.delete(root, { organizationId }),
        ({ invitations }) => invitations.accept(bob, { token }),
      ],
      ({ outcomes: [deleted, accepted], organizations: [acme] }) => {
        expect(deleted).toBe("done")
        expect(["done", "not_found"]).toContain(accepted)
        expect(acme?.organization.status).toBe("deleted")
        expect(acme?.members).toHaveLength(accepted === "done" ? 2 : 1)
        expect(after("organization.deleted", acme?.entries ?? [])).toEqual([])
      },
    )
  })

  it("suspends an organization, and nobody is invited to it afterwards", async () => {
    const { found, race } = await invited()
    const { organizationId } = found
    await race(
      [
        ({ platform }) => platform.organizations.suspend(root, { organizationId, reason: "Unpaid" }),
        ({ invitations }) => invitations.send(ada, { organizationId, email: cyd.email, role: "viewer" }),
      ],
      ({ outcomes: [suspended, sent], organizations: [acme] }) => {
        expect(suspended).toBe("done")
        expect(["done", "organization_inactive"]).toContain(sent)
        expect(acme?.invitations).toHaveLength(sent === "done" ? 2 : 1)
        expect(after("organization.suspended", acme?.entries ?? [])).toEqual([])
      },
    )
  })

  it("suspends and deletes at once: what is restored is suspended still, where the suspension came first", async () => {
    const { found, race } = await invited()
    const { organizationId } = found
    await race(
      [
        ({ platform }) => platform.organizations.suspend(root, { organizationId }),
        ({ platform }) => platform.organizations.delete(root, { organizationId }),
      ],
      ({ outcomes: [suspended], organizations: [acme] }) => {
        expect(["done", "organization_inactive"]).toContain(suspended)
        expect(acme?.organization).toMatchObject({ status: "deleted" })
        expect(acme?.organization.suspension === null).toBe(suspended !== "done")
      },
    )
  })
})

describe("at the end of the grace period, by clocks that differ", () => {
  /** A deleted organization, and two processes whose clocks lie on either side of the end. */
  async function twoClocks(schedule: () => Promise<unknown>) {
    const kept = memoryStore()
    const acceptUrl = (token: string) => `https://app.example/join/${token}`
    const [begun, ids, mailer] = [fakeClock(), sequentialIds(), inbox()]
    const ports = { preset: workspace, ids, mailer, acceptUrl }
    const first = createTenantry({ ...ports, store: kept, clock: begun })
    const { id: organizationId } = await first.organizations.create(ada, { name: "Acme" })
    const user = { id: bob.id, email: bob.email }
    await first.memberships.add(system("test"), { organizationId, user, role: "editor" })
    await first.platform.organizations.delete(root, { organizationId })
    const store = withLatency(kept, schedule)
    const end = begun.now().getTime() + 30 * 86_400_000
    const process = (clock: number) => createTenantry({ ...ports, store, clock: fakeClock(new Date(clock)) })
    return { kept, organizationId, early: process(end - 1), late: process(end) }
  }

  it("an organization is restored or purged, and never in part", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        let isRacing = false
        const at = await twoClocks(async () => isRacing && (await scheduler.schedule(Promise.resolve())))
        const { kept, organizationId, early, late } = at
        isRacing = true
        const both = Promise.all([
          attempt(early.platform.organizations.restore(root, { organizationId })),
          attempt(late.platform.organizations.purge(root, { organizationId })),
        ])
        const [restored, purged] = await scheduler.waitFor(both)
        isRacing = false
        const left = await kept.load(organizationId, { memberCount: true })
        const outcomes = [restored, purged].map((result) => (result.ok ? "done" : result.error.code)).join()
        seen.add(outcomes)
        if (restored.ok) expect(left).toMatchObject({ organization: { status: "active" }, memberCount: 2 })
        else expect(left).toBeNull()
        const expected = ["done,conflict", "organization_inactive,done", "not_found,done"]
        expect(expected).toContain(outcomes)
      }),
      { numRuns: SEEDS },
    )
    expect(seen.size).toBeGreaterThan(1)
  })

  it("two purges at once come to one end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        let isRacing = false
        const at = await twoClocks(async () => isRacing && (await scheduler.schedule(Promise.resolve())))
        const { kept, organizationId, late } = at
        isRacing = true
        const purge = () => attempt(late.platform.organizations.purge(root, { organizationId }))
        const results = await scheduler.waitFor(Promise.all([purge(), purge()]))
        isRacing = false
        expect(results.some(({ ok }) => ok)).toBe(true)
        for (const result of results) if (!result.ok) expect(result.error.code).toBe("not_found")
        expect(await kept.load(organizationId, {})).toBeNull()
        expect(await kept.platform.entries({ after: null, limit: 9 })).toHaveLength(1)
      }),
      { numRuns: SEEDS },
    )
  })
})
