/**
 * What commands and queries are made of: each declares who may ask, what it loads and how it decides.
 *
 * @module
 */
import type * as z from "zod"
import type { Action } from "../activity/activity.ts"
import type { HostFact } from "../activity/host-entry.ts"
import type { ApiKeyFact } from "../api-key/api-key.ts"
import type { SeatsFact } from "../billing/seats.ts"
import type { SubscriptionFact } from "../billing/subscription.ts"
import type { InvitationFact } from "../invitation/invitation.ts"
import type { Actor } from "../kernel/actor.ts"
import type { Decision } from "../kernel/decision.ts"
import { TenantryError } from "../kernel/error.ts"
import type { Ids, InvitationId, MessageId, OrganizationId, ProjectId } from "../kernel/id.ts"
import type { MetadataSchemas } from "../kernel/metadata.ts"
import type { Membership, MembershipFact } from "../membership/membership.ts"
import type { OrganizationFact } from "../organization/organization.ts"
import type { OwnershipFact } from "../organization/ownership.ts"
import type { Access, BuiltInPermission, PolicyEngine, Rule } from "../policy/policy.ts"
import type { Project, ProjectFact } from "../project/project.ts"
import type { ProjectMembership, ProjectMembershipFact } from "../project/project-membership.ts"
import type { RestrictionFact } from "../restriction/restriction.ts"
import type { Role, RoleFact } from "../role/role.ts"
import type { Loaded, Store, Wants } from "../store/store.ts"
import type { QuotaFact } from "../usage/threshold.ts"
import type { Limits, Settings } from "./settings.ts"
import type { Shell } from "./shell.ts"

/** Everything that can have happened. */
export type AnyFact =
  | OrganizationFact
  | OwnershipFact
  | MembershipFact
  | ProjectFact
  | ProjectMembershipFact
  | InvitationFact
  | RoleFact
  | ApiKeyFact
  | RestrictionFact
  | SubscriptionFact
  | QuotaFact
  | SeatsFact
  | HostFact

/**
 * Who is let in: the holder of a permission, anybody inside the organization, or the person an invitation is for
 * (whom the decision recognises).
 */
export type Gate = BuiltInPermission | "inside" | "recipient"

/** An e-mail to go out with the commit, and the token only it carries. */
export type Post = Readonly<{ messageId: MessageId; invitationId: InvitationId; token: string }>

/** What a command decides: facts to commit, letters to post, and how to answer from the facts as committed. */
export type Ruling<O> =
  | Readonly<{ ok: true; facts: readonly AnyFact[]; posts: readonly Post[]; answer: (facts: readonly AnyFact[]) => O }>
  | Extract<Decision<never>, { ok: false }>

/** A decision with its answer. `answer` sees the facts with the revision they were committed at. */
export function ruling<F extends AnyFact, O>(
  decision: Decision<F>,
  answer: (facts: readonly F[]) => O,
  posts: readonly Post[] = [],
): Ruling<O> {
  if (!decision.ok) return decision
  return { ok: true, facts: decision.facts, posts, answer: answer as (facts: readonly AnyFact[]) => O }
}

/** What every decision is given besides what was loaded. */
export type Surroundings<I> = Readonly<{
  actor: Actor
  input: I
  at: Date
  ids: Ids
  policy: PolicyEngine
  rules: readonly Rule[]
  settings: Settings
}>

/** What a decision is given of the ports and settings: nothing that reaches outside. */
export const surroundings = <I>(
  { ids, policy, rules, settings }: Shell,
  actor: Actor,
  input: I,
  at: Date,
): Surroundings<I> => ({ actor, input, at, ids, policy, rules, settings })

/** What a decision inside an organization is given. */
export type Context<I, W extends Wants, L = unknown> = Surroundings<I> &
  Readonly<{
    loaded: Loaded<W>
    located: L
    /** The caller's own membership; null for anybody but a member. */
    caller: Membership | null
    /** The caller's memberships in the project that is asked about, or in any where the operation lets them all in. */
    callerProjects: readonly ProjectMembership[]
    /** The project that is asked about; for a key that is bound to one, that one. */
    project: Project | null
    /** Whether the caller acts in the whole organization: not in projects alone, and not from outside. */
    isInOrganization: boolean
    /** Whether the caller acts there or in a project that is asked about. */
    isInside: boolean
    /** In the project that is asked about, or else in the organization. */
    access: Access
    /** In that project; null for somebody who is neither in it nor in the organization. */
    accessAt: (projectId: ProjectId) => Access | null
    /** The organization's custom roles. */
    roles: readonly Role[]
  }>

