/** The end of an organization: what comes back before it, and what is left after it. */
import { describe, expect, it } from "vitest"
import { account, type Configuration, isTenantryError } from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { aMembership, anOrganization, BUILT_AT, beginning, countCalls, intercept } from "../../src/testing/testing.ts"
import type { Everything } from "../generated/database.ts"
import { root } from "../generated/scenario.ts"
import { tenants } from "../generated/tenants.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")

/** Everything but what a deletion and its undoing must change. */
const lasting = ({ organizations, entries: _, ...rest }: Everything) => ({
  organizations: organizations.map(({ revision: _, head: __, ...row }) => row),
  ...rest,
})

const ENDED = "org_ended" as OrganizationId

describe("a restored organization", () => {
  it("is exactly what it was", async () => {
    const { tenantry, acme, everything } = await tenants()
    const { organizationId, keys, owner, invited, token } = acme
    const before = lasting(everything())
    const input = { organizationId }
    await tenantry.organizations.delete(owner, input)
    expect(lasting(everything())).not.toEqual(before)
    await tenantry.platform.organizations.restore(root, input)
    expect(lasting(everything())).toEqual(before)
    expect(await tenantry.activity.verify(owner, input)).toMatchObject({ ok: true })
    expect(await tenantry.apiKeys.verify(keys.organization.secret)).toMatchObject({ ok: true })
    expect(await tenantry.invitations.accept(invited, { token })).toMatchObject({
      membership: { userId: invited.id },
    })
  })

  it("is without the invitations and keys that have expired since", async () => {
    const { tenantry, acme, clock } = await tenants()
    const { organizationId, keys, owner, invited, token } = acme
    const expiresAt = new Date(clock.now().getTime() + 86_400_000)
    await tenantry.apiKeys.update(owner, { organizationId, apiKeyId: keys.organization.id, expiresAt })
    await tenantry.organizations.delete(owner, { organizationId })
    clock.advance({ days: 29 })
    await tenantry.platform.organizations.restore(root, { organizationId })
    expect(await tenantry.apiKeys.verify(keys.master.secret)).toMatchObject({ ok: true })
    expect(await tenantry.apiKeys.verify(keys.organization.secret)).toMatchObject({ ok: false, code: "expired" })
    await expect(tenantry.invitations.accept(invited, { token })).rejects.toMatchObject(refusal("invitation_expired"))
  })

  it("has `graceDays` for it, to the millisecond", async () => {
    const { over, store, acme, clock } = await tenants()
    const tenantry = over(store, { organizations: { graceDays: 7 } })
    const { organizations } = tenantry.platform
    const input = { organizationId: acme.organizationId }
    const { organization } = await organizations.delete(root, input)
    const end = new Date(clock.now().getTime() + 7 * 86_400_000)
    expect(organization.restorableUntil).toEqual(end)
    clock.advance({ days: 7, milliseconds: -1 })
    await expect(organizations.purge(root, input)).rejects.toMatchObject(refusal("conflict"))
    expect(await organizations.restore(root, input)).toMatchObject({ status: "active", restorableUntil: null })
    await organizations.delete(root, input)
    clock.advance({ days: 7 })
    const late = organizations.restore(root, input)
    await expect(late).rejects.toMatchObject(refusal("organization_inactive", { status: "deleted" }))
    expect(await organizations.purge(root, input)).toEqual(input)
  })
})

/** Deletes acme and lets its grace period end. */
async function ended(options: Partial<Configuration> = {}) {
  const at = await tenants(options as object)
  const { organizationId } = at.acme
  await at.tenantry.platform.organizations.delete(root, { organizationId })
  at.clock.advance({ days: 30 })
  return { ...at, organizationId, organizations: at.tenantry.platform.organizations }
}

