/**
 * A store with one organization, what it takes to put messages into its outbox, and what it takes to deliver them.
 *
 * @module
 */

import { addHours } from "date-fns/addHours"
import type { Invitation } from "../../src/invitation/invitation.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import type { Organization } from "../../src/organization/organization.ts"
import type { DeliveryDeps } from "../../src/outbox/deliver.ts"
import type { Event } from "../../src/outbox/event.ts"
import type { Message, MessageState } from "../../src/outbox/message.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import {
  aMessage,
  anInvitation,
  anOrganization,
  BUILT_AT,
  beginning,
  type Columns,
  following,
} from "../../src/testing/builders.ts"
import { fakeClock } from "../../src/testing/clock.ts"
import { sequentialIds } from "../../src/testing/ids.ts"
import { inbox } from "../../src/testing/inbox.ts"

// The memory store loads its outbox when first used, and a test that holds the timers cannot wait for that.
await memoryStore().outbox.health()

type Failure = Parameters<DeliveryDeps["onFailed"]>

/** Everything a delivery needs, at `BUILT_AT`; `overrides` replaces parts of it. */
export function postOffice(overrides: Partial<DeliveryDeps> = {}) {
  const store = overrides.store ?? memoryStore()
  const clock = fakeClock(BUILT_AT)
  const ids = sequentialIds()
  const mail = inbox()
  const failures: Failure[] = []
  const deps: DeliveryDeps = {
    store,
    mailer: mail,
    acceptUrl: (token) => `https://app.example/join/${token}`,
    clock,
    ids,
    secretBox: null,
    subscribers: new Map(),
    onFailed: async (...failure) => void failures.push(failure),
    ...overrides,
  }
  return { deps, store, clock, ids, mail, failures }
}

/** Begins an organization. */
export async function founded(store: Store, columns: Columns<Organization> = {}): Promise<Organization> {
  const organization = anOrganization(columns)
  await store.commit(beginning(organization))
  return organization
}

/** Changes an organization as it now stands. */
export async function changed(
  store: Store,
  { id }: Pick<Organization, "id">,
  parts: Parameters<typeof following>[1],
  columns: Columns<Organization> = {},
): Promise<void> {
  const loaded = await store.load(id, {})
  if (loaded === null) throw new Error(`no ${id}`)
  await store.commit(following(loaded.organization, parts, columns))
}

/** An invitation and the mail that carries its token. */
export async function invited(
  store: Store,
  organization: Organization,
  token: string,
  columns: Columns<Invitation> & Readonly<{ payload?: string }> = {},
): Promise<Readonly<{ invitation: Invitation; message: Message }>> {
  const { payload = token, ...own } = columns
  const invitation = anInvitation(organization, {
    tokenHash: hashSecret(token),
    expiresAt: addHours(BUILT_AT, 24 * 7),
    ...own,
  })
  const message = aMessage(organization, {
    id: invitation.messageId,
    topic: "invitation.email",
    subject: invitation.id,
    payload,
  })
  await changed(store, organization, { invitations: { insert: [invitation] }, outbox: [message] })
  return { invitation, message }
}

/** Queues events with these `seq`; each is of the action `invoice.<seq>`. */
export async function queuedEvents(store: Store, organization: Organization, seqs: readonly number[]): Promise<void> {
  const outbox = seqs.map((seq) => aMessage(organization, { seq, payload: JSON.stringify(eventOf(organization, seq)) }))
  await changed(store, organization, { outbox })
}

/** The event as a subscriber is told it. */
export const eventOf = (organization: Organization, seq: number): Event => ({
  id: `act_${seq}` as Event["id"],
  organizationId: organization.id,
  seq,
  action: `invoice.${seq}`,
  at: BUILT_AT,
  actor: {
    ...{ type: "system", id: "test", userId: null, email: null, name: null },
    ...{ ip: null, userAgent: null, requestId: null, impersonatedBy: null },
  },
  target: { type: "organization", id: organization.id, userId: null, email: null, name: null },
  before: null,
  after: { seq },
})

/** Every message in that state. */
export const inState = (store: Store, state: MessageState): Promise<readonly Message[]> =>
  store.outbox.list(state, { after: null, limit: 1000 })

/** The one message there is. */
export async function only(store: Store): Promise<Message> {
  const states = ["queued", "sent", "dropped", "dead"] as const
  const all = (await Promise.all(states.map((state) => inState(store, state)))).flat()
  const [message] = all
  if (message === undefined || all.length > 1) throw new Error(`expected one message, not ${all.length}`)
  return message
}
