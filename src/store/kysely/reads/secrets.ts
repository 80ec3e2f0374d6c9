/**
 * The look-up of a key by its secret, with everything its verdict depends on, on every request's path: one
 * statement, or two where a database would work out what leads to the key anew each time it is named.
 *
 * @module
 */
import type { ApiKeyRepository } from "../../../api-key/repository.ts"
import type { KeyRecord } from "../../../api-key/verdict.ts"
import type { Payer } from "../../../billing/billed.ts"
import type { Project } from "../../../project/project.ts"
import type { ProjectMembership } from "../../../project/project-membership.ts"
import type { Session } from "../session.ts"
import { NOTHING, raw, type Sql, sql } from "../sql.ts"
import type { Layout } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { type Asking, answersOf, asking } from "./asking.ts"
import { count, one, rowsIn } from "./reader.ts"
import { billedTo, payerBy, payerOf } from "./usage-reads.ts"

const { apiKeys, organizations, memberships, projects, projectMemberships, roles, restrictions } = TABLES

/** The columns of a key, never changed, that lead to what its verdict depends on. */
const LEADS = ["home", "id", "organization_id", "holder_membership_id", "holder_user_id", "project_id"] as const
type Lead = (typeof LEADS)[number]

/** What stands in the statement where a hash, the instant or a lead is put each time that it is asked. */
const [HASH, INSTANT] = ["\0hash", new Date(0)] as const
const leadSlot = (lead: Lead): string => `\0${lead}`

/** Keys by their secrets. The statement is made once for each way to pay, with and without meters. */
export function secretsOf(session: Session): ApiKeyRepository {
  const { layout } = session
  const { dialect } = layout
  const [hashSlot, instantSlot] = [dialect.value(HASH), dialect.value(INSTANT)]
  const made = new Map<string, Asking>()
  /** A hash and the leads of its key; null where there is none. */
  const slotsOf = async (hash: string): Promise<ReadonlyMap<unknown, unknown> | null> => {
    if (dialect.readsOnce) return new Map([[hashSlot, hash]])
    const { rows } = await session.run(sql`select ${raw(LEADS.join())} from ${keyOf(layout, hash)}`)
    const [found] = rows
    return found === undefined
      ? null
      : new Map([[hashSlot, hash], ...LEADS.map((lead) => [leadSlot(lead), found[lead]] as const)] as const)
  }
  return {
    findBySecret: async (hash, { payer, at, meters }) => {
      const slots = await slotsOf(hash)
      if (slots === null) return null
      const way = `${meters} ${payer === "organization" ? "" : payer.owner}`
      const asked = made.get(way) ?? lookingUp(layout, payer, meters)
      made.set(way, asked)
      const instant = dialect.value(at)
      const values = asked.values.map((each) =>
        each === instantSlot ? instant : slots.has(each) ? slots.get(each) : each,
      )
      return recordOf((await answersOf(session, { ...asked, values })) as Answered)
    },
  }
}

/** The key of a secret. One of the two at most: secrets are 190 random bits. */
const keyOf = ({ tables }: Layout, hash: string): Sql =>
  sql`${tables.apiKeys} where (secret_hash = ${hash} or previous_hash = ${hash}) and deleted_at is null limit 1`

/**
 * The statement that finds a key, and everything that its verdict depends on, as of one instant. It goes from the key to
 * the rest by a `with`; where that would be read anew for each of them, by the leads that were read before.
 */
function lookingUp(layout: Layout, payer: Payer, meters: boolean): Asking {
  const { tables, dialect } = layout
  const lead = (name: Lead): Sql => (dialect.readsOnce ? raw(`(select ${name} from k)`) : sql`${leadSlot(name)}`)
  const first = dialect.readsOnce ? sql`with k as (select * from ${keyOf(layout, HASH)}) ` : NOTHING
  const found = dialect.readsOnce
    ? NOTHING
    : sql` and (t.secret_hash = ${HASH} or t.previous_hash = ${HASH}) and t.deleted_at is null`
  const [organizationId, member, projectId] = [
    lead("organization_id"),
    lead("holder_membership_id"),
    lead("project_id"),
  ]
  const inside = sql`t.organization_id = ${organizationId}`
  const role = sql`(select m.role from ${tables.memberships} m where m.organization_id = ${organizationId} and m.id = ${member})`
  const placed = sql`t.project_id = ${projectId} and t.user_id = ${lead("holder_user_id")}`
  const projectRole = sql`(select t.role from ${tables.projectMemberships} t where ${inside} and ${placed})`
  const members = sql`select 1 as one from ${tables.memberships} t where ${inside}`
  const account = sql`(case when ${organizationId} is null then ${lead("home")}
    else ${payerOf(layout, organizationId, payer)} end)`
  const seated = sql`select 1 as one from ${tables.memberships} m where m.organization_id = t.organization_id`
  // Whoever is in projects alone is looked for only where one member may be alone.
  // In order, so that the first are found by the key however many of all members are this organization's.
  const people = sql`select case when (select count(*) from (${members} order by t.id limit 2) two) > 1 then 2
    else (select count(*) from (${members} order by t.id limit 1) first)
      + (select count(*) from (select 1 as one from ${tables.projectMemberships} t where ${inside}
        and not exists (${seated} and m.user_id = t.user_id) order by t.id limit 1) another) end as r`
  const readings = [
    one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = ${lead("home")} and t.id = ${lead("id")}${found}`),
    one(organizations, sql`${rowsIn(layout, organizations)} t.id = ${organizationId}`),
    one(memberships, sql`${rowsIn(layout, memberships)} ${inside} and t.id = ${member}`),
    one(roles, sql`${rowsIn(layout, roles)} ${inside} and t.name = ${role}`),
    one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${organizationId}`),
    one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${member} and ${role} is not null`),
    one(projects, sql`${rowsIn(layout, projects)} ${inside} and t.id = ${projectId}`),
    one(projectMemberships, sql`${rowsIn(layout, projectMemberships)} ${inside} and ${placed}`),
    one(roles, sql`${rowsIn(layout, roles)} ${inside} and t.name = ${projectRole}`),
    count(people),
    meters ? billedTo(layout, account, INSTANT, lead("id")) : payerBy(layout, account),
  ]
  return asking(layout, readings, first)
}

function recordOf(found: Answered): KeyRecord | null {
  const [key, organization, member, role, organizationRules, memberRules, ...rest] = found
  const [project, inProjectAs, custom, number, billed] = rest
  if (key === null) return null
  return {
    key,
    organization,
    member,
    role,
    project,
    projectRole: inProjectAs && { name: inProjectAs.role, custom },
    organizationRules,
    memberRules,
    isAlone: key.organizationId === null || number <= 1,
    billed,
  }
}

type Answered = readonly [
  KeyRecord["key"] | null,
  KeyRecord["organization"],
  KeyRecord["member"],
  KeyRecord["role"],
  KeyRecord["organizationRules"],
  KeyRecord["memberRules"],
  Project | null,
  ProjectMembership | null,
  KeyRecord["role"],
  number,
  KeyRecord["billed"],
]
