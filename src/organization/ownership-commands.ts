/**
 * Commands that hand an organization over to another owner.
 *
 * @module
 */
import { addHours } from "date-fns/addHours"
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { type Decision, refused } from "../kernel/decision.ts"
import { idSchema } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Membership, MembershipFact } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Context, type Ruling, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { subscriptionWants } from "../pipeline/seats.ts"
import type { Settings } from "../pipeline/settings.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import { RoleName } from "../role/role-name.ts"
import {
  endOffer,
  type Handover,
  handOver,
  handoverOf,
  handoverRefusal,
  type OwnershipFact,
  type OwnershipOffer,
  offerTo,
  openOffer,
} from "./ownership.ts"

/** How long an offer stands unless said, and at most. */
const HOURS = { usual: 168, most: 720 }

const OFF = refused("feature_off", { feature: "ownershipTransfer" })

const handover = {
  membershipId: idSchema("mem"),
  fromMembershipId: idSchema("mem").optional(),
  previousRole: RoleName,
}

type Given = Readonly<{
  membershipId: Membership["id"]
  fromMembershipId?: Membership["id"] | undefined
  previousRole: RoleName
}>

type Asked = Readonly<{ policy: PolicyEngine; settings: Settings; at: Date }>

/** Every owner: more than anybody shares an organization with. */
const ownerWants = ({ policy }: Pick<Asked, "policy">) => ({
  role: policy.ownership.role as RoleName,
  emailPrefix: null,
  after: null,
  limit: 10_000,
})

const handoverWants = (asked: Asked & Readonly<{ input: Given; actor: Actor }>) => ({
  membership: asked.input.membershipId,
  members: asked.actor.type === "system" ? ownerWants(asked) : undefined,
  ...subscriptionWants(asked),
})

type HandoverContext = Context<Given, ReturnType<typeof handoverWants>>

/** The owner who steps down: the caller, or the one whom the host's own code means. */
function giver({ actor, caller, input, loaded, policy }: HandoverContext) {
  const { fromMembershipId: named } = input
  const invalid = (message: string) => refused("invalid_input", inputIssue(["fromMembershipId"], message))
  if (actor.type !== "system") {
    if (named !== undefined) return invalid("it is you")
    return caller?.role === policy.ownership.role ? { ok: true as const, from: caller } : refused("forbidden", {})
  }
  const owners = loaded.members ?? []
  if (named === undefined && owners.length > 1) return invalid("required: there are several owners")
  const from = named === undefined ? owners[0] : owners.find(({ id }) => id === named)
  return from === undefined ? refused("not_found", {}) : { ok: true as const, from }
}

/** What `work` makes of the handover that is asked for, where there may be one. */
function withHandover<O>(context: HandoverContext, work: (handover: Handover) => Ruling<O>): Ruling<O> {
  const { access, input, loaded, settings } = context
  const given = giver(context)
  if (!given.ok) return given
  const { membership: to } = loaded
  if (to === null) return refused("not_found", {})
  const wanted = { from: given.from, to, previousRole: input.previousRole }
  const refusal = handoverRefusal(access, context, wanted) ?? subscriptionRefusal(settings.billing, loaded.billed)
  return refusal === null ? work(wanted) : { ok: false, refusal }
}

/** Both memberships as they stand now. */
export type OwnershipTransfer = Readonly<{ owner: Membership; previousOwner: Membership }>

/** The ruling on a handover, which begins with the two memberships. */
const transferred = (decision: Decision<MembershipFact | OwnershipFact, never>, { from, to }: Handover) =>
  ruling(decision, ([stepped, raised]): OwnershipTransfer => {
    const row = (fact: typeof stepped, before: Membership) => (fact?.after ?? before) as Membership
    return { owner: row(raised, to), previousOwner: row(stepped, from) }
  })

export const transferOwnership = command({
  name: "organizations.transferOwnership",
  input: () => inOrganization(handover),
  actors: ["user", "system"],
  allow: "organization.transfer",
  neverImpersonated: true,
  facts: ["member.role_changed", "organization.ownership_transferred"],
  wants: handoverWants,
  decide: (context) => {
    const { policy, loaded } = context
    if (policy.ownership.transfer !== "direct") return OFF
    return withHandover(context, (wanted) => transferred(handOver(loaded.organization, wanted), wanted))
  },
})

export const offerOwnership = command({
  name: "organizations.offerOwnership",
  input: () => inOrganization({ ...handover, expiresInHours: z.int().min(1).max(HOURS.most).optional() }),
  actors: ["user", "system"],
  allow: "organization.transfer",
  neverImpersonated: true,
  facts: ["organization.ownership_offered"],
  wants: handoverWants,
  decide: (context) => {
    const { input, policy, loaded, at } = context
    if (policy.ownership.transfer === "off") return OFF
    const expiresAt = addHours(at, input.expiresInHours ?? HOURS.usual)
    return withHandover(context, (wanted) => {
      const { from, to, previousRole } = wanted
      const offer: OwnershipOffer = { membershipId: to.id, by: from.id, previousRole, expiresAt }
      return ruling(offerTo(loaded.organization, wanted, expiresAt), () => offer)
    })
  },
})

export const acceptOwnership = command({
  name: "organizations.acceptOwnership",
  input: () => inOrganization({}),
  actors: ["user"],
  allow: "inside",
  neverImpersonated: true,
  facts: ["member.role_changed", "organization.ownership_transferred"],
  wants: (asked) => ({ members: ownerWants(asked), ...subscriptionWants(asked) }),
  decide: (context) => {
    const { access, caller, policy, loaded, settings } = context
    if (policy.ownership.transfer === "off") return OFF
    const offer = offerFor(context)
    const wanted = offer && caller && handoverOf(offer, caller, { owners: loaded.members, access })
    if (wanted === null) return refused("not_found", {})
    const refusal = subscriptionRefusal(settings.billing, loaded.billed)
    if (refusal !== null) return { ok: false, refusal }
    return transferred(handOver(loaded.organization, wanted), wanted)
  },
})

/** The open offer to the caller, or null. */
function offerFor({ caller, loaded, at }: Context<unknown, Readonly<Record<never, never>>>): OwnershipOffer | null {
  const offer = openOffer(loaded.organization, at)
  return offer !== null && offer.membershipId === caller?.id ? offer : null
}

export const declineOwnership = command({
  name: "organizations.declineOwnership",
  input: () => inOrganization({}),
  actors: ["user"],
  allow: "inside",
  neverImpersonated: true,
  facts: ["organization.updated"],
  wants: () => ({}),
  decide: (context) => {
    if (context.policy.ownership.transfer === "off") return OFF
    const offer = offerFor(context)
    return offer === null ? refused("not_found", {}) : ruling(endOffer(context.loaded.organization), () => offer)
  },
})

export const cancelOwnershipOffer = command({
  name: "organizations.cancelOwnershipOffer",
  input: () => inOrganization({}),
  actors: ["user", "system"],
  allow: "organization.transfer",
  neverImpersonated: true,
  facts: ["organization.updated"],
  wants: () => ({}),
  decide: ({ policy, loaded, at }) => {
    if (policy.ownership.transfer === "off") return OFF
    const offer = openOffer(loaded.organization, at)
    return offer === null ? refused("not_found", {}) : ruling(endOffer(loaded.organization), () => offer)
  },
})
