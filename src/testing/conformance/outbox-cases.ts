/**
 * The outbox: leases, settlements, the dead.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { Organization } from "../../organization/organization.ts"
import type { Message, Settlement } from "../../outbox/message.ts"
import type { Store } from "../../store/store.ts"
import { aMessage, BUILT_AT, type Columns } from "../builders.ts"
import { ALL, begin, type Check, idsOf, later, loaded, MINUTE, times } from "./scene.ts"

const SENT: Settlement = { state: "sent", attempts: 1, dueAt: BUILT_AT, error: null, blank: true }
const DEAD: Settlement = { state: "dead", attempts: 8, dueAt: BUILT_AT, error: "no route", blank: false }

const claim = (store: Store, lease: string, at: Date = BUILT_AT, limit = 100) =>
  store.outbox.claim({ lease, at, until: new Date(at.getTime() + MINUTE), limit })

/** Begins an organization with messages: e-mails unless the columns say otherwise. */
async function queue(store: Store, ...rows: readonly Columns<Message>[]) {
  const messages: Message[] = []
  const acme = await begin(store, (organization) => {
    messages.push(...rows.map((columns) => aMessage(organization, { topic: "invitation.email", ...columns })))
    return { outbox: messages }
  })
  return { acme, messages, ids: idsOf(messages) }
}

/** Queued events with seq 1, 2, 3 …, each with the columns given. */
const events = (...rows: readonly Columns<Message>[]): readonly Columns<Message>[] =>
  rows.map((columns, index) => ({ topic: "event", seq: index + 1, ...columns }))

/** Claims one message and settles it. */
async function settled(store: Store, organization: Organization, message: Message, outcome: Settlement) {
  await claim(store, "settling")
  equal(await store.outbox.settle(organization.id, message.id, "settling", outcome), true)
}

const first = (messages: readonly Message[]): Message => {
  const [message] = messages
  if (message === undefined) throw new Error("no message")
  return message
}

