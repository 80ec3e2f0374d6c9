/**
 * Seats inside a command: what they are read from, how many there are, and telling when they run out.
 *
 * @module
 */
import type { Billed } from "../billing/billed.ts"
import { seatsReached } from "../billing/seats.ts"
import { API, quotaPeriod, SEATS, subscriptionTo } from "../billing/subscription.ts"
import { hasSeatPlans, payerOf, seatCap } from "../billing/terms.ts"
import { isLive } from "../invitation/invitation.ts"
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

/** What somebody's coming in depends on: who is there and invited, and whoever pays. */
export const seatWants = (asked: Asked) => ({
  memberCount: true as const,
  pendingCount: asked.at,
  ...payerWants(asked),
})

/** The account that pays, where an organization's subscription decides. */
export const subscriptionWants = (asked: Asked) => ({
  billed: hasSeatPlans(asked.settings.billing) ? billedWant(asked) : undefined,
})

type Counts = Readonly<{ memberCount: number; pendingCount: number; billed?: Billed | undefined }>

/** Members and live invitations, and how many there may be. */
export const seatsOf = ({ seats, billing }: Settings, { memberCount, pendingCount, billed }: Counts): Seats => ({
  taken: memberCount + pendingCount,
  cap: billed === undefined ? seats.cap : seatCap(billing, seats.cap, billed),
})

type Before = Readonly<{
  settings: Settings
  loaded: Counts & Readonly<{ organization: Organization }>
  at: Date
}>

/** The ruling, with the thresholds that the people it lets in reach. */
export function tellingSeats<O>(ruled: Ruling<O>, { settings, loaded, at }: Before): Ruling<O> {
  if (!ruled.ok) return ruled
  const { facts, answer } = ruled
  const subscriptions = loaded.billed?.subscriptions ?? []
  const { key } = quotaPeriod(subscriptionTo(subscriptions, SEATS) ?? subscriptionTo(subscriptions, API), at)
  const told = seatsReached(loaded.organization, seatsOf(settings, loaded), seatsTaken(facts, at), key)
  const own = facts.length
  return { ...ruled, facts: [...facts, ...told], answer: (committed) => answer(committed.slice(0, own)) }
}

/** How many seats those facts take, less those that they free. */
function seatsTaken(facts: readonly AnyFact[], at: Date): number {
  let taken = 0
  for (const fact of facts) {
    if (isMember(fact)) taken += Number(fact.before === null) - Number(fact.after === null)
    if (isInvitation(fact)) taken += held(fact.after, at) - held(fact.before, at)
  }
  return taken
}

type Of<Prefix extends string> = Extract<AnyFact, { action: `${Prefix}.${string}` }>

const isMember = (fact: AnyFact): fact is Of<"member"> => fact.action.startsWith("member.")
const isInvitation = (fact: AnyFact): fact is Of<"invitation"> => fact.action.startsWith("invitation.")
const held = (row: Of<"invitation">["after"], at: Date): number => Number(row !== null && isLive(row, at))
