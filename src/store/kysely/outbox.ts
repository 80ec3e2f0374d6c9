/**
 * The outbox: leases, settlements, the dead.
 *
 * @module
 */
import type { MessageId, OrganizationId } from "../../kernel/id.ts"
import type { Message, MessageState, Settlement } from "../../outbox/message.ts"
import type { OutboxHealth, OutboxRepository } from "../../outbox/repository.ts"
import { ask } from "./reads/asking.ts"
import { many, rowsIn } from "./reads/reader.ts"
import type { Session } from "./session.ts"
import { and, join, raw, type Sql, sql } from "./sql.ts"
import { cells, rowOf } from "./tables/layout.ts"
import { TABLES } from "./tables/tables.ts"

const table = TABLES.outbox

/** The outbox as a session sees it. */
export function outboxOf(session: Session): OutboxRepository {
  const { layout, run } = session
  const { outbox } = layout.tables
  const changed = async (statement: Sql): Promise<boolean> => (await run(statement)).affected > 0
  const isMessage = (organizationId: OrganizationId, id: MessageId): Sql =>
    sql`organization_id = ${organizationId} and id = ${id}`

  return {
    claim: (by) => session.together((inside) => claim(inside, by)),
    settle: (organizationId, id, lease, { state, attempts, dueAt, error, blank }: Settlement) =>
      changed(sql`update ${outbox} set state = ${state}, attempts = ${attempts}, due_at = ${dueAt}, error = ${error},
        ${blank ? raw("payload = null, ") : raw("")}lease = null, leased_until = null
        where ${isMessage(organizationId, id)} and lease = ${lease}`),
    list: (state: MessageState, { after, limit }) => {
      const past = and([after === null ? null : sql`t.id > ${after}`])
      return ask(
        session,
        many(table, sql`${rowsIn(layout, table)} t.state = ${state}${past} order by t.id limit ${limit}`),
      )
    },
    retry: (organizationId, id, at) =>
      changed(sql`update ${outbox} set state = 'queued', attempts = 0, due_at = ${at}, error = null
        where ${isMessage(organizationId, id)} and state = 'dead' and topic = 'event' and payload is not null`),
    discard: (organizationId, id) =>
      changed(sql`delete from ${outbox} where ${isMessage(organizationId, id)} and state = 'dead'`),
    health: () => healthOf(session),
  }
}

async function healthOf(session: Session): Promise<OutboxHealth> {
  const { dialect, tables } = session.layout
  const countOf = (state: MessageState): Sql => sql`(select count(*) from ${tables.outbox} where state = ${state})`
  const oldest = raw(dialect.cell("min(created_at)", "time"))
  const parts = [
    countOf("queued"),
    countOf("dead"),
    sql`(select ${oldest} from ${tables.outbox} where state = 'queued')`,
  ]
  const found = await ask(session, {
    asks: [sql`select ${dialect.array(parts)} as r`],
    found: ([counts] = []) => counts as readonly [number, number, number | null],
  })
  const [queued, dead, since] = found
  return { queued, dead, oldestQueuedAt: since === null ? null : new Date(since) }
}

/** Messages that one claim answers at most: SQLite bounds how long a condition can be. */
const MOST = 400

type Claim = Parameters<OutboxRepository["claim"]>[0]

/**
 * Locks first the longest due of the e-mails and of each organization's first queued events, passing over what another
 * claim has locked, then the events that follow those: whoever has the first alone reaches them, so that nobody else's
 * claim is in the way.
 */
async function claim(session: Session, { lease, at, until, limit: asked }: Claim): Promise<readonly Message[]> {
  const { layout, run } = session
  const limit = Math.min(asked, MOST)
  const { dialect, tables } = layout
  const isFree = (as: string): Sql =>
    sql`${raw(as)}.due_at <= ${at} and (${raw(as)}.leased_until is null or ${raw(as)}.leased_until <= ${at})`
  const isFirst = sql`(t.topic <> 'event' or not exists (select 1 from ${tables.outbox} e
    where e.organization_id = t.organization_id and e.topic = 'event' and e.state = 'queued' and e.seq < t.seq))`
  const locked = async (conditions: Sql, locking = dialect.skipLocked): Promise<readonly Message[]> => {
    const { rows } = await run(sql`select ${dialect.text(cells(layout, table, "t"))} as r from ${tables.outbox} t
      where t.state = 'queued' and ${isFree("t")} and ${conditions} limit ${limit}${locking}`)
    return rows.map(({ r }) => rowOf(table, typeof r === "string" ? JSON.parse(r) : r))
  }
  const first = await locked(sql`${isFirst} order by t.due_at, t.organization_id, t.seq`)
  const events = first.filter(({ topic }) => topic === "event")
  const followers =
    events.length === 0
      ? []
      : await locked(
          sql`t.topic = 'event' and (${join(
            events.map(({ organizationId, seq }) => sql`(t.organization_id = ${organizationId} and t.seq > ${seq})`),
            " or ",
          )}) and not exists (select 1 from ${tables.outbox} e where e.organization_id = t.organization_id
            and e.topic = 'event' and e.state = 'queued' and e.seq < t.seq and not (${isFree("e")}))
            order by t.organization_id, t.seq`,
          dialect.forUpdate,
        )
  const claimed = inLine(first, followers).slice(0, limit)
  if (claimed.length === 0) return []
  const chosen = claimed.map(({ organizationId, id }) => sql`(organization_id = ${organizationId} and id = ${id})`)
  await run(sql`update ${tables.outbox} set lease = ${lease}, leased_until = ${until} where ${join(chosen, " or ")}`)
  return claimed.map((message) => ({ ...message, lease, leasedUntil: new Date(until) }))
}

/** The longest due first; an event that waited for another stands in line as if it were due with it. */
function inLine(first: readonly Message[], followers: readonly Message[]): readonly Message[] {
  const latest = new Map(
    first.map(({ organizationId, topic, dueAt }) => [`${topic} ${organizationId}`, dueAt.getTime()]),
  )
  const line = first.map((message) => ({ message, from: message.dueAt.getTime() }))
  for (const message of followers) {
    const key = `${message.topic} ${message.organizationId}`
    const from = Math.max(latest.get(key) ?? 0, message.dueAt.getTime())
    latest.set(key, from)
    line.push({ message, from })
  }
  return line.sort((a, b) => a.from - b.from).map(({ message }) => message)
}
