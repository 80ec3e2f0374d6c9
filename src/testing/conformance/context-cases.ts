/**
 * The look-up of everything that a person can act in.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { Organization } from "../../organization/organization.ts"
import { aMembership, aProject, aProjectMembership } from "../builders.ts"
import { ALL, begin, type Check, change, times } from "./scene.ts"

const ADA = "u_ada" as UserId

const shown = ({ id, name, slug, logo, status }: Organization) => ({ id, name, slug, logo, status })

export const contextCases: readonly Check[] = [
  {
    name: "contexts.of answers the page of active and suspended organizations that the user is in, with membership and projects",
    run: async ({ store }) => {
      const [acme, globex, initech] = [await begin(store), await begin(store), await begin(store)]
      const [member, another] = [aMembership(acme, { userId: ADA }), aMembership(initech, { userId: ADA })]
      const own = times(3, () => aProject(globex))
      const places = own.slice(0, 2).map((project) => aProjectMembership(project, { userId: ADA, role: "lead" }))
      const site = aProject(initech, { status: "archived" })
      const both = aProjectMembership(site, { userId: ADA })
      await change(store, acme, { memberships: { insert: [member, aMembership(acme)] } })
      await change(store, globex, { projects: { insert: own }, projectMemberships: { insert: places.toReversed() } })
      const last = {
        memberships: { insert: [another] },
        projects: { insert: [site] },
        projectMemberships: { insert: [both] },
      }
      const suspended = await change(store, initech, last, { status: "suspended" })
      for (const status of ["deleted", "purging"] as const) {
        await begin(store, (gone) => ({ memberships: { insert: [aMembership(gone, { userId: ADA })] } }), { status })
      }
      const expected = [
        { organization: shown(acme), membership: member, projects: [] },
        {
          organization: shown(globex),
          membership: null,
          projects: own.slice(0, 2).map((project) => ({ project, role: "lead" })),
        },
        { organization: shown(suspended), membership: another, projects: [{ project: site, role: both.role }] },
      ]
      deepEqual(await store.contexts.of(ADA, ALL), expected)
      deepEqual(await store.contexts.of(ADA, { after: null, limit: 2 }), expected.slice(0, 2))
      deepEqual(await store.contexts.of(ADA, { after: globex.id, limit: 2 }), expected.slice(2))
      deepEqual(await store.contexts.of(ADA, { after: "account", limit: 1 }), expected.slice(0, 1))
      for (const nobody of ["u_Ada", "u_ada ", "u_"]) equal((await store.contexts.of(nobody as UserId, ALL)).length, 0)
    },
  },
]
