/**
 * What a host hangs into commands, typed to its own names: guards before the commit, subscribers after it.
 *
 * @module
 */
import type { Action } from "./activity/activity.ts"
import type { Named, NoSchemas } from "./facade.ts"
import type { MetadataKept, MetadataSchemas } from "./kernel/metadata.ts"
import type { OrganizationView } from "./organization/organization.ts"
import type { EVERY_ACTION, Event } from "./outbox/event.ts"
import type { DecidedFact, Guard, Question } from "./pipeline/guard.ts"
import type { Operation } from "./pipeline/operation.ts"
import type { PolicyNames } from "./policy/policy.ts"
import type { registry } from "./registry.ts"

type Registry = typeof registry

/** Every command inside, however deep, by its place. */
type CommandsIn<T, Path extends string = ""> = {
  [Name in keyof T & string]: T[Name] extends Operation<never, unknown>
    ? T[Name] extends { kind: "command" }
      ? `${Path}${Name}`
      : never
    : CommandsIn<T[Name], `${Path}${Name}.`>
}[keyof T & string]

/** `invitations.send`: every command by its place in the facade. */
export type CommandName = CommandsIn<Registry>

type At<T, Path extends string> = Path extends `${infer Name extends keyof T & string}.${infer Rest}`
  ? At<T[Name], Rest>
  : Path extends keyof T
    ? T[Path]
    : never

type InputOf<Name extends CommandName> = Name extends unknown ? OperationInput<At<Registry, Name>> : never
type OperationInput<Op> = Op extends Operation<infer In, unknown> ? In : never

/** What the guard of that command is asked; of any command's, for a guard that several share. */
export type GuardQuestion<
  N extends PolicyNames = PolicyNames,
  S extends MetadataSchemas = NoSchemas,
  Name extends CommandName = CommandName,
> = Question<
  Named<InputOf<Name>, N, MetadataKept<S>>,
  Named<OrganizationView, N, MetadataKept<S>>,
  Named<DecidedFact, N, MetadataKept<S>>
>

/**
 * Guards by the names of their commands. Each must answer nothing, or what `refuse` made; it is asked again when the
 * command decides again. One that throws, answers otherwise, or takes more than 5 seconds makes the command `unavailable`.
 * Calling Tenantry from one throws.
 */
export type Guards<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = {
  readonly [Name in CommandName]?: Guard<GuardQuestion<N, S, Name>>
}

/** Subscribers by action; `*` is told every action, after the action's own. */
export type SubscribersByAction<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = {
  readonly [A in Action]?: (event: Named<Event<A>, N, MetadataKept<S>>) => Promise<void> | void
} & {
  readonly [Every in typeof EVERY_ACTION]?: (event: Event) => Promise<void> | void
}
