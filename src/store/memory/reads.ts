/**
 * Every read inside one organization.
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import type { EntryFilter, EntryRange } from "../../activity/repository.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { Membership } from "../../membership/membership.ts"
import type { MembershipFilter } from "../../membership/repository.ts"
import type { RoleName } from "../../role/role-name.ts"
import type { Loaded, Reads, Wants } from "../store.ts"
import { billedTo, payingFor } from "./billing-reads.ts"
import { countedIn } from "./counts.ts"
import { type Database, inside } from "./database.ts"
import { invitationReads } from "./invitation-reads.ts"
import { keyReads } from "./keys.ts"
import { projectReads } from "./project-reads.ts"
import { find, past, place, rowsOf, sortedById, take, walk } from "./table.ts"

/** How each read is answered, in the organization with that id. */
export type Readers<Names extends keyof Reads> = {
  readonly [Name in Names]: (database: Database, id: string, want: Reads[Name]["want"]) => Reads[Name]["found"]
}

const memberOf = ({ memberships }: Database, id: string, userId: string): Membership | null =>
  rowsOf(memberships.user, inside(id, userId))[0] ?? null

const READERS: Readers<keyof Reads> = {
  ...invitationReads,
  ...keyReads,
  ...projectReads,
  caller: memberOf,
  memberOf,
  membership: ({ memberships }, id, membershipId) => find(memberships, id, membershipId),
  membersByEmail: ({ memberships }, id, emails) =>
    [...new Set(emails)].flatMap((email) => rowsOf(memberships.email, inside(id, email))),
  membersWithRole: ({ memberships }, id, role) => rowsOf(memberships.role, inside(id, role)).length,
  memberCount: ({ memberships, projectMemberships }, id) => {
    const elsewhere = new Set<string>()
    for (const { userId } of rowsOf(projectMemberships.all, id)) {
      if (!memberships.user.lists.has(inside(id, userId))) elsewhere.add(userId)
    }
    return rowsOf(memberships.all, id).length + elsewhere.size
  },
  members,
  roles: ({ roles }, id) => rowsOf(roles.all, id),
  holders: ({ roles, memberships, projectMemberships, invitations }, id, roleId) => {
    const name = (find(roles, id, roleId)?.name ?? null) as string | null as RoleName | null
    const held = inside(id, name)
    if (name === null) return { memberships: 0, invitations: 0 }
    const inProjects = rowsOf(invitations.pendingProjects, id).filter(
      ({ role, projects }) => role !== name && projects.some((offer) => offer.role === name),
    )
    return {
      memberships: rowsOf(memberships.role, held).length + rowsOf(projectMemberships.role, held).length,
      invitations: rowsOf(invitations.pendingRole, held).length + inProjects.length,
    }
  },
  entries,
  restrictions: ({ restrictions }, id, subjects) =>
    [...new Set(subjects)].flatMap((subject) => find(restrictions, id, subject) ?? []),
  billed: (database, id, { payer, at }) => billedTo(database, payingFor(database, id, payer), at),
  usage: ({ books }, id, filter) => countedIn(books, id, filter),
  hold: ({ books }, id, holdId) => books.books.get(id)?.holds?.get(holdId)?.hold ?? null,
}

/** The organization and an answer to every want, or null when there is no such organization. */
export function load<const W extends Wants>(database: Database, id: string, wants: W): Loaded<W> | null {
  const organization = database.organizations.get(id)
  if (organization === undefined) return null
  const names = Object.keys(wants) as readonly (keyof Reads)[]
  const found = names.filter((name) => wants[name] !== undefined).map((name) => [name, read(database, id, name, wants)])
  return { organization, ...Object.fromEntries(found) } as Loaded<W>
}

const read = <Name extends keyof Reads>(database: Database, id: string, name: Name, wants: Wants) =>
  READERS[name](database, id, wants[name] as Reads[Name]["want"])

/** Up to this many matches of an address prefix are sorted by id; with more of them, a walk by id soon fills a page. */
const FEW = 1000

function members(
  { memberships: { all, address, role: byRole } }: Database,
  id: string,
  { role, emailPrefix, after, limit }: MembershipFilter & Keyset,
): readonly Membership[] {
  const matches = (row: Membership): boolean =>
    (role === null || row.role === role) &&
    (emailPrefix === null || row.email.startsWith(emailPrefix)) &&
    (after === null || row.id > after)
  if (emailPrefix !== null) {
    const [from, to] = [place(address, id, emailPrefix), place(address, id, `${emailPrefix}\uffff`)]
    if (to - from <= FEW) {
      const found = [...walk(address, id, from, to)].filter(matches)
      return sortedById(found).slice(0, limit)
    }
  }
  const [index, scope] = role === null ? [all, id] : [byRole, inside(id, role)]
  return take(walk(index, scope, place(index, scope, past(after))), limit, matches)
}

function entries({ entries: { all } }: Database, id: string, want: EntryFilter & EntryRange): readonly Entry[] {
  const { actions, actor, target, since, until, after } = want
  const matches = (entry: Entry): boolean =>
    (actions === null || actions.includes(entry.action)) &&
    (actor === null || entry.actor === actor) &&
    (target === null || entry.target === target) &&
    (since === null || entry.at >= since) &&
    (until === null || entry.at < until)
  const rows =
    want.order === "ascending"
      ? walk(all, id, place(all, id, (after ?? 0) + 1))
      : walk(all, id, place(all, id, after ?? Number.POSITIVE_INFINITY), 0)
  return take(rows, want.limit, matches)
}
