/**
 * The platform's reads over every organization, and the end of one.
 *
 * @module
 */
import type { PlatformRepository } from "../../../platform/repository.ts"
import { ask } from "../reads/asking.ts"
import { many, rowsIn, startsWith } from "../reads/reader.ts"
import type { Session } from "../session.ts"
import { and, raw, sql } from "../sql.ts"
import { rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { purge } from "./purge.ts"

const { activity, organizations } = TABLES

/** The platform as a session sees it. */
export function platformOf(session: Session): PlatformRepository {
  const { layout } = session
  return {
    organizations: ({ status, slugPrefix, after, limit }) => {
      const conditions = [
        status === null ? null : sql`t.status = ${status}`,
        slugPrefix === null ? null : startsWith(raw("t.slug"), slugPrefix),
        after === null ? null : sql`t.id > ${after}`,
      ]
      return ask(
        session,
        many(
          organizations,
          sql`${rowsIn(layout, organizations)} t.id is not null${and(conditions)} order by t.id limit ${limit}`,
        ),
      )
    },
    entries: ({ after, limit }) => {
      const past = after === null ? sql`t.platform_id is not null` : sql`t.platform_id < ${after}`
      return ask(session, {
        asks: [sql`${rowsIn(layout, activity)} ${past} order by t.platform_id desc limit ${limit}`],
        found: (rows = []) => rows.map((row) => rowOf(activity, row)).sort((a, b) => (a.id > b.id ? -1 : 1)),
      })
    },
    purge: (id, limit) => session.together((inside) => purge(inside, id, limit)),
  }
}
