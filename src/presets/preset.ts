/**
 * What a preset is: a ready configuration.
 *
 * @module
 */
import type { PlanInput } from "../billing/plan.ts"
import type { PolicyEngine, PolicyNames } from "../policy/policy.ts"

/** A ready configuration: who may do what, and the choices in which products differ. */
export type Preset<N extends PolicyNames = PolicyNames> = Readonly<{
  policy: PolicyEngine<N>
  organizations: Readonly<{
    /** Whether an organization can be deleted while other members are still there. */
    deleteWithMembers: boolean
    /** Within how many days the platform can undo a deletion; 30 unless said. */
    graceDays?: number
  }>
  apiKeys?: Readonly<{
    /** Whose keys there can be inside an organization; the first unless a command says. */
    holders: readonly ("organization" | "member" | "person")[]
  }>
  billing?: Readonly<{
    /** Whose account an organization's bill goes to; nobody's unless said. */
    account: "none" | "owner" | "organization"
    /** Plans beside the host's own; one of the same product and id replaces the preset's. */
    plans?: readonly PlanInput[]
  }>
}>
