/**
 * What is read of keys in their home, an organization or a person's account.
 *
 * @module
 */
import type { ListedKey } from "../../../api-key/key-view.ts"
import type { AccountKeyReads, ApiKeyReads } from "../../../api-key/repository.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { cells, rowOf, rowOrNull } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { count, countIn, many, one, ordered, type Place, type Reader, rowsIn } from "./reader.ts"

const { apiKeys, memberships } = TABLES

/** Keys of the home with their last use and the membership that holds them; conditions follow. */
function listed({ layout, id }: Place): Sql {
  const { dialect, tables } = layout
  const used = dialect.cell("last_used_at", "time")
  const parts = [
    cells(layout, apiKeys, "t"),
    sql`(select max(${raw(used)}) from ${tables.usage} where home = t.home and key_id = t.id)`,
    cells(layout, memberships, "m"),
  ]
  return sql`select ${dialect.array(parts)} as r from ${tables.apiKeys} t
    left join ${tables.memberships} m on m.organization_id = t.organization_id and m.id = t.holder_membership_id
    where t.home = ${id} and t.deleted_at is null`
}

function listedOf(found: unknown): ListedKey {
  const [key, lastUsed, member] = found as readonly [unknown, number | null, unknown]
  return {
    key: rowOf(apiKeys, key),
    lastUsedAt: lastUsed === null ? null : new Date(lastUsed),
    member: rowOrNull(memberships, member),
  }
}

/** Reads of the keys of one home, an organization or an account. */
export const homeKeyReads: {
  readonly [Name in keyof AccountKeyReads]: Reader<AccountKeyReads[Name]["want"], AccountKeyReads[Name]["found"]>
} = {
  apiKey: (place, keyId) => ({
    asks: [sql`${listed(place)} and t.id = ${keyId}`],
    found: ([found] = []) => (found === undefined ? null : listedOf(found)),
  }),
  apiKeys: (place, { holder, after, limit }) => {
    const conditions = [
      holder === null ? null : sql`t.holder_user_id = ${holder}`,
      after === null ? null : sql`t.id > ${after}`,
    ]
    return ordered(sql`${listed(place)}${and(conditions)} order by t.id limit ${limit}`, listedOf, ({ key }) => key.id)
  },
  apiKeyCount: ({ layout, id }) => count(sql`${countIn(layout, apiKeys)} t.home = ${id} and t.deleted_at is null`),
}

/** Reads inside one organization. */
export const keyReads: {
  readonly [Name in keyof ApiKeyReads]: Reader<ApiKeyReads[Name]["want"], ApiKeyReads[Name]["found"]>
} = {
  ...homeKeyReads,
  actingKey: ({ layout, id }, keyId) =>
    one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = ${id} and t.id = ${keyId} and t.deleted_at is null`),
  keysOf: ({ layout, id }, whose) => {
    const { dialect, tables } = layout
    const known = (userId: Sql, isShown: Sql): Sql => sql`(t.holder_user_id = ${userId} or ${isShown}
      or (t.created_by_type = 'user' and t.created_by_id = ${userId}))`
    const standing = sql`${rowsIn(layout, apiKeys)} t.home = ${id} and t.revoked_at is null and t.deleted_at is null`
    if ("userId" in whose) {
      const shown = dialect.includes(raw("t.shown_to"), sql`${whose.userId}`)
      return many(apiKeys, sql`${standing} and ${known(sql`${whose.userId}`, shown)}`)
    }
    const userId = sql`(select user_id from ${tables.memberships} where organization_id = ${id} and id = ${whose.membershipId})`
    return many(apiKeys, sql`${standing} and ${known(userId, dialect.includes(raw("t.shown_to"), userId))}`)
  },
  keysUsedSince: ({ layout, id }, since) =>
    count(sql`select count(distinct key_id) as r from ${layout.tables.usage}
      where home = ${id} and key_id is not null and last_used_at >= ${since}`),
}
