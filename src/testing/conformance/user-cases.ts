/**
 * People: where they are mentioned, and how that is forgotten.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { Entry } from "../../activity/activity.ts"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Store } from "../../store/store.ts"
import {
  aMembership,
  aMessage,
  anEntry,
  anInvitation,
  anOrganization,
  BUILT_AT,
  beginning,
  type Parts,
} from "../builders.ts"
import { anAccount, anApiKey } from "../key-builders.ts"
import { ALL, begin, beginAccount, type Check, everything, idsOf, loaded, times } from "./scene.ts"
import { beginTwins } from "./twins.ts"

const ada = { userId: "u_ada" as UserId, emails: ["ada@acme.example", "ada@globex.example"] as Email[] }
const [address] = ada.emails
const nobody = { userId: null, apiKeyId: null, name: null, email: null }
const from = (name: string | null, email: string | null = null) => ({
  ...nobody,
  userId: ada.userId,
  name,
  email: email as Email | null,
})
const held = { type: "member", userId: ada.userId, membershipId: "mem_gone" } as never

const part = (email: string) => ({ salt: "5a17", fields: { email } })
const [theirs, others] = [part("ada@acme.example"), part("bob@acme.example")]
const both = { actor: theirs, target: others }

/** Every way in which one row mentions Ada, each in an organization of its own. */
const MENTIONS: readonly ((organization: Organization) => Parts)[] = [
  (one) => ({ memberships: { insert: [aMembership(one, { userId: ada.userId })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { email: "ada@globex.example" })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { email: String(address), status: "declined" })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { acceptedBy: ada.userId, status: "accepted" })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { invitedBy: from(null) })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { invitedBy: from("Ada"), status: "cancelled" })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { invitedBy: from(null, address), status: "accepted" })] } }),
  (one) => ({ apiKeys: { insert: [anApiKey(one, { holder: held, revokedAt: BUILT_AT, name: "" })] } }),
  (one) => ({ apiKeys: { insert: [anApiKey(one, { holder: held, deletedAt: BUILT_AT })] } }),
  (one) => ({ activity: [anEntry(one, { actorUserId: ada.userId, personal: both })] }),
  (one) => ({ activity: [anEntry(one, { impersonatedBy: ada.userId, personal: both })] }),
  (one) => ({ activity: [anEntry(one, { targetUserId: ada.userId, personal: both })] }),
]

/** Rows that look like a mention of Ada, and hold nothing of hers. */
const NO_MENTIONS: typeof MENTIONS = [
  () => ({}),
  (one) => ({ memberships: { insert: [aMembership(one, { userId: "U_ADA", email: String(address) })] } }),
  (one) => ({ invitations: { insert: [anInvitation(one, { invitedBy: from(null), status: "cancelled" })] } }),
  (one) => ({ apiKeys: { insert: [anApiKey(one, { holder: held, deletedAt: BUILT_AT, name: "" })] } }),
  (one) => ({ apiKeys: { insert: [anApiKey(one, { createdBy: { type: "user", id: ada.userId } })] } }),
  (one) => ({
    activity: [
      anEntry(one, {
        ...{ actorUserId: ada.userId, impersonatedBy: ada.userId, targetUserId: "u_bob" },
        personal: { actor: null, target: others },
      }),
    ],
  }),
]

/** Begins one organization for each of those, with what it makes. */
async function beginAll(store: Store, all: typeof MENTIONS): Promise<readonly Organization[]> {
  const begun: Organization[] = []
  for (const parts of all) begun.push(await begin(store, parts))
  return begun
}

const forgetAll = async (store: Store, home: Parameters<Store["users"]["forget"]>[0], limit = 1000) => {
  const counts: number[] = []
  do counts.push(await store.users.forget(home, ada, limit))
  while (counts.at(-1) === limit)
  return counts
}

const personalOf = (entries: readonly Entry[]) => entries.map(({ personal }) => personal)

