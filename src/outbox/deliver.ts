/**
 * Delivers one batch of the outbox: each message at least once, and none in another's way.
 *
 * @module
 */
import { addSeconds } from "date-fns/addSeconds"
import { readEntry } from "../activity/entry.ts"
import { type Invitation, isLive } from "../invitation/invitation.ts"
import type { Clock } from "../kernel/clock.ts"
import type { Ids, InvitationId, MessageId, OrganizationId } from "../kernel/id.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Organization } from "../organization/organization.ts"
import type { Store } from "../store/store.ts"
import { afterFailure, afterSuccess, dropped, putBack, unrecorded } from "./backoff.ts"
import { EVERY_ACTION, readEvent, type Subscribers } from "./event.ts"
import { renderInvitation } from "./invitation-email.ts"
import type { Mailer, SecretBox } from "./mailer.ts"
import type { Message, Settlement } from "./message.ts"
import { failureReason } from "./reason.ts"

/** What delivering needs of the host and its store. */
export type DeliveryDeps = Readonly<{
  store: Store
  mailer: Mailer
  /** Must answer the page's `http(s)` address that takes this token. */
  acceptUrl: (token: string) => string
  clock: Clock
  ids: Ids
  secretBox: SecretBox | null
  subscribers: Subscribers
  /** Records that an invitation's mail is given up. When it rejects, the mail stays queued for one more attempt. */
  onFailed: (organizationId: OrganizationId, invitationId: InvitationId, messageId: MessageId) => Promise<void>
}>

/** What came of one batch. */
export type Delivered = Readonly<{ sent: number; dropped: number; retried: number; dead: number }>

const LEASE_SECONDS = 60
/** How long a mailer or the subscribers of one event may take, in milliseconds; well within the lease. */
const TIMEOUT = 20_000
const BATCH = 20
/** How long a suspended organization's mail waits before it is looked at again. */
const SUSPENDED_SECONDS = 600

/**
 * Delivers what is due, at most `limit` messages (20). Mails and organizations go side by side; events of one
 * organization one after another. Rejects only when the store does, and then after everything else was tried.
 */
export async function deliver(
  deps: DeliveryDeps,
  { limit = BATCH }: Readonly<{ limit?: number }> = {},
): Promise<Delivered> {
  const { outbox } = deps.store
  const at = deps.clock.now()
  const lease = deps.ids.token()
  const until = addSeconds(at, LEASE_SECONDS)
  const tally = { sent: 0, dropped: 0, retried: 0, dead: 0 }

  const settle = (message: Message, outcome: Settlement) =>
    outbox.settle(message.organizationId, message.id, lease, outcome)

  const goThrough = async (lane: readonly Message[]): Promise<void> => {
    let open = true
    for (const message of lane) {
      if (!open || deps.clock.now().getTime() + TIMEOUT > until.getTime()) {
        await settle(message, putBack(message))
        continue
      }
      const outcome = await attempt(deps, message)
      open = await settle(message, outcome)
      if (open) tally[outcome.state === "queued" ? "retried" : outcome.state]++
      if (outcome.state === "queued") open = false
    }
  }

  const ended = await Promise.allSettled(lanes(await outbox.claim({ lease, at, until, limit })).map(goThrough))
  for (const lane of ended) if (lane.status === "rejected") throw lane.reason
  return tally
}

/** Each mail by itself; the events of an organization in their order. */
function lanes(messages: readonly Message[]): readonly (readonly Message[])[] {
  const byLane = new Map<string, Message[]>()
  for (const message of messages) {
    const lane = message.topic === "event" ? message.organizationId : message.id
    byLane.set(lane, [...(byLane.get(lane) ?? []), message])
  }
  return [...byLane.values()].map((lane) => lane.sort((one, other) => one.seq - other.seq))
}

/** What one attempt comes to. Only the store's own errors leave it. */
async function attempt(deps: DeliveryDeps, message: Message): Promise<Settlement> {
  const { payload } = message
  if (payload === null) return message.topic === "event" ? tellErased(deps, message) : dropped(message)
  const opened = await outcomeOf(() => (deps.secretBox === null ? payload : deps.secretBox.open(payload)))
  if (message.topic === "event") {
    const told = opened.ok ? await outcomeOf(() => tell(deps.subscribers, opened.value)) : opened
    return told.ok ? afterSuccess(message) : afterFailedEvent(deps, message, told.error)
  }
  return opened.ok
    ? post(deps, message, opened.value)
    : afterFailedMail(deps, message, failureReason(opened.error, { secret: payload, words: [] }))
}

