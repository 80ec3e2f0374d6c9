/** The platform's admin: any organization by its id, a member of none. */
import { describe, expect, it } from "vitest"
import { customRoleName, definePolicy, platformAdmin, system } from "../../src/index.ts"
import { customRoles, paidTeam, workspace } from "../../src/presets/presets.ts"
import { issue } from "../generated/issue.ts"
import { PERMISSIONS } from "../generated/operations.ts"
import { payForSeats, person, refusal, world } from "../world.ts"

const root = platformAdmin({ id: "u_root", email: "root@host.example", name: "Root" })
const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("test")

/** Ada's workspace with Bob as its editor, somebody invited and a key. */
async function acme(options: Parameters<typeof world>[1] = {}) {
  const here = world(workspace, options as object)
  const { tenantry } = here
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  await tenantry.subscriptions.put(`user:${ada.id}` as never, { plan: "pro", status: "active" })
  await tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "editor" })
  await tenantry.invitations.send(ada, { organizationId, email: cyd.email, role: "viewer" })
  const key = await tenantry.apiKeys.create(ada, { organizationId, name: "ci" })
  return { ...here, organizationId, secret: key.secret.reveal(), platform: tenantry.platform }
}

describe("the platform's list", () => {
  it("is of every organization, by pages, by status and by the start of the slug", async () => {
    const { tenantry } = world(workspace)
    const ids: string[] = []
    for (const name of ["Acme", "Acme East", "Beta", "Gamma"]) {
      ids.push((await tenantry.organizations.create(ada, { name })).id)
    }
    const [, east, beta, gamma] = ids
    const { organizations } = tenantry.platform
    await organizations.suspend(root, { organizationId: east ?? "" })
    await organizations.delete(root, { organizationId: beta ?? "" })
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await organizations.list(root, { limit: 3, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids)
    const by = async (input: object) => (await organizations.list(root, input)).data.map(({ slug }) => slug)
    expect(await by({ slugPrefix: " ACME" })).toEqual(["acme", "acme-east"])
    expect(await by({ status: "suspended" })).toEqual(["acme-east"])
    expect(await by({ status: "active", slugPrefix: "acme" })).toEqual(["acme"])
    expect(await by({ status: "purging" })).toEqual([])
    expect(gamma).toBeDefined()
  })
})

describe("the platform's view of one organization", () => {
  it("has what it holds, whatever its status", async () => {
    const { platform, organizationId, clock } = await acme()
    const counts = { members: 2, invitations: 1, apiKeys: 1 }
    const get = () => platform.organizations.get(root, { organizationId })
    expect(await get()).toMatchObject({ organization: { name: "Acme", status: "active", suspension: null }, ...counts })
    await platform.organizations.suspend(root, { organizationId, reason: "Unpaid" })
    const suspension = { reason: "Unpaid", at: clock.now() }
    expect(await get()).toMatchObject({ organization: { status: "suspended", suspension }, ...counts })
    const { organization } = await platform.organizations.delete(root, { organizationId })
    expect(await get()).toEqual({ organization, ...counts })
    clock.advance({ days: 8 })
    expect(await get()).toMatchObject({ organization: { status: "deleted" }, ...counts, invitations: 0 })
  })

  it("is no member's", async () => {
    const { platform, tenantry, organizationId } = await acme()
    await platform.organizations.suspend(root, { organizationId, reason: "Unpaid" })
    const seen = await tenantry.organizations.get(ada, { organizationId })
    expect(seen.status).toBe("suspended")
    expect(Object.keys(seen)).not.toContain("suspension")
  })
})

describe("updating as the platform", () => {
  it("changes an organization of any status, under the rules of any update", async () => {
    const { platform, tenantry, organizationId } = await acme()
    await tenantry.organizations.create(ada, { name: "Beta" })
    const update = (input: object) => platform.organizations.update(root, { organizationId, ...input })
    await expect(update({ slug: "beta" })).rejects.toMatchObject(refusal("slug_taken", { slug: "beta" }))
    await expect(update({ slug: "admin" })).rejects.toMatchObject(refusal("invalid_input"))
    await platform.organizations.suspend(root, { organizationId })
    expect(await update({ name: "Acme Ltd" })).toMatchObject({ name: "Acme Ltd", status: "suspended" })
    await platform.organizations.delete(root, { organizationId })
    expect(await update({ slug: "acme-old" })).toMatchObject({ slug: "acme-old", status: "deleted" })
    expect(await tenantry.organizations.create(ada, { name: "New", slug: "acme" })).toMatchObject({ slug: "acme" })
  })
})

describe("a suspension", () => {
  it("lets members read and change nothing, stops keys and mail, and lifting it brings everything back", async () => {
    const { platform, tenantry, organizationId, secret, mail, clock } = await acme()
    await platform.organizations.suspend(root, { organizationId, reason: "Unpaid" })
    expect((await tenantry.memberships.list(bob, { organizationId })).data).toHaveLength(2)
    const rename = () => tenantry.organizations.update(ada, { organizationId, name: "New" })
    await expect(rename()).rejects.toMatchObject(refusal("organization_inactive", { status: "suspended" }))
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "organization_inactive" })
    await tenantry.outbox.deliver()
    expect(mail.all).toEqual([])

    await platform.organizations.resume(root, { organizationId })
    expect(await rename()).toMatchObject({ name: "New", status: "active" })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    clock.advance({ minutes: 10 })
    await tenantry.outbox.deliver()
    expect(mail.all.map(({ to }) => to)).toEqual([cyd.email])
  })

  it("is in the organization's activity with its reason, as the platform's, and the chain stays whole", async () => {
    const { platform, tenantry, organizationId } = await acme()
    await platform.organizations.suspend(root, { organizationId, reason: "Unpaid" })
    await platform.organizations.resume(root, { organizationId })
    const { data } = await tenantry.activity.list(ada, { organizationId, limit: 2 })
    const by = { type: "platformAdmin", id: "u_root", email: "root@host.example", name: "Root" }
    const reason = { reason: "Unpaid" }
    expect(data).toMatchObject([
      {
        action: "organization.resumed",
        actor: by,
        before: { status: "suspended", suspension: reason },
        after: { status: "active", suspension: null },
      },
      { action: "organization.suspended", actor: by, after: { status: "suspended", suspension: reason } },
    ])
    expect(await tenantry.activity.verify(ada, { organizationId })).toMatchObject({ ok: true })
  })
})