export const userCases: readonly Check[] = [
  {
    name: "organizationsOf answers the page of ids of organizations that hold anything of the person, by id ascending",
    run: async ({ store }) => {
      await beginAll(store, NO_MENTIONS)
      const ids = idsOf(await beginAll(store, MENTIONS)).toSorted()
      deepEqual(await store.users.organizationsOf(ada, ALL), ids)
      const pages = await Promise.all(
        times(ids.length, (at) => store.users.organizationsOf(ada, { after: ids[at] ?? null, limit: 2 })),
      )
      deepEqual(
        pages,
        ids.map((_, at) => ids.slice(at + 1, at + 3)),
      )
      deepEqual(await store.users.organizationsOf({ userId: "u_nobody" as UserId, emails: [] }, ALL), [])
    },
  },
  {
    name: "organizationsOf leaves out organizations that are being purged, and no others",
    run: async ({ store }) => {
      const [mention] = MENTIONS
      const begun = await Promise.all(
        (["active", "suspended", "purging", "deleted"] as const).map((status) => begin(store, mention, { status })),
      )
      const ids = idsOf(begun.filter(({ status }) => status !== "purging")).toSorted()
      deepEqual(await store.users.organizationsOf(ada, ALL), ids)
      deepEqual(await store.users.organizationsOf(ada, { after: null, limit: 2 }), ids.slice(0, 2))
    },
  },
  {
    name: "forget drops the person's part of every entry, salt included, and nobody else's",
    run: async ({ store }) => {
      const acme = anOrganization({ revision: 7 })
      const [sent, accepted, another] = [
        anInvitation(acme, { email: String(address), status: "declined" }),
        anInvitation(acme, { acceptedBy: ada.userId, status: "accepted" }),
        anInvitation(acme),
      ]
      const about = ({ id }: Readonly<{ id: string }>) => ({ target: `invitation:${id}` })
      const columns = [
        { actorUserId: ada.userId, targetUserId: "u_bob" },
        { actorUserId: "u_bob", impersonatedBy: ada.userId },
        { actorUserId: "u_bob", targetUserId: ada.userId },
        { actorUserId: ada.userId, ...about(sent) },
        about(accepted),
        about(another),
        { actorUserId: "U_ADA", targetUserId: "u_ada2" },
      ]
      const activity = columns.map((each, at) => anEntry(acme, { seq: at + 1, personal: both, ...each }))
      const invitations = { insert: [sent, accepted, another] }
      equal(await store.commit(beginning(acme, { activity, invitations })), "committed")
      await forgetAll(store, acme.id)
      const { entries } = await everything(store, acme)
      const [mine, its, none] = [
        { actor: null, target: others },
        { actor: theirs, target: null },
        { actor: null, target: null },
      ]
      deepEqual(personalOf(entries), [mine, mine, its, none, its, both, both])
      deepEqual(
        entries.map((entry) => ({ ...entry, personal: both })),
        activity,
      )
    },
  },
  {
    name: "forget takes payload and error from the messages about what it drops, and from no others",
    run: async ({ store }) => {
      const acme = anOrganization({ revision: 2 })
      const invitation = anInvitation(acme, { email: String(address), status: "cancelled" })
      const [entry, other] = [
        anEntry(acme, { seq: 1, targetUserId: ada.userId, personal: both }),
        anEntry(acme, { seq: 2, targetUserId: "u_bob", personal: both }),
      ]
      const outbox = [
        aMessage(acme, { subject: entry.id, error: "ada@acme.example bounced" }),
        aMessage(acme, { subject: other.id, seq: 2, error: "no route" }),
        aMessage(acme, { subject: invitation.id, topic: "invitation.email", state: "dead", error: "no such address" }),
      ]
      const invitations = { insert: [invitation] }
      equal(await store.commit(beginning(acme, { activity: [entry, other], invitations, outbox })), "committed")
      await forgetAll(store, acme.id)
      const blank = { payload: null, error: null }
      const [first, second, third] = outbox
      deepEqual(await store.outbox.list("queued", ALL), [{ ...first, ...blank }, second])
      deepEqual(await store.outbox.list("dead", ALL), [{ ...third, ...blank }])
    },
  },
  {
    name: "forget deletes invitations to the person that are not pending, and takes their name and address from those they sent",
    run: async ({ store }) => {
      const acme = anOrganization()
      const rows = [
        anInvitation(acme, { email: String(address) }),
        anInvitation(acme, { email: "ada@globex.example", status: "cancelled", invitedBy: from("Ada", address) }),
        anInvitation(acme, { acceptedBy: ada.userId, status: "accepted" }),
        anInvitation(acme, { invitedBy: from("Ada", address) }),
        anInvitation(acme, { invitedBy: from("Ada", address), status: "accepted", acceptedBy: "u_bob" }),
        anInvitation(acme, { invitedBy: { ...from("Bob"), userId: "u_bob" as UserId }, status: "declined" }),
      ]
      equal(await store.commit(beginning(acme, { invitations: { insert: rows } })), "committed")
      await forgetAll(store, acme.id)
      const { invitations } = await everything(store, acme)
      deepEqual(
        invitations.map(({ invitation }) => invitation),
        rows.flatMap((row, at) => [[row], [], [], [row], [{ ...row, invitedBy: from(null) }], [row]][at] ?? []),
      )
    },
  },
  {
    name: "forget takes the name and IP rules of deleted keys that the person holds, in an organization or on their account",
    run: async ({ store }) => {
      const ipRules = [{ cidr: "203.0.113.7/32", api: null }] as never
      const gone = { name: "Ada's", ipRules, deletedAt: BUILT_AT }
      const acme = await begin(store, (one) => ({
        apiKeys: { insert: [anApiKey(one, { ...gone, holder: held }), anApiKey(one, gone)] },
      }))
      const account = anAccount(ada.userId)
      const holder = { type: "person", userId: ada.userId } as const
      const kept = anApiKey(null, { holder, name: "Kept" })
      await beginAccount(store, account, { apiKeys: { insert: [anApiKey(null, { ...gone, holder }), kept] } })
      deepEqual([await forgetAll(store, acme.id), await forgetAll(store, account.id)], [[1], [1]])
      deepEqual([await store.users.forget(acme.id, ada, 9), await store.users.forget(account.id, ada, 9)], [0, 0])
      const { apiKey } = await store.accounts.load(account.id, { apiKey: kept.id })
      deepEqual(apiKey?.key, kept)
    },
  },
  {
    name: "forget drops at most `limit` rows at a time, and answers fewer only when nothing is left",
    run: async ({ store }) => {
      const acme = anOrganization({ revision: 3 })
      const activity = times(3, (at) => anEntry(acme, { seq: at + 1, actorUserId: ada.userId, personal: both }))
      const insert = times(2, () => anInvitation(acme, { email: String(address), status: "declined" }))
      const keys = [anApiKey(acme, { holder: held, deletedAt: BUILT_AT })]
      const parts = { activity, invitations: { insert }, apiKeys: { insert: keys } }
      equal(await store.commit(beginning(acme, parts)), "committed")
      equal(await store.users.forget(acme.id, ada, 2), 2)
      equal((await everything(store, acme)).entries.filter(({ personal }) => personal.actor === null).length, 2)
      deepEqual(await forgetAll(store, acme.id, 2), [2, 2, 0])
      deepEqual(await store.users.organizationsOf(ada, ALL), [])
    },
  },
  {
    name: "forget touches no revision, and no other organization, even where ids are the same in two",
    run: async ({ store }) => {
      const [acme, globex] = [await beginTwins(store, "Acme"), await beginTwins(store, "Globex")]
      const before = await everything(store, globex)
      const { members, invitations } = await everything(store, acme)
      const emails = [...members, ...invitations.map(({ invitation }) => invitation)].map(({ email }) => email)
      const [member] = members
      if (member === undefined) throw new Error("a twin has a member")
      await store.users.forget(acme.id, { userId: member.userId, emails }, 1000)
      deepEqual(await everything(store, globex), before)
      equal((await loaded(store, acme, {})).organization.revision, acme.revision)
    },
  },
]
