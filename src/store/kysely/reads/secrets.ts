/**
 * The look-up of a key by its secret, with everything its verdict depends on: one statement, on every request's path.
 *
 * @module
 */
import type { ApiKeyRepository } from "../../../api-key/repository.ts"
import type { KeyRecord } from "../../../api-key/verdict.ts"
import type { Session } from "../session.ts"
import { raw, sql } from "../sql.ts"
import { TABLES } from "../tables/tables.ts"
import { askAll } from "./asking.ts"
import { count, one, rowsIn } from "./reader.ts"
import { billedTo, payerOf } from "./usage-reads.ts"

const { apiKeys, organizations, memberships, roles, restrictions } = TABLES

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
    const account = sql`(select case when k.organization_id is null then k.home
      else ${payerOf(layout, raw("k.organization_id"), payer)} end from k)`
    const readings = [
      one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = (select home from k) and t.id = (select id from k)`),
      one(organizations, sql`${rowsIn(layout, organizations)} t.id = ${organizationId}`),
      one(memberships, sql`${rowsIn(layout, memberships)} ${inside} and t.id = ${member}`),
      one(roles, sql`${rowsIn(layout, roles)} ${inside} and t.name = ${role}`),
      one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${organizationId}`),
      one(restrictions, sql`${rowsIn(layout, restrictions)} ${inside} and t.id = ${member} and ${role} is not null`),
      count(sql`select count(*) as r from (select 1 as one from ${tables.memberships} t where ${inside} limit 2) two`),
      billedTo(layout, account, at, raw("(select id from k)")),
    ] as const
    const found = await askAll(session, readings, key)
    const [own, organization, holder, holderRole, organizationRules, memberRules, members, billed] = found as Answered
    if (own === null) return null
    const isPersonal = own.organizationId === null
    return {
      key: own,
      organization,
      member: holder,
      role: holderRole,
      project: null,
      organizationRules,
      memberRules,
      isAlone: isPersonal || members <= 1,
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
  number,
  KeyRecord["billed"],
]
