/** People who are in projects only, and what they see of the organization. */
import { beforeEach, describe, expect, it } from "vitest"
import { type Actor, account, attempt, system } from "../../src/index.ts"
import { definePolicy } from "../../src/policy/policy.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import { intercept } from "../../src/testing/testing.ts"
import { person, refusal, world } from "../world.ts"

const [ada, lead, con, eve, bob] = [person("ada"), person("lead"), person("con"), person("eve"), person("bob")]
const host = system("host")

/** A lead runs a project: people, keys and its name; and manages members of it. */
const preset = {
  policy: definePolicy({
    roles: {
      owner: { grants: ["*"] },
      lead: {
        grants: ["projects.*", "members.*", "apiKeys.*", "api.use", "billing.read"],
        except: ["projects.create"],
        manages: ["member"],
      },
      member: { grants: ["projects.read", "members.read", "api.use"] },
      guest: { grants: [] },
    },
    ownership: { role: "owner", holders: "multiple", transfer: "direct" },
    customRoles: true,
  }),
  organizations: { deleteWithMembers: true },
  apiKeys: { holders: ["organization", "member"] },
} satisfies Preset

async function scene(options: Parameters<typeof world>[1] = {}) {
  const here = world(preset as Preset, options)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const project = async (name: string) => (await tenantry.projects.create(ada, { organizationId, name })).id
  const [site, shop] = [await project("Site"), await project("Shop")]
  const add = (projectId: string, { id, email }: typeof ada, role: string) =>
    tenantry.projects.members.add(host, { organizationId, projectId, user: { id, email }, role })
  const placed = await add(site, lead, "lead")
  const code = async (work: Promise<unknown>) => {
    const outcome = await attempt(work)
    return outcome.ok ? "done" : outcome.error.code
  }
  return { ...here, tenantry, tokenFor, organizationId, site, shop, add, placed, code }
}

let at: Awaited<ReturnType<typeof scene>>
beforeEach(async () => {
  at = await scene()
})

