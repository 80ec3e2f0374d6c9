/**
 * Valid keys, their rules, what pays for them, and what they use.
 *
 * @module
 */
import { addMinutes } from "date-fns/addMinutes"
import type { ApiKey } from "../api-key/api-key.ts"
import { boundariesOf, type KeptRecord } from "../api-key/record-cache.ts"
import { type Account, type AccountId, account as accountOf } from "../billing/account.ts"
import type { Subscription } from "../billing/subscription.ts"
import type { UserId } from "../kernel/actor.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Organization } from "../organization/organization.ts"
import type { Restriction } from "../restriction/restriction.ts"
import type { AccountChanges } from "../store/accounts.ts"
import type { RowChanges } from "../store/changes.ts"
import type { Consumption, Counter, Hold } from "../usage/usage.ts"
import { anOrganization, BUILT_AT, type Columns } from "./builders.ts"
import { sequentialIds } from "./ids.ts"

const ids = sequentialIds()
let owners = 0

/** An active key of the organization's own, with a secret of its own; without an organization, of a person. */
export function anApiKey(organization: Pick<Organization, "id"> | null, columns: Columns<ApiKey> = {}): ApiKey {
  const person = { type: "person", userId: `u_owner-${owners++}` }
  const built = {
    id: ids.id("key", BUILT_AT),
    organizationId: organization?.id ?? null,
    holder: organization === null ? person : { type: "organization" },
    name: "Key",
    projectId: null,
    scopes: [],
    environment: "live",
    secret: { hash: hashSecret(ids.keySecret()), hint: "ab12", expiresAt: null },
    previous: null,
    enabled: true,
    expiresAt: null,
    revokedAt: null,
    deletedAt: null,
    ipRules: [],
    endpointRules: [],
    rateLimit: null,
    monthlyUnits: null,
    metadata: {},
    createdBy: { type: "system", id: "test" },
    shownTo: [],
    createdAt: BUILT_AT,
    revision: 1,
    ...columns,
  }
  return built as ApiKey
}

/** What was read at `BUILT_AT` of a new organization's key, whose owner pays, for a cache to keep for a minute. */
export function aKeptRecord(parts: Partial<KeptRecord> = {}): KeptRecord {
  const organization = anOrganization()
  const none = {
    member: null,
    role: null,
    project: null,
    projectRole: null,
    organizationRules: null,
    memberRules: null,
  }
  const billed = { account: accountOf.user(`u_owner-${owners++}`), subscriptions: [], meters: [] }
  const record = { key: anApiKey(organization), organization, ...none, isAlone: true, billed }
  return { record, boundaries: boundariesOf(record), readAt: BUILT_AT, until: addMinutes(BUILT_AT, 1), ...parts }
}

/** The rules of an organization, none yet; a member's have that member's id. */
export function aRestriction(organization: Pick<Organization, "id">, columns: Columns<Restriction> = {}): Restriction {
  const own = { id: organization.id, organizationId: organization.id, ipRules: [], endpointRules: [], revision: 1 }
  return { ...own, ...columns } as Restriction
}

/** An active subscription to the plan `pro`. */
export function aSubscription(account: AccountId | string, columns: Columns<Subscription> = {}): Subscription {
  const built = {
    id: ids.id("sub", BUILT_AT),
    account,
    product: "api",
    plan: "pro",
    status: "active",
    quota: null,
    periodStart: null,
    periodEnd: null,
    occurredAt: BUILT_AT,
    revision: 1,
    ...columns,
  }
  return built as Subscription
}

/** A person's account at revision 1. */
export function anAccount(userId: UserId | string = `u_owner-${owners++}`, columns: Columns<Account> = {}): Account {
  return { id: `user:${userId}`, createdAt: BUILT_AT, revision: 1, ...columns } as Account
}

/** What besides an account's own row changes. */
export type AccountParts = {
  readonly [Table in keyof AccountChanges["rows"]]: Partial<NonNullable<AccountChanges["rows"][Table]>>
}

/** Changes that begin an account as given. */
export const beginningAccount = (account: Account, parts: AccountParts = {}): AccountChanges =>
  accountChanges(null, account, parts)

/** Changes to an account as it was loaded: one revision more. */
export const followingAccount = (loaded: Account, parts: AccountParts = {}): AccountChanges =>
  accountChanges(loaded.revision, { ...loaded, revision: loaded.revision + 1 }, parts)

const accountChanges = (revision: number | null, account: Account, parts: AccountParts): AccountChanges => ({
  guard: { accountId: account.id, revision },
  account,
  rows: {
    ...(parts.apiKeys && { apiKeys: whole(parts.apiKeys) }),
    ...(parts.subscriptions && { subscriptions: whole(parts.subscriptions) }),
  },
})

const whole = <Row extends { id: string }>(changes: Partial<RowChanges<Row>>): RowChanges<Row> => ({
  insert: [],
  update: [],
  delete: [],
  ...changes,
})

/** A counter of nobody in particular, in January 2026. */
export function aCounter(columns: Columns<Counter> = {}): Counter {
  const none = { organizationId: null, keyId: null, holder: null, api: null, plan: null }
  return { ...none, month: "2026-01", ...columns } as Counter
}

/** One unit of that account, taken from no meter. */
export function aConsumption(account: AccountId | string, columns: Columns<Consumption> = {}): Consumption {
  const built = { account, units: 1, takes: [], counter: aCounter(), request: null, at: BUILT_AT, ...columns }
  return built as Consumption
}

/** A hold for ten minutes. */
export function aHold(columns: Columns<Pick<Hold, "id" | "expiresAt">> = {}): Pick<Hold, "id" | "expiresAt"> {
  const built = { id: ids.id("hold", BUILT_AT), expiresAt: new Date(BUILT_AT.getTime() + 600_000), ...columns }
  return built as Pick<Hold, "id" | "expiresAt">
}
