/**
 * Two hundred people who accept invitations into one organization: one after another, at once in one process, and at once
 * in four.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import type { User } from "../../src/index.ts"
import { user } from "../../src/index.ts"
import { guest, openTenantry } from "./tenantry.ts"

const PEOPLE = 200
const PROCESSES = 4
const SCHEMA = "BENCH_SCHEMA"

type Invited = Readonly<{ id: string; email: string; token: string }>

/** Nanoseconds for all of them, round by round. */
export type Crowds = Readonly<{ alone: readonly number[]; atOnce: readonly number[]; processes: readonly number[] }>

const accepting =
  (tenantry: ReturnType<typeof openTenantry>["tenantry"]) =>
  ({ id, email, token }: Invited) => {
    const actor: User = user({ id, email, emailVerified: true, name: "Guest" })
    return tenantry.invitations.accept(actor, { token })
  }

/** A process of the crowd: whoever it is told of accepts at once. */
export async function joinCrowd(): Promise<void> {
  const { tenantry } = openTenantry(process.env[SCHEMA] ?? "")
  process.on("message", async (people: readonly Invited[]) => {
    await Promise.all(people.map(accepting(tenantry)))
    process.send?.("done")
  })
  process.send?.("ready")
}

export async function crowds(schema: string, rounds: number): Promise<Crowds> {
  const { tenantry, pool, create, invite } = openTenantry(schema)
  const accept = accepting(tenantry)
  const children: ChildProcess[] = []
  for (let at = 0; at < PROCESSES; at++) {
    const child = fork(process.argv[1] ?? "", { env: { ...process.env, [SCHEMA]: schema } })
    await once(child, "message")
    children.push(child)
  }

  async function invited(): Promise<readonly Invited[]> {
    const organizationId = await create()
    const people: Invited[] = []
    for (let at = 0; at < PEOPLE; at++) {
      const { id, email } = guest()
      people.push({ id, email, token: await invite(organizationId, email) })
    }
    return people
  }

  async function timed(run: (people: readonly Invited[]) => Promise<unknown>): Promise<number> {
    const people = await invited()
    const start = process.hrtime.bigint()
    await run(people)
    return Number(process.hrtime.bigint() - start)
  }

  const all = { alone: [] as number[], atOnce: [] as number[], processes: [] as number[] }
  const shared = (people: readonly Invited[]) =>
    Promise.all(
      children.map((child, at) => {
        child.send(people.filter((_, index) => index % PROCESSES === at))
        return once(child, "message")
      }),
    )
  for (let round = -1; round < rounds; round++) {
    const alone = await timed(async (people) => {
      for (const each of people) await accept(each)
    })
    const atOnce = await timed((people) => Promise.all(people.map(accept)))
    const processes = await timed(shared)
    if (round < 0) continue
    all.alone.push(alone)
    all.atOnce.push(atOnce)
    all.processes.push(processes)
  }
  for (const child of children) child.kill()
  await pool.end()
  return all
}