describe("somebody who is in one project only", () => {
  it("sees it, and that of the organization is nothing but its name", async () => {
    const { tenantry, organizationId, site, shop, code } = at
    const seen = await tenantry.projects.get(lead, { organizationId, projectId: site })
    expect(seen).toMatchObject({ name: "Site", organizationName: "Acme" })
    expect((await tenantry.projects.list(lead, { organizationId })).data.map(({ id }) => id)).toEqual([site])
    expect(await code(tenantry.projects.get(lead, { organizationId, projectId: shop }))).toBe("not_found")
    const hidden = [
      () => tenantry.organizations.get(lead, { organizationId }),
      () => tenantry.organizations.team(lead, { organizationId }),
      () => tenantry.memberships.list(lead, { organizationId }),
      () => tenantry.invitations.list(lead, { organizationId }),
      () => tenantry.roles.list(lead, { organizationId }),
      () => tenantry.apiKeys.list(lead, { organizationId }),
      () => tenantry.usage.ofOrganization(lead, { organizationId }),
      () => tenantry.activity.list(lead, { organizationId }),
      () => tenantry.billing.quote(lead, { organizationId }),
      () => tenantry.access(lead, { organizationId }),
      () => tenantry.contexts.resolve(lead, { organizationId }),
      () => tenantry.projects.create(lead, { organizationId, name: "More" }),
      () => tenantry.memberships.leave(lead, { organizationId }),
    ]
    for (const ask of hidden) expect(await code(ask()), `${ask}`).toBe("not_found")
  })

  it("holds what the role grants in a project, there only, and nothing of the organization's", async () => {
    const { tenantry, organizationId, site } = at
    const access = await tenantry.access(lead, { organizationId, projectId: site })
    expect(["projects.update", "members.invite", "api.use"].every((name) => access.can(name as never))).toBe(true)
    expect(access.can("billing.read" as never)).toBe(false)
    expect(access.role).toBeNull()
  })

  it("invites into the project alone, and into no role beyond what they manage", async () => {
    const { tenantry, organizationId, site, shop, code, tokenFor } = at
    const send = (more: object) => tenantry.invitations.send(lead, { organizationId, email: con.email, ...more })
    const into = (projectId: string, role = "member") => ({ projects: [{ projectId, role }] })
    expect(await code(send({ role: "member" }))).toBe("not_found")
    expect(await code(send({ role: "member", ...into(site) }))).toBe("not_found")
    expect(await code(send(into(shop)))).toBe("not_found")
    expect(await code(send(into("prj_0")))).toBe("not_found")
    expect(await code(send(into(site, "lead")))).toBe("role_not_manageable")
    expect(await code(send(into(site, "owner")))).toBe("invalid_input")
    expect(await code(send({}))).toBe("invalid_input")
    const { id: invitationId } = await send(into(site))
    const { data } = await tenantry.invitations.listMine(con, {})
    expect(data).toMatchObject([{ role: null, projects: [{ projectId: site, name: "Site", role: "member" }] }])
    const token = await tokenFor(con.email)
    expect(await tenantry.invitations.preview({ token })).not.toHaveProperty("projects")
    const joined = await tenantry.invitations.accept(con, { token })
    expect(joined).toMatchObject({ membership: null, projectMemberships: [{ projectId: site, role: "member" }] })
    expect(await tenantry.invitations.accept(con, { token })).toEqual(joined)
    expect(await code(tenantry.invitations.cancel(lead, { organizationId, invitationId }))).toBe("invitation_closed")
  })

  it("has one address in the organization: the one that they came in by last, so that a seat is counted once", async () => {
    const { tenantry, organizationId, site, shop, code, add } = await scene({ seats: { cap: 5 } })
    const invite = (email: string, offer: object) => tenantry.invitations.send(ada, { organizationId, email, ...offer })
    const into = (projectId: string) => ({ projects: [{ projectId, role: "member" }] })
    const find = ({ id }: { id: string }) => tenantry.invitations.find(ada, { organizationId, invitationId: id })
    const addresses = async (projectId: string) =>
      (await tenantry.projects.members.list(ada, { organizationId, projectId })).data.map(({ email }) => email)
    await add(site, con, "member")

    const old = await invite(lead.email, into(shop))
    const elsewhere = person("lead", { email: "lead@elsewhere.example" })
    const { id: invitationId } = await invite(elsewhere.email, { role: "member" })
    const joined = await tenantry.invitations.accept(elsewhere, { organizationId, invitationId })
    expect(joined).toMatchObject({ membership: { email: elsewhere.email }, projectMemberships: [] })
    expect(await find(old)).toMatchObject({ status: "cancelled" })
    expect(await addresses(site)).toEqual([elsewhere.email, con.email])

    const offered = await invite(con.email, into(shop))
    const moved = { id: con.id, email: "con@elsewhere.example" }
    const added = await tenantry.memberships.add(host, { organizationId, user: moved, role: "member" })
    expect(added).toMatchObject({ email: moved.email })
    expect(await find(offered)).toMatchObject({ status: "cancelled" })
    expect(await addresses(site)).toEqual([elsewhere.email, moved.email])

    const third = await invite("con@third.example", into(shop))
    const again = person("con", { email: "con@third.example" })
    const inShop = await tenantry.invitations.accept(again, { organizationId, invitationId: third.id })
    const shown = { email: again.email }
    expect(inShop).toMatchObject({ membership: { ...shown, id: added.id }, projectMemberships: [shown] })
    expect(await add(shop, { ...eve, id: lead.id }, "member")).toMatchObject({ email: elsewhere.email })

    for (const email of ["one@acme.example", "two@acme.example"]) await invite(email, { role: "member" })
    expect(await code(invite("six@acme.example", { role: "member" }))).toBe("seat_limit_reached")
    for (const who of [lead, con]) await tenantry.projects.members.leave(who, { organizationId, projectId: shop })
    expect(await code(invite("six@acme.example", { role: "member" }))).toBe("seat_limit_reached")
  })

  it("keeps the project roles when the address is invited to the organization", async () => {
    const { tenantry, organizationId, site, tokenFor } = at
    await tenantry.invitations.send(ada, { organizationId, email: lead.email, role: "member" })
    const joined = await tenantry.invitations.accept(lead, { token: await tokenFor(lead.email) })
    expect(joined).toMatchObject({ membership: { role: "member" }, projectMemberships: [] })
    expect((await tenantry.access(lead, { organizationId, projectId: site })).can("members.invite" as never)).toBe(true)
    const left = await tenantry.memberships.leave(lead, { organizationId })
    expect(left).toMatchObject({ membership: { userId: lead.id } })
    const { data } = await tenantry.projects.members.list(ada, { organizationId, projectId: site })
    expect(data).toEqual([])
    const { data: entries } = await tenantry.activity.list(ada, { organizationId, limit: 2 })
    expect(entries.map(({ action }) => action)).toEqual(["project_member.left", "member.left"])
  })

  it("takes a seat once, in however many projects, and an invitation to them takes none", async () => {
    const { tenantry, organizationId, site, shop, add, code, tokenFor } = await scene({ seats: { cap: 3 } })
    await add(shop, lead, "member")
    await tenantry.invitations.send(ada, { organizationId, email: lead.email, role: "member" })
    await tenantry.invitations.send(ada, {
      organizationId,
      email: bob.email,
      projects: [{ projectId: shop, role: "member" }],
    })
    expect(await code(tenantry.invitations.send(ada, { organizationId, email: con.email, role: "member" }))).toBe(
      "seat_limit_reached",
    )
    expect(await code(add(site, con, "member"))).toBe("seat_limit_reached")
    await tenantry.invitations.accept(lead, { token: await tokenFor(lead.email) })
    await tenantry.invitations.accept(bob, { token: await tokenFor(bob.email) })
    expect(await code(add(shop, eve, "member"))).toBe("seat_limit_reached")
    await tenantry.projects.members.leave(bob, { organizationId, projectId: shop })
    expect(await code(add(shop, eve, "member"))).toBe("done")
  })
})

