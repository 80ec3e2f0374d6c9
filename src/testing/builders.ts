/**
 * Valid rows and changes, for tests that care about one column of them.
 *
 * @module
 */
import type { Entry } from "../activity/activity.ts"
import type { Invitation } from "../invitation/invitation.ts"
import type { Branded } from "../kernel/id.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Message } from "../outbox/message.ts"
import type { Project } from "../project/project.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import type { Role } from "../role/role.ts"
import type { Changes, Claim, RowChanges, Rows } from "../store/changes.ts"
import { sequentialIds } from "./ids.ts"

/** Columns to set; plain text will do where the row has a branded one. */
export type Columns<Row> = {
  readonly [Column in keyof Row]?: NonNullable<Row[Column]> extends Branded<string>
    ? string | Extract<Row[Column], null>
    : Row[Column]
}

/** The instant at which built rows begin. */
export const BUILT_AT: Date = new Date("2026-01-01T00:00:00.000Z")

const ids = sequentialIds()
let people = 0

/** An active organization at revision 1, with a slug of its own. */
export function anOrganization(columns: Columns<Organization> = {}): Organization {
  const id = ids.id("org", BUILT_AT)
  const built = {
    id,
    name: "Acme",
    slug: id.replace("_", "-"),
    logo: null,
    timezone: "UTC",
    metadata: {},
    status: "active",
    createdAt: BUILT_AT,
    deletedAt: null,
    suspension: null,
    revision: 1,
    seatsReached: null,
    ownershipOffer: null,
    head: hashSecret(id),
    ...columns,
  }
  return built as Organization
}

/** A viewer's membership, of a user whom nothing else names. */
export function aMembership(organization: Pick<Organization, "id">, columns: Columns<Membership> = {}): Membership {
  const person = people++
  const built = {
    id: ids.id("mem", BUILT_AT),
    organizationId: organization.id,
    userId: `u_${person}`,
    email: `person-${person}@acme.example`,
    name: null,
    role: "viewer",
    metadata: {},
    joinedAt: BUILT_AT,
    revision: 1,
    ...columns,
  }
  return built as Membership
}

/** A pending invitation to an address that nothing else names, with 7 days to go. */
export function anInvitation(organization: Pick<Organization, "id">, columns: Columns<Invitation> = {}): Invitation {
  const built = {
    id: ids.id("inv", BUILT_AT),
    organizationId: organization.id,
    email: `person-${people++}@acme.example`,
    role: "viewer",
    projects: [],
    locale: null,
    status: "pending",
    tokenHash: hashSecret(ids.token()),
    messageId: ids.id("msg", BUILT_AT),
    invitedBy: { userId: null, apiKeyId: null, name: null, email: null },
    acceptedBy: null,
    createdAt: BUILT_AT,
    sentAt: BUILT_AT,
    expiresAt: new Date("2026-01-08T00:00:00.000Z"),
    revision: 1,
    ...columns,
  }
  return built as Invitation
}

/** An active project. */
export function aProject(organization: Pick<Organization, "id">, columns: Columns<Project> = {}): Project {
  const built = {
    id: ids.id("prj", BUILT_AT),
    organizationId: organization.id,
    name: "Project",
    status: "active",
    createdAt: BUILT_AT,
    archivedAt: null,
    revision: 1,
    ...columns,
  }
  return built as Project
}

/** A viewer's place in that project, of a user whom nothing else names. */
export function aProjectMembership(
  project: Pick<Project, "id" | "organizationId">,
  columns: Columns<ProjectMembership> = {},
): ProjectMembership {
  const person = people++
  const built = {
    id: ids.id("pmem", BUILT_AT),
    organizationId: project.organizationId,
    projectId: project.id,
    userId: `u_${person}`,
    email: `person-${person}@acme.example`,
    name: null,
    role: "viewer",
    joinedAt: BUILT_AT,
    revision: 1,
    ...columns,
  }
  return built as ProjectMembership
}

