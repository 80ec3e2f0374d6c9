/**
 * Reads of invitations, inside one organization and across them.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { Delivery, Invitation } from "../../invitation/invitation.ts"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { InvitationId, MembershipId } from "../../kernel/id.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Message, MessageState } from "../../outbox/message.ts"
import { aMembership, aMessage, anInvitation, aProject, aProjectMembership } from "../builders.ts"
import { ALL, ALL_INVITATIONS, begin, type Check, change, idsOf, later, loaded, MINUTE, times } from "./scene.ts"

const BOB = "bob@acme.example" as Email
const NOBODY = "inv_nobody" as InvitationId

const sentBy = (userId: UserId | null): Readonly<{ invitedBy: Invitation["invitedBy"] }> => ({
  invitedBy: { userId, apiKeyId: null, name: null, email: null },
})

export const invitationCases: readonly Check[] = [
  {
    name: "invitation and inviter answer that invitation and the membership of who sent it, or null",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, gone] = [aMembership(acme), aMembership(acme)]
      const fromAda = anInvitation(acme, sentBy(ada.userId))
      const fromGone = anInvitation(acme, sentBy(gone.userId))
      const fromHost = anInvitation(acme, sentBy(null))
      await change(store, acme, {
        memberships: { insert: [ada] },
        invitations: { insert: [fromAda, fromGone, fromHost] },
      })
      const ask = async (id: InvitationId) => {
        const { invitation, inviter } = await loaded(store, acme, { invitation: id, inviter: id })
        return [invitation, inviter]
      }
      deepEqual(await ask(fromAda.id), [fromAda, ada])
      deepEqual(await ask(fromGone.id), [fromGone, null])
      deepEqual(await ask(fromHost.id), [fromHost, null])
      deepEqual(await ask(NOBODY), [null, null])
    },
  },
  {
    name: "delivery answers the state of the e-mail that the invitation's `messageId` names, or null",
    run: async ({ store }) => {
      const states: readonly (readonly [MessageState | "not kept", Delivery["state"]])[] = [
        ["queued", "queued"],
        ["sent", "sent"],
        ["dead", "failed"],
        ["dropped", "failed"],
        ["not kept", "failed"],
      ]
      for (const [state, expected] of states) {
        const acme = await begin(store)
        const invitation = anInvitation(acme)
        const reason = state === "not kept" || state === "sent" ? null : `why it is ${state}`
        const letter = (columns: Partial<Message>) => aMessage(acme, { topic: "invitation.email", ...columns })
        const newest = state === "not kept" ? [] : [letter({ id: invitation.messageId, state, error: reason })]
        const older = letter({ subject: invitation.id, state: "sent", error: "an older one" })
        await change(store, acme, { invitations: { insert: [invitation] }, outbox: [...newest, older] })
        const found = await loaded(store, acme, { delivery: invitation.id, invitations: ALL_INVITATIONS })
        deepEqual(found.delivery, { state: expected, reason })
        deepEqual(found.invitations, [{ invitation, delivery: found.delivery }])
        equal((await loaded(store, acme, { delivery: NOBODY })).delivery, null)
      }
    },
  },
  {
    name: "pendingByEmail answers every pending invitation, expired ones included, to one of those addresses",
    run: async ({ store }) => {
      const acme = await begin(store)
      const live = anInvitation(acme, { email: BOB })
      const expired = anInvitation(acme, { email: "cleo@acme.example", expiresAt: later(-1) })
      const closed = (["accepted", "declined", "cancelled"] as const).map((status) =>
        anInvitation(acme, { email: BOB, status }),
      )
      await change(store, acme, { invitations: { insert: [live, expired, ...closed] } })
      const ask = async (...asked: string[]) =>
        idsOf((await loaded(store, acme, { pendingByEmail: asked as unknown as Email[] })).pendingByEmail).toSorted()
      deepEqual(await ask(BOB, "cleo@acme.example", "zoe@acme.example", BOB), [live.id, expired.id])
      deepEqual(await ask("ob@acme.example"), [])
      deepEqual(await ask(), [])
    },
  },
  {
    name: "pendingFrom answers every pending invitation, unexpired at that instant, that the sender sent, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, bob] = [aMembership(acme), aMembership(acme)]
      const mine = (columns: Partial<Invitation>) => anInvitation(acme, { ...sentBy(ada.userId), ...columns })
      const live = times(3, () => mine({ expiresAt: later(1) }))
      const others = [
        mine({ expiresAt: later(0) }),
        mine({ status: "cancelled" }),
        anInvitation(acme, sentBy(bob.userId)),
        anInvitation(acme),
      ]
      await change(store, acme, {
        memberships: { insert: [ada, bob] },
        invitations: { insert: [...others, ...live.toReversed()] },
      })
      const at = later(0)
      for (const sender of [{ userId: ada.userId }, { membershipId: ada.id }]) {
        deepEqual((await loaded(store, acme, { pendingFrom: { sender, at } })).pendingFrom, live)
      }
      const nobody = { membershipId: "mem_nobody" as MembershipId }
      deepEqual((await loaded(store, acme, { pendingFrom: { sender: nobody, at } })).pendingFrom, [])
    },
  },
  {
    name: "pendingTo answers every pending invitation, expired ones included, to an address that this user alone has in the organization or in its projects, by id ascending",
    run: async ({ store }) => {
      const [acme, globex] = [await begin(store), await begin(store)]
      const [ada, cleo] = ["u_ada" as UserId, "u_cleo" as UserId]
      const to = (name: string) => ({ email: `${name}@acme.example` as Email })
      const member = aMembership(acme, { userId: ada, ...to("ada") })
      const project = aProject(acme)
      const placed = (userId: UserId, name: string) => aProjectMembership(project, { userId, ...to(name) })
      const others = [placed(cleo, "shared"), placed("u_dan" as UserId, "dan")]
      const open = [anInvitation(acme, to("ada")), anInvitation(acme, { ...to("place"), expiresAt: later(-1) })]
      const rest = [
        ...["shared", "dan", "nobody"].map((name) => anInvitation(acme, to(name))),
        ...(["accepted", "declined", "cancelled"] as const).map((status) =>
          anInvitation(acme, { ...to("ada"), status }),
        ),
      ]
      await change(store, acme, {
        memberships: { insert: [member, aMembership(acme, { userId: cleo, ...to("cleo") })] },
        projects: { insert: [project, aProject(acme)] },
        projectMemberships: { insert: [placed(ada, "place"), ...others] },
        invitations: { insert: [...rest, ...open.toReversed()] },
      })
      const elsewhere = [aMembership(globex, { userId: ada, ...to("shared") }), aMembership(globex, to("ada"))]
      await change(store, globex, {
        memberships: { insert: elsewhere },
        invitations: { insert: [anInvitation(globex, to("ada")), anInvitation(globex, to("shared"))] },
      })
      const ask = async (organization: Organization, userId: UserId) =>
        idsOf((await loaded(store, organization, { pendingTo: userId })).pendingTo)
      deepEqual(await ask(acme, ada), idsOf(open))
      deepEqual(await ask(acme, cleo), [rest[0]?.id])
      deepEqual(await ask(acme, "u_nobody" as UserId), [])
      deepEqual((await ask(globex, ada)).length, 1)
    },
  },
  {
    name: "pendingCount answers how many pending invitations expire after that instant and go to an address that nobody has who is in the organization or in one of its projects",
    run: async ({ store }) => {
      const acme = await begin(store)
      const member = aMembership(acme)
      const project = aProject(acme)
      const outsider = aProjectMembership(project)
      await change(store, acme, {
        memberships: { insert: [member] },
        projects: { insert: [project] },
        projectMemberships: { insert: [outsider] },
        invitations: {
          insert: [
            anInvitation(acme, { expiresAt: later(5), email: outsider.email }),
            ...times(3, (index) => anInvitation(acme, { expiresAt: later(index) })),
            anInvitation(acme, { expiresAt: later(5), email: member.email }),
            anInvitation(acme, { expiresAt: later(5), status: "accepted" }),
          ],
        },
      })
      const count = async (milliseconds: number) =>
        (await loaded(store, acme, { pendingCount: later(milliseconds) })).pendingCount
      deepEqual([await count(-1), await count(0), await count(1), await count(2)], [3, 2, 1, 0])
    },
  },
  {
    name: "invitations answers the page of invitations that match, each with its delivery, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const rows = times(8, (index) =>
        anInvitation(acme, {
          status: index < 5 ? "pending" : index < 7 ? "accepted" : "cancelled",
          expiresAt: later(index),
        }),
      )
      const outbox = rows.map(({ messageId: id }) => aMessage(acme, { id, topic: "invitation.email" }))
      await change(store, acme, { invitations: { insert: rows.toReversed() }, outbox })
      const ask = async (want: Partial<typeof ALL_INVITATIONS>) => {
        const { invitations } = await loaded(store, acme, { invitations: { ...ALL_INVITATIONS, ...want } })
        for (const { delivery } of invitations) deepEqual(delivery, { state: "queued", reason: null })
        return idsOf(invitations.map(({ invitation }) => invitation))
      }
      const ids = idsOf(rows)
      deepEqual(await ask({}), ids)
      deepEqual(await ask({ limit: 3, after: ids[1] ?? null }), ids.slice(2, 5))
      deepEqual(await ask({ status: "accepted" }), ids.slice(5, 7))
      deepEqual(await ask({ status: "pending", liveAt: later(2) }), ids.slice(3, 5), "`liveAt` is before `expiresAt`")
      deepEqual(await ask({ status: "pending", expiredAt: later(2) }), ids.slice(0, 3), "`expiredAt` is at or after it")
      deepEqual(await ask({ status: "pending", limit: 2, after: ids[2] ?? null }), ids.slice(3, 5))
      deepEqual(await ask({ liveAt: later(6), limit: 1 }), ids.slice(7))
    },
  },
  {
    name: "findByToken answers the invitation whose current token has that hash, whatever its status, of an active or suspended organization",
    run: async ({ store }) => {
      const hash = hashSecret("first")
      for (const status of ["pending", "accepted", "declined", "cancelled"] as const) {
        const tokenHash = hashSecret(`token of ${status}`)
        const acme = await begin(store)
        const invitation = anInvitation(acme, { status, tokenHash })
        await change(store, acme, { invitations: { insert: [invitation] } }, { name: "Renamed" })
        deepEqual(await store.invitations.findByToken(tokenHash), {
          invitation,
          organizationName: "Renamed",
          projects: [],
        })
      }
      let acme = await begin(store)
      const invitation = anInvitation(acme, { tokenHash: hash })
      acme = await change(store, acme, { invitations: { insert: [invitation] } })
      for (const status of ["suspended", "deleted", "purging", "active"] as const) {
        acme = await change(store, acme, {}, { status })
        const found = await store.invitations.findByToken(hash)
        equal(found !== null, status === "active" || status === "suspended", status)
      }
      const resent = { ...invitation, tokenHash: hashSecret("second") }
      await change(store, acme, { invitations: { update: [resent] } })
      equal(await store.invitations.findByToken(hash), null, "the old token is dead")
      deepEqual((await store.invitations.findByToken(resent.tokenHash))?.invitation, resent)
      equal(await store.invitations.findByToken(hashSecret("nothing")), null)
    },
  },
  {
    name: "pendingFor answers the page of pending invitations to that address that expire after `at`, of active organizations only, by id ascending",
    run: async ({ store }) => {
      const expected: Invitation[] = []
      for (let index = 0; index < 5; index++) {
        const acme = await begin(store, () => ({}), { name: `Organization ${index}` })
        const invitation = anInvitation(acme, { email: BOB, expiresAt: later(1) })
        await change(store, acme, { invitations: { insert: [invitation, anInvitation(acme)] } })
        expected.push(invitation)
      }
      for (const status of ["suspended", "deleted", "purging"] as const) {
        await begin(store, (other) => ({ invitations: { insert: [anInvitation(other, { email: BOB })] } }), { status })
      }
      const closed = (organization: Organization) => [
        anInvitation(organization, { email: BOB, expiresAt: later(0) }),
        anInvitation(organization, { email: BOB, status: "accepted" }),
      ]
      await begin(store, (other) => ({ invitations: { insert: closed(other) } }))
      const ask = (by: Partial<typeof ALL>) => store.invitations.pendingFor(BOB, later(0), { ...ALL, ...by })
      deepEqual(
        await ask({}),
        expected.map((invitation, index) => ({ invitation, organizationName: `Organization ${index}`, projects: [] })),
      )
      const page = await ask({ after: expected[1]?.id ?? null, limit: 2 })
      deepEqual(idsOf(page.map(({ invitation }) => invitation)), idsOf(expected.slice(2, 4)))
      deepEqual(await store.invitations.pendingFor(BOB, later(MINUTE), ALL), [])
      deepEqual(await store.invitations.pendingFor("ob@acme.example" as Email, later(0), ALL), [])
    },
  },
]
