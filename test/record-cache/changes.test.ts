/** What one process changes, another that caches sees: over Redis at once, and at the latest when a record is too old. */
import { afterAll, afterEach, describe, expect, it } from "vitest"
import type { RecordCache } from "../../src/api-key/record-cache.ts"
import {
  account,
  createTenantry,
  memoryCache,
  platformAdmin,
  type Store,
  system,
  type Tenantry,
} from "../../src/index.ts"
import { definePolicy, type PolicyNames } from "../../src/policy/policy.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { fakeClock, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { person } from "../world.ts"
import { aChannel, aProcess, openRedis, until } from "./redis.ts"
import { codeOf, STALENESS } from "./scene.ts"

const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")]
const [host, root] = [system("host"), platformAdmin({ id: "root" })]
const request = { ip: "203.0.113.7", method: "GET", path: "/v1/cars" }

/** One owner, who pays; members hold keys. */
const preset: Preset = {
  policy: definePolicy({
    roles: {
      owner: { grants: ["*"] },
      member: { grants: ["organization.read", "members.read", "projects.read", "api.use"] },
      guest: { grants: ["organization.read"] },
    },
    ownership: { role: "owner", holders: "single", transfer: "direct" },
    customRoles: true,
  }) as Preset["policy"],
  organizations: { deleteWithMembers: true },
  apiKeys: { holders: ["organization", "member", "person"] },
  billing: { account: "owner", plans: [{ id: "ten", quota: 1000 }] },
}

/** Two processes over one database: one that only commits, and one that verifies over its cache. */
async function scene(
  stores: Readonly<{ store: Store; other: Store }>,
  caches: Readonly<Record<"writer" | "reader", RecordCache | null>>,
) {
  const [clock, ids] = [fakeClock(), sequentialIds()]
  const process = (store: Store, cache: RecordCache | null, recordStaleness: number): Tenantry =>
    createTenantry<PolicyNames>({
      ...{ preset, clock, ids, mailer: inbox(), acceptUrl: (token: string) => `https://app.example/${token}`, store },
      ...(cache !== null && { cache, apiKeys: { recordStaleness } }),
    })
  const tenantry = process(stores.store, caches.writer, 0)
  const reader = process(stores.other, caches.reader, STALENESS)
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const inAcme = { organizationId }
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "ten", status: "active" })
  const { id: roleId } = await tenantry.roles.create(ada, { ...inAcme, name: "maker", permissions: ["api.use"] })
  const add = ({ id, email }: typeof bob, role: string) =>
    tenantry.memberships.add(host, { ...inAcme, user: { id, email }, role })
  const { id: membershipId } = await add(bob, "maker")
  await add(eve, "member")
  const { id: projectId } = await tenantry.projects.create(ada, { ...inAcme, name: "Site" })
  const keys = {
    shared: await tenantry.apiKeys.create(ada, { ...inAcme, name: "shared" }),
    bobs: await tenantry.apiKeys.create(bob, { ...inAcme, name: "bob's", holder: "member", scopes: ["api.use"] }),
    site: await tenantry.apiKeys.create(ada, { ...inAcme, name: "site", projectId }),
    own: await tenantry.apiKeys.create(ada, { name: "own" }),
  }
  const verify = async (which: keyof typeof keys) =>
    codeOf(await reader.apiKeys.verify(keys[which].secret, which === "own" ? {} : request))
  return { tenantry, reader, clock, keys, verify, inAcme, membershipId, roleId, projectId }
}

type Scene = Awaited<ReturnType<typeof scene>>
type Change = readonly [name: string, key: keyof Scene["keys"], code: string, change: (at: Scene) => Promise<unknown>]

const keyIn = ({ inAcme, keys }: Scene, which: "shared" | "bobs" | "site" = "shared") => ({
  ...inAcme,
  apiKeyId: keys[which].apiKey.id,
})

