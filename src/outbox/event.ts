/**
 * Events: activity told to the host's subscribers after commit.
 *
 * @module
 */
import type { ActivityEntry } from "../activity/activity.ts"

/** One fact, as activity shows it. The same `id` can come more than once: drop what is known. */
export type Event = ActivityEntry

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
