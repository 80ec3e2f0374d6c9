/**
 * An organization: the tenant, and the boundary inside which every rule holds.
 *
 * `lifecycle.ts` draws its states.
 *
 * @module
 */
import * as z from "zod"
import type { SeatsReached } from "../billing/seats.ts"
import { type Decision, decided, type Fact, refused } from "../kernel/decision.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import { canonicalJson, type JsonObject } from "../kernel/json.ts"
import type { Metadata } from "../kernel/metadata.ts"
import { Name } from "../kernel/text.ts"
import { type OwnershipOffer, offerFields, openOffer } from "./ownership.ts"
import type { Slug } from "./slug.ts"

export { deriveSlug, RESERVED_SLUGS, Slug } from "./slug.ts"

export type OrganizationStatus = "active" | "suspended" | "deleted" | "purging"

/** Why the platform stopped it, and when. */
export type Suspension = Readonly<{ reason: string | null; at: Date }>

/** The organization's row. Its `revision` rises by the number of activity entries each command writes. */
export type Organization = Readonly<{
  id: OrganizationId
  name: string
  slug: Slug
  /** An `https:` URL. */
  logo: string | null
  /** An IANA time zone: the months of usage begin in it. */
  timezone: string
  metadata: Metadata<"organization">
  status: OrganizationStatus
  createdAt: Date
  deletedAt: Date | null
  /** Stands until it is lifted, through a deletion and its undoing too. */
  suspension: Suspension | null
  revision: number
  /** Null until the seats are first nearly taken. */
  seatsReached: SeatsReached | null
  /** The newest offer of ownership that was neither accepted, declined nor withdrawn; its time may be up. */
  ownershipOffer: OwnershipOffer | null
  /** Hash of the newest activity entry. */
  head: string
}>

/** What members see of it; of offers of ownership, one whose time is not up. */
export type OrganizationView = Omit<Organization, "head" | "seatsReached" | "suspension">

export type OrganizationFact = Fact<
  `organization.${"created" | "updated" | "suspended" | "resumed" | "deleted" | "restored" | "purged"}`,
  Organization
>

/** What can be changed of an organization. */
export type OrganizationChanges = Readonly<{
  name?: string | undefined
  slug?: Slug | undefined
  logo?: string | null | undefined
  timezone?: string | undefined
  metadata?: Metadata<"organization"> | undefined
}>

/** An absolute `https:` URL without credentials, at most 2,048 characters, as the URL standard writes it. */
export const LogoUrl: z.ZodType<string, string> = z
  .string()
  .max(2048)
  .transform((text, context) => {
    const url = /^https:\/\/[^\s\\\p{C}]+$/iu.test(text) && URL.canParse(text) ? new URL(text) : null
    if (url !== null && url.username === "" && url.password === "" && url.href.length <= 2048) return url.href
    context.addIssue({ code: "custom", message: "expected an https URL" })
    return z.NEVER
  })

/** A name the runtime's IANA data knows; offsets such as `+01:00` are no time zones. */
export const TimeZone: z.ZodType<string, string> = z.string().max(64).refine(isTimeZone, "expected an IANA time zone")

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch {
    return false
  }
}

export { Name as OrganizationName }

/** A new organization; its creator's membership is a fact of its own. */
export function create(organization: Organization): Decision<OrganizationFact, never> {
  return decided({ action: "organization.created", before: null, after: organization })
}

/** Changes what is given and differs; nothing given that differs is no fact. */
export function update(
  organization: Organization,
  changes: OrganizationChanges,
  reservedSlugs: ReadonlySet<string>,
): Decision<OrganizationFact, "invalid_input"> {
  if (changes.slug !== undefined && changes.slug !== organization.slug && reservedSlugs.has(changes.slug)) {
    return refused("invalid_input", inputIssue(["slug"], "reserved"))
  }
  const after: Organization = {
    ...organization,
    name: changes.name ?? organization.name,
    slug: changes.slug ?? organization.slug,
    logo: changes.logo === undefined ? organization.logo : changes.logo,
    timezone: changes.timezone ?? organization.timezone,
    metadata: changes.metadata ?? organization.metadata,
  }
  const same = canonicalJson(organizationFields(after)) === canonicalJson(organizationFields(organization))
  return same ? decided() : decided({ action: "organization.updated", before: organization, after })
}

/**
 * Deletes, for a restore within the grace period. `otherMembers` is how many memberships besides the caller's stand;
 * unless the preset allows them, they must have been removed first.
 */
export function remove(
  organization: Organization,
  otherMembers: number,
  allowMembers: boolean,
  at: Date,
): Decision<OrganizationFact, "organization_not_empty"> {
  if (otherMembers > 0 && !allowMembers) return refused("organization_not_empty", { members: otherMembers })
  return decided(removal(organization, at))
}

/** That it was deleted, whoever is in. */
export const removal = (organization: Organization, at: Date): OrganizationFact => ({
  action: "organization.deleted",
  before: organization,
  after: { ...organization, status: "deleted", deletedAt: at },
})

/** What activity records of an organization. */
export const organizationFields = (organization: Organization) =>
  ({
    name: organization.name,
    slug: organization.slug,
    logo: organization.logo,
    timezone: organization.timezone,
    metadata: organization.metadata,
    status: organization.status,
    suspension: organization.suspension && { reason: organization.suspension.reason },
    ownershipOffer: offerFields(organization.ownershipOffer),
  }) satisfies JsonObject

/** What members see of an organization. */
export function organizationView(organization: Organization, at: Date): OrganizationView {
  const { head: _head, seatsReached: _seats, suspension: _suspension, ...shown } = organization
  return { ...shown, ownershipOffer: openOffer(organization, at) }
}
