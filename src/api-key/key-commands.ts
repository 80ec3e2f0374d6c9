/**
 * What commands on one key have in common: the key is loaded, the caller is known to be its holder or to hold a
 * permission, and what is answered is the key as lists show it. Inside an organization, and on one's own account.
 *
 * @module
 */
import * as z from "zod"
import type { Action } from "../activity/activity.ts"
import type { Billed } from "../billing/billed.ts"
import type { Actor } from "../kernel/actor.ts"
import { type Decision, refused } from "../kernel/decision.ts"
import { type ApiKeyId, type Ids, idSchema, type ProjectId } from "../kernel/id.ts"
import type { MetadataSchemas } from "../kernel/metadata.ts"
import type { Membership } from "../membership/membership.ts"
import { accountCommand, inEither } from "../pipeline/account.ts"
import { command } from "../pipeline/command.ts"
import { type Command, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { payerWants } from "../pipeline/seats.ts"
import type { Limits, Settings } from "../pipeline/settings.ts"
import type { BuiltInPermission, PolicyEngine } from "../policy/policy.ts"
import { archivedRefusal } from "../project/project.ts"
import type { ApiKey, ApiKeyFact } from "./api-key.ts"
import { PERSONAL_SCOPE } from "./held.ts"
import type { Holding } from "./issue.ts"
import { type ApiKeyView, apiKeyView, type ListedKey, type Surrounding } from "./key-view.ts"
import type { BillingTerms } from "./verdict.ts"

/** The terms by which keys are judged; null where no subscription is asked for. */
export const termsOf = ({ billing }: Settings, policy: PolicyEngine): BillingTerms =>
  billing.account === "none" ? null : { plans: billing.plans, ownerRole: policy.ownership.role }

/** What a key's state is read from, inside an organization: where nobody pays, no more than the organization. */
export const surroundingWants = (asked: Readonly<{ settings: Settings; policy: PolicyEngine; at: Date }>) => ({
  memberCount: asked.settings.billing.account === "none" ? undefined : (true as const),
  ...payerWants(asked),
})

/** What a key's state depends on, inside an organization. */
export const surroundingOf = (context: {
  readonly loaded: Readonly<{
    organization: NonNullable<Surrounding["organization"]>
    billed?: Billed | undefined
    memberCount?: number | undefined
  }>
  readonly settings: Settings
  readonly policy: PolicyEngine
  readonly at: Date
}): Surrounding => ({
  organization: context.loaded.organization,
  billed: context.loaded.billed ?? { subscriptions: [] },
  isAlone: (context.loaded.memberCount ?? 1) <= 1,
  billing: termsOf(context.settings, context.policy),
  at: context.at,
})

/** What a person holds over a key of their own outside any organization: any rule for it, and no scope but one. */
export const PERSONAL_HOLDING: Holding = {
  can: () => true,
  lacks: (permissions) => permissions.filter((permission) => permission !== PERSONAL_SCOPE),
}

/** Whether the signed-in caller is the member who holds the key. */
export const isHolder = (key: ApiKey | undefined, actor: Actor, caller: Membership | null): boolean =>
  actor.type === "user" && key?.holder.type === "member" && key.holder.membershipId === caller?.id

/** What a decision about one key is given. */
export type KeyContext<I> = Readonly<{
  input: I
  key: ApiKey
  by: Holding
  actor: Actor
  /** Whether it is the caller's own. */
  isOwn: boolean
  at: Date
  ids: Ids
  settings: Settings
  policy: PolicyEngine
}>

type Placed = Readonly<{ projectId?: ProjectId | undefined }>

/** Asked at a project, which people who are there alone must name: only keys bound to it are there. */
export const inProject = { projectId: idSchema("prj").optional() }

/** The key, where it is bound to the project that is asked about. */
export const ofProject = (listed: ListedKey | null, { projectId }: Placed): ListedKey | null =>
  projectId === undefined || listed?.key.projectId === projectId ? listed : null

type Fields = Readonly<Record<string, z.ZodType>>
type Whole<Shape extends Fields> = z.ZodObject<Shape & { apiKeyId: z.ZodType<ApiKeyId, string> }>
type Input<Shape extends Fields> = z.output<Whole<Shape>>
/** What is decided, and what is answered beside the key. */
export type KeyRuling<More> = Readonly<{ decision: Decision<ApiKeyFact>; more: More }>

/** A command on one key. `permission` lets in whoever is not its holder. */
export function keyCommand<const Shape extends Fields, More extends object>(
  definition: Readonly<{
    name: string
    fields: (limits: Limits, metadata: MetadataSchemas | undefined) => Shape
    permission: BuiltInPermission
    facts: readonly Action[]
    neverImpersonated?: true
    /** Takes something away: it goes in an archived project too. */
    ending?: true
    decide: (context: KeyContext<Input<Shape>>) => KeyRuling<More>
  }>,
) {
  const { fields, permission, decide, ending, ...declared } = definition
  const inside = command({
    ...declared,
    input: (limits, metadata) =>
      inOrganization({ apiKeyId: idSchema("key"), ...inProject, ...fields(limits, metadata) }),
    project: ({ input }) => (input as Placed).projectId,
    actors: ["user", "apiKey", "system"],
    evenWithoutSource: true,
    wants: (asked) => ({
      apiKey: (asked.input as { apiKeyId: ApiKeyId }).apiKeyId,
      ...surroundingWants(asked),
    }),
    allow: ({ loaded, actor, caller }) => (isHolder(loaded.apiKey?.key, actor, caller) ? "api.use" : permission),
    decide: (context) => {
      const { loaded, access, actor, caller } = context
      const listed = ofProject(loaded.apiKey, context.input as Placed)
      if (listed === null) return refused("not_found", {})
      const { key } = listed
      const closed = listed.project && !ending ? archivedRefusal(listed.project) : null
      if (closed !== null) return closed
      // Its own expiry, rules and limits are no key's to lift.
      if (actor.type === "apiKey" && actor.id === key.id) return refused("forbidden", {})
      const { decision, more } = decide({
        ...context,
        input: context.input as Input<Shape>,
        key,
        by: access,
        isOwn: isHolder(key, actor, caller),
      })
      return ruling(decision, (facts) => ({
        apiKey: apiKeyView({ ...listed, key: facts[0]?.after ?? key }, surroundingOf(context)),
        ...more,
      }))
    },
  })
  const own = accountCommand({
    ...declared,
    input: (limits, metadata) => z.strictObject({ apiKeyId: idSchema("key"), ...fields(limits, metadata) }),
    wants: ({ input, at }) => ({ apiKey: (input as { apiKeyId: ApiKeyId }).apiKeyId, billed: { at } }),
    decide: (context) => {
      const listed = context.loaded.apiKey
      if (listed === null) return refused("not_found", {})
      const { key } = listed
      const { decision, more } = decide({
        ...context,
        input: context.input as Input<Shape>,
        key,
        by: PERSONAL_HOLDING,
        isOwn: true,
      })
      return ruling(decision, (facts) => ({
        apiKey: apiKeyView({ ...listed, key: facts[0]?.after ?? key }, ownSurrounding(context)),
        ...more,
      }))
    },
  })
  return inEither(inside, own) as Command<
    z.input<Whole<Shape>> & Readonly<{ organizationId?: string; projectId?: string | undefined }>,
    Readonly<{ apiKey: ApiKeyView }> & More
  >
}

/** What a personal key's state depends on. */
export const ownSurrounding = (context: {
  readonly loaded: Readonly<{ billed: Surrounding["billed"] }>
  readonly settings: Settings
  readonly policy: PolicyEngine
  readonly at: Date
}): Surrounding => ({
  organization: null,
  billed: context.loaded.billed,
  isAlone: false,
  billing: termsOf(context.settings, context.policy),
  at: context.at,
})
