/**
 * Every read finds its rows by an index, among a hundred thousand of each kind.
 *
 * @module
 */
import { CompiledQuery } from "kysely"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Email } from "../../../src/kernel/email.ts"
import type { OrganizationId } from "../../../src/kernel/id.ts"
import { hashSecret } from "../../../src/kernel/secret.ts"
import type { RoleName } from "../../../src/role/role-name.ts"
import { type IdempotencyStore, kyselyIdempotency } from "../../../src/store/kysely/kysely-store.ts"
import { layoutOf } from "../../../src/store/kysely/tables/layout.ts"
import { TABLES } from "../../../src/store/kysely/tables/tables.ts"
import type { Store, Wants } from "../../../src/store/store.ts"
import {
  aMembership,
  aMessage,
  anInvitation,
  anOrganization,
  aProject,
  aProjectMembership,
  BUILT_AT,
  beginning,
  following,
} from "../../../src/testing/builders.ts"
import {
  ALL_ENTRIES,
  ALL_INVITATIONS,
  ALL_KEYS,
  ALL_MEMBERS,
  ALL_USAGE,
} from "../../../src/testing/conformance/scene.ts"
import {
  aConsumption,
  aCounter,
  anAccount,
  anApiKey,
  aSubscription,
  beginningAccount,
} from "../../../src/testing/key-builders.ts"
import { describeWith } from "../../server.ts"
import { type HostDatabase, openPostgres, type Sent } from "./databases.ts"

const ROWS = 100_000
/** Every second row is this organization's, the others are spread over a thousand. */
const [BIG, SMALL] = ["org_big" as OrganizationId, "org_s7" as OrganizationId]

const home = `case when n % 2 = 0 then '${BIG}' else 'org_s' || n % 1000 end`

/** What differs from row to row, by column. */
const FILLED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  memberships: {
    organization_id: home,
    id: "'mem_' || n",
    user_id: "'u_' || n",
    email: "'p' || n || '@a.example'",
    role: "'r' || n % 50",
  },
  invitations: {
    organization_id: home,
    id: "'inv_' || n",
    email: "'p' || n || '@a.example'",
    token_hash: "md5(n::text)",
    inviter_user_id: "'u_' || n % 1000",
    accepted_by: "'u_' || n",
    projects: `jsonb_build_array(jsonb_build_object('projectId', 'prj_' || n, 'role', 'r' || n % 50))`,
    status: "case when n % 500 = 0 then 'pending' else 'accepted' end",
  },
  projects: { organization_id: home, id: "'prj_' || n" },
  projectMemberships: {
    organization_id: home,
    id: "'pmem_' || n",
    project_id: "'prj_' || n % 5000",
    user_id: "'p_' || n",
    email: "'q' || n || '@a.example'",
    role: "'r' || n % 50",
  },
  apiKeys: {
    home,
    organization_id: home,
    id: "'key_' || n",
    project_id: "'prj_' || n % 5000",
    secret_hash: "md5(n::text)",
    previous_hash: "md5('old' || n)",
    holder_type: "'member'",
    holder_user_id: "'u_' || n % 1000",
    holder_membership_id: "'mem_' || n",
  },
  activity: {
    organization_id: home,
    seq: "n + 10",
    id: "'act_' || n",
    action: "'a' || n % 50",
    actor: "'user:u_' || n % 1000",
    target: "'t' || n % 1000",
    actor_user_id: "'u_' || n % 1000",
    target_user_id: "'u_' || n",
    impersonated_by: "case when n % 100 = 0 then 'u_' || n end",
    platform_id: "case when n % 100 = 0 then 'act_' || n end",
  },
  outbox: {
    organization_id: home,
    id: "'msg_' || n",
    seq: "n + 10",
    state: "case when n % 500 = 0 then 'queued' else 'sent' end",
    due_at: "t.due_at + n * interval '1 second'",
  },
  usage: {
    account: "'user:u_' || n % 1000",
    id: "md5(n::text)",
    home,
    organization_id: home,
    key_id: "'key_' || n % 20000",
    month: "'2025-' || lpad((n % 12 + 1)::text, 2, '0')",
    last_used_at: "t.last_used_at - n * interval '1 minute'",
  },
  meters: { account: "'user:u_' || n % 10000", name: "'quota q' || n % 10", period: "'2025-' || n" },
  holds: { account: "'user:u_' || n % 10000", id: "'hold_' || n", organization_id: home },
  requests: { account: "'user:u_' || n % 10000", request: "md5(n::text)" },
  subscriptions: { account: "'user:u_' || n", id: "'sub_' || n" },
  idempotency: {
    account: "'user:u_' || n % 10000",
    request: "md5(n::text)",
    expires_at: "t.expires_at + n * interval '1 second'",
  },
}