describe("deleting as the platform", () => {
  it("does not ask who is still in", async () => {
    const { tenantry } = world(paidTeam)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await payForSeats(tenantry, organizationId)
    await tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "member" })
    const input = { organizationId }
    await expect(tenantry.organizations.delete(ada, input)).rejects.toMatchObject(refusal("organization_not_empty"))
    const deleted = await tenantry.platform.organizations.delete(root, input)
    expect(deleted).toMatchObject({ organization: { status: "deleted" }, keysUsedLastDay: 0 })
  })

  it("ends access, keys and invitations at once, and keeps the slug", async () => {
    const { platform, tenantry, organizationId, secret, tokenFor } = await acme()
    const token = await tokenFor(cyd.email)
    const access = () => tenantry.access(bob, { organizationId })
    expect((await access()).can("organization.read")).toBe(true)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    expect(await platform.organizations.delete(root, { organizationId })).toMatchObject({ keysUsedLastDay: 1 })
    await expect(access()).rejects.toMatchObject(refusal("not_found"))
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "organization_inactive" })
    await expect(tenantry.invitations.accept(cyd, { token })).rejects.toMatchObject(refusal("not_found"))
    await expect(tenantry.invitations.preview({ token })).rejects.toMatchObject(refusal("not_found"))
    const squat = tenantry.organizations.create(cyd, { name: "Cyd", slug: "acme" })
    await expect(squat).rejects.toMatchObject(refusal("slug_taken"))
  })
})

describe("the platform's own", () => {
  const policy = definePolicy({
    roles: { owner: { grants: ["*"] }, member: { grants: ["platform.purge"] } },
    ownership: { role: "owner", holders: "multiple", transfer: "off" },
    permissions: { "platform.purge": "organization", "platform.organizations": "organization" },
    aliases: { "platform.list": "organization.read" },
    customRoles: true,
  })

  it("is out of reach of every role, custom role, alias and scope", async () => {
    const { tenantry } = world({ ...customRoles, policy } as typeof customRoles)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const name = customRoleName("super-admin")
    await tenantry.roles.create(ada, { organizationId, name, permissions: [...PERMISSIONS] as never })
    await tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: name })
    const key = await issue(tenantry as never, host, { organizationId, name: "all", scopes: PERMISSIONS })
    const { organizations, activity } = tenantry.platform
    for (const actor of [ada, bob, key.actor, host]) {
      for (const operation of Object.values(organizations)) {
        await expect(operation(actor, { organizationId } as never)).rejects.toMatchObject(refusal("forbidden", {}))
      }
      await expect(activity.list(actor, {})).rejects.toMatchObject(refusal("forbidden", {}))
    }
  })

  it("is all that its admin reaches", async () => {
    const { tenantry, organizationId } = await acme()
    await expect(tenantry.organizations.get(root, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.access(root, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
  })
})

describe("the platform's activity", () => {
  it("is what it did in every organization, newest first, by pages", async () => {
    const { platform, tenantry, organizationId, clock } = await acme()
    const { id: beta } = await tenantry.organizations.create(bob, { name: "Beta" })
    const other = platformAdmin({ id: "u_other" })
    const steps = [
      () => platform.organizations.update(root, { organizationId, name: "Acme Ltd" }),
      () => platform.organizations.suspend(other, { organizationId: beta }),
      () => tenantry.organizations.update(ada, { organizationId, name: "Acme" }),
      () => platform.organizations.delete(root, { organizationId }),
      () => platform.organizations.restore(root, { organizationId }),
    ]
    for (const step of steps) {
      await step()
      clock.advance({ seconds: 1 })
    }
    const seen: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await platform.activity.list(root, { limit: 3, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.data.map((entry) => [entry.action, entry.actor.id, entry.organizationId]))
      cursor = page.nextCursor
    }
    expect(seen).toEqual([
      ["organization.restored", "u_root", organizationId],
      ["organization.deleted", "u_root", organizationId],
      ["organization.suspended", "u_other", beta],
      ["organization.updated", "u_root", organizationId],
    ])
  })
})
