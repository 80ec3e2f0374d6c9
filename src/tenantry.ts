/**
 * `createTenantry`: wires the nouns to the ports. The only place that knows everything.
 *
 * @module
 */
import { type Configuration, configure } from "./configuration.ts"
import { type Bound, bind, type Namespace } from "./facade.ts"
import { type Outbox, outboxOf } from "./outbox/outbox.ts"
import type { PolicyEngine, PolicyNames } from "./policy/policy.ts"
import { access, activity, invitations, memberships, organizations, roles } from "./registry.ts"

/** One tenantry: every command and query, bound to a host's ports. */
export interface Tenantry<N extends PolicyNames = PolicyNames> {
  readonly organizations: Namespace<typeof organizations, N>
  readonly memberships: Namespace<typeof memberships, N>
  readonly invitations: Namespace<typeof invitations, N>
  readonly roles: Namespace<typeof roles, N>
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
}

/**
 * Wires Tenantry to a host. Everything wrong with the configuration is in one `invalid_input`, by name, before
 * anything runs.
 */
export function createTenantry<N extends PolicyNames>(configuration: Configuration<N>): Tenantry<N> {
  const { shell, delivery } = configure(configuration)
  return Object.freeze({
    organizations: bind<typeof organizations, N>(organizations, shell),
    memberships: bind<typeof memberships, N>(memberships, shell),
    invitations: bind<typeof invitations, N>(invitations, shell),
    roles: bind<typeof roles, N>(roles, shell),
    activity: bind<typeof activity, N>(activity, shell),
    access: bind<{ access: typeof access }, N>({ access }, shell).access,
    policy: shell.policy as PolicyEngine<N>,
    outbox: outboxOf(delivery, shell.settings.limits),
  })
}
