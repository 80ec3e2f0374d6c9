/**
 * Organizations whose rows have the same ids.
 *
 * @module
 */
import { equal } from "node:assert/strict"
import { hashSecret } from "../../kernel/secret.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Store, Wants } from "../../store/store.ts"
import {
  aMembership,
  aMessage,
  anEntry,
  anInvitation,
  anOrganization,
  aProject,
  aProjectMembership,
  aRole,
  BUILT_AT,
  beginning,
} from "../builders.ts"
import { aConsumption, aCounter, aHold, anApiKey, aRestriction, aSubscription } from "../key-builders.ts"
import { ALL, ALL_ENTRIES, ALL_INVITATIONS, ALL_KEYS, ALL_MEMBERS, ALL_USAGE, accountOf } from "./scene.ts"

/** Rows whose ids, user, address, role and times are the same in every organization they are made for. */
export const twins = (() => {
  const nowhere = anOrganization()
  const member = aMembership(nowhere, { role: "auditor" })
  const key = anApiKey(nowhere, {
    holder: { type: "member", userId: member.userId, membershipId: member.id },
    createdBy: { type: "user", id: member.userId },
  })
  const project = aProject(nowhere)
  const invitation = anInvitation(nowhere, {
    role: "auditor",
    projects: [{ projectId: project.id, role: member.role }],
    invitedBy: { userId: member.userId, apiKeyId: key.id, name: null, email: null },
  })
  const role = aRole(nowhere, { name: "auditor" })
  const place = aProjectMembership(project, { userId: member.userId, email: member.email, role: "auditor" })
  const message = aMessage(nowhere, { id: invitation.messageId, topic: "invitation.email" })
  const rules = aRestriction(nowhere, { id: member.id })
  const hold = aHold()
  return {
    member,
    invitation,
    role,
    key,
    hold,
    project,
    place,
    of: ({ id: organizationId, name }: Organization) => ({
      key: { ...key, organizationId, name, secret: { ...key.secret, hash: hashSecret(organizationId) } },
      rules: { ...rules, organizationId, endpointRules: [name as (typeof rules)["endpointRules"][number]] },
      subscription: aSubscription(accountOf({ id: organizationId }), { id: "sub_twin", plan: name }),
      member: { ...member, organizationId, name },
      invitation: { ...invitation, organizationId, invitedBy: { ...invitation.invitedBy, name } },
      role: { ...role, organizationId, description: name },
      project: { ...project, organizationId, name },
      place: { ...place, organizationId, name },
      entry: { ...anEntry({ id: organizationId }), actor: name },
      message: { ...message, organizationId, error: name },
    }),
  }
})()

/** Every read there is, of what `twins` makes. */
export const WANTS = {
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
  pendingTo: twins.member.userId,
  pendingFrom: { sender: { membershipId: twins.member.id }, at: BUILT_AT },
  pendingCount: BUILT_AT,
  invitations: ALL_INVITATIONS,
  roles: true,
  holders: twins.role.id,
  entries: ALL_ENTRIES,
  project: twins.project.id,
  projectsById: [twins.project.id],
  projectCount: true,
  projects: ALL,
  projectsOf: { userId: twins.member.userId, ...ALL },
  callerProjects: { userId: twins.member.userId, projectIds: [twins.project.id] },
  projectMembership: twins.place.id,
  memberBehind: twins.place.id,
  projectMembershipsOf: { membershipId: twins.member.id },
  projectMembersByEmail: [twins.member.email],
  projectMembersWithRole: twins.member.role,
  projectMembers: { projectId: twins.project.id, role: null, ...ALL },
  inviterProjects: twins.invitation.id,
  offeredProjects: twins.invitation.id,
  isInviteeIn: twins.invitation.id,
  inviterKey: twins.invitation.id,
  actingKey: twins.key.id,
  apiKey: twins.key.id,
  apiKeys: ALL_KEYS,
  apiKeyCount: true,
  keysOf: { userId: twins.member.userId },
  keysUsedSince: BUILT_AT,
  restrictions: [twins.member.id],
  billed: { payer: "organization", at: BUILT_AT },
  usage: { ...ALL_USAGE, keyId: twins.key.id },
  hold: twins.hold.id,
} as const satisfies Required<Wants>

/** Begins an organization with those rows. */
export async function beginTwins(store: Store, name: string) {
  const organization = anOrganization({ name })
  const { member, invitation, role, entry, message, key, rules, subscription, project, place } = twins.of(organization)
  const changes = beginning(organization, {
    memberships: { insert: [member] },
    invitations: { insert: [invitation] },
    roles: { insert: [role] },
    projects: { insert: [project] },
    projectMemberships: { insert: [place] },
    apiKeys: { insert: [key] },
    restrictions: { insert: [rules] },
    subscriptions: { insert: [subscription] },
    activity: [entry],
    outbox: [message],
  })
  equal(await store.commit(changes), "committed")
  await store.usage.consume(useOf(organization))
  await store.usage.hold({ ...useOf(organization), takes: [] }, twins.hold)
  return organization
}

/** What a twin's key uses, as many units as the name is long. */
const useOf = (organization: Organization) =>
  aConsumption(accountOf(organization), {
    units: organization.name.length,
    takes: [{ name: "quota api", period: "2026-01", cap: null }],
    counter: aCounter({ organizationId: organization.id, keyId: twins.key.id }),
  })

/** What every want must find in an organization whose rows are those of `twins`. */
export function ownRows(organization: Organization) {
  const { member, invitation, role, entry, message, key, rules, subscription, project, place } = twins.of(organization)
  const { account, units, counter } = useOf(organization)
  const listed = { key, lastUsedAt: BUILT_AT, member, project: null }
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
    pendingTo: [],
    pendingFrom: [invitation],
    pendingCount: 1,
    invitations: [{ invitation, delivery }],
    roles: [role],
    holders: { memberships: 2, invitations: 1 },
    entries: [entry],
    project,
    projectsById: [project],
    projectCount: 1,
    projects: [project],
    projectsOf: [project],
    callerProjects: [place],
    projectMembership: place,
    memberBehind: member,
    projectMembershipsOf: [place],
    projectMembersByEmail: [place],
    projectMembersWithRole: 1,
    projectMembers: [place],
    inviterProjects: [place],
    offeredProjects: [project],
    isInviteeIn: false,
    inviterKey: key,
    actingKey: key,
    apiKey: listed,
    apiKeys: [listed],
    apiKeyCount: 1,
    keysOf: [key],
    keysUsedSince: 1,
    restrictions: [rules],
    billed: {
      account,
      subscriptions: [subscription],
      meters: [{ name: "quota api", period: "2026-01", used: units, held: 0 }],
    },
    usage: [{ ...counter, account, units, lastUsedAt: BUILT_AT }],
    hold: { ...twins.hold, account, units, meters: [], counter, createdAt: BUILT_AT, settled: null },
  }
}
