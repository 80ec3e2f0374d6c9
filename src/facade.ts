/**
 * The facade's types and binding: every operation as a function of an actor and an input, its roles and permissions
 * narrowed to the policy's own names.
 *
 * @module
 */
import type { Actor } from "./kernel/actor.ts"
import type { Secret } from "./kernel/secret.ts"
import type { Operation } from "./pipeline/operation.ts"
import type { Shell } from "./pipeline/shell.ts"
import type { Access, CustomRoleName, PolicyNames } from "./policy/policy.ts"
import type { PermissionName, RoleName } from "./role/role-name.ts"

/** `T` with every role and permission name narrowed to what the policy `N` knows. */
export type Named<T, N extends PolicyNames> = T extends RoleName
  ? N["role"] | CustomRoleName
  : T extends PermissionName
    ? N["permission"]
    : T extends Access
      ? Access<N>
      : T extends string | number | boolean | null | undefined | Date | Error | Secret | AsyncIterable<unknown>
        ? T
        : T extends readonly (infer Each)[]
          ? readonly Named<Each, N>[]
          : string extends keyof T
            ? T
            : { [K in keyof T]: Named<T[K], N> }

/** An operation as a host calls it. */
export type Bound<Op, N extends PolicyNames> =
  Op extends Operation<infer In, infer Out>
    ? Op extends { open: true }
      ? (input: Named<In, N>) => Promise<Named<Out, N>>
      : (actor: Actor, input: Named<In, N>) => Promise<Named<Out, N>>
    : never

/** A namespace of operations as a host calls them. */
export type Namespace<Operations, N extends PolicyNames> = { readonly [K in keyof Operations]: Bound<Operations[K], N> }

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

/** Binds a namespace, by the names of its operations, to its ports; the operations are loaded when one is first called. */
export function bind<Operations extends { readonly [K in keyof Operations]: AnyOperation }, N extends PolicyNames>(
  names: readonly (keyof Operations & string)[],
  load: () => Promise<Operations>,
  shell: Shell,
): Namespace<Operations, N> {
  const bound = names.map((name) => [
    name,
    async (...given: readonly unknown[]) => {
      const { run, open }: AnyOperation = (await load())[name]
      return open ? run(shell, undefined, given[0] as never) : run(shell, given[0], given[1] as never)
    },
  ])
  return Object.freeze(Object.fromEntries(bound)) as Namespace<Operations, N>
}
