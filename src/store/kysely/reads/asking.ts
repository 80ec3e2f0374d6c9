/**
 * Asking: every question of a load in one statement, so that all is as of one instant.
 *
 * @module
 */
import { compile } from "../compile.ts"
import type { Session } from "../session.ts"
import { join, NOTHING, raw, type Sql, sql } from "../sql.ts"
import type { Layout } from "../tables/layout.ts"
import type { Answers, Reading } from "./reader.ts"

/** What one reading finds. */
export const ask = async <Found>(session: Session, reading: Reading<Found>): Promise<Found> => {
  const [found] = await askAll(session, [reading])
  return found as Found
}

/** Questions as one statement, and what its rows make. */
export type Asking = Readonly<{ text: string; values: readonly unknown[]; readings: readonly Reading<unknown>[] }>

/**
 * Readings as one statement: every question is a branch of one `union all`, whose rows say which of them they answer.
 * `first` is what the questions have in common: a `with` of its own.
 */
export function asking({ dialect }: Layout, readings: readonly Reading<unknown>[], first: Sql = NOTHING): Asking {
  const asks = readings.flatMap((reading) => reading.asks)
  const branches = asks.map(
    (each, index) => sql`select ${raw(String(index))} as n, ${dialect.text(raw("q.r"))} as r from (${each}) q`,
  )
  const { text, values } = compile(dialect, sql`${first}${join(branches, " union all ")}`)
  return { text, values, readings }
}

/** What each reading finds, all as of one instant. */
export async function answersOf(session: Session, { text, values, readings }: Asking): Promise<readonly unknown[]> {
  const { rows } = await session.runText(text, values)
  const answers: unknown[][] = []
  for (const { n, r } of rows) {
    const at = Number(n)
    answers[at] ??= []
    answers[at].push(typeof r === "string" ? JSON.parse(r) : r)
  }
  let next = 0
  return readings.map(({ asks: { length }, found }) => {
    const own: Answers[] = []
    for (const end = next + length; next < end; next++) own.push(answers[next] ?? [])
    return found(...own)
  })
}

/** The same of readings that are asked once. */
export const askAll = (session: Session, readings: readonly Reading<unknown>[], first?: Sql) =>
  answersOf(session, asking(session.layout, readings, first))
