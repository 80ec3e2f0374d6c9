/**
 * What a preset is: a ready configuration.
 *
 * @module
 */
import type { PolicyEngine, PolicyNames } from "../policy/policy.ts"

/** A ready configuration: who may do what, and the choices in which products differ. */
export type Preset<N extends PolicyNames = PolicyNames> = Readonly<{
  policy: PolicyEngine<N>
  organizations: Readonly<{
    /** Whether an organization can be deleted while other members are still there. */
    deleteWithMembers: boolean
  }>
}>
