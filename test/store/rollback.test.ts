/**
 * Whatever a transaction did, nothing of it is left when it rejects, and all of it when it resolves.
 *
 * @module
 */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { account } from "../../src/billing/account.ts"
import type { Membership } from "../../src/membership/membership.ts"
import type { Organization } from "../../src/organization/organization.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { hashesOf } from "../../src/store/memory/secrets.ts"
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
import type { UsageRow } from "../../src/usage/usage.ts"
import { contents } from "./contents.ts"
import { takeUsage, USAGE_STEPS, type UsageStep } from "./usage-steps.ts"

const STEPS = [
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
  ...USAGE_STEPS,
] as const
type Step = (typeof STEPS)[number]

const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 25 })

const isUsage = (step: Step): step is UsageStep => USAGE_STEPS.some((each) => each === step)

const lease = { lease: "w", at: BUILT_AT, until: BUILT_AT, limit: 2 }

/** Takes one step in a store, as far as there is something to take it on. */
async function take(step: Step, store: Store, outside: Store, id: Organization["id"]): Promise<void> {
  if (isUsage(step)) return takeUsage(step, store, id)
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
      for (const usage of USAGE_STEPS) await take(usage, inner, outside, id)
      throw new Error("part")
    })
    await expect(part).rejects.toThrow("part")
  }
}

type AnyIndex = Readonly<{ lists: ReadonlyMap<string, readonly unknown[]>; scope: (row: never) => string | null }>

async function begun() {
  const database = emptyDatabase()
  const store = storeOver(database)
  const acme = anOrganization()
  await store.commit(beginning(acme, { memberships: { insert: [aMembership(acme)] }, outbox: [aMessage(acme)] }))
  for (const step of USAGE_STEPS) await takeUsage(step, store, acme.id)
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
      const keys = [...database.apiKeys.all.lists.values()].flat()
      const hashes = keys.flatMap((key) => hashesOf(key).map((hash) => [hash, key] as const))
      expect(database.secrets).toEqual(new Map(hashes))
      const { memberships, invitations, messages, apiKeys, subscriptions } = database
      for (const table of [memberships, invitations, messages, apiKeys, subscriptions]) {
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

it("a purge that is taken back leaves everything as it was, and one that stands nothing", async () => {
  const batches = fc.record({ limit: fc.integer({ min: 1, max: 8 }), count: fc.integer({ min: 1, max: 8 }) })
  await fc.assert(
    fc.asyncProperty(steps, batches, async (taken, { limit, count }) => {
      const { database, store, acme } = await begun()
      const nobody = { usage: { keyId: null, holder: null, month: null }, billed: { at: BUILT_AT } }
      for (const step of taken) await take(step, store, store, acme.id)
      const found = await store.load(acme.id, {})
      await store.commit(following(found?.organization ?? acme, { activity: [] }, { status: "purging" }))
      const before = contents(database)
      const work = store.transaction(async (inside) => {
        for (let batch = 0; batch < count; batch++) {
          await inside.platform.purge(acme.id, limit)
          await store.load(acme.id, {})
        }
        throw new Error("undone")
      })
      await expect(work).rejects.toThrow("undone")
      await store.outbox.health()
      expect(contents(database)).toEqual(before)

      while ((await store.platform.purge(acme.id, limit)) === "more") await store.load(acme.id, {})
      expect(JSON.stringify(contents(database).filter((table) => JSON.stringify(table).includes(acme.id)))).toBe("[]")
      expect((await store.accounts.load(account.user("u_ada"), nobody)).usage.every(isPersonal)).toBe(true)
    }),
  )
})

const isPersonal = ({ organizationId }: UsageRow): boolean => organizationId === null
