/**
 * What the cases share: an open store, organizations that were begun in it, and all that can be read of one.
 *
 * @module
 */
import { equal, ok } from "node:assert/strict"
import type { EntryFilter, EntryRange } from "../../activity/repository.ts"
import type { ApiKeyFilter } from "../../api-key/repository.ts"
import { type Account, type AccountId, account } from "../../billing/account.ts"
import type { InvitationFilter } from "../../invitation/repository.ts"
import type { OrganizationId } from "../../kernel/id.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { MembershipFilter } from "../../membership/repository.ts"
import type { Organization } from "../../organization/organization.ts"
import type { HostTransaction, Loaded, Store, Wants } from "../../store/store.ts"
import type { UsageFilter } from "../../usage/repository.ts"
import { anOrganization, BUILT_AT, beginning, type Columns, following, type Parts } from "../builders.ts"
import { type AccountParts, beginningAccount } from "../key-builders.ts"

/** Storage that holds nothing yet, opened twice. */
export type OpenStore = Readonly<{
  store: Store
  /** A second store over the same storage, as another process would open it; the same one where there is no other. */
  other: Store
  /** Runs `work` in a transaction of the host's own; rolls back when it rejects. */
  hostTransaction?: <T>(work: (transaction: HostTransaction) => Promise<T>) => Promise<T>
  close?: () => Promise<void>
}>

/** What a case cannot do without. */
export type Need = "hostTransaction"

/** One sentence of the port and its proof. */
export type Check = Readonly<{ name: string; needs?: Need; run: (opened: OpenStore) => Promise<void> }>

/** That long after built rows begin. */
export const later = (milliseconds: number): Date => new Date(BUILT_AT.getTime() + milliseconds)

export const MINUTE = 60_000

/** Every row of one list. */
export const ALL: Keyset = { after: null, limit: 1000 }
export const ALL_MEMBERS: MembershipFilter & Keyset = { role: null, emailPrefix: null, ...ALL }
export const ALL_INVITATIONS: InvitationFilter & Keyset = { status: null, liveAt: null, expiredAt: null, ...ALL }
export const ALL_ENTRIES: EntryFilter & EntryRange = {
  actions: null,
  actor: null,
  target: null,
  since: null,
  until: null,
  order: "ascending",
  after: null,
  limit: 1000,
}

export const ALL_KEYS: ApiKeyFilter & Keyset = { holder: null, projectId: null, ...ALL }
export const ALL_USAGE: UsageFilter = { keyId: null, holder: null, month: null }

/** Begins an organization, with what `parts` makes for it. */
export async function begin(
  store: Store,
  parts: (organization: Organization) => Parts = () => ({}),
  columns: Columns<Organization> = {},
): Promise<Organization> {
  const organization = anOrganization(columns)
  equal(await store.commit(beginning(organization, parts(organization))), "committed")
  return organization
}

/** Commits a change to an organization and answers its row as it then stands. */
export async function change(
  store: Store,
  organization: Organization,
  parts: Parts = {},
  columns: Columns<Organization> = {},
): Promise<Organization> {
  const changes = following(organization, parts, columns)
  equal(await store.commit(changes), "committed")
  return changes.organization
}

/** Loads from an organization that must be there. */
export async function loaded<const W extends Wants>(
  store: Store,
  organization: Readonly<{ id: OrganizationId }>,
  wants: W,
): Promise<Loaded<W>> {
  const found = await store.load(organization.id, wants)
  ok(found !== null, "the organization is there")
  return found
}

/** All rows of one organization. */
export const everything = (store: Store, organization: Readonly<{ id: OrganizationId }>) =>
  loaded(store, organization, {
    members: ALL_MEMBERS,
    memberCount: true,
    invitations: ALL_INVITATIONS,
    roles: true,
    projects: ALL,
    entries: ALL_ENTRIES,
    apiKeys: ALL_KEYS,
    restrictions: [organization.id],
    billed: { payer: "organization", at: BUILT_AT },
  })

/** Begins a person's account, with those rows. */
export async function beginAccount(store: Store, account: Account, parts: AccountParts = {}): Promise<Account> {
  equal(await store.accounts.commit(beginningAccount(account, parts)), "committed")
  return account
}

/** Everything of one account. */
export const everythingOf = (store: Store, { id }: Pick<Account, "id">) =>
  store.accounts.load(id, {
    apiKeys: ALL_KEYS,
    apiKeyCount: true,
    billed: { at: BUILT_AT },
    usage: ALL_USAGE,
  })

/** The account of an organization. */
export const accountOf = ({ id }: Readonly<{ id: OrganizationId }>): AccountId => account.organization(id)

/** The ids of rows, in their order. */
export const idsOf = <Row extends Readonly<{ id: string }>>(rows: readonly Row[]): readonly Row["id"][] =>
  rows.map(({ id }) => id)

/** The same numbers 0 … `count` - 1, each through `make`. */
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
