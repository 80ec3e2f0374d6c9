/**
 * What a host hangs into commands, typed to its own names: guards before the commit, subscribers after it.
 *
 * @module
 */
import type { Action } from "./activity/activity.ts"
import type { Named, NoSchemas } from "./facade.ts"
import type { MetadataKept, MetadataSchemas } from "./kernel/metadata.ts"
import type { EVERY_ACTION, Event } from "./outbox/event.ts"
import type { Guard } from "./pipeline/guard.ts"
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

type InputOf<Name extends CommandName> = At<Registry, Name> extends Operation<infer In, unknown> ? In : never

/** Guards by the names of their commands. `input` is as it was parsed: with its defaults, metadata as the schemas keep it. */
export type Guards<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = {
  readonly [Name in CommandName]?: Guard<Named<InputOf<Name>, N, MetadataKept<S>>>
}

/** Subscribers by action; `*` is told every action, after the action's own. */
export type SubscribersByAction<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = {
  readonly [A in Action]?: (event: Named<Event<A>, N, MetadataKept<S>>) => Promise<void> | void
} & {
  readonly [Every in typeof EVERY_ACTION]?: (event: Event) => Promise<void> | void
}
