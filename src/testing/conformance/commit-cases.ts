/**
 * The commit: guarded, whole, and with one rule across organizations.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import { hashSecret } from "../../kernel/secret.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Changes } from "../../store/changes.ts"
import type { Store } from "../../store/store.ts"
import {
  aMembership,
  aMessage,
  anInvitation,
  anOrganization,
  aRole,
  BUILT_AT,
  beginning,
  following,
} from "../builders.ts"
import { anApiKey, aRestriction, aSubscription } from "../key-builders.ts"
import { ALL, ALL_MEMBERS, accountOf, begin, type Check, change, everything, loaded, times } from "./scene.ts"

const BY = { payer: "organization", at: BUILT_AT, meters: false } as const
const keyHash = (slug: string) => hashSecret(`key ${slug}`)

/** Changes that write something of every kind. */
const ofEveryKind = (organization: Organization, slug: string): Changes =>
  following(
    organization,
    {
      memberships: { insert: [aMembership(organization)] },
      invitations: { insert: [anInvitation(organization, { tokenHash: hashSecret(slug) })] },
      roles: { insert: [aRole(organization)] },
      apiKeys: { insert: [anApiKey(organization, { secret: { hash: keyHash(slug), hint: "", expiresAt: null } })] },
      restrictions: { insert: [aRestriction(organization)] },
      subscriptions: { insert: [aSubscription(accountOf(organization))] },
      outbox: [aMessage(organization)],
    },
    { slug, name: "Changed" },
  )

/** All that a commit could have changed. */
const traces = async (store: Store, organization: Organization, changes: Changes) => ({
  rows: await store.load(organization.id, { members: ALL_MEMBERS, memberCount: true, roles: true }),
  everything: (await store.load(organization.id, {})) === null ? null : await everything(store, organization),
  messages: await store.outbox.list("queued", ALL),
  old: await store.organizations.idOfSlug(organization.slug),
  claimed: await store.organizations.idOfSlug(changes.organization.slug),
  key: (await store.apiKeys.findBySecret(keyHash(changes.organization.slug), BY))?.key,
  received: await store.invitations.findByToken(hashSecret(changes.organization.slug)),
})

export const commitCases: readonly Check[] = [
  {
    name: "commit applies only if the guard still holds: otherwise `conflict`",
    run: async ({ store }) => {
      const acme = await begin(store)
      const next = await change(store, acme)
      equal(await store.commit(following(acme)), "conflict", "an older revision")
      equal(await store.commit(following({ ...next, revision: 3 })), "conflict", "a newer revision")
      equal(await store.commit(following(anOrganization())), "conflict", "an organization that is not there")
      equal(await store.commit(beginning({ ...acme, slug: anOrganization().slug })), "conflict", "one that is there")
      equal(await store.commit(following(next)), "committed")
    },
  },
  {
    name: "a slug held by another organization answers `slug_taken` and changes nothing",
    run: async ({ store }) => {
      const holder = await begin(store)
      const acme = await begin(store)
      const rename = ofEveryKind(acme, holder.slug)
      const before = await traces(store, acme, rename)
      equal(await store.commit(rename), "slug_taken")
      deepEqual(await traces(store, acme, rename), before)
      const newcomer = anOrganization({ slug: holder.slug })
      const creation = beginning(newcomer, { memberships: { insert: [aMembership(newcomer)] } })
      equal(await store.commit(creation), "slug_taken")
      equal(await store.load(newcomer.id, {}), null)
      equal(await store.organizations.idOfSlug(holder.slug), holder.id)
    },
  },
  {
    name: "when guard and claim both fail, `conflict`",
    run: async ({ store }) => {
      const holder = await begin(store)
      const acme = await begin(store)
      await change(store, acme)
      equal(await store.commit(following(acme, {}, { slug: holder.slug })), "conflict")
      equal(await store.commit(beginning({ ...acme, slug: holder.slug })), "conflict")
    },
  },
  {
    name: "commit applies all of the changes or none: rows, activity, outbox and claim",
    run: async ({ store }) => {
      const acme = await begin(store)
      await change(store, acme)
      const stale = ofEveryKind(acme, "acme-renamed")
      const before = await traces(store, acme, stale)
      equal(await store.commit(stale), "conflict")
      deepEqual(await traces(store, acme, stale), before)

      const current = await loaded(store, acme, {})
      const renaming = ofEveryKind(current.organization, "acme-renamed")
      equal(await store.commit(renaming), "committed")
      const after = await traces(store, acme, renaming)
      deepEqual(after.everything?.organization, renaming.organization)
      deepEqual(after.everything?.members, renaming.rows.memberships?.insert)
      deepEqual(after.everything?.roles, renaming.rows.roles?.insert)
      const listed = after.everything?.apiKeys.map(({ key }) => key)
      deepEqual(
        [listed, [after.key]],
        times(2, () => renaming.rows.apiKeys?.insert),
      )
      deepEqual(after.everything?.restrictions, renaming.rows.restrictions?.insert)
      deepEqual(after.everything?.billed.subscriptions, renaming.rows.subscriptions?.insert)
      deepEqual(after.received?.invitation, renaming.rows.invitations?.insert[0])
      deepEqual(after.everything?.entries.slice(2), renaming.activity)
      deepEqual(after.messages, renaming.outbox)
      deepEqual([after.old, after.claimed], [null, acme.id])
    },
  },
  {
    name: "a store stays usable after a refusal",
    run: async ({ store }) => {
      const holder = await begin(store)
      const acme = await begin(store)
      equal(await store.commit(following(acme, {}, { slug: holder.slug })), "slug_taken")
      equal(await store.commit(following({ ...acme, revision: 9 })), "conflict")
      equal(await store.commit(following(acme, { memberships: { insert: [aMembership(acme)] } })), "committed")
      equal((await loaded(store, acme, { memberCount: true })).memberCount, 1)
    },
  },
  {
    name: "a released slug is free for another organization",
    run: async ({ store }) => {
      const acme = await begin(store)
      const moved = await change(store, acme, {}, { slug: "acme-moved" })
      const globex = await begin(store, () => ({}), { slug: acme.slug })
      equal(await store.organizations.idOfSlug(acme.slug), globex.id)
      equal(await store.commit(following(moved, {}, { slug: acme.slug })), "slug_taken")
      equal(await store.organizations.idOfSlug(moved.slug), acme.id)
    },
  },
  {
    name: "idOfSlug answers the id of the organization that holds the slug, whatever its status, or null",
    run: async ({ store }) => {
      const acme = await begin(store)
      equal(await store.organizations.idOfSlug(acme.slug), acme.id)
      equal(await store.organizations.idOfSlug(anOrganization().slug), null)
      const deleted = await change(store, acme, {}, { status: "deleted" })
      equal(await store.organizations.idOfSlug(acme.slug), acme.id)
      equal(await store.commit(beginning(anOrganization({ slug: deleted.slug }))), "slug_taken")
    },
  },
]
