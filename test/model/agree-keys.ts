/**
 * Whether keys, rules, subscriptions, meters and counters are those of the model, and nothing is wrong with them.
 *
 * @module
 */
import { expect } from "vitest"
import type { AccountId } from "../../src/index.ts"
import type { MembershipId, OrganizationId } from "../../src/kernel/id.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import type { AccountLoaded } from "../../src/store/accounts.ts"
import { API } from "./billing-rules.ts"
import type { Model } from "./model.ts"
import type { World } from "./reality.ts"
import type { Account, ApiKey } from "./rows.ts"

const KEYS = { apiKeys: { holder: null, projectId: null, after: null, limit: 100_000 } } as const
const USAGE = { usage: { keyId: null, holder: null, month: null } } as const

type Loaded = Omit<AccountLoaded<typeof KEYS & typeof USAGE & { billed: { at: Date } }>, "account">

const byProduct = <T extends { product: string }>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => (a.product < b.product ? -1 : 1))
const dated = (at: number | null): Date | null => (at === null ? null : new Date(at))

/** Everything beside people, of every organization and account. */
export async function agreeOnKeys(model: Model, world: World): Promise<void> {
  const { store, clock } = world
  const at = clock.now()
  for (const org of model.organizations.values()) {
    const subjects = [org.id, ...org.rules.keys()] as (OrganizationId | MembershipId)[]
    const wants = { ...KEYS, ...USAGE, restrictions: subjects, billed: { payer: "organization", at } } as const
    const loaded = await store.load(org.id as OrganizationId, wants)
    if (loaded === null) throw new Error(`${org.id} is not there`)
    const { seatsReached } = loaded.organization
    const own = model.billing.own(org)
    expect({ seatsReached, rules: rulesOf(loaded.restrictions), ...foundOf(loaded, own, model) }).toEqual({
      ...{ seatsReached: org.seatsReached, rules: Object.fromEntries(org.rules) },
      ...expectedOf(org.keys, own, (row) => row.organizationId === org.id, model),
    })
    expectWithin(own, model, world)
  }
  for (const account of model.billing.accounts.values()) {
    if (!account.id.startsWith("user:")) continue
    const loaded = await store.accounts.load(account.id as AccountId, { ...KEYS, ...USAGE, billed: { at } })
    expect({ revision: loaded.account?.revision ?? 0, ...foundOf(loaded, account, model) }).toEqual({
      revision: account.revision,
      ...expectedOf(account.keys, account, (row) => row.account === account.id, model),
    })
    expectWithin(account, model, world)
  }
  for (const { id } of model.keys.allKeys()) world.seen.add(id)
}

type Ruled = Readonly<{ id: string; ipRules: readonly { cidr: string }[]; endpointRules: readonly string[] }>
const rulesOf = (rows: readonly (Ruled & { revision: number })[]) =>
  Object.fromEntries(
    rows.map(({ id, ipRules, ...row }) => [
      id,
      { ipRules: ipRules.map(({ cidr }) => cidr), endpointRules: row.endpointRules, revision: row.revision },
    ]),
  )

type Line = Omit<Loaded["usage"][number], "lastUsedAt"> | ReturnType<Model["ledger"]["rows"]>[number]
const line = ({ account, organizationId, keyId, holder, api, plan, month, units }: Line): string =>
  [account, organizationId, keyId, holder, api, plan, month, units].join()

/** Keys that are not deleted, subscriptions, the quota and every counter: as they are stored. */
function foundOf({ apiKeys, billed, usage }: Loaded, account: Account, { billing, terms }: Model) {
  const { name, period } = billing.quotaOf(account, API)
  const { used = 0, held = 0 } = billed.meters.find((one) => one.name === name && one.period === period) ?? {}
  const paid = usage.filter((row) => row.account === account.id)
  const isFree = terms.billing.account === "none"
  return {
    keys: apiKeys.map(({ key, lastUsedAt, member }) => ({
      ...{ id: key.id, name: key.name, holder: key.holder, scopes: key.scopes, enabled: key.enabled },
      projectId: key.projectId,
      ...{ expiresAt: key.expiresAt, revokedAt: key.revokedAt, createdBy: key.createdBy, revision: key.revision },
      shownTo: key.shownTo.toSorted(),
      ...{ ipRules: key.ipRules.map(({ cidr }) => cidr), endpointRules: key.endpointRules },
      ...{ monthlyUnits: key.monthlyUnits, lastUsedAt, member: member?.id ?? null },
      ...{ hash: key.secret.hash, previous: key.previous?.hash ?? null, until: key.previous?.expiresAt ?? null },
    })),
    subscriptions: byProduct(billed.subscriptions).map(({ product, plan, status, quota, ...row }) => ({
      ...{ product, plan, status, quota, occurredAt: row.occurredAt.getTime() },
      period: row.periodStart && row.periodEnd && { start: row.periodStart.getTime(), end: row.periodEnd.getTime() },
    })),
    quota: { used, held },
    /** All that was ever counted was taken from the quota. */
    counted: isFree ? 0 : paid.reduce((sum, { units }) => sum + units, 0),
    counters: usage.map(line).sort(),
  }
}