/** Copies a row of each table a hundred thousand times. */
async function fill({ db, options }: HostDatabase, store: Store): Promise<void> {
  const layout = layoutOf(options)
  const run = (text: string) => db.executeQuery(CompiledQuery.raw(text))
  const seed = anOrganization({ id: BIG })
  const project = aProject(seed)
  const rows = {
    projects: { insert: [project] },
    projectMemberships: { insert: [aProjectMembership(project)] },
    memberships: { insert: [aMembership(seed, { userId: "u_seed" })] },
    invitations: { insert: [anInvitation(seed)] },
  }
  const more = { apiKeys: { insert: [anApiKey(seed)] }, outbox: [aMessage(seed)] }
  await store.commit(beginning(seed, { ...rows, ...more }))
  const account = anAccount("u_ada")
  await store.accounts.commit(beginningAccount(account, { subscriptions: { insert: [aSubscription(account.id)] } }))
  const takes = [{ name: "quota api", period: "2026-01", cap: null }]
  const counter = aCounter({ organizationId: BIG, keyId: "key_a" })
  await store.usage.consume(aConsumption(account.id, { takes, counter, request: "r" }))
  await store.usage.hold(aConsumption(account.id, { takes, counter }), { id: "hold_a" as never, expiresAt: BUILT_AT })
  await kyselyIdempotency(db, options).begin(account.id, "k", "f", BUILT_AT, new Date(0))
  const copy = (name: keyof typeof TABLES, differing: Readonly<Record<string, string>>, rows: number) => {
    const table = layout.tables[name].texts[0]
    const columns = TABLES[name].columns.map((column) => `"${column.name}"`)
    const values = TABLES[name].columns.map((column) => differing[column.name] ?? `t."${column.name}"`)
    return run(`insert into ${table} (${columns.join()}) select ${values.join()} from (select * from ${table} limit 1) t,
      generate_series(0, ${rows - 1}) n`)
  }
  await copy(
    "organizations",
    { id: "'org_s' || n", slug: "'s' || n", status: "case when n = 9 then 'purging' else 'active' end" },
    1000,
  )
  for (const [name, differing] of Object.entries(FILLED)) await copy(name as keyof typeof TABLES, differing, ROWS)
  await run("analyze")
}

