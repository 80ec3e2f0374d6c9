/**
 * The look-up of a key by its secret, with everything its verdict depends on: one statement, on every request's path.
 *
 * @module
 */
import type { ApiKeyRepository } from "../../../api-key/repository.ts"
import type { KeyRecord } from "../../../api-key/verdict.ts"
import type { Project } from "../../../project/project.ts"
import type { ProjectMembership } from "../../../project/project-membership.ts"
import type { Session } from "../session.ts"
import { raw, sql } from "../sql.ts"
import { TABLES } from "../tables/tables.ts"
import { askAll } from "./asking.ts"
import { count, one, rowsIn } from "./reader.ts"
import { billedTo, payerOf } from "./usage-reads.ts"

const { apiKeys, organizations, memberships, projects, projectMemberships, roles, restrictions } = TABLES

/** Keys by their secrets. */
export const secretsOf = (session: Session): ApiKeyRepository => ({
  findBySecret: async (hash, { payer, at }) => {
    const { layout } = session
    const { tables } = layout
    // One of the two at most: secrets are 190 random bits.
    const key = sql`with k as (select * from ${tables.apiKeys}
      where (secret_hash = ${hash} or previous_hash = ${hash}) and deleted_at is null limit 1) `
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
    const people = sql`select case when (select count(*) from (${members} limit 2) two) > 1 then 2
      else (select count(*) from (${members} limit 1) first)
        + (select count(*) from (select 1 as one from ${tables.projectMemberships} t where ${inside}
          and not exists (${seated} and m.user_id = t.user_id) limit 1) another) end as r`
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
      billedTo(layout, account, at, raw("(select id from k)")),
    ] as const
    const found = await askAll(session, readings, key)
    const [own, organization, holder, holderRole, organizationRules, memberRules, ...rest] = found as Answered
    const [project, inProjectAs, custom, number, billed] = rest
    if (own === null) return null
    const isPersonal = own.organizationId === null
    return {
      key: own,
      organization,
      member: holder,
      role: holderRole,
      project,
      projectRole: inProjectAs && { name: inProjectAs.role, custom },
      organizationRules,
      memberRules,
      isAlone: isPersonal || number <= 1,
      billed,
    }
  },
})

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
