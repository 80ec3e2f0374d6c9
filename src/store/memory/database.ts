/**
 * What the memory store holds: every table, and every order in which it is read.
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import type { ApiKey } from "../../api-key/api-key.ts"
import type { Account } from "../../billing/account.ts"
import type { Subscription } from "../../billing/subscription.ts"
import type { Invitation } from "../../invitation/invitation.ts"
import type { Membership } from "../../membership/membership.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Message } from "../../outbox/message.ts"
import type { Project } from "../../project/project.ts"
import type { ProjectMembership } from "../../project/project-membership.ts"
import type { Restriction } from "../../restriction/restriction.ts"
import type { Role } from "../../role/role.ts"
import { emptyBooks } from "./books.ts"
import type { Surroundings } from "./secrets.ts"
import { indexing, putKey, replace, rowsOf, type Stored, type Tally, type Write } from "./table.ts"

export type Database = ReturnType<typeof emptyDatabase>

/** The scope of the rows of one organization that are alike in a column. */
export const inside = (organizationId: string, value: string | null): string => `${organizationId} ${value}`

const organizationOf = (row: Stored): string => row.organizationId
const everywhere = (): string => ""

/** The scope of the rows of one project that are alike in a column. */
export const inProject = (
  { organizationId, projectId }: Readonly<{ organizationId: string; projectId: string }>,
  value: string,
): string => inside(organizationId, `${projectId} ${value}`)

/** A scope for the rows of which that holds; the others are left out. */
const when =
  <Row>(holds: (row: Row) => boolean, scope: (row: Row) => string) =>
  (row: Row): string | null =>
    holds(row) ? scope(row) : null

/** Where a key lives: in its organization, or in the account of the person whose it is. */
export const homeOf = ({ organizationId, holder }: ApiKey): string =>
  organizationId ?? (holder.type === "organization" ? "" : `user:${holder.userId}`)

const isListed = ({ deletedAt }: ApiKey): boolean => deletedAt === null
const isMembers = (key: ApiKey): boolean => isListed(key) && key.holder.type === "member"

const isBound = (key: ApiKey): boolean => isListed(key) && key.projectId !== null

/** Whoever created a key that still works, unless they hold it: then `holder` finds it. */
const creatorOf = (key: ApiKey): string | null => {
  const { organizationId, createdBy, holder } = key
  const isTheirs = holder.type === "member" && holder.userId === createdBy.id
  const isFound = isListed(key) && key.revokedAt === null && createdBy.type === "user" && !isTheirs
  return isFound && organizationId !== null ? inside(organizationId, createdBy.id) : null
}

const holderOf = ({ organizationId, holder }: ApiKey): string =>
  inside(organizationId ?? "", holder.type === "member" ? holder.userId : null)

const isPending = ({ status }: Invitation): boolean => status === "pending"
const isPlatforms = ({ actor }: Entry): boolean => actor.startsWith("platformAdmin:")
const isEvent = ({ state, topic }: Message): boolean => state === "queued" && topic === "event"
const isEmail = ({ state, topic }: Message): boolean => state === "queued" && topic !== "event"

/** Whether a key that a member holds works, or tells of them still. */
const isTelling = ({ deletedAt, name, ipRules }: ApiKey): boolean =>
  deletedAt === null || name !== "" || ipRules.length > 0

/** What a person's rows are ordered by across organizations. */
const homeId = ({ organizationId }: Readonly<{ organizationId: string | null }>): string => organizationId ?? ""

const isFrom = ({ status, invitedBy }: Invitation): boolean =>
  status === "pending" || invitedBy.name !== null || invitedBy.email !== null

const isAboutInvitation = ({ target, personal }: Entry): boolean =>
  personal.target !== null && target.startsWith("invitation:")

