/**
 * The places of an input: where it holds ids, and where it holds objects.
 *
 * @module
 */
import type { Input } from "./scenario.ts"
import type { Tenant } from "./tenants.ts"

export type Path = readonly (string | number)[]

/** Every value inside `value`, with its path, from the outside in. */
export function* valuesIn(value: unknown, path: Path = []): Generator<readonly [path: Path, value: unknown]> {
  yield [path, value]
  if (typeof value !== "object" || value === null || value instanceof Date) return
  for (const [key, inner] of Object.entries(value)) {
    yield* valuesIn(inner, [...path, Array.isArray(value) ? Number(key) : key])
  }
}

/** A copy with another value at that path. */
export function put(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement
  if (Array.isArray(value)) return value.map((inner, index) => (index === key ? put(inner, rest, replacement) : inner))
  const object = value as Record<string | number, unknown>
  return { ...object, [key]: put(object[key], rest, replacement) }
}

const PREFIXES = ["org", "mem", "inv", "role", "u", "key", "hold", "sub", "prj", "pmem"] as const
type Kind = (typeof PREFIXES)[number] | "slug"

const PREFIX = new RegExp(`^(${PREFIXES.join("|")})_`)

/** What stands for whom: ids by their prefix, and a slug where it is all that is asked. */
function kindOf(input: Input, path: Path, value: unknown): Kind | null {
  if (typeof value !== "string") return null
  if (path[0] === "slug" && Object.keys(input).length === 1) return "slug"
  return (PREFIX.exec(value)?.[1] as Kind | undefined) ?? null
}

/** What the other tenant has of that kind: inside it, and on its people's own accounts. */
const foreign = (tenant: Tenant, kind: Kind): readonly string[] => {
  const { organizationId, memberships, invitation, role, member, slug, keys, holds, subscription } = tenant
  const { project, archived, projectMembership } = tenant
  const all: Readonly<Record<Kind, readonly string[]>> = {
    org: [organizationId],
    mem: [memberships.member.id],
    inv: [invitation.id],
    role: [role.id],
    u: [member.id],
    key: [keys.organization.id, keys.member.id, keys.own.id],
    hold: [holds.organization, holds.own],
    sub: [subscription.id],
    prj: [project.id, archived.id],
    pmem: [projectMembership.id],
    slug: [slug],
  }
  return all[kind]
}

/** What nobody has of that kind. */
const unknown = (kind: Kind): string => (kind === "slug" ? "nobodys" : `${kind}_0k000000000000000000000`)

/** Every id in an input, with what another tenant has in its place and what nobody has. */
export const idsIn = (input: Input, other: Tenant) =>
  [...valuesIn(input)].flatMap(([path, value]) => {
    const kind = kindOf(input, path, value)
    return kind === null ? [] : foreign(other, kind).map((id) => ({ path, foreign: id, unknown: unknown(kind) }))
  })

/** The input with every id replaced by one that `pick` chooses out of what some tenants have in its place. */
export const withIdsOf = (input: Input, tenants: readonly Tenant[], pick: <T>(from: readonly T[]) => T): Input =>
  [...valuesIn(input)].reduce<Input>((copy, [path, value]) => {
    const kind = kindOf(input, path, value)
    return kind === null ? copy : (put(copy, path, pick(foreign(pick(tenants), kind))) as Input)
  }, input)

/** The input with every id replaced by one that nobody has. */
export const withoutIds = (input: Input, other: Tenant): Input =>
  idsIn(input, other).reduce<Input>((copy, { path, unknown }) => put(copy, path, unknown) as Input, input)

/** What holds fields of the host's own. */
const OWN: ReadonlySet<string> = new Set(["metadata", "details"])

/** Every object inside an input whose fields are the library's. */
export const objectsIn = (input: Input): readonly (readonly [path: Path, object: object])[] =>
  [...valuesIn(input)].flatMap(([path, value]) => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
    return isObject && !OWN.has(String(path[0])) ? [[path, value] as const] : []
  })
