/**
 * Reads of API keys inside their home, an organization or a person's account.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { ApiKey } from "../../api-key/api-key.ts"
import type { ApiKeyReads } from "../../api-key/repository.ts"
import type { UserId } from "../../kernel/actor.ts"
import type { ApiKeyId, MembershipId } from "../../kernel/id.ts"
import type { Membership } from "../../membership/membership.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Store } from "../../store/store.ts"
import { aMembership, anInvitation, BUILT_AT, type Columns } from "../builders.ts"
import { aConsumption, aCounter, anAccount, anApiKey } from "../key-builders.ts"
import {
  ALL_KEYS,
  accountOf,
  begin,
  beginAccount,
  type Check,
  change,
  idsOf,
  later,
  loaded,
  MINUTE,
  times,
} from "./scene.ts"

const NOBODY = "key_nobody" as ApiKeyId

const heldBy = ({ userId, id }: Membership): Columns<ApiKey> => ({
  holder: { type: "member", userId, membershipId: id },
})

const createdBy = (id: string, type = "user"): Columns<ApiKey> => ({ createdBy: { type, id } })

/** Counts one use of a key at that instant. */
const use = (store: Store, { organizationId, id: keyId, holder }: ApiKey, account: string, at: Date) =>
  store.usage.consume(
    aConsumption(account, {
      at,
      counter: aCounter({ organizationId, keyId, holder: holder.type === "organization" ? null : holder.userId }),
    }),
  )

async function askOne(store: Store, organization: Organization, id: ApiKeyId) {
  const { actingKey, apiKey } = await loaded(store, organization, { actingKey: id, apiKey: id })
  return [actingKey, apiKey?.key ?? null, apiKey?.member ?? null] as const
}

const keysOf = async (store: Store, organization: Organization, whose: ApiKeyReads["keysOf"]["want"]) =>
  idsOf((await loaded(store, organization, { keysOf: whose })).keysOf)

