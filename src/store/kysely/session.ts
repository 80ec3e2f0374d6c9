/**
 * Sessions: on what connection statements run, and what is done when one fails. A statement outside a transaction takes
 * a connection and gives it back; inside one, all of them use the one it holds.
 *
 * @module
 */
import { CompiledQuery, type Kysely, type QueryResult } from "kysely"
import { compile } from "./compile.ts"
import { failedAs, failureOf, StatementFailed, toldOf } from "./errors.ts"
import { marked } from "./marked.ts"
import { raw, type Sql } from "./sql.ts"
import type { Layout } from "./tables/layout.ts"

/** What a statement came to. */
export type Result = Readonly<{ rows: readonly Readonly<Record<string, unknown>>[]; affected: number }>

export type Session = Readonly<{
  layout: Layout
  isInTransaction: boolean
  /** Runs one statement; rejects with `StatementFailed` alone. */
  run(statement: Sql): Promise<Result>
  /** Runs an insert, and answers whether it was: not where something unique was there, if the database goes on then. */
  runUnlessTaken(statement: Sql): Promise<boolean>
  /** Runs one statement whose text is known already, its mark included. */
  runText(text: string, values: readonly unknown[]): Promise<Result>
  /** Runs `work` in a short transaction of its own, or in the one that this is already. */
  together<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Runs `work` in a transaction, or in a part of this one that can fail alone. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}>

/** What a session needs of Kysely, whatever the host's other tables. */
type Runner = Readonly<{ executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>> }>

/** How often work is done anew when others were in the way: half a second in all, a little longer each time. */
const ATTEMPTS = 10
const pauseAfter = (attempt: number): number => 2 * attempt * attempt

/** Sessions over the host's own Kysely. Its plugins are for the host's own statements. */
export function openSession<Database>(host: Kysely<Database>, layout: Layout): Session {
  const db = host.withoutPlugins()
  const { name } = layout.dialect

  /** SQLite must say at the start that it will write: to find out later that another did is too late. */
  const immediately = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    db.connection().execute(async (connection) => {
      const inside = sessionIn(connection, layout)
      await patiently(() => execute(connection, marked("begin immediate"), []))
      try {
        const answer = await ended(inside, await work(inside))
        await inside.run(raw("commit"))
        return answer
      } catch (error) {
        await inside.run(raw("rollback")).catch(() => undefined)
        throw error
      }
    })

  const committed = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    db
      .transaction()
      .setIsolationLevel("read committed")
      .execute(async (transaction) => {
        const inside = sessionIn(transaction, layout)
        return ended(inside, await work(inside))
      })

  async function transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const own: unknown[] = []
    const watched = async (session: Session): Promise<T> => {
      try {
        return await work(session)
      } catch (error) {
        own.push(error)
        throw error
      }
    }
    try {
      return await (name === "sqlite" ? immediately(watched) : committed(watched))
    } catch (error) {
      throw own.includes(error) ? error : failed(error)
    }
  }

  const runText = (text: string, values: readonly unknown[]) => patiently(() => execute(db, text, values))

  return {
    layout,
    isInTransaction: false,
    runText,
    run: (statement) => {
      const { text, values } = compile(layout.dialect, statement)
      return runText(text, values)
    },
    runUnlessTaken: (statement) => unlessTaken(db, layout, statement),
    together: (work) => patiently(() => transaction(work)),
    transaction,
  }
}

/** A session on a connection that is in a transaction. */
export function sessionIn(runner: Runner, layout: Layout, depth = 0): Session & { readonly isBroken: () => boolean } {
  let broken = false
  const runText = async (text: string, values: readonly unknown[]) => {
    try {
      return await execute(runner, text, values)
    } catch (error) {
      broken = true
      throw error
    }
  }
  const inside: Session & { readonly isBroken: () => boolean } = {
    layout,
    isInTransaction: true,
    isBroken: () => broken,
    runText,
    run: (statement) => {
      const { text, values } = compile(layout.dialect, statement)
      return runText(text, values)
    },
    runUnlessTaken: async (statement) => {
      try {
        return await unlessTaken(runner, layout, statement)
      } catch (error) {
        broken = true
        throw error
      }
    },
    together: (work) => work(inside),
    transaction: (work) => partOf(inside, runner, layout, depth + 1, work),
  }
  return inside
}

/** Runs `work` behind a savepoint. */
async function partOf<T>(
  outer: Session,
  runner: Runner,
  layout: Layout,
  depth: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const savepoint = `tenantry_${depth}`
  const inside = sessionIn(runner, layout, depth)
  await outer.run(raw(`savepoint ${savepoint}`))
  try {
    const answer = await ended(inside, await work(inside))
    await inside.run(raw(`release savepoint ${savepoint}`))
    return answer
  } catch (error) {
    await outer.run(raw(`rollback to savepoint ${savepoint}`))
    throw error
  }
}

/** What `work` answered, unless a statement failed on the way and `work` went on: its transaction cannot stand then. */
async function ended<T>(inside: Readonly<{ isBroken: () => boolean }>, answer: T): Promise<T> {
  if (inside.isBroken()) throw new StatementFailed("lost")
  return answer
}

async function execute(runner: Runner, text: string, values: readonly unknown[]): Promise<Result> {
  try {
    const { rows, numAffectedRows } = await runner.executeQuery(CompiledQuery.raw(text, [...values]))
    return { rows: rows as Result["rows"], affected: Number(numAffectedRows ?? 0) }
  } catch (error) {
    throw failed(error)
  }
}

/** Postgres ends a transaction with any failure: there this is one like any other. */
async function unlessTaken(runner: Runner, { dialect }: Layout, statement: Sql): Promise<boolean> {
  const { text, values } = compile(dialect, statement)
  try {
    await execute(runner, text, values)
    return true
  } catch (error) {
    if (dialect.name === "postgres" || !failedAs(error, "taken")) throw error
    return false
  }
}

/** A failure of the database, whatever threw it. */
const failed = (error: unknown): unknown =>
  error instanceof StatementFailed ? error : new StatementFailed(failureOf(error))

/** Does `work` anew while others are in its way. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || !failedAs(error, "again")) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(attempt)))
    }
  }
}

/** What `work` answers; what it throws of this folder's is told as the port has it. */
export async function told<T>({ isInTransaction }: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toldOf(error, isInTransaction)
  }
}
