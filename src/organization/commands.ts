/**
 * Commands on organizations.
 *
 * @module
 */
import { subHours } from "date-fns/subHours"
import * as z from "zod"
import { type Actor, UserId } from "../kernel/actor.ts"
import { decided, refused } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { inputIssue } from "../kernel/input.ts"
import { metadataInput } from "../kernel/metadata.ts"
import { line, Name } from "../kernel/text.ts"
import { join, type Membership } from "../membership/membership.ts"
import { command, creation } from "../pipeline/command.ts"
import { type AnyFact, ruling } from "../pipeline/operation.ts"
import { inOrganization, organizationChanges } from "../pipeline/schema.ts"
import { seatsOf } from "../pipeline/seats.ts"
import { reservedSlugs } from "../pipeline/settings.ts"
import type { RoleName } from "../role/role-name.ts"
import { create, LogoUrl, type Organization, organizationView, remove, TimeZone, update } from "./organization.ts"
import { deriveSlug, isUsable, Slug, slugSuffix } from "./slug.ts"

export const createOrganization = creation({
  name: "organizations.create",
  input: (limits, schemas) =>
    z.strictObject({
      name: Name,
      slug: Slug.optional(),
      logo: LogoUrl.optional(),
      timezone: TimeZone.optional(),
      metadata: metadataInput("organization", limits, schemas).prefault({}),
      owner: z.strictObject({ id: UserId, email: Email, name: line(1, 100).optional() }).optional(),
    }),
  actors: ["user", "system"],
  facts: ["organization.created", "member.joined", "member.added"],
  decide: ({ actor, input, at, ids, policy, settings }, attempt) => {
    const owner = ownerOf(actor, input.owner)
    if (owner === null) {
      const message = actor.type === "system" ? "required: the host's own code is no member" : "you are the owner"
      return refused("invalid_input", inputIssue(["owner"], message))
    }
    const reserved = reservedSlugs(settings)
    if (input.slug !== undefined) {
      if (reserved.has(input.slug)) return refused("invalid_input", inputIssue(["slug"], "reserved"))
      if (attempt > 0) return refused("slug_taken", { slug: input.slug })
    }
    const organization: Organization = {
      id: ids.id("org", at),
      name: input.name,
      slug: input.slug ?? freeSlug(input.name, attempt, reserved, () => ids.random()),
      logo: input.logo ?? null,
      timezone: input.timezone ?? "UTC",
      metadata: input.metadata,
      status: "active",
      createdAt: at,
      deletedAt: null,
      suspension: null,
      revision: 0,
      seatsReached: null,
      ownershipOffer: null,
      head: "",
    }
    const membership: Membership = {
      id: ids.id("mem", at),
      organizationId: organization.id,
      userId: owner.id,
      email: owner.email,
      name: owner.name ?? null,
      role: policy.ownership.role as RoleName,
      metadata: settings.metadata.ofNewMember,
      joinedAt: at,
      revision: 0,
    }
    const created = create(organization)
    const joined = join(membership, actor.type === "user" ? "member.joined" : "member.added", {
      existing: null,
      pending: null,
      seats: seatsOf(settings, { memberCount: 0, pendingCount: 0 }),
    })
    if (!created.ok) return created
    if (!joined.ok) return joined
    return ruling(decided<AnyFact>(...created.facts, ...joined.facts), (facts) =>
      organizationView((facts[0]?.after ?? organization) as Organization, at),
    )
  },
})

/** The one who asks; or, for the host's own code, the one it names. */
function ownerOf(actor: Actor, named: Readonly<{ id: UserId; email: Email; name?: string | undefined }> | undefined) {
  if (actor.type === "user") return named === undefined ? { ...actor, name: actor.name ?? undefined } : null
  return named ?? null
}

/** The slug that the name suggests; with a suffix where that one is taken, reserved or too short. */
function freeSlug(name: string, attempt: number, reserved: ReadonlySet<string>, random: () => number): Slug {
  const bare = deriveSlug(name)
  return attempt === 0 && isUsable(bare, reserved) ? bare : deriveSlug(name, slugSuffix(random))
}

export const updateOrganization = command({
  name: "organizations.update",
  input: (limits, schemas) => inOrganization(organizationChanges(limits, schemas)),
  actors: ["user", "system", "apiKey"],
  allow: "organization.update",
  facts: ["organization.updated"],
  wants: () => ({}),
  decide: ({ input, loaded, settings, at }) =>
    ruling(update(loaded.organization, input, reservedSlugs(settings)), (facts) =>
      organizationView(facts[0]?.after ?? loaded.organization, at),
    ),
})

export const deleteOrganization = command({
  name: "organizations.delete",
  input: () => inOrganization({}),
  actors: ["user", "system"],
  allow: "organization.delete",
  neverImpersonated: true,
  facts: ["organization.deleted"],
  wants: ({ at }) => ({ memberCount: true, keysUsedSince: subHours(at, 24) }),
  decide: ({ loaded, settings, at }) => {
    // One member is always there: the caller, or the owner whom nobody can remove.
    const others = loaded.memberCount - 1
    const decision = remove(loaded.organization, others, settings.organizations.deleteWithMembers, at)
    return ruling(decision, (facts) => ({
      organization: organizationView(facts[0]?.after ?? loaded.organization, at),
      keysUsedLastDay: loaded.keysUsedSince,
    }))
  },
})
