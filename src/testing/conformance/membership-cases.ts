/**
 * Reads of memberships, roles and activity inside one organization.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import type { EntryFilter, EntryRange } from "../../activity/repository.ts"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { MembershipId, RoleId } from "../../kernel/id.ts"
import type { Organization } from "../../organization/organization.ts"
import type { RoleName } from "../../role/role-name.ts"
import type { Store } from "../../store/store.ts"
import { aMembership, anEntry, anInvitation, aProject, aProjectMembership, aRole } from "../builders.ts"
import { ALL_ENTRIES, ALL_MEMBERS, begin, type Check, change, idsOf, later, loaded, times } from "./scene.ts"

const email = (text: string) => text as Email
const role = (text: string) => text as RoleName

export const membershipCases: readonly Check[] = [
  {
    name: "caller, memberOf and membership answer that membership, or null",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [ada, bob] = [aMembership(acme), aMembership(acme)]
      await change(store, acme, { memberships: { insert: [ada, bob] } })
      const found = await loaded(store, acme, { caller: ada.userId, memberOf: bob.userId, membership: ada.id })
      deepEqual([found.caller, found.memberOf, found.membership], [ada, bob, ada])
      const absent = await loaded(store, acme, {
        caller: "u_nobody" as UserId,
        memberOf: "u_nobody" as UserId,
        membership: "mem_nobody" as MembershipId,
      })
      deepEqual([absent.caller, absent.memberOf, absent.membership], [null, null, null])
    },
  },
  {
    name: "membersByEmail answers every membership that has one of those addresses",
    run: async ({ store }) => {
      const acme = await begin(store)
      const addresses = ["ada@acme.example", "bob@acme.example", "bob@acme.example", "cleo@acme.example"]
      const rows = addresses.map((address) => aMembership(acme, { email: address }))
      await change(store, acme, { memberships: { insert: rows } })
      const ask = async (...asked: string[]) =>
        idsOf((await loaded(store, acme, { membersByEmail: asked.map(email) })).membersByEmail).toSorted()
      deepEqual(await ask("bob@acme.example", "cleo@acme.example", "zoe@acme.example"), idsOf(rows.slice(1)))
      deepEqual(await ask("ada@acme.example", "ada@acme.example"), idsOf(rows.slice(0, 1)))
      deepEqual(await ask("da@acme.example", "ada@acme.exampl", "ada_acme.example"), [])
      deepEqual(await ask(), [])
    },
  },
  {
    name: "membersWithRole and memberCount answer how many there are, at every moment",
    run: async ({ store }) => {
      const acme = await begin(store)
      const counts = async () => {
        const found = await loaded(store, acme, { membersWithRole: role("owner"), memberCount: true })
        return [found.membersWithRole, found.memberCount]
      }
      deepEqual(await counts(), [0, 0])
      const rows = ["owner", "owner", "editor"].map((name) => aMembership(acme, { role: name }))
      const next = await change(store, acme, { memberships: { insert: rows } })
      deepEqual(await counts(), [2, 3])
      const [first, second, third] = rows
      if (first === undefined || second === undefined || third === undefined) throw new Error("three rows")
      await change(store, next, {
        memberships: {
          update: [
            { ...first, role: role("viewer") },
            { ...third, role: role("owner") },
          ],
          delete: [second.id],
        },
      })
      deepEqual(await counts(), [1, 2])
    },
  },
  {
    name: "members answers the page of memberships that match, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const rows = times(9, (index) =>
        aMembership(acme, {
          role: index % 3 === 0 ? "owner" : "viewer",
          email: `${index % 2 === 0 ? "a_" : "ax"}${index}@acme.example`,
        }),
      )
      await change(store, acme, { memberships: { insert: rows.toReversed() } })
      const ask = async (want: Partial<typeof ALL_MEMBERS>) =>
        idsOf((await loaded(store, acme, { members: { ...ALL_MEMBERS, ...want } })).members)
      const where = (matches: (index: number) => boolean) => idsOf(rows.filter((_, index) => matches(index)))
      const owners = where((index) => index % 3 === 0)
      const underscored = where((index) => index % 2 === 0)
      deepEqual(await ask({}), idsOf(rows))
      deepEqual(await ask({ limit: 4 }), idsOf(rows.slice(0, 4)))
      deepEqual(await ask({ after: rows[3]?.id ?? "", limit: 4 }), idsOf(rows.slice(4, 8)))
      deepEqual(await ask({ after: rows[8]?.id ?? "" }), [])
      deepEqual(await ask({ after: "mem_" }), idsOf(rows))
      deepEqual(await ask({ role: role("owner") }), owners)
      deepEqual(await ask({ role: role("owner"), after: owners[0] ?? "", limit: 1 }), owners.slice(1, 2))
      deepEqual(await ask({ role: role("Owner") }), [])
      deepEqual(await ask({ emailPrefix: "a_" }), underscored, "the underscore is a letter, not a wildcard")
      deepEqual(await ask({ emailPrefix: "a%" }), [])
      deepEqual(await ask({ emailPrefix: "a\\_" }), [])
      deepEqual(await ask({ emailPrefix: "a_4@acme.example" }), idsOf(rows.slice(4, 5)))
      deepEqual(await ask({ emailPrefix: "acme" }), [], "only from the start")
      deepEqual(await ask({ emailPrefix: "a_", after: underscored[1] ?? "", limit: 2 }), underscored.slice(2, 4))
      deepEqual(
        await ask({ emailPrefix: "ax", role: role("owner") }),
        where((index) => index % 6 === 3),
      )
    },
  },
  {
    name: "pages neither skip nor repeat a row that stands, whatever is written between them",
    run: async ({ store }) => {
      let acme = await begin(store)
      const rows = times(30, () => aMembership(acme))
      const standing = rows.filter((_, index) => index % 3 === 0)
      const going = rows.filter((_, index) => index % 3 === 1)
      const coming = rows.filter((_, index) => index % 3 === 2)
      acme = await change(store, acme, { memberships: { insert: [...standing, ...going] } })
      const seen: string[] = []
      let after: string | null = null
      for (;;) {
        const want: typeof ALL_MEMBERS = { ...ALL_MEMBERS, after, limit: 4 }
        const { members } = await loaded(store, acme, { members: want })
        seen.push(...idsOf(members))
        const [gone, come] = [going.pop(), coming.shift()]
        acme = await change(store, acme, {
          memberships: { insert: come === undefined ? [] : [come], delete: gone === undefined ? [] : [gone.id] },
        })
        if (members.length < 4) break
        after = members.at(-1)?.id ?? null
      }
      equal(new Set(seen).size, seen.length, "no row twice")
      deepEqual(
        idsOf(standing).filter((id) => !seen.includes(id)),
        [],
        "no row left out",
      )
      deepEqual(seen, seen.toSorted())
    },
  },
  {
    name: "roles answers every custom role of the organization, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const rows = times(5, () => aRole(acme))
      await change(store, acme, { roles: { insert: rows.toReversed() } })
      deepEqual((await loaded(store, acme, { roles: true })).roles, rows)
      deepEqual((await loaded(store, await begin(store), { roles: true })).roles, [])
    },
  },
  {
    name: "holders answers how many memberships, of projects too, and pending invitations carry the name of that role, or zeros",
    run: async ({ store }) => {
      const acme = await begin(store)
      const auditor = aRole(acme, { name: "auditor" })
      const project = aProject(acme)
      const offers = (...names: string[]) => names.map((name) => ({ projectId: project.id, role: role(name) }))
      await change(store, acme, {
        roles: { insert: [auditor] },
        projects: { insert: [project] },
        projectMemberships: {
          insert: ["auditor", "auditors"].map((name) => aProjectMembership(project, { role: name })),
        },
        memberships: {
          insert: ["auditor", "auditor", "Auditor", "viewer"].map((name) => aMembership(acme, { role: name })),
        },
        invitations: {
          insert: [
            anInvitation(acme, { role: "auditor" }),
            anInvitation(acme, { role: "auditor", expiresAt: later(-1) }),
            anInvitation(acme, { role: "auditor", status: "accepted" }),
            anInvitation(acme, { role: "auditor", status: "cancelled" }),
            anInvitation(acme, { role: "auditor", status: "declined" }),
            anInvitation(acme, { role: "auditors" }),
            anInvitation(acme, { role: "auditor", projects: offers("auditor") }),
            anInvitation(acme, { role: null, projects: offers("viewer", "auditor") }),
            anInvitation(acme, { role: null, projects: offers("auditor"), status: "declined" }),
          ],
        },
      })
      const holders = async (id: RoleId) => (await loaded(store, acme, { holders: id })).holders
      deepEqual(await holders(auditor.id), { memberships: 3, invitations: 4 })
      deepEqual(await holders("role_nobody" as RoleId), { memberships: 0, invitations: 0 })
    },
  },
  {
    name: "entries answers at most `limit` entries that match, by `seq`, past `after` in the order asked",
    run: async ({ store }) => {
      const acme = await begin(
        store,
        (organization) => ({
          activity: times(12, (index) =>
            anEntry(organization, {
              seq: index + 1,
              action: index % 2 === 0 ? "member.joined" : "member.left",
              actor: index % 3 === 0 ? "user:u_ada" : "user:u_bob",
              target: index < 6 ? "member:mem_1" : "member:mem_2",
              at: later(index),
            }),
          ),
        }),
        { revision: 12 },
      )
      const ask = (want: Partial<EntryFilter & EntryRange>) => seqs(store, acme, want)
      const from = (first: number, last: number) => times(last - first + 1, (index) => first + index)
      deepEqual(await ask({}), from(1, 12))
      deepEqual(await ask({ order: "descending" }), from(1, 12).toReversed())
      deepEqual(await ask({ after: 4, limit: 3 }), [5, 6, 7])
      deepEqual(await ask({ order: "descending", after: 4, limit: 2 }), [3, 2])
      deepEqual(await ask({ after: 0, limit: 2 }), [1, 2])
      deepEqual(await ask({ after: 12 }), [])
      deepEqual(await ask({ order: "descending", after: 1 }), [])
      deepEqual(await ask({ actions: ["member.left"] }), [2, 4, 6, 8, 10, 12])
      deepEqual(await ask({ actions: ["member.left", "member.joined"], limit: 2 }), [1, 2])
      deepEqual(await ask({ actions: [] }), [])
      deepEqual(await ask({ actor: "user:u_ada" }), [1, 4, 7, 10])
      deepEqual(await ask({ actor: "user:u_Ada" }), [])
      deepEqual(await ask({ target: "member:mem_2", order: "descending", limit: 2 }), [12, 11])
      deepEqual(await ask({ since: later(3), until: later(6) }), [4, 5, 6], "from `since` on and before `until`")
      deepEqual(await ask({ actor: "user:u_ada", target: "member:mem_1", actions: ["member.joined"] }), [1])
    },
  },
]

async function seqs(store: Store, organization: Organization, want: Partial<EntryFilter & EntryRange>) {
  const { entries } = await loaded(store, organization, { entries: { ...ALL_ENTRIES, ...want } })
  return entries.map(({ seq }) => seq)
}