describe("an archived project", () => {
  it("is read, its people go, and nothing else changes in it", async () => {
    const { tenantry, organizationId, site, placed, code } = at
    const bound = { organizationId, projectId: site }
    const made = await tenantry.apiKeys.create(ada, { ...bound, name: "ci" })
    const apiKeyId = made.apiKey.id
    const invite = { organizationId, email: con.email, projects: [{ projectId: site, role: "member" }] }
    await tenantry.invitations.send(lead, invite)
    const token = await at.tokenFor(con.email)
    await tenantry.projects.archive(ada, bound)
    expect(await tenantry.projects.get(lead, bound)).toMatchObject({ status: "archived" })
    expect(await tenantry.apiKeys.verify(made.secret)).toMatchObject({
      ok: false,
      code: "project_inactive",
      status: 401,
    })
    expect(await tenantry.apiKeys.get(ada, { organizationId, apiKeyId })).toMatchObject({ state: "inactive" })
    const refused = [
      () => tenantry.projects.update(ada, { ...bound, name: "New" }),
      () => tenantry.invitations.send(ada, { ...invite, email: eve.email }),
      () => tenantry.apiKeys.create(ada, { ...bound, name: "more" }),
      () => tenantry.apiKeys.rotate(ada, { organizationId, apiKeyId }),
      () => tenantry.projects.members.changeRole(ada, { ...bound, projectMembershipId: placed.id, role: "member" }),
      () => at.add(site, bob, "member"),
    ]
    for (const ask of refused) expect(await code(ask()), `${ask}`).toBe("project_archived")
    expect(await code(tenantry.invitations.accept(con, { token }))).toBe("invitation_void")
    expect(await code(tenantry.projects.members.leave(lead, bound))).toBe("done")
    await tenantry.projects.restore(ada, bound)
    expect(await tenantry.apiKeys.verify(made.secret)).toMatchObject({ ok: true, key: { projectId: site } })
  })
})

