/**
 * Counting use by hand: record it, or reserve units and settle when their cost is known.
 *
 * ```
 *              commit ──► committed
 *   reserve ──► held ──► released
 *                  └────► expired (by time)
 * ```
 *
 * Each inside an organization, or on the caller's own account.
 *
 * @module
 */
import { addSeconds } from "date-fns/addSeconds"
import * as z from "zod"
import { API, isActive, subscriptionTo } from "../billing/subscription.ts"
import { payerOf } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { type HoldId, idSchema, type OrganizationId } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import { inEither } from "../pipeline/account.ts"
import { consume, consumeNow, type Metered, reserve, settle } from "../pipeline/metering.ts"
import type { Context } from "../pipeline/operation.ts"
import { onOwnAccount } from "../pipeline/own-account.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Settings } from "../pipeline/settings.ts"
import type { Shell } from "../pipeline/shell.ts"
import { use } from "../pipeline/use.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import type { QuotaView, Use } from "./consumption.ts"
import { userBehind } from "./holder.ts"
import { ApiName, type Hold, RequestId, requireDeclared, Units } from "./usage.ts"

const Asked = { api: ApiName.optional(), requestId: RequestId.optional() }
const Recording = { units: Units.default(1), ...Asked }
const Reserving = { units: Units, expiresInSeconds: z.int().min(1).max(86_400).default(600), ...Asked }
const Committing = { holdId: idSchema("hold"), units: Units.optional() }
const Releasing = { holdId: idSchema("hold") }

const ACTORS = ["user", "system", "apiKey"] as const

type From = Readonly<{ actor: Actor; policy: PolicyEngine; settings: Settings; at: Date }>

/** What counting needs read: who pays, and the key that asks. */
const useWants = ({ actor, policy, settings, at }: From) => ({
  billed: { payer: payerOf(settings.billing, policy.ownership.role), at },
  actingKey: actor.type === "apiKey" ? actor.id : undefined,
})

type UseContext = Context<Readonly<{ organizationId: OrganizationId }>, ReturnType<typeof useWants>>

/** It counts for the key and whoever holds it, for the member, or for the organization alone. */
const useIn = ({ actor, loaded, settings }: UseContext): Use => ({
  billing: settings.billing,
  billed: loaded.billed,
  organization: loaded.organization,
  key: loaded.actingKey ?? null,
  holder: userBehind(actor),
})

type Counting = Readonly<{ units: number; api?: string | undefined; requestId?: string | undefined }>

/** The use as it is counted, or why it may not be. */
function asked({ settings }: Shell, { billing, billed }: Use, { units, api, requestId }: Counting) {
  requireDeclared(api, settings.apis)
  const isPaid = billing.account === "none" || isActive(subscriptionTo(billed.subscriptions, API), API, billing.plans)
  if (!isPaid) throw new TenantryError("subscription_required", { product: API })
  return { units, api: api ?? null, requestId: requestId ?? null }
}

function requireRoom(metered: Metered): Extract<Metered, { ok: true }> {
  if (metered.ok) return metered
  throw new TenantryError("quota_exceeded", { remaining: metered.quota.remaining ?? 0 })
}

/** How the paying account's quota and the key's own month then stand; `replayed`: that request was counted before. */
export type Recorded = Readonly<{ quotas: readonly QuotaView[]; replayed: boolean }>

async function counted(shell: Shell, used: Use, input: Counting, at: Date): Promise<Recorded> {
  const wanted = asked(shell, used, input)
  // Reads but `verify`'s do not tell a key's own month, so that a buffer could not keep to it.
  const count = used.key === null || used.key.monthlyUnits === null ? consume : consumeNow
  const { quotas, replayed } = requireRoom(await count(shell, used, wanted, at))
  return { quotas, replayed }
}

export const recordUsage = inEither(
  use({
    name: "usage.record",
    input: () => inOrganization(Recording),
    actors: ACTORS,
    allow: "api.use",
    wants: useWants,
    apply: (context, shell) => counted(shell, useIn(context), context.input, context.at),
  }),
  onOwnAccount({
    name: "usage.record",
    kind: "usage",
    input: () => z.strictObject(Recording),
    scope: "api.use",
    wants: () => ({}),
    apply: (context, shell) => counted(shell, context.use, context.input, context.at),
  }),
)

