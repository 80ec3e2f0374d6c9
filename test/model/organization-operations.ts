/**
 * Organizations, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor } from "../../src/index.ts"
import { type By, byId, type Check, type Core, canonical, DAY, type In, isImpersonated, same } from "./core.ts"
import { NAMES, STEMS } from "./laws.ts"
import { type Invitation, type Member, type Organization, Refused, refuse } from "./rows.ts"

/** What an invitation looks like in lists. */
type Shown = (invitation: Invitation) => object
/** Lets somebody in. */
type Begin = (org: Organization, by: Actor, how: string, member: Omit<Member, "id" | "revision" | "metadata">) => void

/** What members see of it. */
export const view = (org: Organization) => ({
  ...{ id: org.id, name: org.name, slug: org.slug, logo: org.logo, timezone: org.timezone, metadata: org.metadata },
  status: org.status,
  revision: org.revision,
})

export type Changes = Readonly<{
  name?: string
  slug?: string
  logo?: string | null
  timezone?: string
  metadata?: object
}>

/** How an organization changes and ends, whoever does it. */
export function organizationsIn({ now, organizations, record }: Core) {
  const taken = (slug: string): boolean => [...organizations.values()].some((org) => org.slug === slug)
  const mustBeSlug = (slug: string | undefined): void => {
    if (slug !== undefined && !/^(?=.{3,48}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) refuse("invalid_input")
  }
  function renamed(org: Organization, by: Actor, changes: Changes): Check {
    if (changes.slug !== undefined && changes.slug !== org.slug) {
      if (changes.slug === "admin") refuse("invalid_input")
      if (taken(changes.slug)) refuse("slug_taken")
    }
    const before = JSON.stringify(view(org))
    Object.assign(org, changes)
    if (JSON.stringify(view(org)) !== before) record(org, by, ["organization.updated"])
    return (answer) => expect(answer).toMatchObject(view(org))
  }
  function deleted(org: Organization, by: Actor): Check {
    if (org.status !== "deleted") {
      Object.assign(org, { status: "deleted", deletedAt: now() })
      record(org, by, ["organization.deleted"])
    }
    const keysUsedLastDay = org.keys.filter(({ lastUsed }) => lastUsed !== null && lastUsed >= now() - DAY).length
    return same({ organization: view(org), keysUsedLastDay })
  }
  return { taken, mustBeSlug, renamed, deleted }
}

export function organizationOperations(
  core: Core,
  { taken, mustBeSlug, renamed, deleted }: ReturnType<typeof organizationsIn>,
  begin: Begin,
  shown: Shown,
) {
  const { terms, organizations, known, anybody, people, enter, enterToChange, mustBeActive, record } = core

  const operations = {
    "organizations.create"(
      by: By,
      input: { name: string; slug?: string; owner?: { id: string; email: string; name?: string } },
    ): Check {
      const actor = known(by, "user", "system")
      mustBeSlug(input.slug)
      const owner = actor.type === "user" ? actor : (input.owner ?? refuse("invalid_input"))
      if (actor.type === "user" && input.owner !== undefined) refuse("invalid_input")
      if (input.slug === "admin") refuse("invalid_input")
      if (input.slug !== undefined && taken(input.slug)) refuse("slug_taken")
      const suggested = NAMES.get(input.name) ?? null
      const slug = input.slug ?? (suggested === null || taken(suggested) ? null : suggested)
      return (answer) => {
        const { id, slug: given } = answer as { id: string; slug: string }
        if (slug === null) expect(given).toMatch(new RegExp(`^${STEMS.get(input.name)}-[a-z0-9]{6}$`))
        const org: Organization = {
          ...{ id, name: input.name, slug: slug ?? given, logo: null, timezone: "UTC", metadata: {} },
          ...{ status: "active", suspension: null, deletedAt: 0 },
          ...{ revision: 0, members: new Map(), invitations: [], roles: [], projects: [], keys: [], rules: new Map() },
          ...{ seatsReached: null, ownershipOffer: null, activity: [], told: 0 },
        }
        organizations.set(id, org)
        const member = {
          userId: owner.id,
          email: canonical(owner.email),
          name: owner.name ?? null,
          role: terms.law.owner,
        }
        record(org, actor, ["organization.created"])
        begin(org, actor, actor.type === "user" ? "member.joined" : "member.added", member)
        expect(answer).toMatchObject(view(org))
      }
    },
    "organizations.current"(by: By, input: In): Check {
      const { org } = enter(by, input, null)
      return (answer) => expect(answer).toMatchObject(view(org))
    },
    "organizations.get"(by: By, input: In): Check {
      const { org } = enter(by, input, "organization.read")
      return (answer) => expect(answer).toMatchObject(view(org))
    },
    "organizations.find"(by: By, input: In): Check {
      return orNull(() => operations["organizations.get"](by, input))
    },
    "organizations.getBySlug"(by: By, { slug }: { slug: string }): Check {
      anybody(by)
      mustBeSlug(slug)
      const org = [...organizations.values()].find((one) => one.slug === slug) ?? refuse("not_found")
      return operations["organizations.get"](by, { organizationId: org.id })
    },
    "organizations.update"(by: By, input: In & Changes): Check {
      const { organizationId: _, ...changes } = input
      anybody(by)
      mustBeSlug(changes.slug)
      const { actor, org } = enterToChange(by, input, "organization.update")
      return renamed(org, actor, changes)
    },
    "organizations.delete"(by: By, input: In): Check {
      const { actor, org } = enter(by, input, "organization.delete", "user", "system")
      if (isImpersonated(actor)) refuse("forbidden")
      mustBeActive(org)
      if (people(org) > 1 && !terms.deleteWithMembers) refuse("organization_not_empty")
      return deleted(org, actor)
    },
    "organizations.team"(by: By, input: In & { limit?: number }): Check {
      const { org } = enter(by, input, "members.read")
      const members = byId(org.members.values())
      const pending = byId(org.invitations.filter(({ status }) => status === "pending"))
      const limit = input.limit ?? 50
      return (answer) => {
        const page = answer as Record<"members" | "invitations", { data: unknown; nextCursor: string | null }>
        expect(page.members.data).toMatchObject(members.slice(0, limit))
        expect(page.invitations.data).toMatchObject(pending.slice(0, limit).map(shown))
        expect([page.members.nextCursor === null, page.invitations.nextCursor === null]).toEqual([
          members.length <= limit,
          pending.length <= limit,
        ])
      }
    },
  }
  return operations
}

const orNull = (work: () => Check): Check => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused && error.code === "not_found") return same(null)
    throw error
  }
}
