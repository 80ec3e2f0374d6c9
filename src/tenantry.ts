/**
 * `createTenantry`: wires the nouns to the ports. The only place that knows everything.
 *
 * @module
 */

import type { Verdict, VerifyRequest } from "./api-key/verdict-view.ts"
import { verifier } from "./api-key/verify.ts"
import type { AccountId } from "./billing/account.ts"
import type { ToldTerms } from "./billing/put-commands.ts"
import type { Subscription } from "./billing/subscription.ts"
import { type Configuration, configure } from "./configuration.ts"
import { type Bound, bind, type Named, type Namespace, type NoSchemas, withShell } from "./facade.ts"
import type { MetadataKept, MetadataSchemas } from "./kernel/metadata.ts"
import type { Secret } from "./kernel/secret.ts"
import { loadOperations, NAMES } from "./operations.ts"
import { type Outbox, outboxOf } from "./outbox/outbox.ts"
import { flushUsage } from "./pipeline/flush.ts"
import type { Shell } from "./pipeline/shell.ts"
import { inTransaction } from "./pipeline/within.ts"
import type { PolicyEngine, PolicyNames } from "./policy/policy.ts"
import type { access, registry } from "./registry.ts"
import type { HostTransaction } from "./store/store.ts"
import type { UserErasure } from "./user/erase-commands.ts"
import type { UserChanges } from "./user/update-commands.ts"

/** What is asked of keys without an actor: the secret itself is who asks. */
export type KeyChecks<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = Readonly<{
  /**
   * Says whether a secret's key may do what a request wants, and counts it. Never throws for a bad key. Errors:
   * `invalid_input` for a request that the host puts wrongly.
   */
  verify: (
    secret: string | Secret,
    request?: VerifyRequest,
  ) => Promise<[keyof S] extends [never] ? Verdict : Named<Verdict, N, MetadataKept<S>>>
  /**
   * Revokes the key of a leaked secret, whoever reports it: to have it is enough. Answers the same for every input.
   * Errors: `unavailable`.
   */
  revokeLeaked: (secret: string | Secret) => Promise<void>
}>

type Registered<N extends PolicyNames, S extends MetadataSchemas> = Namespace<typeof registry, N, S>

/** Every command and query, by itself or inside a transaction of the host's. */
export interface TenantryOperations<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas>
  extends Registered<N, S> {
  readonly apiKeys: Registered<N, S>["apiKeys"] & KeyChecks<N, S>
  /** What the host's payment webhook calls. */
  readonly subscriptions: Readonly<{
    /**
     * Takes in what a payment provider says; the webhook is always believed. What is older than what is known, or known
     * already, changes nothing. Answers what holds. Errors: `invalid_input` (an account or plan that is none),
     * `not_found` (an organization that never was), `conflict`.
     */
    put: (account: AccountId, terms: ToldTerms) => Promise<Subscription>
  }>
  /**
   * What the actor may do there: one read, then `can`, `require`, `permissions` and `explain` answer at once. A
   * snapshot for one request. Errors: `not_found` for somebody outside.
   */
  readonly access: Bound<typeof access, N, S>
  /** The policy this tenantry follows: `matrix()` prints it, `audit()` searches it for escalations. */
  readonly policy: PolicyEngine<N>
}

/** One tenantry: every command and query, bound to a host's ports. */
export interface Tenantry<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas>
  extends TenantryOperations<N, S> {
  /** What the host calls when its own user table changes. Every organization commits by itself: after a failure call it again. */
  readonly users: Readonly<{
    /**
     * Changes the copies of a person's address and name that organizations keep. Errors: `invalid_input`, `conflict`,
     * `unavailable`.
     */
    update: (userId: string, changes: UserChanges) => Promise<void>
    /**
     * Erases a person: memberships, keys, invitations to and from them, and their address, name, IP address and user
     * agent in every entry; their id stays. Errors: `last_owner` with the `organizationIds` that would have no owner,
     * before anything is written; `invalid_input`, `conflict`, `unavailable`.
     */
    erase: (person: UserErasure) => Promise<void>
  }>
  readonly usage: TenantryOperations<N, S>["usage"] &
    Readonly<{
      /** Writes the usage that waits in the buffer; nothing where it is counted exactly. Errors: `unavailable`. */
      flush: () => Promise<void>
    }>
  /** Delivery of e-mails and events, for the host's own code. */
  readonly outbox: Outbox
  /**
   * The same commands and queries inside a transaction of the host's, which the host commits or rolls back; e-mails and
   * events go out from `outbox` afterwards. READ COMMITTED is the level to use. A `conflict` with `retry: "transaction"`
   * asks for the whole transaction again; after any other refusal it can go on. Errors: `feature_off` (the store takes
   * part in no transaction of a host's), `invalid_input` (no transaction of this store's).
   */
  within(transaction: HostTransaction): TenantryOperations<N, S>
  /** Writes whatever waits to be written, before the process ends. Errors: `unavailable`. */
  close(): Promise<void>
}

/**
 * Wires Tenantry to a host. Everything wrong with the configuration is in one `invalid_input`, by name, before
 * anything runs.
 */
export function createTenantry<N extends PolicyNames, const S extends MetadataSchemas = NoSchemas>(
  configuration: Configuration<N, S>,
): Tenantry<N, S> {
  const { shell, delivery } = configure(configuration)
  const operations = operationsOf<N, S>(shell)
  const outside = outsideGuards(shell)
  const tenantry: Tenantry<N, S> = {
    ...operations,
    usage: Object.freeze({ ...operations.usage, flush: () => flushUsage(shell) }),
    users: Object.freeze({
      update: outside(async (userId: string, changes: UserChanges) =>
        (await import("./user/update-commands.ts")).updateUser(shell, userId, changes),
      ),
      erase: outside(async (person: UserErasure) =>
        (await import("./user/erase-commands.ts")).eraseUser(shell, person),
      ),
    }),
    outbox: outboxOf(delivery, shell.settings.limits, () => shell.guards?.requireOutside()),
    within: (transaction: HostTransaction) => operationsOf<N, S>(inTransaction(shell, transaction)),
    close: () => flushUsage(shell),
  }
  return Object.freeze(withShell(tenantry, shell))
}

/** Work that a guard must not start. */
const outsideGuards =
  ({ guards }: Shell) =>
  <Given extends readonly unknown[], Answer>(work: (...given: Given) => Promise<Answer>) =>
    guards === null
      ? work
      : async (...given: Given): Promise<Answer> => {
          guards.requireOutside()
          return work(...given)
        }

function operationsOf<N extends PolicyNames, S extends MetadataSchemas>(shell: Shell): TenantryOperations<N, S> {
  const outside = outsideGuards(shell)
  const bound = bind(NAMES, loadOperations, shell) as unknown as Registered<N, S> &
    Pick<TenantryOperations<N, S>, "access">
  return Object.freeze({
    ...bound,
    apiKeys: Object.freeze({
      ...bound.apiKeys,
      verify: outside(verifier(shell)) as KeyChecks<N, S>["verify"],
      revokeLeaked: outside(async (secret: string | Secret) =>
        (await import("./api-key/leak-commands.ts")).revokeLeaked(shell, secret),
      ),
    }),
    subscriptions: Object.freeze({
      put: outside(async (account: AccountId, terms: ToldTerms) =>
        (await import("./billing/put-commands.ts")).putSubscription(shell, account, terms),
      ),
    }),
    policy: shell.policy as PolicyEngine<N>,
  })
}
