/**
 * The look-up of a key by its secret, with everything a verdict depends on.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict"
import type { ApiKey } from "../../api-key/api-key.ts"
import type { UserId } from "../../kernel/actor.ts"
import { hashSecret, type SecretHash } from "../../kernel/secret.ts"
import type { RoleName } from "../../role/role-name.ts"
import type { Store } from "../../store/store.ts"
import type { Meter } from "../../usage/usage.ts"
import { aMembership, aRole, BUILT_AT, type Columns } from "../builders.ts"
import { aConsumption, aHold, anAccount, anApiKey, aRestriction, aSubscription } from "../key-builders.ts"
import { accountOf, begin, beginAccount, type Check, change, later, MINUTE, times } from "./scene.ts"

const OWN = { payer: "organization", at: BUILT_AT, meters: true } as const
const OWNERS = { payer: { owner: "owner" as RoleName }, at: BUILT_AT, meters: true } as const

const secretOf = (text: string, expiresAt: Date | null = null): ApiKey["secret"] => ({
  hash: hashSecret(text),
  hint: text.slice(-4),
  expiresAt,
})

const keyBy = async (store: Store, text: string) => (await store.apiKeys.findBySecret(hashSecret(text), OWN))?.key

const personal = (userId: string, columns: Columns<ApiKey> = {}): ApiKey =>
  anApiKey(null, { holder: { type: "person", userId: userId as UserId }, ...columns })

const take = (store: Store, account: string, meter: Meter, units: number) =>
  store.usage.consume(aConsumption(account, { units, takes: [{ ...meter, cap: null }] }))

export const secretCases: readonly Check[] = [
  {
    name: "findBySecret answers the key one of whose secrets has that hash, expired or not; null when there is none",
    run: async ({ store }) => {
      const first = await begin(store)
      const key = anApiKey(first, { secret: secretOf("one") })
      let acme = await change(store, first, { apiKeys: { insert: [key, anApiKey(first)] } })
      deepEqual([await keyBy(store, "one"), await keyBy(store, "two")], [key, undefined])
      const rotated = { ...key, secret: secretOf("two"), previous: secretOf("one", later(-1)) }
      acme = await change(store, acme, { apiKeys: { update: [rotated] } })
      deepEqual([await keyBy(store, "one"), await keyBy(store, "two")], [rotated, rotated])
      const again = { ...key, secret: secretOf("three"), previous: secretOf("two") }
      acme = await change(store, acme, { apiKeys: { update: [again] } })
      deepEqual([await keyBy(store, "one"), await keyBy(store, "three")], [undefined, again])
      const revoked = { ...again, previous: null, enabled: false, expiresAt: later(-1), revokedAt: BUILT_AT }
      acme = await change(store, acme, { apiKeys: { update: [revoked] } }, { status: "deleted" })
      deepEqual([await keyBy(store, "two"), await keyBy(store, "three")], [undefined, revoked])
      const blank = { ...revoked.secret, hash: "" as SecretHash }
      const other = anApiKey(acme, { secret: blank, deletedAt: BUILT_AT })
      await change(store, acme, {
        apiKeys: { update: [{ ...revoked, secret: blank, deletedAt: BUILT_AT }], insert: [other] },
      })
      equal(await keyBy(store, "three"), undefined)
      equal(await store.apiKeys.findBySecret("" as SecretHash, OWN), null, "a deleted key is never found")
    },
  },
  {
    name: "findBySecret answers a member's key with the member, their custom role and the rules that bind both",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, role] = [aMembership(acme, { role: "auditor" }), aRole(acme, { name: "auditor" })]
      const [own, members] = [aRestriction(acme), aRestriction(acme, { id: ada.id })]
      const holder = { type: "member", userId: ada.userId, membershipId: ada.id } as const
      const keys = [anApiKey(acme, { holder, secret: secretOf("held") }), anApiKey(acme, { secret: secretOf("own") })]
      const next = await change(store, acme, {
        memberships: { insert: [ada] },
        roles: { insert: [role] },
        restrictions: { insert: [own, members] },
        apiKeys: { insert: keys },
      })
      const find = (text: string) => store.apiKeys.findBySecret(hashSecret(text), OWN)
      const billed = { account: accountOf(acme), subscriptions: [], meters: [] }
      const both = {
        organization: next,
        organizationRules: own,
        project: null,
        projectRole: null,
        isAlone: true,
        billed,
      }
      const none = { member: null, role: null, memberRules: null }
      deepEqual(await find("held"), { key: keys[0], ...both, member: ada, role, memberRules: members })
      deepEqual(await find("own"), { key: keys[1], ...both, ...none })
      const editor = { ...ada, role: "editor" as RoleName }
      const third = await change(store, next, {
        memberships: { update: [editor], insert: [aMembership(acme)] },
        restrictions: { delete: [own.id, members.id] },
      })
      const left = { ...both, organization: third, organizationRules: null, isAlone: false }
      deepEqual(await find("held"), { key: keys[0], ...left, ...none, member: editor })
      const last = await change(store, third, {
        memberships: { delete: [ada.id], insert: [aMembership(acme, { userId: ada.userId })] },
      })
      deepEqual(await find("held"), { key: keys[0], ...left, organization: last, ...none }, "who left does not hold it")
    },
  },
  {
    name: "findBySecret and billed answer the account that pays; without a holder of the role, the organization's own",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, bob] = [aMembership(acme, { role: "owner", userId: "u_ada" }), aMembership(acme)]
      const [own, adas] = [aSubscription(accountOf(acme)), aSubscription("user:u_ada")]
      await beginAccount(store, anAccount("u_ada"), { subscriptions: { insert: [adas] } })
      const next = await change(store, acme, {
        memberships: { insert: [ada, bob] },
        subscriptions: { insert: [own] },
        apiKeys: { insert: [anApiKey(acme, { secret: secretOf("one") })] },
      })
      const ask = async (by: typeof OWN | typeof OWNERS) => {
        const record = await store.apiKeys.findBySecret(hashSecret("one"), by)
        const found = await store.load(acme.id, { billed: by })
        deepEqual(record?.billed, found?.billed)
        return [found?.billed.account, found?.billed.subscriptions]
      }
      deepEqual(await ask(OWN), [accountOf(acme), [own]])
      deepEqual(await ask(OWNERS), ["user:u_ada", [adas]])
      const demoted = { ...ada, role: "viewer" as RoleName }
      const third = await change(store, next, { memberships: { update: [demoted] } })
      deepEqual(await ask(OWNERS), [accountOf(acme), [own]])
      await change(store, third, { memberships: { update: [{ ...bob, role: ada.role }] } })
      deepEqual(await ask(OWNERS), [`user:${bob.userId}`, []])
    },
  },
  {
    name: "findBySecret answers a personal key with its holder's account, whoever pays for organizations",
    run: async ({ store }) => {
      const subscription = aSubscription("user:u_ada")
      const key = personal("u_ada", { secret: secretOf("mine") })
      const parts = { apiKeys: { insert: [key] }, subscriptions: { insert: [subscription] } }
      const ada = await beginAccount(store, anAccount("u_ada"), parts)
      const nothing = { organization: null, member: null, role: null, project: null, projectRole: null }
      const rules = { organizationRules: null, memberRules: null, isAlone: true }
      const billed = { account: ada.id, subscriptions: [subscription], meters: [] }
      for (const by of [OWN, OWNERS]) {
        const record = await store.apiKeys.findBySecret(hashSecret("mine"), by)
        deepEqual(record, { key, ...nothing, ...rules, billed })
      }
    },
  },
  {
    name: "billed answers of each quota its newest period; findBySecret of the key's own meter too where meters are asked for, and of no other's",
    run: async ({ store }) => {
      const acme = await begin(store)
      const account = accountOf(acme)
      const [key, other] = [anApiKey(acme, { secret: secretOf("one") }), anApiKey(acme)]
      await change(store, acme, { apiKeys: { insert: [key, other] } })
      const meters = [
        { name: "quota api", period: "2026-02" },
        { name: "quota api", period: "2026-01" },
        { name: "quota mail", period: "2026-01" },
        { name: `key ${key.id}`, period: "2025-12" },
        { name: `key ${key.id}`, period: "2026-01" },
        { name: `key ${other.id}`, period: "2026-01" },
      ]
      for (const [index, meter] of meters.entries()) await take(store, account, meter, index + 1)
      await take(store, "user:u_ada", { name: "quota api", period: "2026-03" }, 50)
      const kept = aConsumption(account, { units: 7, takes: [{ name: "quota mail", period: "2026-01", cap: null }] })
      await store.usage.hold(kept, aHold({ expiresAt: later(MINUTE) }))
      const quotas = (held: number) => [
        { name: "quota api", period: "2026-02", used: 1, held: 0 },
        { name: "quota mail", period: "2026-01", used: 3, held },
      ]
      const own = { name: `key ${key.id}`, period: "2026-01", used: 5, held: 0 }
      for (const [at, held] of [
        [BUILT_AT, 7],
        [later(MINUTE), 0],
        [later(MINUTE - 1), 7],
      ] as const) {
        const record = await store.apiKeys.findBySecret(hashSecret("one"), { ...OWN, at })
        deepEqual(byName(record?.billed.meters), byName([...quotas(held), own]))
        const unasked = await store.apiKeys.findBySecret(hashSecret("one"), { ...OWN, at, meters: false })
        deepEqual(unasked, record && { ...record, billed: { ...record.billed, meters: [] } })
        const found = await store.load(acme.id, { billed: { ...OWN, at } })
        deepEqual(byName(found?.billed.meters), quotas(held))
        const billed = await store.accounts.load(account, { billed: { at } })
        deepEqual(byName(billed.billed.meters), quotas(held))
      }
    },
  },
  {
    name: "findBySecret answers everything as of one instant",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const key = anApiKey(acme, { secret: secretOf("one"), revision: 2 })
      const rules = aRestriction(acme, { revision: 2 })
      const first = await change(store, acme, { apiKeys: { insert: [key] }, restrictions: { insert: [rules] } })
      const writer = async () => {
        let current = first
        for (let round = 0; round < 10; round++) {
          const revision = current.revision + 1
          const update = {
            apiKeys: { update: [{ ...key, revision }] },
            restrictions: { update: [{ ...rules, revision }] },
          }
          current = await change(other, current, update)
        }
      }
      const reader = async () => {
        for (let round = 0; round < 10; round++) {
          const record = await store.apiKeys.findBySecret(key.secret.hash, OWN)
          ok(record !== null)
          const { organization, organizationRules } = record
          deepEqual(
            [record.key.revision, organizationRules?.revision],
            times(2, () => organization?.revision),
          )
        }
      }
      await Promise.all([writer(), reader(), reader()])
    },
  },
]

const byName = (meters: readonly Meter[] = []): readonly Meter[] =>
  meters.toSorted((a, b) => (a.name < b.name ? -1 : 1))
