/**
 * The store on Postgres beside SQL written by hand for the same: a key looked up, a commit, a use counted.
 *
 * `POSTGRES_URL` says where; everything happens in a schema that goes with the run.
 *
 * @module
 */
import { CompiledQuery, Kysely, PostgresDialect } from "kysely"
import { Pool } from "pg"
import { randomIds } from "../src/kernel/id.ts"
import { hashSecret } from "../src/kernel/secret.ts"
import type { Membership } from "../src/membership/membership.ts"
import type { Organization } from "../src/organization/organization.ts"
import { kyselyStore, migrate, preparedPool } from "../src/store/kysely/kysely-store.ts"
import { aMembership, aMessage, anOrganization, beginning, following } from "../src/testing/builders.ts"
import { aConsumption, aCounter, anApiKey } from "../src/testing/key-builders.ts"
import { race, ratio, report, result } from "./report.ts"

const EACH = 20
const url = process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test"
const schema = `tenantry_bench_${process.pid}`
const options = { dialect: "postgres", schema } as const

const pool = new Pool({ connectionString: url, max: 4 })
const plain = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
const named = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparedPool(pool) }) })
await migrate(plain, options)
const [unnamedStore, namedStore] = [kyselyStore(plain, options), kyselyStore(named, options)]

const at = new Date()
const by = { payer: "organization", at } as const
const quota = { name: "quota api", period: "2026-01", cap: 1e12 }

async function organized(): Promise<Organization> {
  const organization = anOrganization({ id: randomIds.id("org", at) })
  await namedStore.commit(beginning(organization))
  return organization
}

/** Does something so often, one after another. */
const often = (name: string, run: () => Promise<unknown>) => ({
  name,
  operations: EACH,
  run: async () => {
    for (let count = 0; count < EACH; count++) await run()
    return EACH
  },
})

const joined = (organization: Organization): Membership =>
  aMembership(organization, { id: randomIds.id("mem", at), userId: randomIds.id("mem", at) })

/** One member joins, through a store: a row, an activity entry, a message, the organization's new revision. */
async function joining(store: typeof namedStore) {
  let current = await organized()
  return async () => {
    const changes = following(current, {
      memberships: { insert: [joined(current)] },
      outbox: [aMessage(current, { id: randomIds.id("msg", at) })],
    })
    if ((await store.commit(changes)) !== "committed") throw new Error("not committed")
    current = changes.organization
  }
}

/** The same by hand, each statement named. */
async function joiningByHand() {
  const { id } = await organized()
  let revision = 1
  const texts = [
    `update ${schema}.tenantry_organizations set revision = revision + 1, head = $3 where id = $1 and revision = $2`,
    `insert into ${schema}.tenantry_memberships values ($1, $2, $3, $4, null, 'viewer', $5, $6)`,
    `insert into ${schema}.tenantry_activity values ($1, $2, $3, 'member.joined', 'u', 't', $4, '{}', '{}', $5)`,
    `insert into ${schema}.tenantry_outbox values ($1, $2, 'event', 's', $3, '{}', 'queued', 0, $4, null, null, null, $4)`,
  ]
  return async () => {
    const client = await pool.connect()
    const [member, entry, message] = [randomIds.id("mem", at), randomIds.id("act", at), randomIds.id("msg", at)]
    const values = [
      [id, revision, hashSecret(entry)],
      [id, member, member, `${member}@acme.example`, at, revision + 1],
      [id, revision + 1, entry, at, hashSecret(entry)],
      [id, message, revision + 1, at],
    ]
    await client.query("begin")
    for (const [index, text] of texts.entries()) {
      await client.query({ name: `join ${index}`, text, values: values[index] ?? [] })
    }
    await client.query("commit")
    client.release()
    revision++
  }
}

const organization = await organized()
const key = anApiKey(organization, { id: randomIds.id("key", at) })
await namedStore.commit(following(organization, { apiKeys: { insert: [key] } }))
const { hash } = key.secret
const lookingUp = (store: typeof namedStore) => () => store.apiKeys.findBySecret(hash, by)
const byHand = () =>
  pool.query({
    name: "key by hash",
    text: `select k.*, o.status, o.revision, (select json_agg(s) from ${schema}.tenantry_subscriptions s
        where s.account = 'organization:' || o.id) as subscriptions from ${schema}.tenantry_api_keys k
      join ${schema}.tenantry_organizations o on o.id = k.organization_id
      where (k.secret_hash = $1 or k.previous_hash = $1) and k.deleted_at is null`,
    values: [hash],
  })

const counter = aCounter({ organizationId: organization.id, keyId: key.id })
const using = (store: typeof namedStore) => () =>
  store.usage.consume(aConsumption(`organization:${organization.id}`, { takes: [quota], counter, at }))
await using(namedStore)()
const usingByHand = () =>
  pool.query({
    name: "use by hand",
    text: `with m as (update ${schema}.tenantry_meters set used = used + 1 where account = $1 and name = $2
        and period = $3 and used + 1 <= $4 returning used)
      update ${schema}.tenantry_usage set units = units + 1, last_used_at = $5
        where account = $1 and key_id = $6 and exists (select 1 from m)`,
    values: [`organization:${organization.id}`, quota.name, quota.period, quota.cap, at, key.id],
  })

const few = { rounds: 21, warmUp: 3 }
const title = (what: string) => `${what}, one after another`

const looks = await race(
  [often("named", lookingUp(namedStore)), often("unnamed", lookingUp(unnamedStore)), often("by hand, named", byHand)],
  few,
)
report(title("A key by its secret, with everything a verdict needs"), looks, [
  result("named, to a look-up by hand", ratio(looks[0], looks[2]), "most", 3),
])

const commits = await race(
  [
    often("named", await joining(namedStore)),
    often("unnamed", await joining(unnamedStore)),
    often("by hand, a transaction of named statements", await joiningByHand()),
  ],
  few,
)
report(title("Somebody joins: four rows in four tables"), commits, [
  result("named, to the transaction by hand", ratio(commits[0], commits[2]), "most", 0.8),
  result("unnamed, to the transaction by hand", ratio(commits[1], commits[2]), "most", 1),
])

const uses = await race(
  [often("named", using(namedStore)), often("unnamed", using(unnamedStore)), often("by hand, named", usingByHand)],
  few,
)
report(title("A use counted, with its quota"), uses, [
  result("named, to one statement by hand", ratio(uses[0], uses[2]), "most", 1.5),
])

await plain.executeQuery(CompiledQuery.raw(`drop schema ${schema} cascade`))
await plain.destroy()