/** Nothing yet. */
export function emptyDatabase() {
  const tally: Tally = { rows: 0 }
  const index = indexing(tally)
  const due = ({ dueAt }: Message): number => dueAt.getTime()
  return {
    tally,
    organizations: new Map<string, Organization>(),
    /** The same, in the orders in which the platform lists them. */
    platform: {
      all: index<Organization>(everywhere),
      status: index<Organization>(({ status }) => status),
      slug: index<Organization>(everywhere, ({ slug }) => slug),
    },
    /** Which organization holds a slug. */
    slugs: new Map<string, Organization["id"]>(),
    memberships: {
      all: index<Membership>(organizationOf),
      user: index<Membership>((row) => inside(row.organizationId, row.userId)),
      role: index<Membership>((row) => inside(row.organizationId, row.role)),
      email: index<Membership>((row) => inside(row.organizationId, row.email)),
      address: index<Membership>(organizationOf, ({ email }) => email),
      /** Whatever a person is in, across organizations, by organization. */
      person: index<Membership>(
        ({ userId }) => userId,
        ({ organizationId }) => organizationId,
      ),
    },
    invitations: {
      all: index<Invitation>(organizationOf),
      status: index<Invitation>((row) => inside(row.organizationId, row.status)),
      token: index<Invitation>(({ tokenHash }) => tokenHash),
      pendingEmail: index(when(isPending, (row) => inside(row.organizationId, row.email))),
      pendingSender: index(when(isPending, (row) => inside(row.organizationId, row.invitedBy.userId))),
      pendingRole: index(when(isPending, (row) => inside(row.organizationId, row.role))),
      /** Those that offer projects. */
      pendingProjects: index(
        when(({ status, projects }: Invitation) => status === "pending" && projects.length > 0, organizationOf),
      ),
      pendingExpiry: index(when(isPending, organizationOf), ({ expiresAt }) => expiresAt.getTime()),
      received: index(when(isPending, ({ email }) => email)),
      sentTo: index<Invitation>(({ email }) => email, homeId),
      acceptedBy: index<Invitation>(({ acceptedBy }) => acceptedBy, homeId),
      /** Of those that are pending, or show who sent them. */
      sentBy: index<Invitation>((row) => (isFrom(row) ? row.invitedBy.userId : null), homeId),
    },
    projects: { all: index<Project>(organizationOf) },
    projectMemberships: {
      all: index<ProjectMembership>(organizationOf),
      user: index<ProjectMembership>((row) => inside(row.organizationId, row.userId)),
      /** One project's role of one person. */
      place: index<ProjectMembership>((row) => inProject(row, row.userId)),
      project: index<ProjectMembership>((row) => inside(row.organizationId, row.projectId)),
      projectRole: index<ProjectMembership>((row) => inProject(row, row.role)),
      role: index<ProjectMembership>((row) => inside(row.organizationId, row.role)),
      email: index<ProjectMembership>((row) => inside(row.organizationId, row.email)),
      /** Whatever a person is in, across organizations, by organization. */
      person: index<ProjectMembership>(
        ({ userId }) => userId,
        ({ organizationId }) => organizationId,
      ),
      byProject: index<ProjectMembership>(
        (row) => inside(row.organizationId, row.userId),
        ({ projectId }) => projectId,
      ),
    },
    roles: {
      all: index<Role>(organizationOf),
      name: index<Role>((row) => inside(row.organizationId, row.name)),
    },
    apiKeys: {
      all: index<ApiKey>(homeOf),
      listed: index(when(isListed, homeOf)),
      /** Of keys that members hold. */
      holder: index(when(isMembers, holderOf)),
      creator: index<ApiKey>(creatorOf),
      person: index<ApiKey>(
        (key) => (key.holder.type === "member" && isTelling(key) ? key.holder.userId : null),
        homeId,
      ),
      /** Of keys that are bound to a project. */
      project: index(when(isBound, (row: ApiKey) => inside(row.organizationId ?? "", row.projectId))),
    },
    /** Keys by the hash of each of their secrets; no deleted ones. */
    secrets: new Map<string, ApiKey>(),
    restrictions: { all: index<Restriction>(organizationOf) },
    subscriptions: {
      all: index<Subscription>(({ account }) => account),
      product: index<Subscription>(({ account, product }) => inside(account, product)),
    },
    accounts: new Map<string, Account>(),
    /** What keys find around them, by organization: gone when its row is written, as it is whenever this changes. */
    surroundings: new Map<string, Surroundings>(),
    books: emptyBooks(tally),
    entries: {
      all: index<Entry>(organizationOf, ({ seq }) => seq),
      platform: index(when(isPlatforms, everywhere)),
      /** Of entries with a part of somebody's. */
      actorUser: index<Entry>(({ personal, actorUserId }) => personal.actor && actorUserId, homeId),
      impersonator: index<Entry>(({ personal, impersonatedBy }) => personal.actor && impersonatedBy, homeId),
      targetUser: index<Entry>(({ personal, targetUserId }) => personal.target && targetUserId, homeId),
      invitation: index(when(isAboutInvitation, ({ organizationId, target }) => inside(organizationId, target))),
    },
    messages: {
      all: index<Message>(organizationOf),
      state: index<Message>(({ state }) => state),
      age: index<Message>(
        ({ state }) => state,
        ({ createdAt }) => createdAt.getTime(),
      ),
      events: index(when(isEvent, organizationOf), ({ seq }) => seq),
      emails: index(when(isEmail, everywhere), due),
      /** Of those that carry something, or say why they failed. */
      subject: index<Message>(({ organizationId, subject, payload, error }) =>
        payload === null && error === null ? null : inside(organizationId, subject),
      ),
    },
    /** Of each organization's queued events the first: no other can be claimed to begin with. */
    firstEvents: index(everywhere, due),
  }
}

/** Makes `row` (or nothing) the organization with that id. */
export const putOrganization =
  (database: Database, id: string, row: Organization | null): Write =>
  () => {
    const { organizations, platform, surroundings } = database
    const old = organizations.get(id) ?? null
    putKey(organizations, id, row)()
    surroundings.delete(id)
    for (const index of Object.values(platform)) replace(index, old, row)
    return putOrganization(database, id, old)
  }

/** The same write of a message, which keeps `firstEvents` true to it. */
export const keepingFirst =
  (database: Database, organizationId: string, write: Write): Write =>
  () => {
    const first = () => rowsOf(database.messages.events, organizationId)[0] ?? null
    const before = first()
    const undo = write()
    replace(database.firstEvents, before, first())
    return keepingFirst(database, organizationId, undo)
  }