describe("a purge", () => {
  it("leaves nothing of the organization but one entry without a name", async () => {
    const { acme, everything, organizationId, organizations, tenantry, clock } = await ended()
    const before = everything()
    expect(JSON.stringify(before)).toContain(acme.member.email)
    await organizations.purge(root, { organizationId })
    const { entries, ...rest } = everything()
    const account = `organization:${organizationId}`
    const names = [`"${acme.slug}"`, acme.member.email, acme.keys.master.id, acme.holds.organization, account]
    for (const name of [organizationId, ...names]) expect(JSON.stringify(rest), name).not.toContain(name)
    const left = entries.filter((entry) => entry.organizationId === organizationId)
    expect(left).toMatchObject([{ action: "organization.purged", personal: { actor: null, target: null } }])
    for (const name of [...names.slice(0, -1), "root@host.example"]) expect(JSON.stringify(left)).not.toContain(name)
    const { data } = await tenantry.platform.activity.list(root, {})
    expect(data).toEqual([
      expect.objectContaining({
        organizationId,
        action: "organization.purged",
        at: clock.now(),
        actor: expect.objectContaining({ type: "platformAdmin", id: "u_root", email: null, name: null }),
        before: { status: "deleted" },
        after: { status: "purging" },
      }),
    ])
  })

  it("leaves every other organization as it was", async () => {
    const { globex, everything, organizationId, organizations } = await ended()
    const of = (all: Everything) =>
      Object.entries(all).map(([table, rows]) => [
        table,
        rows.filter((row) => JSON.stringify(row).includes(globex.organizationId)),
      ])
    const before = of(everything())
    await organizations.purge(root, { organizationId })
    expect(of(everything())).toEqual(before)
  })

  it("frees the slug", async () => {
    const { acme, organizationId, organizations, tenantry } = await ended()
    const create = () => tenantry.organizations.create(acme.guest, { name: "New", slug: acme.slug })
    await expect(create()).rejects.toMatchObject(refusal("slug_taken"))
    await organizations.purge(root, { organizationId })
    expect(await create()).toMatchObject({ slug: acme.slug })
    await expect(organizations.get(root, { organizationId })).rejects.toMatchObject(refusal("not_found"))
  })

  it("ends keys for good, and what their owner paid for them", async () => {
    const here = world(workspace)
    const { tenantry, clock } = here
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" })
    const made = await tenantry.apiKeys.create(ada, { organizationId, name: "ci", monthlyUnits: 100 })
    const secret = made.secret.reveal()
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    const used = async () => (await tenantry.usage.ofAccount(ada, {})).total
    expect(await used()).toBe(1)
    await tenantry.platform.organizations.delete(root, { organizationId })
    clock.advance({ days: 30 })
    await tenantry.platform.organizations.purge(root, { organizationId })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "not_found" })
    expect(await used()).toBe(0)
  })

  it("is told to whoever subscribed, once nothing is left", async () => {
    const heard: unknown[] = []
    const tell = ({ action, organizationId }: { action: string; organizationId: string }) =>
      void heard.push([action, organizationId])
    const subscribers = { "organization.purged": tell }
    const { over, store, organizationId } = await ended()
    const tenantry = over(store, { subscribers })
    await tenantry.platform.organizations.purge(root, { organizationId })
    await tenantry.outbox.deliver()
    expect(heard).toEqual([["organization.purged", organizationId]])
  })

  it("of 100,000 members goes on where it was killed, and frees the slug only at its end", async () => {
    const kept = memoryStore()
    let left = 0
    const mortal = intercept(kept, async (call, proceed) => {
      if (call === "platform.purge" && left-- <= 0) throw new Error("killed")
      return proceed()
    })
    const { store, calls } = countCalls(mortal)
    const { tenantry } = world(workspace, { store })
    const acme = anOrganization({
      id: ENDED,
      status: "deleted",
      deletedAt: new Date(BUILT_AT.getTime() - 31 * 86_400_000),
    })
    const insert = Array.from({ length: 100_000 }, (_, index) => {
      const padded = String(index).padStart(6, "0")
      return aMembership(acme, { userId: `u_${padded}`, email: `p${padded}@acme.example` })
    })
    await kept.commit(beginning(acme, { memberships: { insert } }))
    const input = { organizationId: acme.id }
    const members = async () => (await kept.load(acme.id as OrganizationId, { memberCount: true }))?.memberCount
    for (const round of [1, 2, 3]) {
      left = 50
      const error = await tenantry.platform.organizations.purge(root, input).catch((reason: unknown) => reason)
      expect(isTenantryError(error) && error.code).toBe("unavailable")
      expect(await members()).toBe(100_000 - round * 25_000)
      const { organization } = await tenantry.platform.organizations.get(root, input)
      expect(organization.status).toBe("purging")
      const squat = tenantry.organizations.create(ada, { name: "New", slug: acme.slug })
      await expect(squat).rejects.toMatchObject(refusal("slug_taken"))
    }
    left = Number.POSITIVE_INFINITY
    expect(await tenantry.platform.organizations.purge(root, input)).toEqual(input)
    expect(await members()).toBeUndefined()
    expect(calls.filter((call) => call === "platform.purge").length).toBeGreaterThan(200)
    const { data } = await tenantry.platform.activity.list(root, {})
    expect(data.map(({ action }) => action)).toEqual(["organization.purged"])
    expect(await tenantry.organizations.create(ada, { name: "New", slug: acme.slug })).toMatchObject({
      slug: acme.slug,
    })
  })

  it("that has begun cannot be undone, and nothing else is done to the organization", async () => {
    const { over, store, organizationId } = await ended()
    const tenantry = over(
      intercept(store, async (call, proceed) => {
        if (call === "platform.purge") throw new Error("killed")
        return proceed()
      }),
    )
    const { organizations } = tenantry.platform
    const input = { organizationId }
    await expect(organizations.purge(root, input)).rejects.toMatchObject(refusal("unavailable"))
    for (const name of ["restore", "delete", "suspend", "resume"] as const) {
      const refused = refusal("organization_inactive", { status: "purging" })
      await expect(organizations[name](root, input), name).rejects.toMatchObject(refused)
    }
    const renamed = organizations.update(root, { ...input, name: "New" })
    await expect(renamed).rejects.toMatchObject(refusal("organization_inactive"))
    expect(await organizations.list(root, { status: "purging" })).toMatchObject({ data: [{ id: organizationId }] })
  })
})
