/**
 * Keys, rules and subscriptions come back as they went in.
 *
 * @module
 */
import { deepEqual } from "node:assert/strict"
import type { ApiKey } from "../../api-key/api-key.ts"
import type { UserId } from "../../kernel/actor.ts"
import type { MembershipId, ProjectId } from "../../kernel/id.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { EndpointRule, IpRule } from "../../restriction/restriction.ts"
import { BUILT_AT } from "../builders.ts"
import { anAccount, anApiKey, aRestriction, aSubscription } from "../key-builders.ts"
import { accountOf, begin, beginAccount, type Check, change, everythingOf, idsOf, later, loaded } from "./scene.ts"
import { WORDS } from "./words.ts"

const OWN = { payer: "organization", at: BUILT_AT, meters: false } as const

const ipRules = [
  { cidr: "10.0.0.0/8", api: null },
  { cidr: "2001:db8::/32", api: "images" },
] as unknown as readonly IpRule[]
const endpointRules = ["GET /v1/*", "images", "* /"] as readonly string[] as readonly EndpointRule[]

/** Every column set to something that is easily spoiled on its way. */
const full: Partial<ApiKey> = {
  name: WORDS,
  projectId: "prj_Ünï" as ProjectId,
  scopes: ["b.write", "a.read", WORDS],
  environment: "test",
  secret: { hash: hashSecret("full"), hint: " x ", expiresAt: later(1) },
  previous: { hash: hashSecret("full before"), hint: "", expiresAt: later(2) },
  enabled: false,
  expiresAt: later(3),
  revokedAt: later(4),
  ipRules,
  endpointRules,
  rateLimit: { limit: 1_000_000, windowSeconds: 1 },
  monthlyUnits: Number.MAX_SAFE_INTEGER,
  metadata: { text: WORDS, deep: { list: [1, 0.1, true, null, { empty: {} }] }, none: null },
  createdBy: { type: "user", id: WORDS },
  shownTo: [WORDS as UserId, "u_b" as UserId],
  createdAt: later(-1),
  revision: 7,
}

export const keyRowCases: readonly Check[] = [
  {
    name: "load and accounts.load answer every key as it was committed, null or not",
    run: async ({ store }) => {
      const acme = await begin(store)
      const held = { type: "member", userId: "u_a " as UserId, membershipId: "mem_a" as MembershipId } as const
      const hash = hashSecret("open")
      const previous = { hash: hashSecret("open before"), hint: "old", expiresAt: null }
      const rows = [
        anApiKey(acme, { ...full, holder: held } as Parameters<typeof anApiKey>[1]),
        anApiKey(acme, { secret: { hash, hint: "ab12", expiresAt: null }, previous, scopes: [WORDS] }),
        anApiKey(acme, { monthlyUnits: 1 }),
      ]
      await change(store, acme, { apiKeys: { insert: rows } })
      const found = await loaded(store, acme, { apiKeys: { holder: null, projectId: null, after: null, limit: 9 } })
      deepEqual(
        found.apiKeys.map(({ key }) => key),
        rows,
      )
      for (const row of rows) {
        deepEqual((await store.apiKeys.findBySecret(row.secret.hash, OWN))?.key, row)
        deepEqual((await loaded(store, acme, { actingKey: row.id })).actingKey, row)
      }
      const person = { type: "person", userId: "u_A" as UserId } as const
      const secret = { hash: hashSecret("personal"), hint: "x", expiresAt: null }
      const own = anApiKey(null, { ...full, secret, previous: null, holder: person } as Parameters<typeof anApiKey>[1])
      const account = await beginAccount(store, anAccount("u_A"), { apiKeys: { insert: [own] } })
      deepEqual((await everythingOf(store, account)).apiKeys[0]?.key, own)
    },
  },
  {
    name: "load answers every subscription as it was committed, null or not",
    run: async ({ store }) => {
      const acme = await begin(store)
      const account = accountOf(acme)
      const dates = { periodStart: later(1), periodEnd: later(2), occurredAt: later(-3) }
      const rows = [
        aSubscription(account, { product: "api", plan: WORDS, status: "past_due", quota: 0, ...dates, revision: 3 }),
        aSubscription(account, { product: "API", status: "incomplete", quota: Number.MAX_SAFE_INTEGER }),
        aSubscription(account, { product: "api ", status: "cancelled" }),
      ]
      const next = await change(store, acme, { subscriptions: { insert: rows } })
      const ask = async () => (await loaded(store, acme, { billed: OWN })).billed.subscriptions
      deepEqual(byId(await ask()), rows)
      const [first, second] = rows
      if (first === undefined || second === undefined) throw new Error("three rows")
      const paused = { ...first, status: "paused" as const, quota: null, periodStart: null, periodEnd: null }
      await change(store, next, { subscriptions: { update: [paused], delete: [second.id] } })
      deepEqual(byId(await ask()), [paused, ...rows.slice(2)])
    },
  },
  {
    name: "restrictions answers the restrictions of those subjects as they were committed",
    run: async ({ store }) => {
      const acme = await begin(store)
      const rows = [
        aRestriction(acme, { ipRules, endpointRules, revision: 5 }),
        aRestriction(acme, { id: "mem_a" as MembershipId, endpointRules: endpointRules.slice(0, 1) }),
        aRestriction(acme, { id: "mem_b" as MembershipId }),
      ]
      const next = await change(store, acme, { restrictions: { insert: rows } })
      const ask = async (...subjects: (typeof rows)[number]["id"][]) =>
        byId((await loaded(store, acme, { restrictions: subjects })).restrictions)
      deepEqual(await ask(...idsOf(rows)), byId(rows))
      deepEqual(await ask(acme.id, acme.id, "mem_nobody" as MembershipId), rows.slice(0, 1))
      deepEqual(await ask(), [])
      const [first, second] = rows
      if (first === undefined || second === undefined) throw new Error("three rows")
      const emptied = { ...first, ipRules: [], endpointRules: [] }
      await change(store, next, { restrictions: { update: [emptied], delete: [second.id] } })
      deepEqual(await ask(...idsOf(rows)), byId([emptied, ...rows.slice(2)]))
    },
  },
]

const byId = <Row extends Readonly<{ id: string }>>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