/** The same as the model has them. */
function expectedOf(
  keys: readonly ApiKey[],
  account: Account,
  isOurs: (row: Readonly<{ organizationId: string | null; account: string }>) => boolean,
  { billing, ledger, keys: rules, terms }: Model,
) {
  const { name, period } = billing.quotaOf(account, API)
  const counters = ledger.rows(isOurs)
  const shared = new Set(rules.allKeys().flatMap(({ id, holder }) => (holder.type === "organization" ? [id] : [])))
  const isStray = counters.some(({ keyId, holder }) => keyId !== null && shared.has(keyId) && holder !== null)
  if (isStray) throw new Error("a key of an organization counts for a member")
  const isFree = terms.billing.account === "none"
  return {
    keys: keys.filter(({ isDeleted }) => !isDeleted).map(rowOf),
    subscriptions: byProduct([...account.subscriptions.values()]),
    quota: isFree ? { used: 0, held: 0 } : ledger.shown(account.id, { name, period }),
    counted: isFree ? 0 : ledger.totalOf(account.id, name),
    counters: counters.map(line).sort(),
  }
}

function rowOf(key: ApiKey) {
  const { organization, holder, secrets, graceUntil } = key
  const hashOf = (secret: string | undefined) => hashSecret(secret ?? "")
  const member = holder.type === "member" ? organization?.members.get(holder.userId) : undefined
  const isMembers = holder.type === "member" && member?.id === holder.membershipId
  return {
    ...{ id: key.id, name: key.name, holder, scopes: key.scopes, enabled: key.enabled },
    projectId: key.project?.id ?? null,
    ...{ expiresAt: dated(key.expiresAt), revokedAt: dated(key.revokedAt), createdBy: key.createdBy },
    shownTo: key.shownTo.toSorted(),
    ...{ revision: key.revision, ipRules: key.ipRules, endpointRules: key.endpointRules },
    ...{ monthlyUnits: key.monthlyUnits, lastUsedAt: dated(key.lastUsed), member: isMembers ? member.id : null },
    ...{ hash: hashOf(secrets.at(-1)), previous: graceUntil === null ? null : hashOf(secrets.at(-2)) },
    until: dated(graceUntil),
  }
}

/** What is used and held of a quota rises within its cap alone, whatever the cap was lowered to. */
function expectWithin(account: Account, { billing, ledger, terms }: Model, { taken }: World): void {
  if (terms.billing.account === "none") return
  const { name, period, cap } = billing.quotaOf(account, API)
  const { used, held } = ledger.shown(account.id, { name, period })
  const key = `${account.id} ${name} ${period}`
  const isMore = used + held > (taken.get(key) ?? 0)
  if (cap !== null && isMore && used + held > cap) throw new Error(`${key} stands at ${used + held} of ${cap}`)
  taken.set(key, used + held)
}

/** What a verdict says of every secret that these keys ever had, dead ones too; two of them work at most. */
export async function agreeOnSecrets(keys: readonly ApiKey[], model: Model, { tenantry }: World): Promise<void> {
  for (const { secrets } of keys) {
    const alive: string[] = []
    for (const secret of secrets) {
      const verdict = await tenantry.apiKeys.verify(secret, { meter: false })
      expect(verdict).toMatchObject(model.operations["apiKeys.verify"](secret, { meter: false }))
      if (verdict.ok || verdict.code !== "not_found") alive.push(secret)
    }
    expect(alive.length).toBeLessThanOrEqual(2)
  }
}
