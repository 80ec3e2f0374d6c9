/**
 * The facade's types and binding: every operation as a function of an actor and an input, its roles and permissions
 * narrowed to the policy's own names.
 *
 * @module
 */
import type { Actor } from "./kernel/actor.ts"
import type { KindOf, MetadataGiven, MetadataKept, MetadataSchemas } from "./kernel/metadata.ts"
import type { Secret } from "./kernel/secret.ts"
import type { Operation } from "./pipeline/operation.ts"
import type { Shell } from "./pipeline/shell.ts"
import type { Access, CustomRoleName, PolicyNames } from "./policy/policy.ts"
import type { PermissionName, RoleName } from "./role/role-name.ts"

/** No schemas: metadata is any JSON object. */
export type NoSchemas = Readonly<Record<never, never>>

/** `T` with every role and permission name narrowed to what the policy `N` knows, and metadata to the host's own types `M`. */
export type Named<T, N extends PolicyNames, M = NoSchemas> = T extends RoleName
  ? N["role"] | CustomRoleName
  : T extends PermissionName
    ? N["permission"]
    : T extends Access
      ? Access<N>
      : T extends string | number | boolean | null | undefined | Date | Error | Secret | AsyncIterable<unknown>
        ? T
        : T extends readonly (infer Each)[]
          ? readonly Named<Each, N, M>[]
          : [KindOf<T>] extends [never]
            ? string extends keyof T
              ? T
              : { [K in keyof T]: Named<T[K], N, M> }
            : KindOf<T> extends keyof M
              ? M[KindOf<T>]
              : T

/** An operation as a host calls it. */
export type Bound<Op, N extends PolicyNames, S extends MetadataSchemas = NoSchemas> =
  Op extends Operation<infer In, infer Out>
    ? Op extends { open: true }
      ? (input: Named<In, N, MetadataGiven<S>>) => Promise<Named<Out, N, MetadataKept<S>>>
      : (actor: Actor, input: Named<In, N, MetadataGiven<S>>) => Promise<Named<Out, N, MetadataKept<S>>>
    : never

/** The operations of a registry, each at its place, as a host calls them. */
export type Namespace<Operations, N extends PolicyNames, S extends MetadataSchemas = NoSchemas> = {
  readonly [K in keyof Operations]: Operations[K] extends Operation<never, unknown>
    ? Bound<Operations[K], N, S>
    : Namespace<Operations[K], N, S>
}

type AnyOperation = Operation<never, unknown> & Readonly<{ open?: true }>

const SHELL = Symbol.for("tenantry.shell")

/** The same object, from which adapters beside the core reach its ports and settings; who prints it sees none of them. */
export const withShell = <T extends object>(tenantry: T, shell: Shell): T =>
  Object.defineProperty(tenantry, SHELL, { value: () => shell })

/** The ports and settings of a tenantry, for adapters; across duplicate copies of the package. */
export function shellOf(tenantry: object): Shell {
  const { [SHELL]: shell } = tenantry as { [SHELL]?: () => Shell }
  if (shell === undefined) throw new TypeError("expected what `createTenantry` answers")
  return shell()
}

type Bindings = { [name: string]: Bindings | ((...given: readonly unknown[]) => Promise<unknown>) }

/**
 * Binds operations to their ports by the names in each place (`projects.members`); what is at a place is loaded when an
 * operation is first called.
 */
export function bind(
  names: Readonly<Record<string, readonly string[]>>,
  load: () => Promise<object>,
  shell: Shell,
): Bindings {
  const root: Bindings = {}
  const inner = new Set<Bindings>()
  for (const [place, inside] of Object.entries(names)) {
    const path = place === "" ? [] : place.split(".")
    const namespace = path.reduce((within, part) => {
      within[part] ??= {}
      return within[part] as Bindings
    }, root)
    inner.add(namespace)
    for (const name of inside) {
      namespace[name] = async (...given) => {
        shell.guards?.requireOutside()
        const { run, open } = [...path, name].reduce<object>(Reflect.get, await load()) as AnyOperation
        return open ? run(shell, undefined, given[0] as never) : run(shell, given[0], given[1] as never)
      }
    }
  }
  for (const namespace of inner) Object.freeze(namespace)
  return root
}
