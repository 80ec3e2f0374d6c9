/**
 * Whether people, invitations, roles, projects and activity are those of the model, and nothing is wrong with them.
 *
 * @module
 */
import { expect } from "vitest"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { agreeOnKeys } from "./agree-keys.ts"
import { type Rows, rowsOf, seatsTaken, wrongs } from "./invariants.ts"
import type { Model } from "./model.ts"
import type { World } from "./reality.ts"
import type { Organization } from "./rows.ts"

/**
 * The rows of every organization are those of the model, and nothing is wrong with them. More seats are taken within
 * the cap alone: `seats` is null for what has no choice.
 */
export async function agree(
  model: Model,
  world: World,
  seats: number | null = world.settings.seats?.cap ?? null,
): Promise<void> {
  for (const org of model.organizations.values()) {
    const compared = world.compared.get(org.id) ?? 0
    const rows = await rowsOf(world.store, org.id as OrganizationId, compared)
    adoptIds(org, rows)
    const { organization } = rows
    expect({
      ...{ name: organization.name, slug: organization.slug, logo: organization.logo, metadata: organization.metadata },
      timezone: organization.timezone,
      ownershipOffer: organization.ownershipOffer,
      ...{ status: organization.status, revision: organization.revision },
      suspension: organization.suspension && {
        ...organization.suspension,
        at: organization.suspension.at.getTime(),
      },
      members: sorted(
        rows.members.map(({ id, userId, email, name, role, metadata, revision }) => ({
          id,
          userId,
          email,
          name,
          role,
          metadata,
          revision,
        })),
      ),
      invitations: rows.invitations.map(({ invitation, delivery: { state } }) => ({
        ...{
          id: invitation.id,
          email: invitation.email,
          role: invitation.role,
          projects: invitation.projects,
          status: invitation.status,
          delivery: state,
        },
        ...{ inviter: invitation.invitedBy.userId, inviterKey: invitation.invitedBy.apiKeyId },
        ...{ acceptedBy: invitation.acceptedBy, revision: invitation.revision },
        ...{ sentAt: invitation.sentAt.getTime(), expiresAt: invitation.expiresAt.getTime() },
      })),
      projects: projectsOf(rows),
      roles: rows.roles.map(({ id, name, description, permissions, revision }) => ({
        id,
        name,
        description,
        permissions,
        revision,
      })),
      activity: rows.entries.map(({ actor, action }) => `${actor} ${action}`),
    }).toEqual({
      ...{ name: org.name, slug: org.slug, logo: org.logo, metadata: org.metadata, timezone: org.timezone },
      ownershipOffer: org.ownershipOffer && {
        ...org.ownershipOffer,
        expiresAt: new Date(org.ownershipOffer.expiresAt),
      },
      ...{ status: org.status, suspension: org.suspension, revision: org.revision },
      members: sorted([...org.members.values()]),
      invitations: sorted(
        org.invitations.map((invitation) => ({
          ...{ id: invitation.id, email: invitation.email, role: invitation.role, status: invitation.status },
          ...{ projects: invitation.projects },
          ...{ delivery: model.deliveryOf(invitation), inviterKey: invitation.inviter?.keyId ?? null },
          inviter: invitation.inviter?.id ?? null,
          ...{ acceptedBy: invitation.acceptedBy, revision: invitation.revision },
          ...{ sentAt: invitation.sentAt, expiresAt: model.expiresAt(invitation) },
        })),
      ),
      projects: sorted(org.projects).map(({ places, ...project }) => ({
        ...project,
        places: sorted([...places.values()]),
      })),
      roles: sorted(org.roles),
      activity: org.activity.slice(compared),
    })
    const at = world.clock.now()
    const most = seats === null ? null : Math.max(seats, world.seated.get(org.id) ?? 0)
    expect(wrongs(rows, { policy: world.preset.policy, seats: most, at })).toEqual([])
    world.seated.set(org.id, seatsTaken(rows, at))
    expect(tokensThatDiffer(model, org, rows)).toEqual([])
    world.compared.set(org.id, org.revision)
    const placed = org.projects.flatMap(({ places }) => [...places.values()])
    for (const { id } of [org, ...org.members.values(), ...org.invitations, ...org.roles, ...org.projects, ...placed])
      world.seen.add(id)
  }
  await agreeOnKeys(model, world)
}

/** Every project with its people, as they are stored. */
const projectsOf = ({ projects, places }: Rows) =>
  projects.map(({ id, name, status, revision }) => ({
    ...{ id, name, revision, isArchived: status === "archived" },
    places: places
      .filter(({ projectId }) => projectId === id)
      .map(({ id: own, userId, email, name: called, role, revision: since }) => ({
        ...{ id: own, userId, email, name: called, role, revision: since },
      })),
  }))

/** The answers name every row but the founder's membership, and those of a batch. */
function adoptIds(org: Organization, { members }: Rows): void {
  for (const { id, userId } of members) {
    const member = org.members.get(userId)
    if (member?.id === "") member.id = id
  }
}

/** Tokens that open an invitation though a newer one was sent, or fail to though none was. */
function tokensThatDiffer(model: Model, org: Organization, { invitations }: Rows): string[] {
  const live = new Map<string, string>(invitations.map(({ invitation: { id, tokenHash } }) => [id, tokenHash]))
  return model.letters.flatMap((letter) => {
    if (letter.organization !== org || letter.token === null) return []
    const opens = live.get(letter.invitation.id) === hashSecret(letter.token)
    return opens === (letter.invitation.letter === letter) ? [] : [letter.token]
  })
}

const sorted = <T extends { id: string }>(rows: readonly T[]): T[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
