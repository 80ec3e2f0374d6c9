/**
 * One of several processes at one database: does what its command line says and tells its parent.
 *
 * @module
 */
import { appendFileSync } from "node:fs"
import { attempt, createTenantry, type User } from "../../src/index.ts"
import { loadOperations } from "../../src/operations.ts"
import { intercept } from "../../src/testing/testing.ts"
import { randomFrom } from "../policy/random-policy.ts"
import { person } from "../world.ts"
import { type Orders, openStore, SEATS, settings } from "./fleet.ts"

const orders = JSON.parse(process.argv[2] ?? "") as Orders
const { organizationIds, secret, journal } = orders
const random = randomFrom(orders.seed)
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
const tell = (said: unknown): void => void process.send?.(said)
const note = (...words: readonly string[]): void => appendFileSync(journal, `${words.join(" ")}\n`)

const ada = person("ada")
const { store, close } = openStore(orders.schema, orders.name)
const isWatched = orders.work !== "crowd"
const tenantry = createTenantry({
  ...settings,
  seats: { cap: isWatched ? null : SEATS },
  clock: { now: () => new Date(Date.now() + orders.ahead) },
  store: isWatched
    ? intercept(store, async (call, proceed) => {
        tell(call)
        const answer = await proceed()
        tell(call)
        return answer
      })
    : store,
  mailer: { sendInvitation: async ({ id }) => note("sent", id) },
})

const tally: Record<string, number> = {}

/** Counts what comes of one operation, and answers it. */
async function counted<T>(name: string, work: Promise<T>): Promise<T | null> {
  const result = await attempt(work)
  const outcome = `${name} ${result.ok ? "done" : result.error.code}`
  tally[outcome] = (tally[outcome] ?? 0) + 1
  return result.ok ? result.value : null
}

const guests = Array.from({ length: 10 }, (_, at) => person(`guest${at}`))

/** One thing that somebody does at the organization. */
const deeds: readonly ((organizationId: string, guest: User) => Promise<unknown>)[] = [
  (organizationId, { email }) =>
    counted("invitations.send", tenantry.invitations.send(ada, { organizationId, email, role: "member" })),
  async (organizationId, guest) => {
    const mine = await tenantry.invitations.listMine(guest, {})
    const found = mine.data.find((each) => each.organizationId === organizationId)
    if (found === undefined) return
    const reference = { organizationId, invitationId: found.id }
    await counted("invitations.accept", tenantry.invitations.accept(guest, reference))
  },
  async (organizationId, { id: userId }) => {
    const member = await tenantry.memberships.find(ada, { organizationId, userId })
    if (member === null) return
    const role = pick(["owner", "admin", "member"] as const)
    const change = { organizationId, membershipId: member.id, role }
    await counted("memberships.changeRole", tenantry.memberships.changeRole(ada, change))
  },
  (organizationId, guest) => counted("memberships.leave", tenantry.memberships.leave(guest, { organizationId })),
  (organizationId) => counted("apiKeys.create", tenantry.apiKeys.create(ada, { organizationId, name: "k" })),
  async () => {
    const verdict = await tenantry.apiKeys.verify(secret)
    const outcome = `apiKeys.verify ${verdict.ok ? "done" : verdict.code}`
    tally[outcome] = (tally[outcome] ?? 0) + 1
  },
]

/** Half of everything happens at the first organization. */
async function lane(): Promise<void> {
  for (let turn = 0; turn < 18; turn++) {
    await pick(deeds)(random() < 0.5 ? (organizationIds[0] ?? "") : pick(organizationIds), pick(guests))
  }
}

/** In each duel the owner of this process leaves, while those of the others do. */
async function departures(): Promise<void> {
  for (const organizationId of orders.duels) {
    await counted("owners leave", tenantry.memberships.leave(person(orders.name), { organizationId }))
  }
}

async function slugs(): Promise<void> {
  for (let at = 0; at < 8; at++) {
    await counted("slugs", tenantry.organizations.create(person(orders.name), { name: "Acme", slug: `acme-${at}` }))
  }
}

/** Invites and verifies for ever, and notes what it was answered. */
async function command(): Promise<void> {
  for (let at = 0; ; at++) {
    const organizationId = pick(organizationIds)
    const email = `g${orders.seed}-${at}@acme.example`
    const { id } = await tenantry.invitations.send(ada, { organizationId, email, role: "member" })
    note("invited", id)
    if ((await tenantry.apiKeys.verify(secret)).ok) note("verified", secret)
  }
}

async function deliver(): Promise<void> {
  for (;;) await tenantry.outbox.deliver({ limit: 10 })
}

const works: Readonly<Record<Orders["work"], () => Promise<unknown>>> = {
  crowd: () => Promise.all([lane(), lane(), lane(), departures(), slugs()]),
  command,
  deliver,
}

await loadOperations()
process.once("message", async () => {
  await works[orders.work]()
  await close()
  process.send?.(tally, () => process.disconnect())
})
tell("ready")