/** What is read, each by itself. */
const READS = (at: {
  store: Store
  begun: IdempotencyStore
}): readonly (readonly [string, () => Promise<unknown>])[] => {
  const { store } = at
  const page = { after: "x", limit: 51 }
  const wants: readonly (readonly [OrganizationId, Wants])[] = [
    [BIG, { caller: "u_500" as never }],
    [BIG, { membership: "mem_500" as never }],
    [BIG, { membersByEmail: ["p500@a.example" as Email] }],
    [BIG, { membersWithRole: "r2" as RoleName }],
    [BIG, { members: { ...ALL_MEMBERS, ...page } }],
    [BIG, { members: { ...ALL_MEMBERS, role: "r2" as RoleName, limit: 51 } }],
    [BIG, { members: { ...ALL_MEMBERS, emailPrefix: "p500", limit: 51 } }],
    [SMALL, { memberCount: true }],
    [BIG, { project: "prj_500" as never, projectsById: ["prj_500" as never, "prj_501" as never] }],
    [SMALL, { projectCount: true }],
    [BIG, { projects: page, projectsOf: { userId: "p_500" as never, ...page } }],
    [BIG, { callerProjects: { userId: "p_500" as never, projectIds: ["prj_500" as never] } }],
    [BIG, { projectMembership: "pmem_500" as never, memberBehind: "pmem_500" as never }],
    [BIG, { projectMembershipsOf: { projectMembershipId: "pmem_500" as never } }],
    [BIG, { projectMembersByEmail: ["q500@a.example" as Email] }],
    [BIG, { projectMembersWithRole: "r2" as RoleName }],
    [BIG, { projectMembers: { projectId: "prj_500" as never, role: null, ...page } }],
    [BIG, { projectMembers: { projectId: "prj_500" as never, role: "r2" as RoleName, ...page } }],
    [
      BIG,
      {
        invitation: "inv_500" as never,
        delivery: "inv_500" as never,
        inviter: "inv_500" as never,
        inviterKey: "inv_500" as never,
      },
    ],
    [BIG, { inviterProjects: "inv_500" as never, offeredProjects: "inv_500" as never }],
    [BIG, { isInviteeIn: "inv_500" as never }],
    [BIG, { pendingByEmail: ["p500@a.example" as Email] }],
    [BIG, { pendingTo: "u_500" as never }],
    [BIG, { pendingFrom: { sender: { userId: "u_500" as never }, at: BUILT_AT } }],
    [BIG, { pendingCount: BUILT_AT }],
    [BIG, { invitations: { ...ALL_INVITATIONS, ...page } }],
    [BIG, { invitations: { ...ALL_INVITATIONS, status: "pending", limit: 51 } }],
    [SMALL, { roles: true, holders: "role_a" as never, restrictions: [SMALL] }],
    [BIG, { entries: { ...ALL_ENTRIES, order: "descending", limit: 51 } }],
    [BIG, { entries: { ...ALL_ENTRIES, actor: "user:u_500", order: "descending", limit: 51 } }],
    [BIG, { entries: { ...ALL_ENTRIES, target: "t500", order: "descending", limit: 51 } }],
    [BIG, { entries: { ...ALL_ENTRIES, actions: ["a2"], order: "descending", limit: 51 } }],
    [BIG, { apiKey: "key_500" as never, actingKey: "key_500" as never }],
    [BIG, { apiKeys: { ...ALL_KEYS, ...page } }],
    [BIG, { apiKeys: { ...ALL_KEYS, holder: "u_500" as never, limit: 51 } }],
    [BIG, { apiKeys: { ...ALL_KEYS, projectId: "prj_500" as never, limit: 51 } }],
    [SMALL, { apiKeyCount: true, keysOf: { userId: "u_7" as never } }],
    [BIG, { keysUsedSince: BUILT_AT }],
    [BIG, { billed: { payer: { owner: "r2" as RoleName }, at: BUILT_AT } }],
    [BIG, { usage: { ...ALL_USAGE, keyId: "key_500" as never } }],
    [SMALL, { usage: { ...ALL_USAGE, month: "2025-01" as never } }],
    [BIG, { hold: "hold_500" as never }],
  ]
  const account = aConsumption("user:u_500").account
  const hash = hashSecret("nobody's")
  return [
    ...wants.map(([id, want]) => [`${id} ${JSON.stringify(want)}`, () => store.load(id, want)] as const),
    [
      "accounts.load",
      () => store.accounts.load(account, { apiKeys: ALL_KEYS, billed: { at: BUILT_AT }, usage: ALL_USAGE }),
    ],
    [
      "findBySecret",
      async () => store.apiKeys.findBySecret(hash, { payer: { owner: "r2" as RoleName }, at: BUILT_AT, meters: true }),
    ],
    ["findByToken", () => store.invitations.findByToken(hash)],
    ["pendingFor", () => store.invitations.pendingFor("p500@a.example" as Email, BUILT_AT, { after: null, limit: 51 })],
    ["contexts.of", () => store.contexts.of("u_500" as never, page)],
    ["platform.organizations", () => store.platform.organizations({ status: null, slugPrefix: null, ...page })],
    [
      "platform.organizations by slug",
      () => store.platform.organizations({ status: null, slugPrefix: "s50", after: null, limit: 51 }),
    ],
    ["platform.entries", () => store.platform.entries({ after: null, limit: 51 })],
    ["platform.entries after one", () => store.platform.entries(page)],
    [
      "users.organizationsOf",
      () => store.users.organizationsOf({ userId: "u_500" as never, emails: ["p500@a.example" as Email] }, page),
    ],
    [
      "users.forget",
      () => store.users.forget(SMALL, { userId: "u_7" as never, emails: ["p7@a.example" as Email] }, 500),
    ],
    ["users.forget of an account", () => store.users.forget(account, { userId: "u_500" as never, emails: [] }, 5)],
    ["idempotency.begin", () => at.begun.begin(account, "new", "f", BUILT_AT, BUILT_AT)],
    ["idempotency.begin again", () => at.begun.begin(account, "new", "f", BUILT_AT, new Date(0))],
    ["idempotency.finish", () => at.begun.finish(account, "new", { secretOf: "key_1" })],
    ["idempotency.forget", () => at.begun.forget(account, "new")],
    ["platform.purge", () => store.platform.purge("org_s9" as OrganizationId, 50)],
    ["idOfSlug", () => store.organizations.idOfSlug("s500" as never)],
    ["outbox.list", () => store.outbox.list("queued", { after: null, limit: 51 })],
    ["outbox.health", () => store.outbox.health()],
    ["outbox.claim", () => store.outbox.claim({ lease: "l", at: BUILT_AT, until: BUILT_AT, limit: 20 })],
    [
      "consume",
      async () =>
        store.usage.consume(
          aConsumption(account, { takes: [{ name: "quota q0", period: "2025-500", cap: 1e9 }], request: "r" }),
        ),
    ],
  ]
}

type Plan = Readonly<{
  "Node Type": string
  "Relation Name"?: string
  "Index Cond"?: string
  Plans?: readonly Plan[]
}>