/** Units kept aside. A replay keeps none aside again: it has no hold, which only whoever made it first knows. */
export type Reserved = Recorded & Readonly<{ holdId: HoldId | null; expiresAt: Date | null }>

type Reservation = Counting & Readonly<{ expiresInSeconds: number }>

async function reserved(shell: Shell, used: Use, input: Reservation, at: Date): Promise<Reserved> {
  const hold = { id: shell.ids.id("hold", at), expiresAt: addSeconds(at, input.expiresInSeconds) }
  const { quotas, replayed } = requireRoom(await reserve(shell, used, asked(shell, used, input), hold, at))
  return { holdId: replayed ? null : hold.id, expiresAt: replayed ? null : hold.expiresAt, quotas, replayed }
}

export const reserveUsage = inEither(
  use({
    name: "usage.reserve",
    input: () => inOrganization(Reserving),
    actors: ACTORS,
    allow: "api.use",
    wants: useWants,
    apply: (context, shell) => reserved(shell, useIn(context), context.input, context.at),
  }),
  onOwnAccount({
    name: "usage.reserve",
    kind: "usage",
    input: () => z.strictObject(Reserving),
    scope: "api.use",
    wants: () => ({}),
    apply: (context, shell) => reserved(shell, context.use, context.input, context.at),
  }),
)

/** What a hold came to. */
export type SettledUnits = Readonly<{ units: number }>

/** The hold, for whoever made it and for the host's own code; to anybody else there is none. */
function ownHold(hold: Hold | null | undefined, organizationId: OrganizationId | null, actor: Actor): Hold {
  const isMaker = ({ counter }: Hold): boolean => {
    if (actor.type === "system") return true
    return actor.type === "apiKey"
      ? counter.keyId === actor.id
      : counter.keyId === null && counter.holder === userBehind(actor)
  }
  if (hold == null || hold.counter.organizationId !== organizationId || !isMaker(hold)) {
    throw new TenantryError("not_found", {})
  }
  return hold
}

/** Settles a hold, or finds it settled so; one that was committed cannot be released, nor the reverse. */
async function settled(shell: Shell, used: Use, hold: Hold, units: number, at: Date): Promise<SettledUnits> {
  if (units > hold.units) throw new TenantryError("invalid_input", inputIssue(["units"], "more than was held"))
  const ended = await settle(shell, used, hold, units, at)
  if (ended === null) throw new TenantryError("not_found", {})
  const came = ended.hold.settled ?? units
  if ((came === 0) !== (units === 0)) throw new TenantryError("conflict", {})
  return { units: came }
}

const settleWants = (from: From & Readonly<{ input: Readonly<{ holdId: HoldId }> }>) => ({
  ...useWants(from),
  hold: from.input.holdId,
})

export const commitUsage = inEither(
  use({
    name: "usage.commit",
    input: () => inOrganization(Committing),
    actors: ACTORS,
    allow: "inside",
    wants: settleWants,
    apply: (context, shell) => {
      const { input, loaded, actor, at } = context
      const hold = ownHold(loaded.hold, input.organizationId, actor)
      return settled(shell, useIn(context), hold, input.units ?? hold.units, at)
    },
  }),
  onOwnAccount({
    name: "usage.commit",
    kind: "usage",
    input: () => z.strictObject(Committing),
    scope: null,
    wants: ({ holdId }) => ({ hold: holdId }),
    apply: ({ input, loaded, actor, at, use: used }, shell) => {
      const hold = ownHold(loaded.hold, null, actor)
      return settled(shell, used, hold, input.units ?? hold.units, at)
    },
  }),
)

export const releaseUsage = inEither(
  use({
    name: "usage.release",
    input: () => inOrganization(Releasing),
    actors: ACTORS,
    allow: "inside",
    wants: settleWants,
    apply: (context, shell) => {
      const { input, loaded, actor, at } = context
      return settled(shell, useIn(context), ownHold(loaded.hold, input.organizationId, actor), 0, at)
    },
  }),
  onOwnAccount({
    name: "usage.release",
    kind: "usage",
    input: () => z.strictObject(Releasing),
    scope: null,
    wants: ({ holdId }) => ({ hold: holdId }),
    apply: ({ loaded, actor, at, use: used }, shell) => settled(shell, used, ownHold(loaded.hold, null, actor), 0, at),
  }),
)
