/**
 * Asking: every question of a load in one statement, so that all is as of one instant.
 *
 * @module
 */
import type { Session } from "../session.ts"
import { join, NOTHING, raw, type Sql, sql } from "../sql.ts"
import type { Answers, Reading } from "./reader.ts"

/** What one reading finds. */
export const ask = async <Found>(session: Session, reading: Reading<Found>): Promise<Found> => {
  const [found] = await askAll(session, [reading])
  return found as Found
}

/**
 * What each reading finds, all as of one instant. `first` is what the questions have in common: a `with` of its own.
 * Every question is a branch of one `union all`, whose rows say which of them they answer.
 */
export async function askAll(
  session: Session,
  readings: readonly Reading<unknown>[],
  first: Sql = NOTHING,
): Promise<readonly unknown[]> {
  const asks = readings.flatMap((reading) => reading.asks)
  const { text } = session.layout.dialect
  const branches = asks.map(
    (each, index) => sql`select ${raw(String(index))} as n, ${text(raw("q.r"))} as r from (${each}) q`,
  )
  const { rows } = await session.run(sql`${first}${join(branches, " union all ")}`)
  const answers: unknown[][] = asks.map(() => [])
  for (const { n, r } of rows) answers[Number(n)]?.push(typeof r === "string" ? JSON.parse(r) : r)
  let next = 0
  return readings.map(({ asks: { length }, found }) => {
    const own: readonly Answers[] = answers.slice(next, next + length)
    next += length
    return found(...own)
  })
}
