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
import type { Loaded, Reads, Wants } from "../store.ts"
import type { Database } from "./database.ts"
import { invitationReads } from "./invitation-reads.ts"
import { entryRow, type Kept, membershipRow, organizationRow, roleRow } from "./kept-row.ts"
import {
  after,
  ascending,
  before,
  countRows,
  descending,
  type SortedRows,
  scopeEnd,
  scopeStart,
  take,
} from "./sorted-rows.ts"
import { find } from "./table.ts"

/** How one read is answered, in the organization with that id. */
export type Reader<Name extends keyof Reads> = (
  database: Database,
  organizationId: string,
  want: Reads[Name]["want"],
) => Reads[Name]["found"]

const READERS: { readonly [Name in keyof Reads]: Reader<Name> } = {
  ...invitationReads,
  caller: memberOf,
  memberOf,
  membership: ({ memberships }, id, membershipId) => givenMembership(find(memberships, id, membershipId)),
  membersByEmail: ({ memberships }, id, emails) =>
    [...new Set(emails)].flatMap((email) =>
      [...ascending(memberships.by.email, before(id, email), after(id, email))].map(membershipRow.give),
    ),
  membersWithRole: ({ memberships }, id, role) => countRows(memberships.by.role, before(id, role), after(id, role)),
  memberCount: ({ memberships }, id) => countRows(memberships.primary, scopeStart(id), scopeEnd(id)),
  members: (database, id, want) => members(database, id, want).map(membershipRow.give),
  roles: ({ roles }, id) => [...ascending(roles.primary, scopeStart(id), scopeEnd(id))].map(roleRow.give),
  holders: ({ roles, memberships, invitations }, id, roleId) => {
    const role = find(roles, id, roleId)
    if (role === null) return { memberships: 0, invitations: 0 }
    const [from, to] = [before(id, role.name), after(id, role.name)]
    return {
      memberships: countRows(memberships.by.role, from, to),
      invitations: countRows(invitations.by.pendingRole, from, to),
    }
  },
  entries: ({ entries }, id, want) => entriesOf(entries.primary, id, want).map(entryRow.give),
}

/** The organization and an answer to every want, or null when there is no such organization. */
export function load<const W extends Wants>(database: Database, id: string, wants: W): Loaded<W> | null {
  const organization = database.organizations.get(id)
  if (organization === undefined) return null
  const names = Object.keys(wants) as readonly (keyof Reads)[]
  const found = names.filter((name) => wants[name] !== undefined).map((name) => [name, read(database, id, name, wants)])
  return { organization: organizationRow.give(organization), ...Object.fromEntries(found) } as Loaded<W>
}

const read = <Name extends keyof Reads>(database: Database, id: string, name: Name, wants: Wants) =>
  READERS[name](database, id, wants[name] as Reads[Name]["want"])

function memberOf({ memberships }: Database, id: string, userId: string): Membership | null {
  const [membership] = take(ascending(memberships.by.user, before(id, userId), after(id, userId)), 1)
  return givenMembership(membership ?? null)
}

const givenMembership = (kept: Kept<Membership> | null): Membership | null =>
  kept === null ? null : membershipRow.give(kept)

/** Up to this many matches of an address prefix are sorted by id; with more of them, a walk by id soon fills a page. */
const FEW = 1000

function members(
  { memberships }: Database,
  id: string,
  { role, emailPrefix, after: cursor, limit }: MembershipFilter & Keyset,
): readonly Kept<Membership>[] {
  const matches = (row: Kept<Membership>): boolean =>
    (role === null || row.role === role) &&
    (emailPrefix === null || row.email.startsWith(emailPrefix)) &&
    (cursor === null || row.id > cursor)
  if (emailPrefix !== null) {
    const [from, to] = [before(id, emailPrefix), before(id, `${emailPrefix}\uffff`)]
    if (countRows(memberships.by.email, from, to) <= FEW) {
      const found = [...ascending(memberships.by.email, from, to)].filter(matches)
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
    }
  }
  const rows =
    role === null
      ? ascending(memberships.primary, afterId(id, cursor), scopeEnd(id))
      : ascending(memberships.by.role, cursor === null ? before(id, role) : after(id, role, cursor), after(id, role))
  return take(rows, limit, matches)
}

const afterId = (scope: string, id: string | null) => (id === null ? scopeStart(scope) : after(scope, id))

function entriesOf(
  entries: SortedRows<Kept<Entry>>,
  id: string,
  want: EntryFilter & EntryRange,
): readonly Kept<Entry>[] {
  const [since, until] = [want.since?.getTime() ?? null, want.until?.getTime() ?? null]
  const matches = (entry: Kept<Entry>): boolean =>
    (want.actions === null || want.actions.includes(entry.action)) &&
    (want.actor === null || entry.actor === want.actor) &&
    (want.target === null || entry.target === want.target) &&
    (since === null || entry.at >= since) &&
    (until === null || entry.at < until)
  const rows =
    want.order === "ascending"
      ? ascending(entries, want.after === null ? scopeStart(id) : after(id, want.after), scopeEnd(id))
      : descending(entries, want.after === null ? scopeEnd(id) : before(id, want.after), scopeStart(id))
  return take(rows, want.limit, matches)
}
