/**
 * Whatever a transaction did, nothing of it is left when it rejects, and all of it when it resolves.
 *
 * @module
 */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import type { Membership } from "../../src/membership/membership.ts"
import type { Organization } from "../../src/organization/organization.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import type { Store } from "../../src/store/store.ts"
import {
  aMembership,
  aMessage,
  anInvitation,
  anOrganization,
  BUILT_AT,
  beginning,
  following,
} from "../../src/testing/testing.ts"

type Step = "join" | "leave" | "invite" | "cancel" | "rename" | "queue" | "claim" | "settle" | "fail" | "look outside"

const steps = fc.array(
  fc.constantFrom<Step>(
    "join",
    "leave",
    "invite",
    "cancel",
    "rename",
    "queue",
    "claim",
    "settle",
    "fail",
    "look outside",
  ),
  { maxLength: 20 },
)

const lease = { lease: "w", at: BUILT_AT, until: BUILT_AT, limit: 2 }

/** Takes one step in a store, as far as there is something to take it on. */
async function take(step: Step, store: Store, outside: Store, id: Organization["id"]): Promise<void> {
  const page = { after: null, limit: 1000 }
  const found = await store.load(id, {
    members: { role: null, emailPrefix: null, ...page },
    invitations: { status: "pending", liveAt: null, expiredAt: null, ...page },
  })
  if (found === null) throw new Error("the organization is gone")
  const { organization, members, invitations } = found
  const commit = (...parts: [parts?: Parameters<typeof following>[1], columns?: Parameters<typeof following>[2]]) =>
    store.commit(following(organization, ...parts))
  const member: Membership | undefined = members[0]
  const invitation = invitations[0]?.invitation
  if (step === "join") await commit({ memberships: { insert: [aMembership(organization)] } })
  if (step === "leave" && member !== undefined) await commit({ memberships: { delete: [member.id] } })
  if (step === "invite") await commit({ invitations: { insert: [anInvitation(organization)] } })
  if (step === "cancel" && invitation !== undefined) {
    await commit({ invitations: { update: [{ ...invitation, status: "cancelled" }] } })
  }
  if (step === "rename") await commit({}, { slug: `slug-${organization.revision}` })
  if (step === "queue") await commit({ outbox: [aMessage(organization, { seq: organization.revision + 1 })] })
  if (step === "claim") await store.outbox.claim(lease)
  if (step === "settle") {
    const [message] = await store.outbox.claim(lease)
    const outcome = { state: "sent", attempts: 1, dueAt: BUILT_AT, error: null, blank: true } as const
    if (message !== undefined) await store.outbox.settle(message.organizationId, message.id, "w", outcome)
  }
  if (step === "look outside") await outside.load(id, {})
  if (step === "fail") {
    const part = store.transaction(async (inner) => {
      await take("join", inner, outside, id)
      await take("queue", inner, outside, id)
      throw new Error("part")
    })
    await expect(part).rejects.toThrow("part")
  }
}

/** Everything in the database, every order of it; ids aside, which differ between runs. */
function contents({ tally: _, organizations, slugs, firstEvents, ...tables }: ReturnType<typeof emptyDatabase>) {
  const orders = [...Object.values(tables).flatMap((table) => Object.values<AnyIndex>(table)), firstEvents]
  return [
    [...organizations],
    [...slugs].toSorted(),
    ...orders.map(({ lists }) => [...lists].map(([scope, rows]) => [scope, [...rows]]).toSorted()),
  ]
}

type AnyIndex = Readonly<{ lists: ReadonlyMap<string, readonly unknown[]>; scope: (row: never) => string | null }>

async function begun() {
  const database = emptyDatabase()
  const store = storeOver(database)
  const acme = anOrganization()
  await store.commit(beginning(acme, { memberships: { insert: [aMembership(acme)] }, outbox: [aMessage(acme)] }))
  return { database, store, acme }
}

it("a transaction that rejects leaves every order of every table as it was", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { database, store, acme } = await begun()
      const before = contents(database)
      const work = store.transaction(async (inside) => {
        for (const step of taken) await take(step, inside, store, acme.id)
        throw new Error("undone")
      })
      await expect(work).rejects.toThrow("undone")
      await store.outbox.health()
      expect(contents(database)).toEqual(before)
    }),
  )
})

it("a transaction that resolves leaves what its last look inside saw, in orders that agree", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { database, store, acme } = await begun()
      let inside: unknown
      await store.transaction(async (own) => {
        for (const step of taken) {
          await take(step, own, store, acme.id)
          await store.load(acme.id, {})
        }
        await own.load(acme.id, {})
        inside = contents(database)
        await store.load(acme.id, {})
      })
      expect(contents(database)).toEqual(inside)
      for (const table of [database.memberships, database.invitations, database.messages]) {
        const rows = [...table.all.lists.values()].flat()
        for (const { lists, scope } of Object.values<AnyIndex>(table)) {
          const held = [...lists].flatMap(([name, list]) => list.map((row) => [name, row]))
          const expected = rows.flatMap((row) => (scope(row as never) === null ? [] : [[scope(row as never), row]]))
          expect(new Set(held)).toEqual(new Set(expected))
        }
      }
    }),
  )
})
