/**
 * Seats inside a command: what they are read from, how many there are, and telling when they run out.
 *
 * @module
 */
import type { Billed } from "../billing/billed.ts"
import { seatsReached } from "../billing/seats.ts"
import { API, quotaPeriod, SEATS, subscriptionTo } from "../billing/subscription.ts"
import { hasSeatCap, hasSeatPlans, payerOf, seatCap } from "../billing/terms.ts"
import { type Invitation, type InvitationFact, isLive } from "../invitation/invitation.ts"
import type { Email } from "../kernel/email.ts"
import type { Seats } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import type { AnyFact, Ruling } from "./operation.ts"
import type { Settings } from "./settings.ts"

type Asked = Readonly<{ settings: Settings; policy: PolicyEngine; at: Date }>

const billedWant = ({ settings, policy, at }: Asked) => ({
  payer: payerOf(settings.billing, policy.ownership.role),
  at,
})

/** Whoever pays, where anybody does. */
export const payerWants = (asked: Asked) => ({
  billed: asked.settings.billing.account === "none" ? undefined : billedWant(asked),
})

/** What somebody's coming in depends on: whoever pays and, where seats can run out, how many are there and invited. */
export function seatWants(asked: Asked) {
  const { seats, billing } = asked.settings
  const isCounted = hasSeatCap(billing, seats.cap)
  return {
    memberCount: isCounted ? (true as const) : undefined,
    pendingCount: isCounted ? asked.at : undefined,
    ...payerWants(asked),
  }
}

/** The account that pays, where an organization's subscription decides. */
export const subscriptionWants = (asked: Asked) => ({
  billed: hasSeatPlans(asked.settings.billing) ? billedWant(asked) : undefined,
})

type Counts = Readonly<{
  memberCount?: number | undefined
  pendingCount?: number | undefined
  billed?: Billed | undefined
}>

/**
 * People and live invitations to others, and how many there may be; no limit for somebody who has a seat already. Who
 * comes in may keep a seat by being invited: that is `reserved`. A cap without counts is a bug, and lets nobody in.
 */
export function seatsOf(
  { seats, billing }: Pick<Settings, "seats" | "billing">,
  { memberCount, pendingCount, billed }: Counts,
  isSeated = false,
  reserved = 0,
): Seats {
  const cap = isSeated ? null : billed === undefined ? seats.cap : seatCap(billing, seats.cap, billed)
  const isCounted = memberCount !== undefined && pendingCount !== undefined
  if (!isCounted && cap !== null) throw new Error("seats that can run out are counted")
  return { taken: isCounted ? memberCount + pendingCount - reserved : 0, cap }
}

/** Who has an address, and who is invited there. */
export const addressWants = (...emails: readonly Email[]) => ({
  membersByEmail: emails,
  projectMembersByEmail: emails,
  pendingByEmail: emails,
})

type Addressed = Readonly<{
  membersByEmail: readonly unknown[]
  projectMembersByEmail: readonly unknown[]
  pendingByEmail: readonly Invitation[]
}>

/** How many seats the address keeps by being invited: none, where somebody has it who is in. */
export const reservedFor = ({ membersByEmail, projectMembersByEmail, pendingByEmail }: Addressed, at: Date): number =>
  membersByEmail.length + projectMembersByEmail.length > 0
    ? 0
    : pendingByEmail.filter((invitation) => isLive(invitation, at)).length

type Before = Readonly<{
  settings: Settings
  loaded: Counts & Readonly<{ organization: Organization }>
  at: Date
}>

/** The ruling, with the thresholds that so many more seats taken reach. */
export function tellingSeats<O>(ruled: Ruling<O>, { settings, loaded, at }: Before, added: number): Ruling<O> {
  if (!ruled.ok || ruled.facts.length === 0) return ruled
  const { facts, answer } = ruled
  const subscriptions = loaded.billed?.subscriptions ?? []
  const { key } = quotaPeriod(subscriptionTo(subscriptions, SEATS) ?? subscriptionTo(subscriptions, API), at)
  const told = seatsReached(loaded.organization, seatsOf(settings, loaded), added, key)
  const own = facts.length
  return { ...ruled, facts: [...facts, ...told], answer: (committed) => answer(committed.slice(0, own)) }
}

/** How many seats those facts take, less those that they free; an invitation to somebody who is in takes none. */
export function seatsInvited<O>(ruled: Ruling<O>, isSeated: (email: Email) => boolean, at: Date): number {
  let taken = 0
  for (const fact of ruled.ok ? ruled.facts : []) {
    if (!isInvitation(fact) || fact.after === null || isSeated(fact.after.email)) continue
    taken += Number(isLive(fact.after, at)) - Number(fact.before !== null && isLive(fact.before, at))
  }
  return taken
}

const isInvitation = (fact: AnyFact): fact is InvitationFact => fact.action.startsWith("invitation.")