describe("a key that is bound to a project", () => {
  const issue = async (by: Actor, scopes: readonly string[], more: object = {}) => {
    const { tenantry, organizationId, site } = at
    const wish = { organizationId, projectId: site, name: "ci", scopes, ...more }
    const { secret, apiKey } = await tenantry.apiKeys.create(by, wish as never)
    const verdict = await tenantry.apiKeys.verify(secret, { permission: scopes[0] ?? "api.use" })
    if (!verdict.ok) throw new Error(verdict.code)
    return { secret, apiKey, actor: verdict.actor }
  }

  it("is made by somebody who is there only, of what they hold there", async () => {
    const { tenantry, organizationId, site, code } = at
    const { apiKey } = await issue(lead, ["api.use", "members.read"])
    expect(apiKey).toMatchObject({ projectId: site, holder: { type: "organization" } })
    const place = { organizationId, projectId: site }
    expect((await tenantry.apiKeys.list(lead, place)).data.map(({ id }) => id)).toEqual([apiKey.id])
    expect(await code(tenantry.apiKeys.disable(lead, { ...place, apiKeyId: apiKey.id }))).toBe("done")
    const other = await tenantry.apiKeys.create(ada, { organizationId, name: "free" })
    expect(await code(tenantry.apiKeys.get(lead, { ...place, apiKeyId: other.apiKey.id }))).toBe("not_found")
    const more = { ...place, name: "more", scopes: ["billing.read" as never] }
    expect(await code(tenantry.apiKeys.create(lead, more))).toBe("permission_escalation")
    const own = { ...place, name: "own", holder: "member" as const }
    expect(await code(tenantry.apiKeys.create(lead, own))).toBe("forbidden")
  })

  it("works for that project alone, and acts in it alone", async () => {
    const { tenantry, organizationId, site, shop, code } = at
    const { secret, actor } = await issue(ada, ["projects.read", "members.read", "members.invite", "api.use"])
    const verify = async (projectId?: string) => {
      const verdict = await tenantry.apiKeys.verify(secret, projectId === undefined ? {} : { projectId })
      return verdict.ok ? "ok" : verdict.code
    }
    expect([await verify(), await verify(site), await verify(shop)]).toEqual(["ok", "ok", "permission_denied"])
    const place = { organizationId, projectId: site }
    expect(await code(tenantry.projects.get(actor, place))).toBe("done")
    expect((await tenantry.projects.list(actor, { organizationId })).data.map(({ id }) => id)).toEqual([site])
    expect((await tenantry.projects.members.list(actor, place)).data).toHaveLength(1)
    expect(await code(tenantry.usage.record(actor, { organizationId }))).toBe("done")
    const elsewhere = [
      () => tenantry.memberships.list(actor, { organizationId }),
      () => tenantry.projects.get(actor, { organizationId, projectId: shop }),
      () => tenantry.access(actor, { organizationId }),
      () => tenantry.usage.ofOrganization(actor, { organizationId }),
      () => tenantry.invitations.send(actor, { organizationId, email: con.email, role: "guest" }),
    ]
    for (const ask of elsewhere) expect(await code(ask()), `${ask}`).toBe("not_found")
    const inside = { organizationId, email: con.email, projects: [{ projectId: site, role: "guest" }] }
    expect(await code(tenantry.invitations.send(actor, inside))).toBe("done")
    await tenantry.projects.archive(ada, place)
    expect(await code(tenantry.projects.get(actor, place))).toBe("unauthenticated")
  })

  it("of a member counts on that member's role there", async () => {
    const { tenantry, organizationId, site, code } = at
    const { id: membershipId } = await tenantry.memberships.add(host, {
      ...{ organizationId, user: { id: bob.id, email: bob.email } },
      role: "guest" as never,
    })
    const place = { organizationId, projectId: site }
    const own = { ...place, name: "laptop", holder: "member" as const }
    expect(await code(tenantry.apiKeys.create(bob, own))).toBe("forbidden")
    const placed = await tenantry.projects.members.add(lead, { ...place, membershipId, role: "member" })
    const { secret } = await tenantry.apiKeys.create(bob, own)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    await tenantry.projects.members.remove(lead, { ...place, projectMembershipId: placed.id })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "permission_denied" })
  })
})

