/**
 * The commit: guarded, whole, and with one rule across organizations.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import { hashSecret } from "../../kernel/secret.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Changes, Committed } from "../../store/changes.ts"
import type { Store } from "../../store/store.ts"
import { aMembership, aMessage, anInvitation, anOrganization, aRole, beginning, following } from "../builders.ts"
import { ALL, ALL_MEMBERS, begin, type Check, change, everything, loaded, times } from "./scene.ts"

/** Changes that write something of every kind. */
const ofEveryKind = (organization: Organization, slug: string): Changes =>
  following(
    organization,
    {
      memberships: { insert: [aMembership(organization)] },
      invitations: { insert: [anInvitation(organization, { tokenHash: hashSecret(slug) })] },
      roles: { insert: [aRole(organization)] },
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
  received: await store.invitations.findByToken(hashSecret(changes.organization.slug)),
})

const count = (outcomes: readonly Committed[], outcome: Committed): number =>
  outcomes.filter((each) => each === outcome).length

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
  {
    name: "of parallel commits with one guard exactly one is committed",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const outcomes = await Promise.all(
        times(12, (index) =>
          (index % 2 === 0 ? store : other).commit(
            following(acme, { memberships: { insert: [aMembership(acme)] }, outbox: [aMessage(acme)] }),
          ),
        ),
      )
      deepEqual([count(outcomes, "committed"), count(outcomes, "conflict")], [1, 11])
      const { organization, memberCount, entries } = await everything(store, acme)
      deepEqual([organization.revision, memberCount, entries.length], [2, 1, 2])
      equal((await store.outbox.health()).queued, 1)
    },
  },
  {
    name: "of parallel claims of one slug exactly one is committed",
    run: async ({ store, other }) => {
      const newcomers = times(8, () => anOrganization({ slug: "one-for-all" }))
      const settled = await Promise.all(times(4, () => begin(store)))
      const outcomes = await Promise.all([
        ...newcomers.map((each, index) => (index % 2 === 0 ? store : other).commit(beginning(each))),
        ...settled.map((each) => other.commit(following(each, {}, { slug: "one-for-all" }))),
      ])
      deepEqual([count(outcomes, "committed"), count(outcomes, "slug_taken")], [1, 11])
      const winner = [...newcomers, ...settled][outcomes.indexOf("committed")]
      equal(await store.organizations.idOfSlug(anOrganization({ slug: "one-for-all" }).slug), winner?.id)
      for (const [index, { id }] of newcomers.entries()) {
        equal((await store.load(id, {})) !== null, outcomes[index] === "committed")
      }
      for (const [index, each] of settled.entries()) {
        const won = outcomes[newcomers.length + index] === "committed"
        equal((await loaded(store, each, {})).organization.revision, won ? 2 : 1)
        equal(await store.organizations.idOfSlug(each.slug), won ? null : each.id)
      }
    },
  },
  {
    name: "of parallel beginnings of one organization exactly one is committed",
    run: async ({ store, other }) => {
      const acme = anOrganization()
      const outcomes = await Promise.all(
        times(6, (index) =>
          (index % 2 === 0 ? store : other).commit(
            beginning({ ...acme, slug: `acme-${index}` as Organization["slug"] }),
          ),
        ),
      )
      deepEqual([count(outcomes, "committed"), count(outcomes, "conflict")], [1, 5])
      const held = await Promise.all(
        times(6, (index) => store.organizations.idOfSlug(anOrganization({ slug: `acme-${index}` }).slug)),
      )
      deepEqual(
        held.map((id) => id !== null),
        outcomes.map((outcome) => outcome === "committed"),
      )
    },
  },
  {
    name: "parallel commits of different organizations do not disturb each other",
    run: async ({ store, other }) => {
      const organizations = await Promise.all(times(6, () => begin(store)))
      const outcomes = await Promise.all(
        organizations.map((each, index) =>
          (index % 2 === 0 ? store : other).commit(following(each, {}, { slug: `${each.slug}-new` })),
        ),
      )
      equal(count(outcomes, "committed"), 6)
    },
  },
  {
    name: "load answers the organization and every want as they stood at one instant",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const writer = async () => {
        let current = acme
        for (let round = 0; round < 12; round++) {
          // At an uneven pace, so that a load in two steps cannot keep step with it.
          for (let pause = 0; pause < round % 3; pause++) await loaded(other, acme, {})
          current = await change(other, current, {
            memberships: { insert: [aMembership(acme)] },
            invitations: { insert: [anInvitation(acme)] },
            roles: { insert: [aRole(acme)] },
          })
        }
      }
      const reader = async () => {
        for (let round = 0; round < 12; round++) {
          const found = await everything(store, acme)
          const { members, invitations, roles, entries } = found
          const expected = found.organization.revision - 1
          deepEqual(
            [found.memberCount, members.length, invitations.length, roles.length, entries.length - 1],
            times(5, () => expected),
          )
        }
      }
      await Promise.all([writer(), reader(), reader(), reader()])
    },
  },
]