/** Which organization, and whatever else the look-up found. */
export type Located = Readonly<{ organizationId: OrganizationId }>

/** What every command and query says of itself. */
export type Declared<In, I> = Readonly<{
  name: string
  input: (limits: Limits, metadata?: MetadataSchemas) => z.ZodType<I, In>
  /** The kinds of actor that may ever ask; any other is `forbidden`. */
  actors: readonly Actor["type"][]
}>

/** What is the same for a command and a query inside one organization. */
export type Inside<In, I, L extends Located, W extends Wants> = Declared<In, I> &
  Readonly<{
    allow: Gate | ((context: Context<I, W, L>) => Gate)
    /** Reaches a suspended or deleted organization too: for what a payment provider says. */
    whateverStatus?: true
    /** Goes by what is stored where the host's source of subscriptions fails: what ends a key must not wait for it. */
    evenWithoutSource?: true
    /** The project that it is about: permissions are asked there, and people who are only there are let in. */
    project?: (from: Readonly<{ input: I; actor: Actor }>) => ProjectId | undefined
    /** Lets in people who are in any project; what they may in one, the decision asks of `accessAt`. */
    inAnyProject?: true
    /** Where the input does not name the organization: one look-up, or null for `not_found`. */
    locate?: (store: Store, input: I, actor: Actor) => Promise<L | null>
    wants: (
      from: Readonly<{ input: I; located: L; actor: Actor; policy: PolicyEngine; settings: Settings; at: Date }>,
    ) => W
  }>

export type CommandDefinition<In, I, L extends Located, W extends Wants, O> = Inside<In, I, L, W> &
  Readonly<{
    /** Every fact it may record. */
    facts: readonly Action[]
    /** Refused to somebody who acts in another person's name. */
    neverImpersonated?: true
    decide: (context: Context<I, W, L>) => Ruling<O>
  }>

export type QueryDefinition<In, I, L extends Located, W extends Wants, O> = Inside<In, I, L, W> &
  Readonly<{ answer: (context: Context<I, W, L>) => O }>

/** A command that begins an organization; `attempt` counts from 0, and rises when a derived slug was taken. */
export type CreationDefinition<In, I, O> = Declared<In, I> &
  Readonly<{ facts: readonly Action[]; decide: (context: Surroundings<I>, attempt: number) => Ruling<O> }>

/** A read across organizations; without `actors`, nobody need be signed in. */
export type LookupDefinition<In, I, O> = Declared<In, I> &
  Readonly<{ answer: (context: Surroundings<I> & Readonly<{ store: Store }>) => Promise<O> }>

/** A command or query as the registry holds it. */
export type Operation<In = unknown, O = unknown> = Readonly<{
  name: string
  /** `usage` writes too, but no facts. */
  kind: "command" | "query" | "usage"
  input: (limits: Limits, metadata?: MetadataSchemas) => z.ZodType
  actors: readonly Actor["type"][]
  /** The permission it asks for, where that does not depend on what is found. */
  permission: BuiltInPermission | null
  facts: readonly Action[]
  run: (shell: Shell, actor: unknown, input: In) => Promise<O>
}>

/** An operation that decides facts. */
export type Command<In = unknown, O = unknown> = Operation<In, O> & Readonly<{ kind: "command" }>

/** The operation that a definition declares, and how it runs. */
export function operation<In, I, O, const Kind extends Operation["kind"]>(
  kind: Kind,
  definition: Declared<In, I> & Readonly<{ allow?: Gate | ((context: never) => Gate); facts?: readonly Action[] }>,
  run: Operation<In, O>["run"],
): Operation<In, O> & Readonly<{ kind: Kind }> {
  const { name, input, actors, allow = "inside", facts = [] } = definition
  const isPermission = typeof allow !== "function" && allow !== "inside" && allow !== "recipient"
  return { name, kind, input, actors, permission: isPermission ? allow : null, facts, run }
}

/** The row, or `not_found`. */
export function found<T>(row: T | null | undefined): T {
  if (row === null || row === undefined) throw new TenantryError("not_found", {})
  return row
}