export const outboxCases: readonly Check[] = [
  {
    name: "claim leases queued messages that are due and not leased then, and answers them as they then stand",
    run: async ({ store }) => {
      const { messages, ids } = await queue(
        store,
        { dueAt: later(-1) },
        { dueAt: later(0) },
        { dueAt: later(1) },
        { state: "sent" },
        { state: "dropped" },
        { state: "dead" },
      )
      const claimed = await claim(store, "w1")
      deepEqual(
        claimed,
        messages.slice(0, 2).map((message) => ({ ...message, lease: "w1", leasedUntil: later(MINUTE) })),
      )
      deepEqual(await store.outbox.list("queued", { ...ALL, limit: 2 }), claimed)
      deepEqual(await claim(store, "w2"), [])
      deepEqual(idsOf(await claim(store, "w2", later(1))), ids.slice(2, 3))
    },
  },
  {
    name: "a lease ends at `until`, and not a millisecond earlier",
    run: async ({ store }) => {
      const { acme, messages, ids } = await queue(store, {})
      await claim(store, "w1")
      deepEqual(await claim(store, "w2", later(MINUTE - 1)), [])
      deepEqual(idsOf(await claim(store, "w2", later(MINUTE))), ids)
      const { id } = first(messages)
      equal(await store.outbox.settle(acme.id, id, "w1", SENT), false, "another lease holds it by now")
      equal(await store.outbox.settle(acme.id, id, "w2", SENT), true)
    },
  },
  {
    name: "claim answers at most `limit` messages, the longest due first",
    run: async ({ store }) => {
      // The last one made has been due the longest.
      const { ids: made } = await queue(store, ...times(7, (index) => ({ dueAt: later(6 - index) })))
      const ids = made.toReversed()
      deepEqual(idsOf(await claim(store, "w1", later(MINUTE), 3)), ids.slice(0, 3))
      deepEqual(idsOf(await claim(store, "w2", later(MINUTE), 3)), ids.slice(3, 6))
      deepEqual(idsOf(await claim(store, "w3", later(MINUTE), 3)), ids.slice(6))
    },
  },
  {
    name: "two claims never answer the same message within one lease",
    run: async ({ store, other }) => {
      await queue(store, ...times(24, () => ({})))
      await queue(store, ...times(24, () => ({})))
      const together = await Promise.all(
        times(8, (index) => claim(index % 2 === 0 ? store : other, `w${index}`, BUILT_AT, 10)),
      )
      const rest = [await claim(store, "last")]
      const ids = [...together, ...rest].flatMap((messages) => idsOf(messages))
      deepEqual([ids.length, new Set(ids).size], [48, 48])
    },
  },
  {
    name: "an event is not answered while an earlier event of its organization is queued and not in the same answer",
    run: async ({ store }) => {
      const late = await queue(store, ...events({ dueAt: later(MINUTE) }, {}, {}))
      const leased = await queue(store, ...events({}, {}, {}))
      const claimed = await claim(store, "w1", BUILT_AT, 2)
      deepEqual(idsOf(claimed), leased.ids.slice(0, 2), "together they may go")
      deepEqual(await claim(store, "w2"), [], "the first are leased, or not due")
      equal(await store.outbox.settle(leased.acme.id, first(leased.messages).id, "w1", SENT), true)
      deepEqual(await claim(store, "w2"), [], "the second is still leased")
      deepEqual(
        idsOf(await claim(store, "w3", later(MINUTE))).toSorted(),
        [...late.ids, ...leased.ids.slice(1)].toSorted(),
      )
    },
  },
  {
    name: "events of one organization are answered by `seq`, whatever their ids",
    run: async ({ store }) => {
      const { ids } = await queue(store, ...times(4, (index) => ({ topic: "event" as const, seq: 4 - index })))
      deepEqual(idsOf(await claim(store, "w1", BUILT_AT, 2)), ids.toReversed().slice(0, 2))
      deepEqual(await claim(store, "w2"), [])
    },
  },
  {
    name: "an event waits for no e-mail, for no event that is sent, dropped or dead, and for no other organization",
    run: async ({ store }) => {
      const { ids } = await queue(
        store,
        { seq: 1, dueAt: later(MINUTE) },
        { topic: "event", seq: 2, state: "sent" },
        { topic: "event", seq: 3, state: "dropped" },
        { topic: "event", seq: 4, state: "dead" },
        { topic: "event", seq: 5 },
      )
      const globex = await queue(store, { topic: "event", seq: 9 })
      await queue(store, { topic: "event", seq: 1, dueAt: later(MINUTE) })
      deepEqual(idsOf(await claim(store, "w1")).toSorted(), [...ids.slice(4), ...globex.ids].toSorted())
    },
  },
  {
    name: "of parallel claims only one answers events of an organization",
    run: async ({ store, other }) => {
      const { ids } = await queue(store, ...events({}, {}, {}))
      const answers = await Promise.all(
        times(6, (index) => claim(index % 2 === 0 ? store : other, `w${index}`, BUILT_AT, 2)),
      )
      deepEqual(
        answers.filter((messages) => messages.length > 0).map((messages) => idsOf(messages)),
        [ids.slice(0, 2)],
      )
    },
  },
  {
    name: "settle applies the settlement and ends the lease if `lease` still holds the message, and answers whether it did",
    run: async ({ store }) => {
      const { acme, messages } = await queue(store, { payload: "token" })
      const message = first(messages)
      const again: Settlement = { state: "queued", attempts: 1, dueAt: later(5), error: "no route", blank: false }
      equal(await store.outbox.settle(acme.id, message.id, "w1", again), false, "nobody holds it")
      await claim(store, "w1")
      equal(await store.outbox.settle(acme.id, message.id, "w2", again), false)
      equal(await store.outbox.settle(acme.id, message.id, "w1", again), true)
      const { blank: _, ...outcome } = again
      deepEqual(await store.outbox.list("queued", ALL), [{ ...message, ...outcome }])
      equal(await store.outbox.settle(acme.id, message.id, "w1", again), false, "its lease has ended")
      deepEqual(await claim(store, "w3", later(4)), [])
      equal((await claim(store, "w3", later(5))).length, 1)
      equal(await store.outbox.settle(acme.id, message.id, "w3", { ...SENT, attempts: 2 }), true)
      deepEqual(await store.outbox.list("sent", ALL), [{ ...message, state: "sent", attempts: 2, payload: null }])
      deepEqual(await claim(store, "w4", later(MINUTE)), [])
      const stranger = await begin(store)
      equal(await store.outbox.settle(stranger.id, message.id, "w3", SENT), false)
    },
  },
  {
    name: "list answers the page of messages in that state, by id ascending",
    run: async ({ store }) => {
      const one = await queue(store, ...times(3, () => ({ state: "dead" as const })), {}, { state: "sent" })
      const two = await queue(store, ...times(3, () => ({ state: "dead" as const })))
      const dead = [...one.ids.slice(0, 3), ...two.ids]
      deepEqual(idsOf(await store.outbox.list("dead", ALL)), dead)
      deepEqual(idsOf(await store.outbox.list("dead", { after: dead[1] ?? null, limit: 3 })), dead.slice(2, 5))
      deepEqual(idsOf(await store.outbox.list("queued", ALL)), one.ids.slice(3, 4))
      deepEqual(idsOf(await store.outbox.list("sent", ALL)), one.ids.slice(4))
      deepEqual(await store.outbox.list("dropped", ALL), [])
    },
  },
  {
    name: "retry queues a dead event anew, due at `at` with no attempts, and answers whether there was one with a payload",
    run: async ({ store }) => {
      const { acme, messages } = await queue(store, ...events({ payload: "{}" }))
      const event = first(messages)
      equal(await store.outbox.retry(acme.id, event.id, later(1)), false, "it is queued")
      await settled(store, acme, event, DEAD)
      equal(await store.outbox.retry(acme.id, event.id, later(1)), true)
      const [queued] = await store.outbox.list("queued", ALL)
      deepEqual([queued?.attempts, queued?.dueAt, queued?.payload, queued?.lease], [0, later(1), "{}", null])
      deepEqual(await claim(store, "w", later(0)), [])
      deepEqual(idsOf(await claim(store, "w", later(1))), [event.id])

      const refused = await queue(
        store,
        { state: "dead" },
        { topic: "event", seq: 1, state: "dead", payload: null },
        { topic: "event", seq: 2, state: "sent" },
      )
      for (const id of refused.ids) equal(await store.outbox.retry(refused.acme.id, id, later(1)), false)
      equal(await store.outbox.retry(acme.id, first(refused.messages).id, later(1)), false)
    },
  },
  {
    name: "discard deletes a dead message and answers whether there was one",
    run: async ({ store }) => {
      const { acme, messages } = await queue(store, { state: "dead" }, {}, { state: "sent" })
      const [dead, ...others] = idsOf(messages)
      if (dead === undefined) throw new Error("no message")
      for (const id of others) equal(await store.outbox.discard(acme.id, id), false)
      equal(await store.outbox.discard(acme.id, dead), true)
      equal(await store.outbox.discard(acme.id, dead), false)
      deepEqual(await store.outbox.list("dead", ALL), [])
      deepEqual(idsOf(await store.outbox.list("queued", ALL)), others.slice(0, 1))
    },
  },
  {
    name: "health answers how the queue stands",
    run: async ({ store }) => {
      deepEqual(await store.outbox.health(), { queued: 0, dead: 0, oldestQueuedAt: null })
      const { acme, messages } = await queue(
        store,
        { createdAt: later(1) },
        { createdAt: later(2), dueAt: later(MINUTE) },
        { createdAt: later(0), state: "sent" },
        { createdAt: later(0), state: "dead" },
      )
      deepEqual(await store.outbox.health(), { queued: 2, dead: 1, oldestQueuedAt: later(1) })
      await settled(store, acme, first(messages), SENT)
      deepEqual(await store.outbox.health(), { queued: 1, dead: 1, oldestQueuedAt: later(2) })
    },
  },
  {
    name: "none of it touches an organization's revision",
    run: async ({ store }) => {
      const { acme, messages } = await queue(store, ...events({}))
      const event = first(messages)
      await settled(store, acme, event, DEAD)
      await store.outbox.retry(acme.id, event.id, BUILT_AT)
      await settled(store, acme, event, DEAD)
      await store.outbox.discard(acme.id, event.id)
      deepEqual((await loaded(store, acme, {})).organization, acme)
    },
  },
]
