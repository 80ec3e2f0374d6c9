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
import { count, countIn, many, one, ordered, type Place, type Reader, rowsIn, userBehind } from "./reader.ts"

const { apiKeys, memberships, projects } = TABLES

/** Keys of the home with their last use and the membership that holds them; conditions follow. */
function listed({ layout, id }: Place): Sql {
  const { dialect, tables } = layout
  const used = dialect.cell("last_used_at", "time")
  const parts = [
    cells(layout, apiKeys, "t"),
    sql`(select max(${raw(used)}) from ${tables.usage} where home = t.home and key_id = t.id)`,
    cells(layout, memberships, "m"),
    cells(layout, projects, "p"),
  ]
  return sql`select ${dialect.array(parts)} as r from ${tables.apiKeys} t
    left join ${tables.memberships} m on m.organization_id = t.organization_id and m.id = t.holder_membership_id
    left join ${tables.projects} p on p.organization_id = t.organization_id and p.id = t.project_id
    where t.home = ${id} and t.deleted_at is null`
}

function listedOf(found: unknown): ListedKey {
  const [key, lastUsed, member, project] = found as readonly [unknown, number | null, unknown, unknown]
  return {
    key: rowOf(apiKeys, key),
    lastUsedAt: lastUsed === null ? null : new Date(lastUsed),
    member: rowOrNull(memberships, member),
    project: rowOrNull(projects, project),
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
  apiKeys: (place, { holder, projectId, after, limit }) => {
    const conditions = [
      holder === null ? null : sql`t.holder_user_id = ${holder}`,
      projectId === null ? null : sql`t.project_id = ${projectId}`,
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
  keysOf: (place, whose) => {
    const { layout, id } = place
    const userId = userBehind(place, whose)
    return many(
      apiKeys,
      sql`${rowsIn(layout, apiKeys)} t.home = ${id} and t.revoked_at is null and t.deleted_at is null
        and (t.holder_user_id = ${userId} or ${layout.dialect.includes(raw("t.shown_to"), userId)}
          or (t.created_by_type = 'user' and t.created_by_id = ${userId}))`,
    )
  },
  keysUsedSince: ({ layout, id }, since) =>
    count(sql`select count(distinct key_id) as r from ${layout.tables.usage}
      where home = ${id} and key_id is not null and last_used_at >= ${since}`),
}
