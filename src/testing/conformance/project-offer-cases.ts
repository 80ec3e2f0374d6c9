/**
 * What invitations offer in projects, and the keys that are bound to one.
 *
 * @module
 */
import { deepEqual } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { InvitationId, ProjectId } from "../../kernel/id.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { RoleName } from "../../role/role-name.ts"
import { aMembership, anInvitation, aProject, aProjectMembership, aRole, BUILT_AT } from "../builders.ts"
import { anApiKey } from "../key-builders.ts"
import { ALL, ALL_KEYS, begin, type Check, change, idsOf, later, loaded } from "./scene.ts"

const NOWHERE = "prj_nobody" as ProjectId
const role = (text: string) => text as RoleName

export const projectOfferCases: readonly Check[] = [
  {
    name: "inviterProjects, offeredProjects and isInviteeIn answer who sent an invitation, what it offers and whether its address is in",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [first, second, third] = [aProject(acme), aProject(acme), aProject(acme)]
      const ada = { userId: "u_ada" as UserId, apiKeyId: null, name: null, email: null }
      const places = [first, third].map((project) => aProjectMembership(project, { userId: "u_ada" }))
      const member = aMembership(acme)
      const projects = [second, first].map(({ id }) => ({ projectId: id, role: role("viewer") }))
      const offer = anInvitation(acme, { projects, invitedBy: ada })
      const toMember = anInvitation(acme, { email: member.email })
      const toPlace = anInvitation(acme, { email: places[1]?.email ?? "" })
      await change(store, acme, {
        memberships: { insert: [member] },
        projects: { insert: [first, second, third] },
        projectMemberships: { insert: places },
        invitations: { insert: [offer, toMember, toPlace] },
      })
      const ask = async (id: InvitationId) => {
        const found = await loaded(store, acme, { inviterProjects: id, offeredProjects: id, isInviteeIn: id })
        return [found.inviterProjects, found.offeredProjects, found.isInviteeIn]
      }
      deepEqual(await ask(offer.id), [places.slice(0, 1), [first, second], false])
      deepEqual(
        [await ask(toMember.id), await ask(toPlace.id)],
        [
          [[], [], true],
          [[], [], true],
        ],
      )
      deepEqual(await ask("inv_nobody" as InvitationId), [[], [], false])
      const hash = hashSecret("offer")
      const bob = "bob@acme.example" as Email
      const globex = await begin(store)
      const site = aProject(globex)
      const own = anInvitation(globex, {
        ...{ tokenHash: hash, email: bob, expiresAt: later(1) },
        projects: [{ projectId: site.id, role: role("viewer") }],
      })
      await change(store, globex, { projects: { insert: [site] }, invitations: { insert: [own] } })
      deepEqual((await store.invitations.findByToken(hash))?.projects, [site])
      deepEqual((await store.invitations.pendingFor(bob, BUILT_AT, ALL))[0]?.projects, [site])
    },
  },
  {
    name: "apiKey and apiKeys answer keys with the project that they are bound to; a filter by project answers those alone",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [project, other, member] = [aProject(acme), aProject(acme), aMembership(acme)]
      const { userId, id: membershipId } = member
      const holder = { type: "member", userId, membershipId } as const
      const keys = [
        anApiKey(acme, { projectId: project.id }),
        anApiKey(acme, { projectId: project.id, holder }),
        anApiKey(acme, { projectId: other.id, holder }),
        anApiKey(acme),
        anApiKey(acme, { projectId: project.id, deletedAt: BUILT_AT }),
      ]
      await change(store, acme, {
        memberships: { insert: [member] },
        projects: { insert: [project, other] },
        apiKeys: { insert: keys.toReversed() },
      })
      const ask = async (want: Partial<typeof ALL_KEYS>) =>
        (await loaded(store, acme, { apiKeys: { ...ALL_KEYS, ...want } })).apiKeys.map((listed) => [
          listed.key.id,
          listed.project,
        ])
      const [first, second, third, fourth] = idsOf(keys)
      deepEqual(await ask({}), [
        [first, project],
        [second, project],
        [third, other],
        [fourth, null],
      ])
      deepEqual(await ask({ projectId: project.id }), [
        [first, project],
        [second, project],
      ])
      deepEqual(await ask({ projectId: project.id, after: first ?? "", limit: 1 }), [[second, project]])
      deepEqual(await ask({ projectId: project.id, holder: userId }), [[second, project]])
      deepEqual(await ask({ projectId: NOWHERE }), [])
    },
  },
  {
    name: "findBySecret answers a bound key with its project, and its holder's role there with the custom role it stands for",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [project, member, custom] = [aProject(acme), aMembership(acme), aRole(acme, { name: "lead" })]
      const { userId, id: membershipId } = member
      const place = aProjectMembership(project, { userId, role: "lead" })
      const elsewhere = aProject(acme, { status: "archived", archivedAt: BUILT_AT })
      const key = (text: string, columns: Parameters<typeof anApiKey>[1]) =>
        anApiKey(acme, { secret: { hash: hashSecret(text), hint: text, expiresAt: null }, ...columns })
      const holder = { type: "member", userId, membershipId } as const
      await change(store, acme, {
        memberships: { insert: [member] },
        roles: { insert: [custom] },
        projects: { insert: [project, elsewhere] },
        projectMemberships: { insert: [place] },
        apiKeys: {
          insert: [
            key("held", { projectId: project.id, holder }),
            key("own", { projectId: project.id }),
            key("elsewhere", { projectId: elsewhere.id, holder }),
            key("free", {}),
          ],
        },
      })
      const ask = async (text: string) => {
        const found = await store.apiKeys.findBySecret(hashSecret(text), {
          payer: "organization",
          at: BUILT_AT,
          meters: false,
        })
        return [found?.project && { id: found.project.id, status: found.project.status }, found?.projectRole]
      }
      const at = { id: project.id, status: "active" }
      deepEqual(await ask("held"), [at, { name: "lead", custom }])
      deepEqual(
        [await ask("own"), await ask("free")],
        [
          [at, null],
          [null, null],
        ],
      )
      deepEqual(await ask("elsewhere"), [{ id: elsewhere.id, status: "archived" }, null])
    },
  },
]
