/**
 * Counting: what is taken from meters, what counts, what is held.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { HoldId } from "../../../kernel/id.ts"
import type { UsageRepository } from "../../../usage/repository.ts"
import type { Added, Consumed, Consumption, Hold, Settled } from "../../../usage/usage.ts"
import { insert } from "../commit/commit-steps.ts"
import { rowsIn } from "../reads/reader.ts"
import type { Session } from "../session.ts"
import { sql } from "../sql.ts"
import { rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { consumeAtOnce } from "./consume-postgres.ts"
import { addTo, charge } from "./counters.ts"
import type { forgetting } from "./forgetting.ts"
import { lockMeters, type Standings } from "./meters.ts"
import { takeAll } from "./taking.ts"

/** Usage as a session sees it. `forget` is called for each request and hold that is kept. */
export const usageOf = (session: Session, forget: ReturnType<typeof forgetting>): UsageRepository => ({
  consume: async (consumption) => {
    // Where nothing is taken from, and no request is named, there is nothing to decide.
    if (consumption.takes.length === 0 && consumption.request === null) {
      await charge(session, [consumption])
      return { outcome: "consumed", meters: [] }
    }
    const consumed = await (session.layout.dialect.name === "postgres"
      ? consumeAtOnce(session, consumption)
      : session.together((inside) => consume(inside, consumption)))
    if (consumption.request !== null) await forget(session, consumption.at)
    return consumed
  },
  add: (consumptions) => session.together((inside) => add(inside, consumptions)),
  hold: async (consumption, hold) => {
    const consumed = await session.together((inside) => keep(inside, consumption, hold))
    await forget(session, consumption.at)
    return consumed
  },
  settle: (account, id, units, at) => session.together((inside) => settle(inside, account, id, units, at)),
})

async function consume(session: Session, consumption: Consumption): Promise<Consumed> {
  const [taken] = await takeAll(session, [consumption])
  if (taken?.outcome === "consumed") await charge(session, [consumption])
  return taken as Consumed
}

/** Consumptions in one statement: databases bound how many values it can have. */
const BATCH = 200

async function add(session: Session, consumptions: readonly Consumption[]): Promise<readonly Added[]> {
  const all: Added[] = []
  for (let from = 0; from < consumptions.length; from += BATCH) {
    const boundless = consumptions
      .slice(from, from + BATCH)
      .map((each) => ({ ...each, takes: each.takes.map((take) => ({ ...take, cap: null })) }))
    const added = await takeAll(session, boundless)
    await charge(
      session,
      boundless.filter((_, index) => added[index]?.outcome === "consumed"),
    )
    all.push(...(added as readonly Added[]))
  }
  return all
}

async function keep(
  session: Session,
  consumption: Consumption,
  { id, expiresAt }: Pick<Hold, "id" | "expiresAt">,
): Promise<Consumed> {
  const [taken] = await takeAll(session, [consumption], "hold")
  if (taken?.outcome !== "consumed") return taken as Consumed
  const { account, units, takes, counter, at } = consumption
  const meters = takes.map(({ name, period }) => ({ name, period }))
  const hold: Hold = { id, account, units, meters, counter, createdAt: at, expiresAt, settled: null }
  await insert(session, TABLES.holds, [TABLES.holds.flat(hold)])
  const kept = meters.map((meter) => ({ ...meter, account, holdId: id, units, expiresAt }))
  if (kept.length > 0) await insert(session, TABLES.holdMeters, kept)
  await addTo(session, account, meters, { units: 0, version: 1 })
  return taken
}

async function settle(
  session: Session,
  account: AccountId,
  id: HoldId,
  units: number,
  at: Date,
): Promise<Settled | null> {
  const { layout, run } = session
  const { dialect, tables } = layout
  const { rows } = await run(sql`select ${dialect.text(sql`q.r`)} as r from (
    ${rowsIn(layout, TABLES.holds)} t.account = ${account} and t.id = ${id}${dialect.forUpdate}) q`)
  const found = rows[0]?.["r"]
  if (found === undefined) return null
  const hold = rowOf(TABLES.holds, typeof found === "string" ? JSON.parse(found) : found)
  const standing = async (): Promise<Settled["meters"]> => standingsOf(await lockMeters(session, [hold], at), hold, at)
  if (hold.settled !== null) return { outcome: "replayed", hold, meters: await standing() }
  if (hold.expiresAt <= at) return null
  await lockMeters(session, [hold], at)
  await run(sql`update ${tables.holds} set settled = ${units} where account = ${account} and id = ${id}`)
  await run(sql`delete from ${tables.holdMeters} where account = ${account} and hold_id = ${id}`)
  await addTo(session, account, hold.meters, { units, version: 1 })
  if (units > 0) await charge(session, [{ account, units, counter: hold.counter, at, takes: [] }])
  return { outcome: "settled", hold: { ...hold, settled: units }, meters: await standing() }
}

const standingsOf = (standings: Standings, { account, meters }: Hold, at: Date): Settled["meters"] =>
  meters.map((meter) => standings.of(account, meter, at))
