/**
 * The platform: every organization by pages, what the platform did in them, and the end of one.
 *
 * @module
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import type { OrganizationId } from "../../kernel/id.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { Organization } from "../../organization/organization.ts"
import type { OrganizationFilter } from "../../platform/repository.ts"
import type { Store } from "../../store/store.ts"
import { aMembership, aMessage, anEntry, anOrganization, BUILT_AT, beginning } from "../builders.ts"
import { aConsumption, aCounter, aHold, anAccount, anApiKey, aSubscription } from "../key-builders.ts"
import { ALL, ALL_USAGE, accountOf, begin, type Check, change, idsOf, loaded, times } from "./scene.ts"
import { beginTwins, twins, WANTS } from "./twins.ts"

const EVERY: OrganizationFilter = { status: null, slugPrefix: null }

/** Purges to the end and answers how many calls that took. */
async function purged(store: Store, id: OrganizationId, limit = 2): Promise<number> {
  for (let calls = 1; calls < 1000; calls++) {
    if ((await store.platform.purge(id, limit)) === "done") return calls
  }
  throw new Error("purge came to no end")
}

/** Says that it is being purged, with the entry and the event that stay. */
async function purging(store: Store, organization: Organization) {
  const seq = organization.revision + 1
  const entry = anEntry(organization, { seq, action: "organization.purged", actor: "platformAdmin:u_root" })
  const event = aMessage(organization, { subject: entry.id, seq })
  const parts = { activity: [entry], outbox: [event] }
  return { organization: await change(store, organization, parts, { status: "purging" }), entry, event }
}