/** An event about somebody who was erased meanwhile is told as its entry is now. */
async function tellErased(deps: DeliveryDeps, message: Message): Promise<Settlement> {
  const everything = { actions: null, actor: null, target: null, since: null, until: null } as const
  const entries = { ...everything, order: "ascending", after: message.seq - 1, limit: 1 } as const
  const found = await deps.store.load(message.organizationId, { entries })
  const [entry] = found?.entries ?? []
  if (entry?.id !== message.subject) return dropped(message)
  const told = await outcomeOf(() => tell(deps.subscribers, JSON.stringify(readEntry(entry))))
  return told.ok ? afterSuccess(message) : afterFailedEvent(deps, message, told.error)
}

async function tell(subscribers: Subscribers, payload: string): Promise<void> {
  const { action } = readEvent(payload)
  for (const name of [action, EVERY_ACTION]) await subscribers.get(name)?.(readEvent(payload))
}

const afterFailedEvent = ({ clock, ids }: DeliveryDeps, message: Message, error: unknown): Settlement =>
  afterFailure(message, failureReason(error, { secret: "", words: [] }), clock.now(), ids.random())

/** Sends an invitation's mail, if it still says something true. */
async function post(deps: DeliveryDeps, message: Message, token: string): Promise<Settlement> {
  const found = await deps.store.load(message.organizationId, { invitation: message.subject as InvitationId })
  const invitation = found?.invitation ?? null
  if (found === null || !isStillWanted(found.organization, invitation, token, deps.clock.now())) return dropped(message)
  if (found.organization.status === "suspended") {
    return { ...putBack(message), dueAt: addSeconds(deps.clock.now(), SUSPENDED_SECONDS) }
  }
  const words: string[] = [invitation.email]
  const sent = await outcomeOf(() => {
    const acceptUrl = deps.acceptUrl(token)
    words.unshift(acceptUrl)
    return deps.mailer.sendInvitation(letter(message, found.organization, invitation, acceptUrl))
  })
  return sent.ok
    ? afterSuccess(message)
    : afterFailedMail(deps, message, failureReason(sent.error, { secret: token, words }))
}

function letter(message: Message, organization: Organization, invitation: Invitation, acceptUrl: string) {
  const { email: to, locale, role, expiresAt, invitedBy } = invitation
  const inviter = invitedBy.name ?? invitedBy.email
  const offer = { to, organizationName: organization.name, inviter, role, expiresAt, acceptUrl }
  return { id: message.id, locale, ...offer, ...renderInvitation(offer) }
}

/** A mail that is given up is recorded before it is settled: a crash in between records it twice, never not at all. */
async function afterFailedMail(deps: DeliveryDeps, message: Message, reason: string): Promise<Settlement> {
  const { organizationId, subject, id } = message
  const outcome = afterFailure(message, reason, deps.clock.now(), deps.ids.random())
  if (outcome.state !== "dead") return outcome
  const recorded = await outcomeOf(() => deps.onFailed(organizationId, subject as InvitationId, id))
  return recorded.ok ? outcome : unrecorded(message, reason, deps.clock.now(), deps.ids.random())
}

/** Whether the mail with this token still says something true. */
export const isStillWanted = (
  organization: Organization,
  invitation: Invitation | null,
  token: string,
  at: Date,
): invitation is Invitation =>
  (organization.status === "active" || organization.status === "suspended") &&
  invitation !== null &&
  isLive(invitation, at) &&
  invitation.tokenHash === hashSecret(token)

type Outcome<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; error: unknown }>

/** What the host's code comes to, within the time it may take. */
async function outcomeOf<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT / 1000} seconds`)), TIMEOUT)
  })
  try {
    return { ok: true, value: await Promise.race([(async () => work())(), late]) }
  } catch (error) {
    return { ok: false, error }
  } finally {
    clearTimeout(timer)
  }
}