type Explained = Readonly<{ "QUERY PLAN": readonly [Readonly<{ Plan: Plan }>] }>

/** A plan and all that it is made of. */
const partsOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(partsOf)]

/** The tables that a plan reads from end to end. */
const scanned = (plan: Plan): readonly string[] =>
  partsOf(plan)
    .filter((part) => part["Node Type"] === "Seq Scan")
    .map((part) => part["Relation Name"] ?? "")

describeWith("plans on Postgres", await openPostgres(), (database) => {
  const opened: { store: Store; begun: IdempotencyStore } = { store: undefined as never, begun: undefined as never }
  beforeAll(async () => {
    const { store } = await database.open()
    opened.store = store
    opened.begun = kyselyIdempotency(database.db, database.options)
    await fill(database, store)
  })
  afterAll(() => database.close())

  const planOf = async ({ text, values }: Sent): Promise<Plan> => {
    const { rows } = await database.db.executeQuery(CompiledQuery.raw(`explain (format json) ${text}`, [...values]))
    const [row] = rows as readonly Explained[]
    if (row === undefined) throw new Error("no plan")
    return row["QUERY PLAN"][0].Plan
  }

  it.each(READS(opened).map(([name], index) => [name, index] as const))("%s", async (_, index) => {
    const [, read] = READS(opened)[index] ?? ["", async () => {}]
    const sent = (await database.statementsOf(read)).filter(({ text }) => text.startsWith("/* tenantry */"))
    expect(sent.length).toBeGreaterThan(0)
    const filled = Object.keys(FILLED).map((name) => `tenantry_${TABLES[name as keyof typeof TABLES].name}`)
    for (const each of sent) {
      expect(
        (await scannedIn(each)).filter((table) => filled.includes(table)),
        each.text,
      ).toEqual([])
    }
  })

  const scannedIn = async (sent: Sent) => scanned(await planOf(sent))

  /** A statement as its connection keeps it when it has a name, run a few times, and what `asked` then tells of it. */
  const prepared = <Row>({ text, values }: Sent, asked: (run: string) => readonly string[]): Promise<Row> =>
    database.db.connection().execute(async (connection) => {
      const send = (each: string) => connection.executeQuery(CompiledQuery.raw(each))
      const literal = (value: unknown) => (value === null ? "null" : `'${String(value).replaceAll("'", "''")}'`)
      const run = `execute kept(${values.map(literal).join()})`
      await send(`prepare kept as ${text}`)
      let found: unknown
      for (const each of [...Array(8).fill(run), ...asked(run)]) found = (await send(each)).rows[0]
      await send("deallocate kept")
      return found as Row
    })
  const plansMade = (sent: Sent | undefined) =>
    prepared<unknown>(sent ?? { text: "", values: [] }, () => [
      "select custom_plans::int as own, generic_plans::int as generic from pg_prepared_statements where name = 'kept'",
    ])

  /** What commands read, of a tenant that has hardly any of all rows. */
  const LOADS: readonly Wants[] = [
    { caller: "u_7" as never, roles: true, membership: "mem_7" as never, membersWithRole: "r2" as RoleName },
    { caller: "u_7" as never, membersByEmail: ["p7@a.example" as Email], pendingCount: BUILT_AT, memberCount: true },
    { caller: "u_7" as never, roles: true, apiKeyCount: true },
  ]

  it.each(LOADS)("one plan is kept for every tenant: %j", async (wants) => {
    const [sent] = await database.statementsOf(() => opened.store.load(SMALL, wants))
    expect(await plansMade(sent)).toEqual({ own: 5, generic: 3 })
  })

  it("one plan is kept for what a commit writes of one row, and finds it by its whole key", async () => {
    const loaded = await opened.store.load(SMALL, { membership: "mem_7" as never })
    if (loaded?.membership == null) throw new Error("expected the member")
    const [{ organization }, member] = [loaded, { ...loaded.membership, role: "r1" as RoleName }]
    const [sent] = await database.statementsOf(async () => {
      await opened.store.commit(following(organization, { memberships: { update: [member] } }))
    })
    expect(await plansMade(sent)).toEqual({ own: 5, generic: 3 })
    const explained = await prepared<Explained>(sent as Sent, (run) => [`explain (format json) ${run}`])
    const reads = partsOf(explained["QUERY PLAN"][0].Plan).filter((part) => part["Node Type"].includes("Scan"))
    const ofMembers = reads.filter((part) => part["Relation Name"] === "tenantry_memberships")
    expect(ofMembers).toHaveLength(1)
    expect(ofMembers[0]?.["Index Cond"]).toMatch(/organization_id = .* AND \(id = /)
  })
})