describe("the list of projects", () => {
  it("is one plan: of 10,000 projects, somebody in 40 is shown theirs in less than a twentieth of a step for each", async () => {
    const database = emptyDatabase()
    let steps = 0
    // A step is a call of the store, a row that it answers, or a question put to a rule of the host's.
    const store = intercept(storeOver(database), async (_, proceed) => {
      const found = await proceed()
      const rows = Object.values(found ?? {}).filter((value) => Array.isArray(value))
      steps += 1 + rows.flat().length
      return found
    })
    const { tenantry, organizationId } = await scene({ store, limits: { projects: 20_000 } })
    const template = [...database.projects.all.lists.values()][0]?.[0]
    if (template === undefined) throw new Error("no project")
    const { organization } = (await store.load(organizationId as never, {})) ?? {}
    if (organization === undefined) throw new Error("no organization")
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      ...template,
      id: `prj_z${String(n).padStart(5, "0")}` as never,
    }))
    const person = {
      organizationId: organization.id,
      userId: con.id,
      email: con.email,
      name: null,
      joinedAt: new Date(0),
    }
    const places = rows
      .filter((_, n) => n % 250 === 0)
      .map(({ id }, n) => ({
        ...person,
        id: `pmem_z${n}` as never,
        projectId: id,
        role: "guest" as never,
        revision: 1,
      }))
    const nothing = { update: [], delete: [] }
    const committed = await store.commit({
      guard: { organizationId: organization.id, revision: organization.revision },
      organization: { ...organization, revision: organization.revision + 1 },
      claim: null,
      rows: { projects: { insert: rows, ...nothing }, projectMemberships: { insert: places, ...nothing } },
      activity: [],
      outbox: [],
    })
    expect(committed).toBe("committed")
    steps = 0
    const { data } = await tenantry.projects.list(con, { organizationId, limit: 200 })
    expect(data.map(({ id }) => id)).toEqual(places.map(({ projectId }) => projectId))
    expect(steps).toBeLessThan(10_000 / 20)
  }, 30_000)

  it("leaves out what a host's rule forbids", async () => {
    const forbids = ({ project }: { project: { id: string } | null }) => project !== null && project.id === hidden
    let hidden = ""
    const { tenantry, organizationId, site, shop } = await scene({ rules: [{ name: "secret", forbids }] })
    hidden = shop
    const { data } = await tenantry.projects.list(ada, { organizationId })
    expect(data.map(({ id }) => id)).toEqual([site])
  })
})

describe("contexts", () => {
  it("are the own account, then every organization with role and projects, page by page", async () => {
    const { tenantry, organizationId, site } = at
    const own = await tenantry.organizations.create(lead, { name: "Own" })
    const gone = await tenantry.organizations.create(lead, { name: "Gone" })
    await tenantry.organizations.delete(lead, { organizationId: gone.id })
    const expected = [
      { type: "account", userId: lead.id },
      {
        ...{ type: "organization", role: null },
        organization: { id: organizationId, name: "Acme", status: "active", slug: null, logo: null },
        projects: [{ id: site, name: "Site", status: "active", role: "lead" }],
      },
      {
        ...{ type: "organization", role: "owner", projects: [] },
        organization: { id: own.id, name: "Own", status: "active", slug: "own", logo: null },
      },
    ]
    const pages: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof tenantry.contexts.list>> = await tenantry.contexts.list(lead, {
        limit: 1,
        ...(cursor !== undefined && { cursor }),
      })
      pages.push(...page.data)
      cursor = page.nextCursor
    }
    expect(pages).toEqual(expected)
    expect((await tenantry.contexts.list(lead, {})).data).toEqual(expected)
  })

  it("resolve to exactly one, with what may be done there", async () => {
    const { tenantry, organizationId, site, code } = at
    expect(await tenantry.contexts.resolve(lead, {})).toEqual({ type: "account", userId: lead.id })
    const project = await tenantry.contexts.resolve(lead, { organizationId, projectId: site })
    expect(project).toMatchObject({ type: "project", role: "lead", project: { name: "Site" } })
    expect("access" in project && project.access.can("members.invite" as never)).toBe(true)
    const whole = await tenantry.contexts.resolve(ada, { organizationId })
    expect(whole).toMatchObject({ type: "organization", role: "owner", organization: { name: "Acme" } })
    expect(await code(tenantry.contexts.resolve(eve, { organizationId, projectId: site }))).toBe("not_found")
    expect(await code(tenantry.contexts.resolve(eve, { projectId: site } as never))).toBe("invalid_input")
  })

  it("name a project to whoever is in it, is a key of it or may read projects, and to nobody else", async () => {
    const { tenantry, organizationId, site, shop, code, add } = at
    const guest = { id: bob.id, email: bob.email }
    await tenantry.memberships.add(host, { organizationId, user: guest, role: "guest" })
    const keyFor = async (more: object) => {
      const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", scopes: ["api.use"], ...more })
      const verdict = await tenantry.apiKeys.verify(secret.reveal(), more)
      if (!verdict.ok) throw new Error(verdict.code)
      return verdict.actor
    }
    const [free, bound] = [await keyFor({}), await keyFor({ projectId: site })]
    const resolve = (actor: Actor, projectId: string) =>
      code(tenantry.contexts.resolve(actor, { organizationId, projectId }))
    expect([await resolve(bob, site), await resolve(free, site)]).toEqual(["forbidden", "forbidden"])
    expect([await resolve(bound, site), await resolve(bound, shop)]).toEqual(["done", "not_found"])
    expect(await code(tenantry.contexts.resolve(free, { organizationId }))).toBe("done")
    await add(site, bob, "guest")
    expect([await resolve(bob, site), await resolve(bob, shop)]).toEqual(["done", "forbidden"])
    expect(await resolve(ada, shop)).toBe("done")
  })

  it("never draw on each other: a personal key spends the person's, an organization's key the organization's", async () => {
    const { tenantry, organizationId } = await scene({
      apiKeys: { holders: ["organization", "person"] },
      billing: { account: "organization", plans: [{ id: "pro", quota: 10 }] },
    })
    const pro = { plan: "pro", status: "active" } as const
    await tenantry.subscriptions.put(account.organization(organizationId), pro)
    await tenantry.subscriptions.put(account.user(ada.id), pro)
    const own = await tenantry.apiKeys.create(ada, { name: "own" })
    const shared = await tenantry.apiKeys.create(ada, { organizationId, name: "shared" })
    const left = async () => [
      (await tenantry.billing.subscription(ada, {})).quota?.remaining,
      (await tenantry.billing.subscription(ada, { organizationId })).quota?.remaining,
    ]
    expect(await left()).toEqual([10, 10])
    await tenantry.apiKeys.verify(own.secret, { units: 3 })
    expect(await left()).toEqual([7, 10])
    await tenantry.apiKeys.verify(shared.secret, { units: 4 })
    expect(await left()).toEqual([7, 6])
    await expect(tenantry.usage.ofKey(ada, { organizationId, apiKeyId: own.apiKey.id })).rejects.toMatchObject(
      refusal("not_found"),
    )
  })
})

