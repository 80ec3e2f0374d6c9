/**
 * Rows come back as they went in, and belong to whoever asked.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { MembershipId, ProjectId } from "../../kernel/id.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { RoleName } from "../../role/role-name.ts"
import { aMembership, aMessage, anEntry, anInvitation, aProject, aProjectMembership, aRole } from "../builders.ts"
import { anApiKey, aRestriction, aSubscription } from "../key-builders.ts"
import { ALL, accountOf, begin, type Check, change, everything, idsOf, later, loaded } from "./scene.ts"
import { WORDS } from "./words.ts"

/** JSON that is easily spoiled on its way. */
const metadata = { text: WORDS, deep: { list: [1, 0.1, -2.5e-7, true, null, { empty: {} }] }, zero: 0, none: null }

export const rowCases: readonly Check[] = [
  {
    name: "load answers every row as it was committed, null or not",
    run: async ({ store }) => {
      const acme = await begin(store, () => ({}), {
        name: WORDS,
        logo: "https://acme.example/logo.png?a=b&c=%20",
        timezone: "Europe/Lisbon",
        metadata,
        status: "deleted",
        createdAt: later(-1),
        deletedAt: later(5),
        seatsReached: { period: WORDS, percent: 80, taken: 8, cap: 10 },
        ownershipOffer: {
          membershipId: "mem_1" as MembershipId,
          by: "mem_2" as MembershipId,
          previousRole: WORDS as RoleName,
          expiresAt: later(6),
        },
      })
      const inviter = { userId: "u_ada" as UserId, apiKeyId: null, name: WORDS, email: "ada@acme.example" as Email }
      const members = [aMembership(acme, { name: WORDS, metadata, joinedAt: later(1), revision: 7 }), aMembership(acme)]
      const invitations = [
        anInvitation(acme, {
          role: null,
          projects: [
            { projectId: "prj_2" as ProjectId, role: WORDS as RoleName },
            { projectId: "prj_1" as ProjectId, role: "viewer" as RoleName },
          ],
          locale: "pt-BR",
          status: "accepted",
          invitedBy: inviter,
          acceptedBy: "u_bob",
          createdAt: later(1),
          sentAt: later(2),
          expiresAt: later(3),
          revision: 3,
        }),
        anInvitation(acme),
      ]
      const roles = [
        aRole(acme, { description: WORDS, permissions: ["a.read", "b.*"], createdAt: later(4), revision: 2 }),
        aRole(acme),
      ]
      const archived = {
        name: WORDS,
        status: "archived",
        createdAt: later(5),
        archivedAt: later(6),
        revision: 4,
      } as const
      const projects = [aProject(acme, archived), aProject(acme)]
      const places = projects.map((project) =>
        aProjectMembership(project, { name: WORDS, joinedAt: later(7), revision: 5 }),
      )
      const entry = anEntry(acme, {
        seq: 2,
        at: later(5),
        body: `{"b":1,"a":{"z":[null,true,0.1,1e21],"text":${JSON.stringify(WORDS)}}}`,
        personal: { actor: { salt: "5a17", fields: { email: "ada@acme.example", name: WORDS } }, target: null },
      })
      const messages = [
        aMessage(acme, { topic: "invitation.email", payload: WORDS, createdAt: later(6), dueAt: later(7), seq: 2 }),
        aMessage(acme, { payload: null, attempts: 3, lease: "w", leasedUntil: later(8), error: WORDS }),
      ]
      const next = await change(store, acme, {
        memberships: { insert: members },
        invitations: { insert: invitations },
        roles: { insert: roles },
        projects: { insert: projects },
        projectMemberships: { insert: places },
        activity: [entry],
        outbox: messages,
      })
      const found = await everything(store, acme)
      deepEqual(found.organization, next)
      deepEqual(found.members, members)
      deepEqual(
        found.invitations.map(({ invitation }) => invitation),
        invitations,
      )
      deepEqual(found.roles, roles)
      deepEqual(found.projects, projects)
      for (const place of places) {
        deepEqual((await loaded(store, acme, { projectMembership: place.id })).projectMembership, place)
      }
      deepEqual(found.entries[1], entry)
      deepEqual(await store.outbox.list("queued", ALL), messages)
    },
  },
  {
    name: "text is kept to the byte: case, accents, their composition and trailing spaces tell ids apart",
    run: async ({ store }) => {
      const users = ["u_a", "u_A", "u_a ", " u_a", "u_\u00e1", "u_a\u0301", "u_ａ", "u_ß", "u_ss", "u_'", "u_\\", "u_%"]
      const names = ["owner", "Owner", "ówner", "owner "]
      const acme = await begin(store, (organization) => ({
        memberships: { insert: users.map((userId) => aMembership(organization, { userId })) },
      }))
      for (const userId of users) {
        const { memberOf } = await loaded(store, acme, { memberOf: userId as UserId })
        equal(memberOf?.userId, userId)
      }
      for (const absent of ["U_a", "u_a  ", "u_", "%"]) {
        const { caller } = await loaded(store, acme, { caller: absent as UserId })
        equal(caller, null, JSON.stringify(absent))
      }
      const globex = await begin(store, (organization) => ({
        memberships: { insert: names.map((role) => aMembership(organization, { role })) },
        invitations: { insert: names.map((role) => anInvitation(organization, { role })) },
      }))
      for (const role of names) {
        const { membersWithRole } = await loaded(store, globex, { membersWithRole: role as RoleName })
        equal(membersWithRole, 1, role)
      }
    },
  },
  {
    name: "instants are kept to the millisecond",
    run: async ({ store }) => {
      const instants = ["1969-12-31T23:59:59.999Z", "2026-03-29T01:30:00.001Z", "2026-10-25T01:30:00.999Z"]
      const acme = await begin(store, (organization) => ({
        memberships: {
          insert: instants.map((text) => aMembership(organization, { joinedAt: new Date(text) })),
        },
      }))
      const { members } = await everything(store, acme)
      deepEqual(
        members.map(({ joinedAt }) => joinedAt.toISOString()),
        instants,
      )
    },
  },
  {
    name: "rows that are answered are the caller's own: changing them changes nothing in the store",
    run: async ({ store }) => {
      const hash = hashSecret("own")
      const acme = await begin(
        store,
        (organization) => ({
          memberships: { insert: [aMembership(organization, { email: "own@acme.example" })] },
          invitations: { insert: [anInvitation(organization, { tokenHash: hash })] },
          roles: { insert: [aRole(organization, { permissions: ["a.read"] })] },
          apiKeys: { insert: [anApiKey(organization, { scopes: ["a.read"], expiresAt: later(1) })] },
          restrictions: { insert: [aRestriction(organization)] },
          subscriptions: { insert: [aSubscription(accountOf(organization), { periodStart: later(1) })] },
          outbox: [aMessage(organization)],
        }),
        { metadata: { plan: { name: "pro" } } },
      )
      const readAll = async () => ({
        rows: await everything(store, acme),
        received: await store.invitations.findByToken(hash),
        messages: await store.outbox.list("queued", ALL),
        health: await store.outbox.health(),
      })
      const before = structuredClone(await readAll())
      spoil(await readAll())
      deepEqual(await readAll(), before)
    },
  },
  {
    name: "load answers null when there is no such organization",
    run: async ({ store }) => {
      const acme = await begin(store)
      equal(await store.load("org_nobody" as typeof acme.id, { memberCount: true }), null)
    },
  },
  {
    name: "a key that is absent or undefined is not read",
    run: async ({ store }) => {
      const acme = await begin(store)
      const found = await loaded(store, acme, { caller: undefined, memberCount: true })
      deepEqual([found.caller, found.memberCount, "roles" in found], [undefined, 0, false])
    },
  },
  {
    name: "commit inserts, updates and deletes rows",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [staying, going] = [aMembership(acme), aMembership(acme)]
      const [offer, withdrawn] = [anInvitation(acme), anInvitation(acme)]
      const [kept, dropped] = [aRole(acme), aRole(acme)]
      const next = await change(store, acme, {
        memberships: { insert: [staying, going] },
        invitations: { insert: [offer, withdrawn] },
        roles: { insert: [kept, dropped] },
      })
      const promoted = { ...staying, role: "editor" as RoleName, name: "Ada", revision: 3 }
      const accepted = { ...offer, status: "accepted" as const, acceptedBy: staying.userId, revision: 3 }
      const widened = { ...kept, permissions: ["a.read"], description: "Reads", revision: 3 }
      const last = await change(
        store,
        next,
        {
          memberships: { update: [promoted], delete: [going.id], insert: [] },
          invitations: { update: [accepted], delete: [withdrawn.id] },
          roles: { update: [widened], delete: [dropped.id] },
        },
        { name: "Acme & Sons" },
      )
      const found = await everything(store, acme)
      deepEqual(found.organization, last)
      deepEqual(found.members, [promoted])
      deepEqual(idsOf(found.invitations.map(({ invitation }) => invitation)), [offer.id])
      deepEqual(found.invitations[0]?.invitation, accepted)
      deepEqual(found.roles, [widened])
    },
  },
  {
    name: "one commit can free what is unique in an organization and take it anew",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [old, fresh] = [anInvitation(acme, { email: "bob@acme.example" }), anInvitation(acme)]
      const [left, back] = [aMembership(acme, { userId: "u_bob" }), aMembership(acme, { userId: "u_bob" })]
      const next = await change(store, acme, { invitations: { insert: [old] }, memberships: { insert: [left] } })
      await change(store, next, {
        invitations: { update: [{ ...old, status: "cancelled" }], insert: [{ ...fresh, email: old.email }] },
        memberships: { delete: [left.id], insert: [back] },
      })
      const found = await loaded(store, acme, { pendingByEmail: [old.email], memberOf: left.userId })
      deepEqual([idsOf(found.pendingByEmail), found.memberOf?.id], [[fresh.id], back.id])
    },
  },
]

/** Changes everything inside `value` that lets itself be changed. */
function spoil(value: unknown): void {
  if (value instanceof Date) value.setTime(0)
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      spoil(inner)
      if (typeof inner !== "object") Reflect.set(value, key, "spoiled")
    }
    if (Array.isArray(value) && Object.isExtensible(value)) value.push("spoiled")
  }
}
