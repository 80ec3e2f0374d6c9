/**
 * Organizations never show in each other, even where their rows have the same ids.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { Organization } from "../../organization/organization.ts"
import type { Store, Wants } from "../../store/store.ts"
import {
  aMembership,
  aMessage,
  anEntry,
  anInvitation,
  anOrganization,
  aRole,
  BUILT_AT,
  beginning,
} from "../builders.ts"
import { ALL, ALL_ENTRIES, ALL_INVITATIONS, ALL_MEMBERS, type Check, change, loaded } from "./scene.ts"

/** Rows whose ids, user, address, role and times are the same in every organization they are made for. */
const twins = (() => {
  const nowhere = anOrganization()
  const member = aMembership(nowhere, { role: "auditor" })
  const invitation = anInvitation(nowhere, {
    role: "auditor",
    invitedBy: { userId: member.userId, name: null, email: null },
  })
  const role = aRole(nowhere, { name: "auditor" })
  const message = aMessage(nowhere, { id: invitation.messageId, topic: "invitation.email" })
  return {
    member,
    invitation,
    role,
    of: ({ id: organizationId, name }: Organization) => ({
      member: { ...member, organizationId, name },
      invitation: { ...invitation, organizationId, invitedBy: { ...invitation.invitedBy, name } },
      role: { ...role, organizationId, description: name },
      entry: { ...anEntry({ id: organizationId }), actor: name },
      message: { ...message, organizationId, error: name },
    }),
  }
})()

const WANTS = {
  caller: twins.member.userId,
  memberOf: twins.member.userId,
  membership: twins.member.id,
  membersByEmail: [twins.member.email],
  membersWithRole: twins.member.role,
  memberCount: true,
  members: ALL_MEMBERS,
  invitation: twins.invitation.id,
  delivery: twins.invitation.id,
  inviter: twins.invitation.id,
  pendingByEmail: [twins.invitation.email],
  pendingFrom: { sender: { membershipId: twins.member.id }, at: BUILT_AT },
  pendingCount: BUILT_AT,
  invitations: ALL_INVITATIONS,
  roles: true,
  holders: twins.role.id,
  entries: ALL_ENTRIES,
} as const satisfies Required<Wants>

async function beginTwins(store: Store, name: string) {
  const organization = anOrganization({ name })
  const { member, invitation, role, entry, message } = twins.of(organization)
  const changes = beginning(organization, {
    memberships: { insert: [member] },
    invitations: { insert: [invitation] },
    roles: { insert: [role] },
    activity: [entry],
    outbox: [message],
  })
  equal(await store.commit(changes), "committed")
  return organization
}

/** What every want must find in an organization whose rows are those of `twins`. */
function ownRows(organization: Organization) {
  const { member, invitation, role, entry, message } = twins.of(organization)
  const delivery = { state: "queued" as const, reason: message.error }
  return {
    organization,
    caller: member,
    memberOf: member,
    membership: member,
    membersByEmail: [member],
    membersWithRole: 1,
    memberCount: 1,
    members: [member],
    invitation,
    delivery,
    inviter: member,
    pendingByEmail: [invitation],
    pendingFrom: [invitation],
    pendingCount: 1,
    invitations: [{ invitation, delivery }],
    roles: [role],
    holders: { memberships: 1, invitations: 1 },
    entries: [entry],
  }
}

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
        const none = [null, 0].includes(found as null) || JSON.stringify(found) === "[]"
        equal(none || name === "holders", true, name)
      }
      deepEqual(nothing.holders, { memberships: 0, invitations: 0 })
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
      })
      await change(store, next, {
        memberships: { delete: [own.member.id] },
        invitations: { delete: [own.invitation.id] },
        roles: { delete: [own.role.id] },
      })
      deepEqual(await loaded(store, globex, WANTS), before)
      deepEqual((await loaded(store, acme, WANTS)).members, [])
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
