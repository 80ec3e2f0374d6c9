/**
 * `createTenantry`: wires the nouns to the ports. The only place that knows everything.
 *
 * @module
 */

import { type Verify, verifier } from "./api-key/verify.ts"
import type { AccountId } from "./billing/account.ts"
import type { ToldTerms } from "./billing/put-commands.ts"
import type { Subscription } from "./billing/subscription.ts"
import { type Configuration, configure } from "./configuration.ts"
import { type Bound, bind, type Namespace, withShell } from "./facade.ts"
import type { Secret } from "./kernel/secret.ts"
import { loadOperations, NAMES } from "./operations.ts"
import { type Outbox, outboxOf } from "./outbox/outbox.ts"
import { flushUsage } from "./pipeline/flush.ts"
import type { PolicyEngine, PolicyNames } from "./policy/policy.ts"
import type {
  access,
  activity,
  apiKeys,
  billing,
  invitations,
  memberships,
  organizations,
  restrictions,
  roles,
  usage,
} from "./registry.ts"

/** What is asked of keys without an actor: the secret itself is who asks. */
export type KeyChecks = Readonly<{
  verify: Verify
  /**
   * Revokes the key of a leaked secret, whoever reports it: to have it is enough. Answers the same for every input.
   * Errors: `unavailable`.
   */
  revokeLeaked: (secret: string | Secret) => Promise<void>
}>

/** One tenantry: every command and query, bound to a host's ports. */
export interface Tenantry<N extends PolicyNames = PolicyNames> {
  readonly organizations: Namespace<typeof organizations, N>
  readonly memberships: Namespace<typeof memberships, N>
  readonly invitations: Namespace<typeof invitations, N>
  readonly roles: Namespace<typeof roles, N>
  readonly apiKeys: Namespace<typeof apiKeys, N> & KeyChecks
  readonly restrictions: { readonly [K in keyof typeof restrictions]: Namespace<(typeof restrictions)[K], N> }
  readonly usage: Namespace<typeof usage, N> &
    Readonly<{
      /** Writes the usage that waits in the buffer; nothing where it is counted exactly. Errors: `unavailable`. */
      flush: () => Promise<void>
    }>
  readonly billing: Namespace<typeof billing, N>
  /** What the host's payment webhook calls. */
  readonly subscriptions: Readonly<{
    /**
     * Takes in what a payment provider says; the webhook is always believed. What is older than what is known, or known
     * already, changes nothing. Answers what holds. Errors: `invalid_input` (an account or plan that is none),
     * `not_found` (an organization that never was), `conflict`.
     */
    put: (account: AccountId, terms: ToldTerms) => Promise<Subscription>
  }>
  readonly activity: Namespace<typeof activity, N>
  /**
   * What the actor may do there: one read, then `can`, `require`, `permissions` and `explain` answer at once. A
   * snapshot for one request. Errors: `not_found` for somebody outside.
   */
  readonly access: Bound<typeof access, N>
  /** The policy this tenantry follows: `matrix()` prints it, `audit()` searches it for escalations. */
  readonly policy: PolicyEngine<N>
  /** Delivery of e-mails and events, for the host's own code. */
  readonly outbox: Outbox
  /** Writes whatever waits to be written, before the process ends. Errors: `unavailable`. */
  close(): Promise<void>
}

/**
 * Wires Tenantry to a host. Everything wrong with the configuration is in one `invalid_input`, by name, before
 * anything runs.
 */
export function createTenantry<N extends PolicyNames>(configuration: Configuration<N>): Tenantry<N> {
  const { shell, delivery } = configure(configuration)
  const tenantry: Tenantry<N> = {
    organizations: bind<typeof organizations, N>(
      NAMES.organizations,
      async () => (await loadOperations()).organizations,
      shell,
    ),
    memberships: bind<typeof memberships, N>(
      NAMES.memberships,
      async () => (await loadOperations()).memberships,
      shell,
    ),
    invitations: bind<typeof invitations, N>(
      NAMES.invitations,
      async () => (await loadOperations()).invitations,
      shell,
    ),
    roles: bind<typeof roles, N>(NAMES.roles, async () => (await loadOperations()).roles, shell),
    apiKeys: Object.freeze({
      ...bind<typeof apiKeys, N>(NAMES.apiKeys, async () => (await loadOperations()).apiKeys, shell),
      verify: verifier(shell),
      revokeLeaked: async (secret: string | Secret) =>
        (await import("./api-key/leak-commands.ts")).revokeLeaked(shell, secret),
    }),
    restrictions: Object.freeze({
      ipRules: bind<typeof restrictions.ipRules, N>(
        NAMES.ipRules,
        async () => (await loadOperations()).restrictions.ipRules,
        shell,
      ),
      endpointRules: bind<typeof restrictions.endpointRules, N>(
        NAMES.endpointRules,
        async () => (await loadOperations()).restrictions.endpointRules,
        shell,
      ),
    }),
    usage: Object.freeze({
      ...bind<typeof usage, N>(NAMES.usage, async () => (await loadOperations()).usage, shell),
      flush: () => flushUsage(shell),
    }),
    billing: bind<typeof billing, N>(NAMES.billing, async () => (await loadOperations()).billing, shell),
    subscriptions: Object.freeze({
      put: async (account: AccountId, terms: ToldTerms) =>
        (await import("./billing/put-commands.ts")).putSubscription(shell, account, terms),
    }),
    activity: bind<typeof activity, N>(NAMES.activity, async () => (await loadOperations()).activity, shell),
    access: bind<{ access: typeof access }, N>(["access"], loadOperations, shell).access,
    policy: shell.policy as PolicyEngine<N>,
    outbox: outboxOf(delivery, shell.settings.limits),
    close: () => flushUsage(shell),
  }
  return Object.freeze(withShell(tenantry, shell))
}
