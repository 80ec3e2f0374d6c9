/**
 * Who is asking. Actors are made only here, so that JSON out of a request is never one.
 *
 * @module
 */
import * as z from "zod"
import { Email } from "./email.ts"
import { TenantryError } from "./error.ts"
import type { ApiKeyId, Branded, MembershipId, OrganizationId, ProjectId } from "./id.ts"
import { parseInput } from "./input.ts"
import { line } from "./text.ts"

/** The host's own id of a person; opaque here. */
export type UserId = Branded<"UserId">

/** A signed-in person. */
export type User = Readonly<{
  type: "user"
  id: UserId
  email: Email
  emailVerified: boolean
  name: string | null
  ip: string | null
  userAgent: string | null
  requestId: string | null
  /** The id of whoever acts in this person's name: on record beside them; ends or hands over no organization, makes no owner and no key. */
  impersonatedBy: UserId | null
}>

/** The host's own code: skips permissions and `manages`, never invariants. */
export type System = Readonly<{ type: "system"; name: string }>

/** The super admin: a member nowhere. */
export type PlatformAdmin = Readonly<{ type: "platformAdmin"; id: UserId; email: Email | null; name: string | null }>

/** Whose key it is: the organization's, one membership's, or a person's outside any organization. */
export type KeyHolder =
  | Readonly<{ type: "organization" }>
  | Readonly<{ type: "member"; userId: UserId; membershipId: MembershipId }>
  | Readonly<{ type: "person"; userId: UserId }>

/** An API key that `verify` let through. What it may do is looked up anew for every call. */
export type ApiKeyActor = Readonly<{
  type: "apiKey"
  id: ApiKeyId
  /** Null for a personal key. */
  organizationId: OrganizationId | null
  /** The one project it acts in; null acts in the whole organization. */
  projectId: ProjectId | null
  holder: KeyHolder
  ip: string | null
  userAgent: string | null
  requestId: string | null
}>

export type Actor = User | System | PlatformAdmin | ApiKeyActor

/** A person's id as the host writes it: 1–128 characters, kept to the byte. */
export const UserId: z.ZodType<UserId, string> = z
  .string()
  .min(1)
  .max(128)
  .refine((id) => !/[\p{Cc}\p{Cs}]/u.test(id), "expected no control characters")
  .transform((id) => id as UserId)

const BRAND = Symbol.for("tenantry.actor")

/** What actors inherit and nothing else does: JSON cannot say it, and a copy by spreading leaves it behind. */
const MADE = Object.freeze({ [BRAND]: true })

const branded = <A extends Actor>(actor: A): A => Object.freeze(Object.assign(Object.create(MADE), actor))

const nullable = <T>(schema: z.ZodType<T, string>) => schema.nullish().transform((value) => value ?? null)

const UserInput = z.strictObject({
  id: UserId,
  email: Email,
  emailVerified: z.boolean(),
  name: nullable(line(1, 100)),
  ip: nullable(line(1, 100)),
  userAgent: nullable(z.string().transform((text) => text.slice(0, 400).replace(/[\p{Cc}\p{Cs}]/gu, " "))),
  requestId: nullable(line(1, 200)),
  impersonatedBy: nullable(UserId),
})

/** A signed-in person, from the host's own session. `emailVerified` must be what the host has proven. */
export function user(input: z.input<typeof UserInput>): User {
  return branded({ type: "user", ...parseInput(UserInput, input) })
}

/** The host's own code, by a name that activity shows: `system("nightly-sync")`. */
export function system(name: string): System {
  return branded({ type: "system", name: parseInput(line(1, 100), name) })
}

const PlatformAdminInput = z.strictObject({ id: UserId, email: nullable(Email), name: nullable(line(1, 100)) })

/** The super admin, as the host's own back office signed them in. */
export function platformAdmin(input: z.input<typeof PlatformAdminInput>): PlatformAdmin {
  return branded({ type: "platformAdmin", ...parseInput(PlatformAdminInput, input) })
}

/** A class, since every request makes one, and to give an object its prototype afterwards takes ten times as long. */
class KeyActor implements ApiKeyActor {
  readonly type: "apiKey"
  readonly id: ApiKeyId
  readonly organizationId: OrganizationId | null
  readonly projectId: ProjectId | null
  readonly holder: KeyHolder
  readonly ip: string | null
  readonly userAgent: string | null
  readonly requestId: string | null

  constructor(key: Omit<ApiKeyActor, "type">) {
    this.type = "apiKey"
    this.id = key.id
    this.organizationId = key.organizationId
    this.projectId = key.projectId
    this.holder = key.holder
    this.ip = key.ip
    this.userAgent = key.userAgent
    this.requestId = key.requestId
    Object.freeze(this)
  }

  get [BRAND](): true {
    return true
  }
}

/** A key that was just verified. */
export const apiKeyActor = (key: Omit<ApiKeyActor, "type">): ApiKeyActor => new KeyActor(key)

/** From its own prototype, not from another actor. */
const inheritsBrand = (actor: object): boolean => Object.hasOwn(Object.getPrototypeOf(actor) ?? {}, BRAND)

/** Whether somebody acts in another person's name. */
export const isImpersonated = (actor: Actor): boolean => actor.type === "user" && actor.impersonatedBy !== null

/** The actor, or `unauthenticated` for nobody and for anything that was not made here. */
export function requireActor(actor: unknown): Actor {
  const made = typeof actor === "object" && actor !== null && Object.isFrozen(actor) && inheritsBrand(actor)
  if (!made) throw new TenantryError("unauthenticated", {})
  return actor as Actor
}
