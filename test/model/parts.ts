/**
 * Parts of inputs: drawn without knowing the world, and fitted to it.
 *
 * @module
 */
import fc from "fast-check"
import { ALL, NAMES } from "./laws.ts"
import type { Model } from "./model.ts"
import { people } from "./people.ts"
import type { Organization } from "./rows.ts"

/** Where a step takes place, and what is around. */
export type Scene = Readonly<{
  model: Model
  org: Organization | undefined
  /** Whether it is about one's own account, outside any organization. */
  isOwn: boolean
  seen: readonly string[]
}>

/** A part of an input: what is drawn, and what it stands for in a scene. */
export type Part<T> = Readonly<{ drawn: fc.Arbitrary<T>; resolve(drawn: T, scene: Scene): unknown }>
export const part = <T>(
  drawn: fc.Arbitrary<T>,
  resolve: (drawn: T, scene: Scene) => unknown = (value) => value,
): Part<T> => ({
  drawn,
  resolve,
})
export const maybe = <T>({ drawn, resolve }: Part<T>): Part<T | undefined> => ({
  drawn: fc.option(drawn, { nil: undefined, freq: 2 }),
  resolve: (value, scene) => (value === undefined ? undefined : resolve(value, scene)),
})

/** Given one time in four. */
export const rarely = <T>(drawn: fc.Arbitrary<T>): Part<T | undefined> =>
  part(fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: drawn }))

export const upTo = (most: number) => fc.noBias(fc.nat(most))
export const many = upTo(999)
export const nth = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(items.length, 1)]

/** Mostly one of these rows; at times one of another organization, or one that is gone. */
export const anId = (prefix: string, rows: (org: Organization) => Iterable<{ id: string }>) =>
  part(many, (n, { org, seen }) => {
    const own = org === undefined ? [] : [...rows(org)].map(({ id }) => id)
    const strange = [...seen.filter((id) => id.startsWith(`${prefix}_`)), `${prefix}_none`]
    return (n % 10 === 0 ? undefined : nth(own, n)) ?? nth(strange, n)
  })
export const membershipId = anId("mem", (org) => org.members.values())
/** Often one of those who hold a key. */
export const heldBy = part(many, (n, scene) => {
  const holders = (scene.org?.keys ?? []).flatMap(({ holder }) => (holder.type === "member" ? holder.membershipId : []))
  return (n % 3 === 0 ? nth(holders, n) : undefined) ?? membershipId.resolve(n, scene)
})
export const invitationId = anId("inv", (org) => org.invitations)
export const pendingId = anId("inv", ({ invitations }) => {
  const pending = invitations.filter(({ status }) => status === "pending")
  return pending.length > 0 ? pending : invitations
})
export const roleId = anId("role", (org) => org.roles)

export const projectId = anId("prj", (org) => org.projects)
/** One of the projects or two, each with a role. */
export const projectOffers = part(fc.array(fc.tuple(many, many), { minLength: 1, maxLength: 2 }), (offers, scene) => {
  const drawn = offers.map(([n, m]) => [projectId.resolve(n, scene), role.resolve(m, scene)] as const)
  return [...new Map(drawn)].map(([id, name]) => ({ projectId: id, role: name }))
})
const guests = ["fay", "gil", "hal", "ida", "jon", "kim"].map((name) => `${name}@acme.example`)
export const address = fc.constantFrom(
  ...people.map(({ email }) => email),
  ...guests,
  ...guests,
  "dan@acme.example",
  "dan@acme.example",
  " DAN@Acme.Example ",
  "nobody",
)
export const email = part(address)
export const role = part(many, (n, { model, org }) => {
  const own = (org?.roles ?? []).map(({ name }) => name)
  return nth([...model.terms.law.roles.keys(), ...own, ...own, "ghost"], n)
})
export const slug = part(fc.constantFrom("acme", "acme", "acme", "zoe-co", "beta", "gamma", "admin", "No Slug"))
export const name = part(fc.constantFrom(...NAMES.keys()))
export const named = fc.constantFrom(
  { id: "u_ada", email: "ada@acme.example" },
  { id: "u_dan", email: "Dan@acme.example" },
)
export const customName = part(
  fc.constantFrom(
    "support",
    "billing",
    "care",
    "member",
    "admin",
    "member",
    "admin",
    "owner",
    "constructor",
    "No Name",
  ),
)
export const permissions = part(
  fc.oneof(
    fc.subarray(["members.read", "users.invite", "members.update", "members.remove", "organization.read"]),
    fc.subarray(["roles.create", "roles.update", "roles.delete", "roles.read", "activity.read", "users.read"]),
    fc.constantFrom([...ALL], ["organization.delete", "roles.update"], ["no.such"], ["billing.cancel", "roles.create"]),
  ),
)
export const limit = maybe(part(fc.integer({ min: 1, max: 3 })))
export const reference = part(fc.tuple(many, fc.boolean()), ([n, byToken], { model, org }) => {
  const known = model.letters.filter(({ token }) => token !== null).toReversed()
  const live = known.filter((letter) => letter.invitation.letter === letter && letter.invitation.status === "pending")
  if (byToken && known.length > 0) {
    return { token: nth(live.length > 0 && n % 4 > 0 ? live : known, n)?.token ?? "unknown" }
  }
  const all = (org?.invitations ?? []).toReversed()
  const pending = all.filter(({ status }) => status === "pending")
  const invitation = nth(pending.length > 0 && n % 4 > 0 ? pending : all, n)
  return { organizationId: org?.id ?? "org_none", invitationId: invitation?.id ?? "inv_none" }
})

const inProjects = rarely(projectOffers.drawn)
export const offer = part(
  fc.array(fc.tuple(address, many, inProjects.drawn), { minLength: 1, maxLength: 4 }),
  (offers, scene) =>
    offers.map(([to, n, projects]) => ({
      email: to,
      ...(n % 4 > 0 && { role: role.resolve(n, scene) }),
      ...(projects && { projects: projectOffers.resolve(projects, scene) }),
    })),
)
export const user = part(fc.constantFrom(...people.slice(0, 8)), ({ id, email }) => ({ id, email }))
export const status = maybe(part(fc.constantFrom("pending", "expired", "accepted", "declined", "cancelled")))
