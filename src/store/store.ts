/**
 * The storage port. An adapter is right when it passes `storeConformance` of `tenantry/testing`.
 *
 * @module
 */
import type { ActivityReads } from "../activity/repository.ts"
import type { ApiKeyReads, ApiKeyRepository } from "../api-key/repository.ts"
import type { AccountId } from "../billing/account.ts"
import type { BillingReads } from "../billing/repository.ts"
import type { InvitationReads, InvitationRepository } from "../invitation/repository.ts"
import type { OrganizationId } from "../kernel/id.ts"
import type { MembershipReads } from "../membership/repository.ts"
import type { Organization } from "../organization/organization.ts"
import type { OrganizationRepository } from "../organization/repository.ts"
import type { OutboxRepository } from "../outbox/repository.ts"
import type { PlatformRepository } from "../platform/repository.ts"
import type { ContextRepository, ProjectReads } from "../project/repository.ts"
import type { RestrictionReads } from "../restriction/repository.ts"
import type { RoleReads } from "../role/repository.ts"
import type { UsageReads, UsageRepository } from "../usage/repository.ts"
import type { UserRepository } from "../user/repository.ts"
import type { AccountRepository } from "./accounts.ts"
import type { Changes, Committed } from "./changes.ts"

/** Every read inside one organization, each with what it asks and what it finds. */
export interface Reads
  extends MembershipReads,
    InvitationReads,
    RoleReads,
    ProjectReads,
    ActivityReads,
    ApiKeyReads,
    RestrictionReads,
    BillingReads,
    UsageReads {}

/** What one load asks for. A key that is absent or undefined is not read. */
export type Wants = { readonly [K in keyof Reads]?: Reads[K]["want"] | undefined }

/** What one load finds: the organization and an answer to every want. */
export type Loaded<W extends Wants> = Readonly<
  { organization: Organization } & {
    [K in keyof W & keyof Reads]: undefined extends W[K] ? Reads[K]["found"] | undefined : Reads[K]["found"]
  }
>

/** A host's own transaction, as the adapter knows it. */
export type HostTransaction = unknown

export interface Store {
  readonly organizations: OrganizationRepository
  readonly invitations: InvitationRepository
  readonly outbox: OutboxRepository
  readonly accounts: AccountRepository
  readonly apiKeys: ApiKeyRepository
  readonly usage: UsageRepository
  readonly platform: PlatformRepository
  readonly users: UserRepository
  readonly contexts: ContextRepository
  /**
   * Must answer the organization and every want as they stood at one instant (one statement, or one snapshot), so that
   * the organization's revision vouches for all of it; null when there is no such organization. Rows that are answered
   * must be the caller's own: changing them must change nothing in the store.
   */
  load<const W extends Wants>(organizationId: OrganizationId, wants: W): Promise<Loaded<W> | null>
  /**
   * Must apply all of the changes or none, and only if the guard still holds: otherwise `conflict`. A slug held by
   * another organization must answer `slug_taken` and change nothing; when both fail, `conflict`.
   */
  commit(changes: Changes): Promise<Committed>
  /** Must run `work` over a store whose writes become visible together when it resolves, and never when it rejects. */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>
  /**
   * Inside a transaction: must wait until no other transaction has locked that organization, or that account, then hold it
   * to the end.
   */
  lock(boundary: OrganizationId | AccountId): Promise<void>
  /**
   * Must answer a store that reads and writes inside the host's own transaction, which must stay usable after a refusal;
   * must throw for what is none. Where the database ends such a transaction (a deadlock, a serialization failure), its
   * calls must throw `conflict` with `retry: "transaction"`. Absent where there is no such thing.
   */
  withTransaction?(transaction: HostTransaction): Store
}
