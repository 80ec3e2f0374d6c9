/**
 * Forgetting requests and holds that nobody can ask for any more: a few of them, every so many that are kept.
 *
 * @module
 */
import { subMilliseconds } from "date-fns/subMilliseconds"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"
import { REMEMBERED } from "../tables/usage-tables.ts"

/** How many are kept between two times, and how many of each are forgotten at most: more than came. */
const EVERY = 200
const AT_ONCE = 500

/** A call for each request or hold that is kept, as of that instant. */
export function forgetting(): (session: Session, at: Date) => Promise<void> {
  let kept = 0
  return async (session, at) => {
    if (session.isInTransaction || ++kept < EVERY) return
    kept = 0
    // What was asked for is done: if this cannot be, the next time does it.
    await forget(session, at).catch(() => undefined)
  }
}

/** Forgets what has been over for long enough. */
export function forget(session: Session, at: Date): Promise<void> {
  const { dialect, tables } = session.layout
  const long = subMilliseconds(at, 2 * REMEMBERED)
  return session.together(async ({ run }) => {
    const over = async (table: Sql, id: string, when: string): Promise<Sql | null> => {
      const { rows } = await run(
        sql`select account, ${raw(id)} as id from ${table} where ${raw(dialect.quote(when))} <= ${long}
          limit ${AT_ONCE}${dialect.skipLocked}`,
      )
      const each = rows.map((row) => sql`(account = ${String(row["account"])} and ${raw(id)} = ${String(row["id"])})`)
      return each.length === 0 ? null : join(each, " or ")
    }
    const requests = await over(tables.requests, "request", "at")
    if (requests !== null) await run(sql`delete from ${tables.requests} where ${requests}`)
    const parts = await over(tables.holdMeters, "hold_id", "expires_at")
    if (parts !== null) await run(sql`delete from ${tables.holdMeters} where ${parts}`)
    const holds = await over(tables.holds, "id", "expires_at")
    if (holds !== null) await run(sql`delete from ${tables.holds} where ${holds}`)
  })
}