export const keyCases: readonly Check[] = [
  {
    name: "actingKey and apiKey answer that key, with the membership that holds it, or null; a deleted key is none",
    run: async ({ store }) => {
      const acme = await begin(store)
      const member = aMembership(acme)
      const [own, held, deleted] = [
        anApiKey(acme),
        anApiKey(acme, heldBy(member)),
        anApiKey(acme, { deletedAt: BUILT_AT }),
      ]
      const left = anApiKey(acme, heldBy(aMembership(acme, { userId: member.userId })))
      await change(store, acme, {
        memberships: { insert: [member] },
        apiKeys: { insert: [own, held, deleted, left] },
      })
      deepEqual(await askOne(store, acme, own.id), [own, own, null])
      deepEqual(await askOne(store, acme, held.id), [held, held, member])
      deepEqual(await askOne(store, acme, left.id), [left, left, null], "another membership of the same user")
      for (const id of [deleted.id, NOBODY]) deepEqual(await askOne(store, acme, id), [null, null, null])
    },
  },
  {
    name: "lastUsedAt is when a key was used last, to the minute, and never goes back; null before its first use",
    run: async ({ store }) => {
      const ada = anAccount("u_ada")
      const acme = await begin(store)
      const [key, other] = [anApiKey(acme), anApiKey(acme)]
      const own = anApiKey(null, { holder: { type: "person", userId: "u_ada" as UserId } })
      await change(store, acme, { apiKeys: { insert: [key, other] } })
      await beginAccount(store, ada, { apiKeys: { insert: [own] } })
      const ask = async () => {
        const { apiKeys } = await loaded(store, acme, { apiKeys: ALL_KEYS })
        const personal = await store.accounts.load(ada.id, { apiKey: own.id })
        return [...apiKeys.map(({ lastUsedAt }) => lastUsedAt), personal.apiKey?.lastUsedAt]
      }
      deepEqual(await ask(), [null, null, null])
      await use(store, key, accountOf(acme), later(2 * MINUTE + 30_500))
      await use(store, own, ada.id, later(MINUTE))
      deepEqual(await ask(), [later(2 * MINUTE), null, later(MINUTE)])
      await use(store, key, ada.id, later(MINUTE))
      deepEqual(await ask(), [later(2 * MINUTE), null, later(MINUTE)], "an earlier use, told later")
      await use(store, key, ada.id, later(3 * MINUTE))
      deepEqual(await ask(), [later(3 * MINUTE), null, later(MINUTE)], "whoever pays")
    },
  },
  {
    name: "apiKeys answers the page of keys that match and are not deleted, by id ascending, and apiKeyCount how many",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, bob] = [aMembership(acme), aMembership(acme)]
      const rows = times(12, (index) => {
        const columns = index % 3 === 0 ? heldBy(ada) : index % 3 === 1 ? heldBy(bob) : createdBy(ada.userId)
        const ended = index === 6 ? { revokedAt: BUILT_AT } : {}
        return anApiKey(acme, { ...columns, ...ended, deletedAt: index > 8 ? BUILT_AT : null })
      })
      const next = await change(store, acme, {
        memberships: { insert: [ada, bob] },
        apiKeys: { insert: rows.toReversed() },
      })
      const ask = async (want: Partial<typeof ALL_KEYS>) =>
        idsOf((await loaded(store, acme, { apiKeys: { ...ALL_KEYS, ...want } })).apiKeys.map(({ key }) => key))
      const listed = idsOf(rows.slice(0, 9))
      const adas = listed.filter((_, index) => index % 3 === 0)
      deepEqual(await ask({}), listed)
      deepEqual(await ask({ limit: 4 }), listed.slice(0, 4))
      deepEqual(await ask({ after: listed[3] ?? "", limit: 4 }), listed.slice(4, 8))
      deepEqual(await ask({ after: listed[8] ?? "" }), [])
      deepEqual(await ask({ holder: ada.userId }), adas, "revoked ones too")
      deepEqual(await ask({ holder: ada.userId, after: adas[0] ?? "", limit: 1 }), adas.slice(1, 2))
      deepEqual(await ask({ holder: "u_nobody" as UserId }), [])
      equal((await loaded(store, acme, { apiKeyCount: true })).apiKeyCount, 9)
      const [first] = rows
      if (first === undefined) throw new Error("twelve rows")
      await change(store, next, { apiKeys: { update: [{ ...first, deletedAt: BUILT_AT }] } })
      deepEqual(await ask({ holder: ada.userId }), adas.slice(1))
      equal((await loaded(store, acme, { apiKeyCount: true })).apiKeyCount, 8)
    },
  },
  {
    name: "keysOf answers every key, neither revoked nor deleted, that the user created or holds, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, bob] = [aMembership(acme), aMembership(acme)]
      const rows = [
        anApiKey(acme, createdBy(ada.userId)),
        anApiKey(acme, { ...heldBy(ada), ...createdBy(ada.userId), enabled: false, expiresAt: BUILT_AT }),
        anApiKey(acme, { ...heldBy(ada), ...createdBy(bob.userId) }),
        anApiKey(acme, heldBy(aMembership(acme, { userId: ada.userId }))),
        anApiKey(acme, { ...heldBy(bob), ...createdBy(ada.userId) }),
      ]
      const others = [
        anApiKey(acme, { ...heldBy(ada), revokedAt: BUILT_AT }),
        anApiKey(acme, { ...createdBy(ada.userId), revokedAt: BUILT_AT }),
        anApiKey(acme, { ...heldBy(ada), deletedAt: BUILT_AT }),
        anApiKey(acme, { ...createdBy(ada.userId), deletedAt: BUILT_AT }),
        anApiKey(acme, createdBy(ada.userId, "apiKey")),
        anApiKey(acme),
      ]
      await change(store, acme, {
        memberships: { insert: [ada, bob] },
        apiKeys: { insert: [...others, ...rows].toReversed() },
      })
      deepEqual(await keysOf(store, acme, { userId: ada.userId }), idsOf(rows))
      deepEqual(await keysOf(store, acme, { membershipId: ada.id }), idsOf(rows))
      deepEqual(await keysOf(store, acme, { userId: "u_nobody" as UserId }), [])
      deepEqual(await keysOf(store, acme, { membershipId: "mem_nobody" as MembershipId }), [])
    },
  },
  {
    name: "keysUsedSince answers how many keys were used last at that instant or later, deleted ones among them",
    run: async ({ store }) => {
      const acme = await begin(store)
      const keys = times(5, (index) => anApiKey(acme, { deletedAt: index === 0 ? BUILT_AT : null }))
      await change(store, acme, { apiKeys: { insert: keys } })
      const ask = async (at: Date) => (await loaded(store, acme, { keysUsedSince: at })).keysUsedSince
      equal(await ask(BUILT_AT), 0)
      for (const [index, key] of keys.slice(0, 4).entries()) {
        await use(store, key, accountOf(acme), later(index * MINUTE))
        await use(store, key, accountOf(acme), later(index * MINUTE))
      }
      deepEqual(await Promise.all([0, 1, 3, 4].map((minutes) => ask(later(minutes * MINUTE)))), [4, 3, 1, 0])
      for (const key of keys.slice(0, 2)) await use(store, key, "user:u_ada", later(9 * MINUTE))
      deepEqual(await Promise.all([0, 3, 9].map((minutes) => ask(later(minutes * MINUTE)))), [4, 3, 2])
    },
  },
  {
    name: "inviterKey answers the key that sent that invitation, or null when it is deleted or a person sent it",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [key, deleted] = [anApiKey(acme), anApiKey(acme, { deletedAt: BUILT_AT })]
      const sent = ([key.id, deleted.id, NOBODY, null] as const).map((apiKeyId) =>
        anInvitation(acme, { invitedBy: { userId: null, apiKeyId, name: null, email: null } }),
      )
      await change(store, acme, { apiKeys: { insert: [key, deleted] }, invitations: { insert: sent } })
      const ask = async ({ id }: (typeof sent)[number]) =>
        (await loaded(store, acme, { inviterKey: id })).inviterKey?.id ?? null
      deepEqual(await Promise.all(sent.map(ask)), [key.id, null, null, null])
    },
  },
]
