/**
 * Organizations never show in each other, even where their rows have the same ids.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import { anOrganization, BUILT_AT, beginning } from "../builders.ts"
import { ALL, accountOf, type Check, change, loaded } from "./scene.ts"
import { beginTwins, ownRows, twins, WANTS } from "./twins.ts"

export const tenantCases: readonly Check[] = [
  {
    name: "every read answers rows of its own organization alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const empty = anOrganization({ name: "Initech" })
      equal(await store.commit(beginning(empty)), "committed")
      for (const each of [acme, globex]) {
        const { entries, ...rest } = await loaded(store, each, WANTS)
        const { entries: _, ...expected } = ownRows(each)
        deepEqual(rest, expected)
        deepEqual(
          entries.map(({ actor }) => actor),
          [each.name],
        )
      }
      const { organization, entries, ...nothing } = await loaded(store, empty, WANTS)
      deepEqual([organization.id, entries.length], [empty.id, 1])
      for (const [name, found] of Object.entries(nothing)) {
        const none = [null, 0, false].includes(found as null) || JSON.stringify(found) === "[]"
        equal(none || name === "holders" || name === "billed", true, name)
      }
      deepEqual(nothing.holders, { memberships: 0, invitations: 0 })
      deepEqual(nothing.billed, { account: accountOf(empty), subscriptions: [], meters: [] })
    },
  },
  {
    name: "a commit changes rows of its own organization alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const before = await loaded(store, globex, WANTS)
      const own = twins.of(acme)
      const next = await change(store, acme, {
        memberships: { update: [{ ...own.member, name: "Changed" }] },
        invitations: { update: [{ ...own.invitation, status: "cancelled" }] },
        roles: { update: [{ ...own.role, description: "Changed" }] },
        projects: { update: [{ ...own.project, name: "Changed" }] },
        projectMemberships: { update: [{ ...own.place, name: "Changed" }] },
        apiKeys: { update: [{ ...own.key, name: "Changed" }] },
        restrictions: { update: [{ ...own.rules, endpointRules: [] }] },
        subscriptions: { update: [{ ...own.subscription, plan: "Changed" }] },
      })
      await change(store, next, {
        memberships: { delete: [own.member.id] },
        invitations: { delete: [own.invitation.id] },
        roles: { delete: [own.role.id] },
        projectMemberships: { delete: [own.place.id] },
        projects: { delete: [own.project.id] },
        apiKeys: { delete: [own.key.id] },
        restrictions: { delete: [own.rules.id] },
        subscriptions: { delete: [own.subscription.id] },
      })
      deepEqual(await loaded(store, globex, WANTS), before)
      const { members, projects, projectMembers, ...rest } = await loaded(store, acme, WANTS)
      const { apiKeys, restrictions, billed } = rest
      deepEqual([members, projects, projectMembers], [[], [], []])
      deepEqual([apiKeys, restrictions, billed.subscriptions], [[], [], []])
    },
  },
  {
    name: "findBySecret answers rows of the key's own organization alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      for (const each of [acme, globex]) {
        const { key, member, role, rules } = twins.of(each)
        const { billed } = ownRows(each)
        const rest = { project: null, projectRole: null, organizationRules: null, isAlone: true }
        const record = await store.apiKeys.findBySecret(key.secret.hash, { ...WANTS.billed, meters: true })
        deepEqual(record, { key, organization: each, member, role, memberRules: rules, billed, ...rest })
      }
    },
  },
  {
    name: "settle ends a hold of that account alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const before = await loaded(store, globex, WANTS)
      equal((await store.usage.settle(accountOf(acme), twins.hold.id, 1, BUILT_AT))?.outcome, "settled")
      deepEqual(await loaded(store, globex, WANTS), before)
    },
  },
  {
    name: "the outbox changes a message of that organization alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const { id } = twins.of(acme).message
      const claimed = await store.outbox.claim({ lease: "w", at: BUILT_AT, until: BUILT_AT, limit: 10 })
      deepEqual(claimed.map(({ organizationId }) => organizationId).toSorted(), [acme.id, globex.id].toSorted())
      const dead = { state: "dead", attempts: 8, dueAt: BUILT_AT, error: "no", blank: true } as const
      equal(await store.outbox.settle(acme.id, id, "w", dead), true)
      deepEqual((await loaded(store, globex, { delivery: twins.invitation.id })).delivery?.state, "queued")
      equal(await store.outbox.discard(globex.id, id), false)
      equal(await store.outbox.discard(acme.id, id), true)
      const [left, ...others] = await store.outbox.list("queued", ALL)
      deepEqual([left?.organizationId, others.length], [globex.id, 0])
    },
  },
]