export const platformCases: readonly Check[] = [
  {
    name: "organizations answers the page of organizations that match, whatever their status, by id ascending",
    run: async ({ store }) => {
      const statuses = ["active", "suspended", "deleted", "purging"] as const
      const slugs = ["acme", "acme-east", "acm_", "beta"]
      const all: Organization[] = []
      for (const [index, status] of statuses.entries()) {
        all.push(await begin(store, () => ({}), { status, slug: slugs[index] ?? "" }))
      }
      deepEqual(await store.platform.organizations({ ...EVERY, ...ALL }), all)
      for (const [index, status] of statuses.entries()) {
        deepEqual(await store.platform.organizations({ ...EVERY, ...ALL, status }), [all[index]])
      }
      const starting = async (slugPrefix: string) =>
        (await store.platform.organizations({ ...EVERY, ...ALL, slugPrefix })).map(({ slug }) => slug)
      deepEqual(await starting("acme"), ["acme", "acme-east"])
      deepEqual(await starting("acm_"), ["acm_"])
      deepEqual(await starting("%"), [])
      const second = await store.platform.organizations({ ...EVERY, after: all[0]?.id ?? "", limit: 2 })
      deepEqual(idsOf(second), idsOf(all.slice(1, 3)))
      const renamed = await change(store, all[3] as Organization, {}, { slug: "acme-west", status: "active" })
      deepEqual(await starting("acme"), ["acme", "acme-east", "acme-west"])
      deepEqual(await store.platform.organizations({ status: "active", slugPrefix: "acme-", ...ALL }), [renamed])
      deepEqual(await store.platform.organizations({ ...EVERY, ...ALL, status: "purging" }), [])
    },
  },
  {
    name: "entries answers the page of entries whose actor is a platform admin, of every organization, by id descending",
    run: async ({ store }) => {
      const byAdmin = (organization: Organization, id: string, actor = "platformAdmin:u_root") => ({
        activity: [anEntry(organization, { id, seq: organization.revision + 1, actor })],
      })
      const acme = await begin(store)
      const globex = await begin(store)
      const first = byAdmin(acme, "act_1")
      const second = byAdmin(globex, "act_2", "platformAdmin:u_other")
      const next = await change(store, acme, first)
      await change(store, globex, second)
      const third = byAdmin(next, "act_3")
      const last = await change(store, next, third)
      await change(store, last, byAdmin(last, "act_4", "user:platformAdmin:u_root"))
      const written = [third, second, first].flatMap(({ activity }) => activity)
      deepEqual(await store.platform.entries(ALL), written)
      deepEqual(await store.platform.entries({ after: "act_3", limit: 1 }), written.slice(1, 2))
      deepEqual(await store.platform.entries({ after: "act_1", limit: 9 }), [])
    },
  },
  {
    name: "purge removes at most `limit` rows at a time and answers `more` as long as some may be left",
    run: async ({ store }) => {
      const acme = await begin(store, (own) => ({ memberships: { insert: times(7, () => aMembership(own)) } }))
      await purging(store, acme)
      equal(await store.platform.purge(acme.id, 3), "more")
      const { memberCount } = await loaded(store, acme, { memberCount: true })
      ok(memberCount >= 4, `${memberCount} of 7 are left`)
      ok((await purged(store, acme.id, 3)) >= 2)
      equal(await store.load(acme.id, {}), null)
    },
  },
  {
    name: "purge removes all that there is of the organization, and nothing of another, even where ids are the same",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const before = await loaded(store, globex, WANTS)
      const { key, invitation } = twins.of(acme)
      await purging(store, acme)
      await purged(store, acme.id)
      deepEqual(await loaded(store, globex, WANTS), before)
      equal(await store.organizations.idOfSlug(globex.slug), globex.id)
      equal(await store.apiKeys.findBySecret(key.secret.hash, { ...WANTS.billed, meters: false }), null)
      const received = await store.invitations.pendingFor(invitation.email, BUILT_AT, ALL)
      deepEqual(
        received.map((each) => each.invitation.organizationId),
        [globex.id],
      )
      deepEqual(idsOf(await store.platform.organizations({ ...EVERY, ...ALL })), [globex.id])

      // Were a row left behind, an organization with the same id would find it.
      equal(await store.commit(beginning(acme, { activity: [] })), "committed")
      const { organization, entries, ...nothing } = await loaded(store, acme, WANTS)
      deepEqual(
        entries.map(({ action }) => action),
        ["organization.purged"],
      )
      for (const [name, found] of Object.entries(nothing)) {
        const none = [null, 0, false].includes(found as null) || JSON.stringify(found) === "[]"
        equal(none || name === "holders" || name === "billed", true, name)
      }
      deepEqual(nothing.holders, { memberships: 0, invitations: 0 })
      deepEqual(nothing.billed, { account: accountOf(organization), subscriptions: [], meters: [] })
    },
  },
  {
    name: "purge removes whatever was counted or held for the organization, whoever paid",
    run: async ({ store }) => {
      const [acme, globex, account] = [await begin(store), await begin(store), anAccount()]
      const key = anApiKey(acme)
      const quota = { name: "quota api", period: "2026-01", cap: null }
      const allowance = { name: `key ${key.id}`, period: "2026-01", cap: null }
      const use = (organization: Organization, api: string) =>
        aConsumption(account.id, {
          takes: organization === acme ? [quota, allowance] : [quota],
          counter: aCounter({ organizationId: organization.id, api, keyId: organization === acme ? key.id : null }),
        })
      for (const api of ["a", "b"]) await store.usage.consume(use(acme, api))
      await store.usage.consume(use(globex, "a"))
      const held = aHold()
      await store.usage.hold(use(acme, "a"), held)
      const read = () => store.accounts.load(account.id, { usage: ALL_USAGE, hold: held.id, billed: { at: BUILT_AT } })
      equal((await read()).usage.length, 3)
      await purging(store, acme)
      await purged(store, acme.id, 1)
      const { usage, hold, billed } = await read()
      deepEqual(
        usage.map(({ organizationId }) => organizationId),
        [globex.id],
      )
      equal(hold, null)
      deepEqual(billed.meters, [{ name: "quota api", period: "2026-01", used: 3, held: 0 }])
      equal((await store.usage.consume(use(globex, "b"))).outcome, "consumed")
    },
  },
  {
    name: "purge removes the organization and frees its slug with the last of its rows, at one instant",
    run: async ({ store, other }) => {
      const acme = await begin(store, (own) => ({ memberships: { insert: times(5, () => aMembership(own)) } }))
      await purging(store, acme)
      for (let isLeft = true; isLeft; ) {
        const rival = anOrganization({ slug: acme.slug })
        equal(await other.commit(beginning(rival)), "slug_taken")
        isLeft = (await store.platform.purge(acme.id, 2)) === "more"
        const there = await other.load(acme.id, {})
        deepEqual([there !== null, await other.organizations.idOfSlug(acme.slug)], [isLeft, isLeft ? acme.id : null])
      }
      equal(await other.commit(beginning(anOrganization({ slug: acme.slug }))), "committed")
    },
  },
  {
    name: "purge keeps the entry `organization.purged` and the event that tells of it",
    run: async ({ store }) => {
      const acme = await begin(store, (own) => ({ outbox: times(3, () => aMessage(own)) }))
      const { organization, entry, event } = await purging(store, acme)
      const late = anEntry(organization, { seq: organization.revision + 1, actor: "platformAdmin:u_root" })
      await change(store, organization, { activity: [late] })
      await purged(store, acme.id)
      deepEqual(await store.platform.entries(ALL), [entry])
      deepEqual(await store.outbox.list("queued", ALL), [event])
      const [claimed, ...others] = await store.outbox.claim({ lease: "w", at: BUILT_AT, until: BUILT_AT, limit: 9 })
      deepEqual([claimed?.id, others], [event.id, []])
    },
  },
  {
    name: "purge goes on where it was cut short, and takes what has come in since",
    run: async ({ store, other }) => {
      const acme = await begin(store, (own) => ({ memberships: { insert: times(5, () => aMembership(own)) } }))
      const { organization } = await purging(store, acme)
      equal(await store.platform.purge(acme.id, 2), "more")
      const subscription = aSubscription(accountOf(acme), { id: `sub_${hashSecret(acme.id).slice(0, 8)}` })
      await change(other, organization, { subscriptions: { insert: [subscription] } })
      await purged(other, acme.id)
      equal(await store.commit(beginning(acme)), "committed")
      const { billed, memberCount } = await loaded(store, acme, { billed: WANTS.billed, memberCount: true })
      deepEqual([billed.subscriptions, memberCount], [[], 0])
    },
  },
  {
    name: "purge rejects and removes nothing when the organization has any other status",
    run: async ({ store }) => {
      for (const status of ["active", "suspended", "deleted"] as const) {
        const acme = await begin(store, (own) => ({ memberships: { insert: [aMembership(own)] } }), { status })
        await rejects(store.platform.purge(acme.id, 10))
        const found = await loaded(store, acme, { memberCount: true })
        deepEqual([found.organization, found.memberCount], [acme, 1])
        equal(await store.organizations.idOfSlug(acme.slug), acme.id)
      }
    },
  },
  {
    name: "purge answers `done` for an organization that is not there",
    run: async ({ store }) => {
      equal(await store.platform.purge(anOrganization().id, 1), "done")
    },
  },
]