/** A custom role without permissions, with a name of its own. */
export function aRole(organization: Pick<Organization, "id">, columns: Columns<Role> = {}): Role {
  const id = ids.id("role", BUILT_AT)
  const built = {
    id,
    organizationId: organization.id,
    name: id.replace("_", "-"),
    description: null,
    permissions: [],
    createdAt: BUILT_AT,
    revision: 1,
    ...columns,
  }
  return built as Role
}

/** The first entry of an organization's activity. */
export function anEntry(organization: Pick<Organization, "id">, columns: Columns<Entry> = {}): Entry {
  const id = ids.id("act", BUILT_AT)
  const built = {
    organizationId: organization.id,
    seq: 1,
    id,
    action: "organization.updated",
    actor: "system:test",
    target: `organization:${organization.id}`,
    actorUserId: null,
    impersonatedBy: null,
    targetUserId: null,
    at: BUILT_AT,
    body: "{}",
    personal: { actor: null, target: null },
    hash: hashSecret(id),
    ...columns,
  }
  return built as Entry
}

/** An event that is queued and due. */
export function aMessage(organization: Pick<Organization, "id">, columns: Columns<Message> = {}): Message {
  const built = {
    organizationId: organization.id,
    id: ids.id("msg", BUILT_AT),
    topic: "event",
    subject: ids.id("act", BUILT_AT),
    seq: 1,
    payload: "{}",
    state: "queued",
    attempts: 0,
    dueAt: BUILT_AT,
    lease: null,
    leasedUntil: null,
    error: null,
    createdAt: BUILT_AT,
    ...columns,
  }
  return built as Message
}

/** What besides the organization's own row changes; entries unless given are one for each revision. */
export type Parts = { readonly [Table in keyof Rows]?: Partial<RowChanges<Rows[Table]>> } & Readonly<{
  activity?: readonly Entry[]
  outbox?: readonly Message[]
}>

/** Changes that begin an organization as given, and claim its slug. */
export const beginning = (organization: Organization, parts: Parts = {}): Changes =>
  changes(null, organization, { slug: organization.slug, release: null }, parts)

/** Changes to an organization as it was loaded: its columns, one revision more, and the claim of a new slug. */
export function following(loaded: Organization, parts: Parts = {}, columns: Columns<Organization> = {}): Changes {
  const organization = anOrganization({ ...loaded, revision: loaded.revision + 1, ...columns })
  const claim = organization.slug === loaded.slug ? null : { slug: organization.slug, release: loaded.slug }
  return changes(loaded.revision, organization, claim, parts)
}

function changes(revision: number | null, organization: Organization, claim: Claim | null, parts: Parts): Changes {
  const count = organization.revision - (revision ?? 0)
  const entries = Array.from({ length: count }, (_, index) =>
    anEntry(organization, { seq: (revision ?? 0) + index + 1 }),
  )
  return {
    guard: { organizationId: organization.id, revision },
    organization,
    claim,
    rows: {
      ...(parts.memberships && { memberships: { ...NOTHING, ...parts.memberships } }),
      ...(parts.invitations && { invitations: { ...NOTHING, ...parts.invitations } }),
      ...(parts.roles && { roles: { ...NOTHING, ...parts.roles } }),
      ...(parts.projects && { projects: { ...NOTHING, ...parts.projects } }),
      ...(parts.projectMemberships && { projectMemberships: { ...NOTHING, ...parts.projectMemberships } }),
      ...(parts.apiKeys && { apiKeys: { ...NOTHING, ...parts.apiKeys } }),
      ...(parts.restrictions && { restrictions: { ...NOTHING, ...parts.restrictions } }),
      ...(parts.subscriptions && { subscriptions: { ...NOTHING, ...parts.subscriptions } }),
    },
    activity: parts.activity ?? entries,
    outbox: parts.outbox ?? [],
  }
}

const NOTHING = { insert: [], update: [], delete: [] }
