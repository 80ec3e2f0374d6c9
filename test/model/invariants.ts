/**
 * What must hold of an organization whatever happened before, told from its rows alone.
 *
 * @module
 */
import { conclude, verification, verifyEntries } from "../../src/activity/verify.ts"
import { isLive } from "../../src/invitation/invitation.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import type { PolicyEngine } from "../../src/policy/policy.ts"
import type { ProjectMembership } from "../../src/project/project-membership.ts"
import type { Loaded, Store } from "../../src/store/store.ts"

const ALL = { after: null, limit: 100_000 }
const EVERYTHING = {
  members: { role: null, emailPrefix: null, ...ALL },
  invitations: { status: null, liveAt: null, expiredAt: null, ...ALL },
  roles: true,
  projects: ALL,
  entries: { actions: null, actor: null, target: null, since: null, until: null, order: "ascending", ...ALL },
} as const

/** Every row of one organization, as they stood at one instant. */
export type Rows = Loaded<typeof EVERYTHING> & Readonly<{ places: readonly ProjectMembership[] }>

/** Every row of one organization; of its activity, what comes after entry number `since`. */
export async function rowsOf(store: Store, id: OrganizationId, since = 0): Promise<Rows> {
  const rows = await store.load(id, { ...EVERYTHING, entries: { ...EVERYTHING.entries, after: since } })
  if (rows === null) throw new Error(`${id} is not there`)
  const within = rows.projects.map(async ({ id: projectId }) => {
    const found = await store.load(id, { projectMembers: { projectId, role: null, ...ALL } })
    return found?.projectMembers ?? []
  })
  return { ...rows, places: (await Promise.all(within)).flat() }
}

/** How many seats are taken: by everybody who is in, once each, and by what invites an address that nobody has who is. */
export function seatsTaken({ members, places, invitations }: Rows, at: Date): number {
  const seated = [...members, ...places]
  const addresses = new Set(seated.map(({ email }) => email))
  const open = invitations.filter(({ invitation }) => isLive(invitation, at) && !addresses.has(invitation.email))
  return new Set(seated.map(({ userId }) => userId)).size + open.length
}

type Terms = Readonly<{ policy: PolicyEngine; seats: number | null; at: Date }>

/** What is wrong with these rows, in words; nothing, where all is well. */
export function wrongs(all: Rows, { policy, seats, at }: Terms): string[] {
  const { organization, members, invitations, roles, projects, places } = all
  const owners = members.filter(({ role }) => role === policy.ownership.role).length
  const pending = invitations.map(({ invitation }) => invitation).filter(({ status }) => status === "pending")
  const names = new Set<string>([...policy.systemRoles, ...roles].map(({ name }) => name))
  const rows = [...members, ...invitations.map(({ invitation }) => invitation), ...roles, ...projects, ...places]
  return [
    ...(owners === 0 ? ["nobody owns it"] : []),
    ...(owners > 1 && policy.ownership.holders === "single" ? [`${owners} people own it`] : []),
    ...twice(members.map(({ userId }) => userId)).map((userId) => `${userId} is a member twice`),
    ...twice(pending.map(({ email }) => email)).map((email) => `${email} has two pending invitations`),
    ...twice(pending.map(({ tokenHash }) => tokenHash)).map(() => "two invitations have one token"),
    ...twice(roles.map(({ name }) => name)).map((name) => `two roles are called ${name}`),
    ...twice(places.map(({ projectId, userId }) => `${userId} in ${projectId}`)).map((who) => `${who} is so twice`),
    ...places
      .filter(({ role }) => role === policy.ownership.role)
      .map(({ userId, projectId }) => `${userId} owns ${projectId}`),
    ...[...members, ...places]
      .filter(({ role }) => !names.has(role))
      .map(({ userId, role }) => `${userId} is a ${role}, which is no role`),
    ...pending
      .filter(({ role, projects }) =>
        [role, ...projects.map((offered) => offered.role)].some((name) => name !== null && !names.has(name)),
      )
      .map(({ email, role }) => `${email} is invited as ${role}, which is no role`),
    ...pending
      .filter(({ email, projects }) => projects.length === 0 && members.some((member) => member.email === email))
      .map(({ email }) => `${email} is a member and has a pending invitation`),
    ...(seats !== null && seatsTaken(all, at) > seats
      ? [`${seatsTaken(all, at)} seats are taken, more than ${seats}`]
      : []),
    ...rows
      .filter(({ revision }) => revision < 1 || revision > organization.revision)
      .map(({ id, revision }) => `${id} is of revision ${revision}`),
  ]
}

/** What is wrong with an organization's activity, read from its first entry on. */
export function wrongsOfActivity({ organization, entries }: Rows): string[] {
  const verified = conclude(
    verifyEntries(verification(organization.id, { key: null, since: null }), entries),
    organization,
  )
  return [
    ...(entries.length === organization.revision
      ? []
      : [`${entries.length} entries at revision ${organization.revision}`]),
    ...(verified.ok ? [] : [`the chain is broken at ${verified.brokenAt}: ${verified.reason}`]),
  ]
}

const twice = <T>(values: readonly T[]): T[] => values.filter((value, at) => values.indexOf(value) < at)
