/**
 * Idempotency records in the host's own database, for every process that serves requests. Each step is one statement
 * that decides by itself, so that none needs a transaction.
 *
 * ```
 *   insert, unless it is there ─► take over, if it has expired ─► read the one there is
 * ```
 *
 * @module
 */
import type { Kysely } from "kysely"
import { hashSecret } from "../../kernel/secret.ts"
import type { Begun, IdempotencyStore, KeptAnswer } from "../idempotency.ts"
import { failedAs, StatementFailed } from "./errors.ts"
import { openSession, type Session, told } from "./session.ts"
import { isAmong, raw, sql } from "./sql.ts"
import type { BegunRow } from "./tables/idempotency-table.ts"
import { columnsOf, layoutOf, type SchemaOptions, valuesOf } from "./tables/layout.ts"
import { TABLES } from "./tables/tables.ts"

/** How often a request begins anew, because the one that was there was forgotten before it could be read. */
const ATTEMPTS = 5

/** How many begin between two times that expired ones are forgotten, and how many those are at most: more than came. */
const EVERY = 20
const AT_ONCE = 200

type Request = Pick<BegunRow, "account" | "request">

/** Keeps requests in the tables of the store that has the same options, under the same accounts. */
export function kyselyIdempotency<Database>(db: Kysely<Database>, options: SchemaOptions): IdempotencyStore {
  const session = openSession(db, layoutOf(options))
  let left = 0
  const forgetNowAndThen = async (at: Date): Promise<void> => {
    if (left-- > 0) return
    left = EVERY - 1
    // What was asked for is done: if this cannot be, the next time does it.
    await forgetExpired(session, at).catch(() => undefined)
  }
  return {
    begin: (account, key, fingerprint, expiresAt, at) =>
      told(session, async () => {
        const request = { account, request: hashSecret(key) }
        const found = await begin(session, { ...request, fingerprint, expiresAt }, at)
        if (found === null) await forgetNowAndThen(at)
        return found
      }),
    finish: (account, key, answer) =>
      told(session, () => finish(session, { account, request: hashSecret(key) }, answer)),
    forget: (account, key) =>
      told(session, async () => {
        const { idempotency } = session.layout.tables
        await session.run(sql`delete from ${idempotency} where ${isThat({ account, request: hashSecret(key) })}`)
      }),
  }
}

const isThat = ({ account, request }: Request) => sql`account = ${account} and request = ${request}`

type Beginning = Omit<BegunRow, "answer">

async function begin(session: Session, beginning: Beginning, at: Date): Promise<Begun | null> {
  const { run, layout } = session
  const { idempotency } = layout.tables
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await isInserted(session, beginning)) return null
    const { fingerprint, expiresAt } = beginning
    const taken = await run(sql`update ${idempotency} set fingerprint = ${fingerprint}, answer = null,
      expires_at = ${expiresAt} where ${isThat(beginning)} and expires_at <= ${at}`)
    if (taken.affected > 0) return null
    const { rows } = await run(sql`select fingerprint, answer from ${idempotency} where ${isThat(beginning)}`)
    const [found] = rows
    if (found !== undefined) return begunOf(found)
  }
  throw new StatementFailed("lost")
}

/** Whether the request begins: not where one is there, expired or not. */
async function isInserted({ run, layout }: Session, beginning: Beginning): Promise<boolean> {
  const { dialect, tables } = layout
  const row = { ...beginning, answer: null }
  const insert = sql`insert into ${tables.idempotency} (${columnsOf(layout, TABLES.idempotency)})
    values ${valuesOf(TABLES.idempotency, row)}`
  if (dialect.name !== "mysql") return (await run(sql`${insert} ${raw("on conflict do nothing")}`)).affected > 0
  try {
    await run(insert)
    return true
  } catch (error) {
    if (failedAs(error, "taken")) return false
    throw error
  }
}

function begunOf({ fingerprint, answer }: Readonly<Record<string, unknown>>): Begun {
  return {
    fingerprint: String(fingerprint),
    answer: typeof answer === "string" ? (JSON.parse(answer) as KeptAnswer) : null,
  }
}

async function finish({ run, layout }: Session, request: Request, answer: KeptAnswer): Promise<void> {
  await run(sql`update ${layout.tables.idempotency} set answer = ${JSON.stringify(answer)}
    where ${isThat(request)} and answer is null`)
}

/** Forgets what has expired, but what was begun anew meanwhile. */
function forgetExpired(session: Session, at: Date): Promise<void> {
  const { dialect, tables } = session.layout
  return session.together(async ({ run }) => {
    const { rows } = await run(sql`select account, request from ${tables.idempotency} where expires_at <= ${at}
      limit ${AT_ONCE}${dialect.skipLocked}`)
    if (rows.length === 0) return
    await run(sql`delete from ${tables.idempotency} where expires_at <= ${at}
      and (${isAmong(rows, ["account", "request"])})`)
  })
}