const CHANGES: readonly Change[] = [
  ["a key that is deleted", "shared", "not_found", (at) => at.tenantry.apiKeys.delete(ada, keyIn(at))],
  ["a key that is disabled", "shared", "disabled", (at) => at.tenantry.apiKeys.disable(ada, keyIn(at))],
  ["a secret that leaked", "shared", "revoked", (at) => at.tenantry.apiKeys.revokeLeaked(at.keys.shared.secret)],
  [
    "a secret that is rotated",
    "shared",
    "not_found",
    (at) => at.tenantry.apiKeys.rotate(ada, { ...keyIn(at), graceSeconds: 0 }),
  ],
  [
    "scopes that are taken away",
    "shared",
    "permission_denied",
    (at) => at.tenantry.apiKeys.update(ada, { ...keyIn(at), scopes: [] }),
  ],
  [
    "addresses of a key",
    "shared",
    "ip_not_allowed",
    (at) => at.tenantry.apiKeys.update(ada, { ...keyIn(at), ipRules: [{ cidr: "198.51.100.0/24" }] }),
  ],
  [
    "a personal key that is disabled",
    "own",
    "disabled",
    ({ tenantry, keys }) => tenantry.apiKeys.disable(ada, { apiKeyId: keys.own.apiKey.id }),
  ],
  [
    "a personal key whose secret leaked",
    "own",
    "revoked",
    (at) => at.tenantry.apiKeys.revokeLeaked(at.keys.own.secret),
  ],
  [
    "a holder who is removed",
    "bobs",
    "holder_inactive",
    ({ tenantry, inAcme, membershipId }) => tenantry.memberships.remove(ada, { ...inAcme, membershipId }),
  ],
  ["a holder who leaves", "bobs", "holder_inactive", ({ tenantry, inAcme }) => tenantry.memberships.leave(bob, inAcme)],
  [
    "a holder who is erased",
    "bobs",
    "not_found",
    ({ tenantry }) => tenantry.users.erase({ userId: bob.id, emails: [bob.email] }),
  ],
  [
    "a holder with another role",
    "bobs",
    "permission_denied",
    ({ tenantry, inAcme, membershipId }) =>
      tenantry.memberships.changeRole(ada, { ...inAcme, membershipId, role: "guest" }),
  ],
  [
    "a role that grants less",
    "bobs",
    "permission_denied",
    ({ tenantry, inAcme, roleId }) =>
      tenantry.roles.update(ada, { ...inAcme, roleId, permissions: ["organization.read"] }),
  ],
  [
    "endpoints of a holder",
    "bobs",
    "endpoint_not_allowed",
    ({ tenantry, inAcme, membershipId }) =>
      tenantry.restrictions.endpointRules.set(ada, { ...inAcme, membershipId, rules: ["GET /v2/*"] }),
  ],
  [
    "addresses of the organization",
    "shared",
    "ip_not_allowed",
    ({ tenantry, inAcme }) =>
      tenantry.restrictions.ipRules.set(ada, { ...inAcme, rules: [{ cidr: "198.51.100.0/24" }], allowLockout: true }),
  ],
  [
    "a project that is archived",
    "site",
    "project_inactive",
    ({ tenantry, inAcme, projectId }) => tenantry.projects.archive(ada, { ...inAcme, projectId }),
  ],
  [
    "an organization that is suspended",
    "shared",
    "organization_inactive",
    ({ tenantry, inAcme }) => tenantry.platform.organizations.suspend(root, inAcme),
  ],
  [
    "an organization that is deleted",
    "shared",
    "organization_inactive",
    ({ tenantry, inAcme }) => tenantry.organizations.delete(ada, inAcme),
  ],
  [
    "the owner's subscription that is cancelled",
    "shared",
    "subscription_inactive",
    ({ tenantry }) => tenantry.subscriptions.put(account.user(ada.id), { plan: "ten", status: "cancelled" }),
  ],
  [
    "a person's subscription that is cancelled",
    "own",
    "subscription_inactive",
    ({ tenantry }) => tenantry.subscriptions.put(account.user(ada.id), { plan: "ten", status: "cancelled" }),
  ],
  [
    "an owner who does not pay",
    "shared",
    "subscription_inactive",
    async ({ tenantry, inAcme }) => {
      const { data } = await tenantry.memberships.list(ada, inAcme)
      const membershipId = data.find(({ userId }) => userId === eve.id)?.id ?? ""
      await tenantry.organizations.transferOwnership(ada, { ...inAcme, membershipId, previousRole: "member" })
    },
  ],
]

const one = async () => {
  const store = memoryStore()
  return { store, other: store }
}

describe("another process, told of nothing, sees at the bound", () => {
  it.each(CHANGES)("%s", async (_, which, code, change) => {
    const at = await scene(await one(), { writer: null, reader: memoryCache() })
    expect(await at.verify(which)).toBe("ok")
    await change(at)
    at.clock.advance(STALENESS * 1000 - 1)
    expect(await at.verify(which)).toBe("ok")
    at.clock.advance(1)
    expect(await at.verify(which)).toBe(code)
  })
})

describe("the process that commits sees at once", () => {
  it.each(CHANGES)("%s", async (_, which, code, change) => {
    const cache = memoryCache()
    const at = await scene(await one(), { writer: cache, reader: cache })
    expect(await at.verify(which)).toBe("ok")
    await change(at)
    expect(await at.verify(which)).toBe(code)
  })
})

const redis = await openRedis()
const database = await openPostgres()
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(async () => {
  redis?.disconnect()
  await database?.close()
})

describeWith("over Redis", redis, (publisher) => {
  const told = async (
    open: () => Promise<Readonly<{ store: Store; other: Store }>>,
    [, which, code, change]: Change,
  ) => {
    const channel = aChannel()
    const [writer, reader] = [await aProcess(publisher, channel), await aProcess(publisher, channel)]
    closing.push(writer.close, reader.close)
    const at = await scene(await open(), { writer: writer.cache, reader: reader.cache })
    let seen = await at.verify(which)
    expect(seen).toBe("ok")
    await change(at)
    await until(() => {
      void at.verify(which).then((now) => {
        seen = now
      })
      return seen === code
    })
  }

  describe("another process sees without waiting for the bound", () => {
    it.each(CHANGES)("%s", async (...change) => told(one, change))
  })

  describeWith("on Postgres", database, (postgres) => {
    it.each(CHANGES)("%s", async (...change) => told(postgres.open, change))
  })
})
