/**
 * Events: activity told to the host's subscribers after commit.
 *
 * @module
 */
import type { ActivityEntry } from "../activity/activity.ts"
import type { apiKeyFields } from "../api-key/api-key.ts"
import type { seatsFields } from "../billing/seats.ts"
import type { subscriptionFields } from "../billing/subscription.ts"
import type { invitationFields } from "../invitation/invitation.ts"
import type { MembershipId } from "../kernel/id.ts"
import type { membershipFields } from "../membership/membership.ts"
import type { organizationFields } from "../organization/organization.ts"
import type { restrictionFields } from "../restriction/restriction.ts"
import type { roleFields } from "../role/role.ts"
import type { quotaFields } from "../usage/threshold.ts"

/** What is recorded of a row, by what its actions begin with. */
interface Fields {
  organization: ReturnType<typeof organizationFields>
  member: ReturnType<typeof membershipFields>
  invitation: ReturnType<typeof invitationFields>
  role: ReturnType<typeof roleFields>
  api_key: ReturnType<typeof apiKeyFields>
  ip_rules: ReturnType<typeof restrictionFields>
  endpoint_rules: ReturnType<typeof restrictionFields>
  subscription: ReturnType<typeof subscriptionFields>
  quota: ReturnType<typeof quotaFields>
  seats: ReturnType<typeof seatsFields>
}

/** The owner who hands over, or takes over, beside what else changed. */
type Handed = Partial<Fields["organization"]> & Readonly<{ owner: MembershipId }>

/** The fields that such an action records, those that changed; a change of role or of ownership has both sides. */
type Sides<A extends string> = A extends "member.role_changed"
  ? Readonly<{ before: Fields["member"]; after: Fields["member"] }>
  : A extends "organization.ownership_transferred"
    ? Readonly<{ before: Handed; after: Handed }>
    : A extends `${infer Kind extends keyof Fields}.${string}`
      ? Readonly<{ before: Partial<Fields[Kind]> | null; after: Partial<Fields[Kind]> | null }>
      : Pick<ActivityEntry, "before" | "after">

/** One fact, as activity shows it. The same `id` can come more than once: drop what is known. */
export type Event<A extends string = string> = Omit<ActivityEntry, "action" | "before" | "after"> &
  Readonly<{ action: A }> &
  Sides<A>

/** Must be safe to call again with the same event; rejecting has it called again, later events of the organization wait. */
export type Subscriber = (event: Event) => Promise<void> | void

/** Subscribers by action; `*` is told every action, after the action's own. */
export type Subscribers = ReadonlyMap<string, Subscriber>

/** The name under which a subscriber is told everything. */
export const EVERY_ACTION = "*"

/** Whether anybody is told of that action. */
export const isSubscribed = (subscribers: Subscribers, action: string): boolean =>
  subscribers.has(action) || subscribers.has(EVERY_ACTION)

/** The event that a message's payload, an entry's JSON, carries. */
export function readEvent(payload: string): Event {
  const event = JSON.parse(payload) as Event & { at: string }
  return { ...event, at: new Date(event.at) }
}
