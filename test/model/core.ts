/**
 * What all operations of the model share: everything there is, the way in, seats, and how what happened is recorded.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, ApiKeyActor, User } from "../../src/index.ts"
import { API, type BillingTerms, billingUnder, SEATS } from "./billing-rules.ts"
import { ALL, type Law } from "./laws.ts"
import { ledgerOf } from "./ledger.ts"
import type { ApiKey, Invitation, Letter, Member, Organization, Project, Row } from "./rows.ts"
import { refuse } from "./rows.ts"
import { personBehind, standingUnder } from "./standing.ts"

/** Under which terms a tenantry runs. */
export type Terms = Readonly<{
  law: Law
  seats: number | null
  whenPending: "refuse" | "replace"
  maxPending: number
  maxRoles: number
  maxKeys: number
  maxProjects: number
  deleteWithMembers: boolean
  graceDays: number
  holders: readonly ("organization" | "member" | "person")[]
  revokeOnRemoval: boolean
  billing: BillingTerms
}>

/** Looks at the answer of an operation that the model let through, and takes the ids out of it that it made. */
export type Check = (answer: unknown) => void
export type By = Actor | null
export type In = Readonly<{ organizationId: string }>
export type InProject = In & Readonly<{ projectId: string }>

export const DAY = 24 * 60 * 60 * 1000
export const idOf = (answer: unknown): string => (answer as { id: string }).id
export const canonical = (email: string): string => email.trim().toLowerCase()
export const isAddress = (email: string): boolean => /^\S+@\S+\.\S+$/.test(canonical(email))
export const byId = <T extends { id: string }>(rows: Iterable<T>): T[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
export const among = <T extends { id: string }>(rows: Iterable<T>, id: string): T =>
  [...rows].find((row) => row.id === id) ?? refuse("not_found")
export const same =
  (row: object | null): Check =>
  (answer) =>
    row === null ? expect(answer).toBeNull() : expect(answer).toMatchObject(row)
export const isImpersonated = (by: Actor): boolean => by.type === "user" && by.impersonatedBy !== null

/** The thresholds that lie above what there was and not above what there is. */
export const crossed = (cap: number | null, before: number, after: number): number[] =>
  cap === null || cap === 0 ? [] : [80, 100].filter((share) => before * 100 < cap * share && after * 100 >= cap * share)

export type Core = ReturnType<typeof coreOf>

/** A world in which nothing has happened, under those terms. */
export function coreOf(terms: Terms, now: () => number) {
  const { law } = terms
  const organizations = new Map<string, Organization>()
  const letters: Letter[] = []
  /** What the platform did, newest first. */
  const platformLog: { organizationId: string; action: string }[] = []
  const standing = standingUnder(law)
  const billing = billingUnder(terms, now)
  const ledger = ledgerOf(now)
  const { held } = standing

  // The door: who is asking, and where.

  function known(by: By, ...kinds: readonly Actor["type"][]): Actor {
    if (by === null) return refuse("unauthenticated")
    return kinds.includes(by.type) ? by : refuse("forbidden")
  }
  const anybody = (by: By): Actor => known(by, "user", "system", "apiKey")
  const there = (id: string): Organization => {
    const org = organizations.get(id) ?? refuse("not_found")
    return org.status === "deleted" ? refuse("not_found") : org
  }
  /** Whether a key works as far as it alone decides. */
  const isUsable = ({ revokedAt, isDeleted, enabled, expiresAt }: ApiKey): boolean =>
    revokedAt === null && !isDeleted && enabled && (expiresAt === null || now() < expiresAt)
  const memberBehind = (org: Organization, by: Actor): Member | null => org.members.get(personBehind(by) ?? "") ?? null
  /** Whether whoever holds the key is there to hold it. */
  function hasHolder(org: Organization, { holder }: Pick<ApiKey, "holder">): boolean {
    return holder.type !== "member" || org.members.get(holder.userId)?.id === holder.membershipId
  }
  /** The key that acts, if it still may. */
  function actingKey(org: Organization, { id }: ApiKeyActor): ApiKey {
    if (org.status !== "active") refuse("unauthenticated")
    const key = org.keys.find((one) => one.id === id && isUsable(one)) ?? refuse("unauthenticated")
    return hasHolder(org, key) ? key : refuse("unauthenticated")
  }
  function enter(by: By, { organizationId }: In, permission: string | null, ...kinds: readonly Actor["type"][]) {
    const actor = kinds.length > 0 ? known(by, ...kinds) : anybody(by)
    if (actor.type === "apiKey" && actor.organizationId !== organizationId) refuse("not_found")
    const org = there(organizationId)
    const key = actor.type === "apiKey" ? actingKey(org, actor) : null
    if (actor.type === "user" && !org.members.has(actor.id)) refuse("not_found")
    if (permission !== null) mustBeAllowed(org, actor, permission)
    return { actor, org, key, caller: memberBehind(org, actor) }
  }
  /** Whoever may change something there: a suspended organization is read alone. */
  function enterToChange(by: By, input: In, permission: string | null, ...kinds: readonly Actor["type"][]) {
    const entered = enter(by, input, permission, ...kinds)
    mustBeActive(entered.org)
    return entered
  }
  const mustBeActive = ({ status }: Organization): void => void (status === "active" || refuse("organization_inactive"))
  const mustBeAllowed = (org: Organization, by: Actor, permission: string, project?: Project): void =>
    void (held(org, by, project).has(permission) || refuse("forbidden"))

  /** Whether somebody has a role in a project there. */
  const isPlaced = (org: Organization, userId: string): boolean => org.projects.some(({ places }) => places.has(userId))
  const isIn = (org: Organization, by: Actor): boolean => by.type !== "user" || org.members.has(by.id)
  /** The way to a project: for people who are there only, too. */
  function enterProject(
    by: By,
    { organizationId, projectId }: InProject,
    permission: string | null,
    ...kinds: readonly Actor["type"][]
  ) {
    const actor = kinds.length > 0 ? known(by, ...kinds) : anybody(by)
    if (actor.type === "apiKey" && actor.organizationId !== organizationId) refuse("not_found")
    const org = there(organizationId)
    if (actor.type === "apiKey") actingKey(org, actor)
    const project = org.projects.find(({ id }) => id === projectId) ?? refuse("not_found")
    const place = project.places.get(personBehind(actor) ?? "") ?? null
    if (!isIn(org, actor) && place === null) refuse("not_found")
    if (permission !== null) mustBeAllowed(org, actor, permission, project)
    return { actor, org, project, place }
  }
  /** Whoever may change something in a project. */
  function enterProjectToChange(
    by: By,
    input: InProject,
    permission: string | null,
    ...kinds: readonly Actor["type"][]
  ) {
    const entered = enterProject(by, input, permission, ...kinds)
    mustBeActive(entered.org)
    return entered
  }
  /** The way in for whoever is in the organization or in any of its projects. */
  function enterAnywhere(by: By, { organizationId }: In) {
    const actor = anybody(by)
    if (actor.type === "apiKey" && actor.organizationId !== organizationId) refuse("not_found")
    const org = there(organizationId)
    if (actor.type === "apiKey") actingKey(org, actor)
    if (actor.type === "user" && !isIn(org, actor) && !isPlaced(org, actor.id)) refuse("not_found")
    return { actor, org }
  }

  /** What a command records: an entry for each fact, and the new revision in every row it changed. */
  function record(org: Organization, by: Actor, actions: readonly string[], ...rows: Pick<Row, "revision">[]): void {
    const who = `${by.type}:${by.type === "system" ? by.name : by.id}`
    org.activity.push(...actions.map((action) => `${who} ${action}`))
    org.revision = org.activity.length
    if (by.type === "platformAdmin")
      platformLog.unshift(...actions.map((action) => ({ organizationId: org.id, action })))
    for (const row of rows) row.revision = org.revision
  }

  // Seats and time.

  const expiresAt = ({ sentAt }: Invitation): number => sentAt + 7 * DAY
  const isLive = (invitation: Invitation): boolean => invitation.status === "pending" && expiresAt(invitation) > now()
  /** Everybody who is in, wholly or in projects, once each. */
  const people = (org: Organization): number =>
    new Set([...org.members.keys(), ...org.projects.flatMap(({ places }) => [...places.keys()])]).size
  /** Whether somebody who is in has that address. */
  const isSeated = (org: Organization, address: string): boolean =>
    [org.members, ...org.projects.map(({ places }) => places)].some((rows) =>
      [...rows.values()].some(({ email }) => email === address),
    )
  const open = (org: Organization): number =>
    org.invitations.filter((invitation) => isLive(invitation) && !isSeated(org, invitation.email)).length
  const taken = (org: Organization): number => people(org) + open(org)
  /** The seat that an invitation to that address keeps. */
  const reserved = (org: Organization, address: string): number =>
    Number(!isSeated(org, address) && org.invitations.some((one) => one.email === address && isLive(one)))
  const seatCap = (org: Organization): number | null => billing.seatCap(org, terms.seats)
  const mustSeat = (org: Organization, among: number): void => {
    const cap = seatCap(org)
    if (cap !== null && among >= cap) refuse("seat_limit_reached")
  }
  const mustSubscribe = (org: Organization): void => void (billing.isSubscribed(org) || refuse("subscription_required"))

  /** One commit that lets people in: it also says that seats run out, and every row it changed has its revision. */
  function seating<T>(org: Organization, by: Actor, work: () => T): T {
    const [revision, before] = [org.revision, taken(org)]
    const result = work()
    if (org.revision === revision) return result
    const cap = seatCap(org)
    const period = billing.seatPeriod(org)
    for (const percent of crossed(cap, before, taken(org))) {
      const said = org.seatsReached
      if (cap === null || (said?.period === period && said.percent >= percent)) continue
      org.seatsReached = { period, percent, taken: taken(org), cap }
      record(org, by, ["seats.threshold_reached"])
    }
    const placed = org.projects.flatMap(({ places }) => [...places.values()])
    for (const row of [...org.members.values(), ...org.invitations, ...placed]) {
      if (row.revision > revision) row.revision = org.revision
    }
    return result
  }

  /** The canonical names, sorted. */
  const canonicalNames = (permissions: readonly string[]): string[] => {
    const read = (name: string) => law.aliases.get(name) ?? (ALL.includes(name) ? name : refuse("invalid_input"))
    return [...new Set(permissions.map(read))].sort()
  }

  return {
    ...{ terms, now, organizations, letters, platformLog, standing, billing, ledger },
    ...{ known, anybody, there, isUsable, hasHolder, enter, enterToChange, mustBeActive },
    ...{
      enterProject,
      enterProjectToChange,
      enterAnywhere,
      mustBeAllowed,
      record,
      people,
      isPlaced,
      isIn,
      isSeated,
      reserved,
    },
    ...{ expiresAt, isLive, open, taken, seatCap, mustSeat, mustSubscribe, seating, canonicalNames },
  }
}

/** The actor that an invitation's sender was. */
export const senderOf = (org: Organization, { inviter }: Invitation) => {
  if (inviter === null) return null
  if (inviter.keyId === null) return { type: "user", id: inviter.id } as User
  return {
    type: "apiKey",
    id: inviter.keyId,
    organizationId: org.id,
    projectId: null,
    holder: { type: "organization" },
  } as ApiKeyActor
}

export { API, SEATS }
