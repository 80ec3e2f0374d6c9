/**
 * Commits at once: one of those that share a guard or a slug, all of those that share nothing.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { Organization } from "../../organization/organization.ts"
import type { Committed } from "../../store/changes.ts"
import { aMembership, aMessage, anInvitation, anOrganization, aRole, beginning, following } from "../builders.ts"
import { begin, type Check, change, everything, loaded, times } from "./scene.ts"

const count = (outcomes: readonly Committed[], outcome: Committed): number =>
  outcomes.filter((each) => each === outcome).length

export const raceCases: readonly Check[] = [
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