describe("an address that the organization has invited", () => {
  const email = "vip@client.example"

  async function invited() {
    const { tenantry, organizationId, site } = at
    const first = await tenantry.invitations.send(ada, { organizationId, email, role: "lead" as never })
    const offer = { organizationId, email, projects: [{ projectId: site, role: "member" as never }] }
    return { ...at, first, again: () => tenantry.invitations.send(lead, offer) }
  }

  it("is pending to somebody who is in a project only, without the invitation's id", async () => {
    const { again } = await invited()
    await expect(again()).rejects.toMatchObject(refusal("invitation_pending"))
    await expect(again()).rejects.not.toHaveProperty("details.invitationId")
  })

  it("gets an invitation of its own once the other has expired, which stays what it was but for its end", async () => {
    const { tenantry, organizationId, clock, first, again } = await invited()
    clock.advance({ days: 8 })
    const second = await again()
    expect(second.id).not.toBe(first.id)
    expect(await tenantry.invitations.find(ada, { organizationId, invitationId: first.id })).toMatchObject({
      role: "lead",
      status: "cancelled",
    })
  })
})

describe("a key that is bound to a project", () => {
  it("lists it with `projects.read` alone", async () => {
    const { tenantry, organizationId, site } = at
    for (const [scopes, seen] of [
      [["api.use"], []],
      [["api.use", "projects.read"], [site]],
    ] as const) {
      const { secret } = await tenantry.apiKeys.create(ada, {
        organizationId,
        projectId: site,
        name: "ci",
        scopes: [...scopes],
      })
      const verdict = await tenantry.apiKeys.verify(secret)
      if (!verdict.ok) throw new Error(verdict.code)
      const { data } = await tenantry.projects.list(verdict.actor, { organizationId })
      expect(data.map(({ id }) => id)).toEqual(seen)
    }
  })
})

describe("erasing somebody who is in projects only", () => {
  it("revokes the keys that they made, where the end of a membership does", async () => {
    at = await scene({ apiKeys: { revokeOnRemoval: true } })
    const { tenantry, organizationId, site } = at
    const { secret } = await tenantry.apiKeys.create(lead, { organizationId, projectId: site, name: "ci" })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    await tenantry.users.erase({ userId: lead.id, emails: [lead.email] })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "revoked" })
  })
})
