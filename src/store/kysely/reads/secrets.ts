/**
 * The look-up of a key by its secret, with everything its verdict depends on: one statement, on every request's path.
 *
 * @module
 */
import type { ApiKeyRepository } from "../../../api-key/repository.ts"
import type { KeyRecord } from "../../../api-key/verdict.ts"
import type { Payer } from "../../../billing/billed.ts"
import type { Project } from "../../../project/project.ts"
import type { ProjectMembership } from "../../../project/project-membership.ts"
import type { Session } from "../session.ts"
import { raw, sql } from "../sql.ts"
import type { Layout } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { type Asking, answersOf, asking } from "./asking.ts"
import { count, one, rowsIn } from "./reader.ts"
import { billedTo, payerBy, payerOf } from "./usage-reads.ts"

const { apiKeys, organizations, memberships, projects, projectMemberships, roles, restrictions } = TABLES

/** What stands in the statement where a hash, or the instant, is put each time that it is asked. */
const [HASH, INSTANT] = ["\0hash", new Date(0)] as const

/** Keys by their secrets. The statement is made once for each way to pay, with and without meters. */
export function secretsOf(session: Session): ApiKeyRepository {
  const { dialect } = session.layout
  const [hashSlot, instantSlot] = [dialect.value(HASH), dialect.value(INSTANT)]
  const made = new Map<string, Asking>()
  return {
    findBySecret: async (hash, { payer, at, meters }) => {
      const way = `${meters} ${payer === "organization" ? "" : payer.owner}`
      const asked = made.get(way) ?? lookingUp(session.layout, payer, meters)
      made.set(way, asked)
      const instant = dialect.value(at)
      const values = asked.values.map((each) => (each === hashSlot ? hash : each === instantSlot ? instant : each))
      return recordOf((await answersOf(session, { ...asked, values })) as Answered)
    },
  }
}

/** The statement that finds a key, and everything that its verdict depends on. */
function lookingUp(layout: Layout, payer: Payer, meters: boolean): Asking {
  const { tables } = layout
  // One of the two at most: secrets are 190 random bits.
  const key = sql`with k as (select * from ${tables.apiKeys}
    where (secret_hash = ${HASH} or previous_hash = ${HASH}) and deleted_at is null limit 1) `
  const organizationId = raw("(select organization_id from k)")
  const member = raw("(select holder_membership_id from k)")
  const role = sql`(select m.role from ${tables.memberships} m
    join k on m.organization_id = k.organization_id and m.id = k.holder_membership_id)`
  const inside = raw("t.organization_id = (select organization_id from k)")
  const projectId = raw("(select project_id from k)")
  const projectRole = sql`(select p.role from ${tables.projectMemberships} p join k
    on p.organization_id = k.organization_id and p.project_id = k.project_id and p.user_id = k.holder_user_id)`
  const members = sql`select 1 as one from ${tables.memberships} t where ${inside}`
  const account = sql`(select case when k.organization_id is null then k.home
    else ${payerOf(layout, raw("k.organization_id"), payer)} end from k)`
  const seated = sql`select 1 as one from ${tables.memberships} m where m.organization_id = t.organization_id`
  // Whoever is in projects alone is looked for only where one member may be alone.
  // In order, so that the first are found by the key however many of all members are this organization's.
  const people = sql`select case when (select count(*) from (${members} order by t.id limit 2) two) > 1 then 2
    else (select count(*) from (${members} order by t.id limit 1) first)
      + (select count(*) from (select 1 as one from ${tables.projectMemberships} t where ${inside}
        and not exists (${seated} and m.user_id = t.user_id) order by t.id limit 1) another) end as r`
  const readings = [
    one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = (select home from k) and t.id = (select id from k)`),
    one(organizations, sql`${rowsIn(layout, organizations)} t.id = ${organizationId}`),
    one(memberships, sql`${rowsIn(layout, memberships)} ${inside} and t.id = ${member}`),
    one(roles, sql`${rowsIn(layout, roles)} ${inside} and t.name = ${role}`),
    one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${organizationId}`),
    one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${member} and ${role} is not null`),
    one(projects, sql`${rowsIn(layout, projects)} ${inside} and t.id = ${projectId}`),
    one(
      projectMemberships,
      sql`${rowsIn(layout, projectMemberships)} ${inside} and t.project_id = ${projectId}
        and t.user_id = (select holder_user_id from k)`,
    ),
    one(roles, sql`${rowsIn(layout, roles)} ${inside} and t.name = ${projectRole}`),
    count(people),
    meters ? billedTo(layout, account, INSTANT, raw("(select id from k)")) : payerBy(layout, account),
  ]
  return asking(layout, readings, key)
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
