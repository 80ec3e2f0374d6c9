/**
 * That a tenantry over a store agrees with the model: the same answers, the same refusals, the same rows.
 *
 * @module
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { customRoles, type Preset, paidTeam, projects, workspace } from "../../src/presets/presets.ts"
import { registry } from "../../src/registry.ts"
import type { Store } from "../../src/store/store.ts"
import { agree } from "./agree.ts"
import type { ModelPlan } from "./billing-rules.ts"
import { begin, calls, commands } from "./commands.ts"
import type { Terms } from "./core.ts"
import { laws } from "./laws.ts"
import { modelOf } from "./model.ts"
import { agreeAtLast, type Settings, worldOver } from "./reality.ts"

/** How many runs there are of a store in memory. */
export const USUAL = 240
/** How many runs there are in all; `TENANTRY_SEED` repeats those of the seed that a failure named. */
const RUNS = Number(process.env["TENANTRY_RUNS"] ?? USUAL)
const SEED = process.env["TENANTRY_SEED"]
/** Steps of a run, at most; 60 on average. */
const STEPS = 120

/** Refusals that so many steps meet dozens of times; rarer ones are met too, but not every time. */
const REFUSALS = [
  ...["unauthenticated", "forbidden", "not_found", "invalid_input", "feature_off", "slug_taken", "conflict"],
  ...["organization_inactive", "project_archived"],
  ...["last_owner", "owner_immutable", "already_member", "seat_limit_reached", "rate_limited"],
  ...["invitation_pending", "invitation_closed", "invitation_expired", "invitation_email_mismatch"],
  ...["role_not_manageable", "permission_escalation", "role_in_use", "role_reserved"],
  ...["subscription_required", "quota_exceeded", "not_billable"],
  ...["revoked", "disabled", "expired", "holder_inactive", "project_inactive", "subscription_inactive", "malformed"],
  ...["ip_not_allowed", "endpoint_not_allowed", "permission_denied"],
]

const plan = (id: string, product: string, more: Partial<ModelPlan> = {}): ModelPlan => ({
  ...{ id, product, quota: null, seats: null, price: null, isDefault: false },
  ...more,
})
const price = { currency: "USD", base: 2000, includedSeats: 2, perSeat: 500 }
/** Short enough to end in a run. */
const GRACE_DAYS = 2
/** Small enough to be used up. */
const apiPlans = [plan("free", "api", { quota: 8, isDefault: true }), plan("pro", "api", { quota: 20 })]
const seatPlans = [plan("team", "organization", { price, seats: 6 }), plan("free", "organization", { seats: 3 })]

type Variant = Readonly<{ preset: Preset; law: Terms["law"]; settings: Settings; plans?: readonly ModelPlan[] }>
const variants: Readonly<Record<string, Variant>> = {
  "workspace, whose owner pays for all theirs by plans": {
    ...{ preset: workspace as Preset, law: laws.workspace, settings: {}, plans: apiPlans },
  },
  "workspace with few seats, invitations and keys": {
    ...{ preset: workspace as Preset, law: laws.workspace },
    settings: {
      ...{ seats: { cap: 4 }, limits: { pendingInvitations: 2, apiKeys: 4, projects: 2 } },
      ...{ organizations: { deleteWithMembers: false }, apiKeys: { revokeOnRemoval: true } },
    },
  },
  customRoles: { preset: customRoles as Preset, law: laws.customRoles, settings: {} },
  "customRoles with few seats and few roles, a new invitation replacing the old, keys of members": {
    ...{ preset: customRoles as Preset, law: laws.customRoles, plans: apiPlans },
    settings: {
      ...{ seats: { cap: 5 }, limits: { customRoles: 2 }, invitations: { whenPending: "replace" } },
      ...{ apiKeys: { holders: ["person", "member", "organization"] } },
      billing: { account: "organization" },
    },
  },
  "projects, with few seats": {
    ...{ preset: projects as Preset, law: laws.projects, settings: { seats: { cap: 5 } }, plans: apiPlans },
  },
  "paidTeam, which pays for itself": {
    ...{ preset: paidTeam as Preset, law: laws.paidTeam, settings: {}, plans: [...apiPlans, ...seatPlans] },
  },
}

const termsOf = ({ preset, law, settings, plans = [] }: Variant): Terms => ({
  law,
  seats: settings.seats?.cap ?? null,
  whenPending: settings.invitations?.whenPending ?? "refuse",
  maxPending: settings.limits?.pendingInvitations ?? 500,
  maxRoles: settings.limits?.customRoles ?? 100,
  maxKeys: settings.limits?.apiKeys ?? 1000,
  maxProjects: settings.limits?.projects ?? 1000,
  deleteWithMembers: settings.organizations?.deleteWithMembers ?? preset.organizations.deleteWithMembers,
  graceDays: GRACE_DAYS,
  holders: settings.apiKeys?.holders ?? preset.apiKeys?.holders ?? ["organization"],
  revokeOnRemoval: settings.apiKeys?.revokeOnRemoval ?? false,
  billing: { account: settings.billing?.account ?? preset.billing?.account ?? "none", plans },
})

const settingsOf = ({ settings, plans = [] }: Variant): Settings => ({
  ...settings,
  organizations: { ...settings.organizations, graceDays: GRACE_DAYS },
  billing: { ...settings.billing, plans: plans.map(({ isDefault, ...each }) => ({ ...each, default: isDefault })) },
})

/** Storage that holds nothing yet. */
export type OpenStore = () => Promise<Readonly<{ store: Store; close?: () => Promise<void> }>>

/** Every operation by namespace and name. */
const namesOf = (namespace: object): string[] =>
  Object.entries(namespace).flatMap(([name, each]) =>
    typeof each.run === "function" ? [name] : namesOf(each).map((inner) => `${name}.${inner}`),
  )

/** Declares the tests of one kind of store; each run opens its own. A store that takes its time is given fewer runs. */
export function agrees(openStore: OpenStore, share = 1): void {
  const runs = Math.ceil(RUNS * share)
  /** Of each operation, what it came to. */
  const outcomes = new Map<string, Set<string>>()
  const tally = (operation: string, outcome: string) =>
    void outcomes.set(operation, (outcomes.get(operation) ?? new Set()).add(outcome))

  const timeout = 60_000 * Math.max(1, runs / USUAL)
  it.each(Object.entries(variants))("agrees with the model: %s", { timeout }, async (_, variant) => {
    const numRuns = Math.ceil(runs / Object.keys(variants).length)
    await fc.assert(
      fc.asyncProperty(commands(STEPS, variant.law), async (steps) => {
        const { store, close } = await openStore()
        try {
          const world = worldOver(store, variant.preset, settingsOf(variant), tally)
          const model = modelOf(termsOf(variant), () => world.clock.now().getTime())
          await begin(model, world)
          await fc.asyncModelRun(() => ({ model, real: world }), steps)
          await agree(model, world)
          await agreeAtLast(model, world)
        } finally {
          await close?.()
        }
      }),
      { numRuns, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
  })

  it("has put every operation of the registry through success and refusal", () => {
    const operations = namesOf(registry)
    expect(Object.keys(calls).toSorted()).toEqual([...operations, "access"].toSorted())
    const names = [...Object.keys(calls), "apiKeys.verify", "subscriptions.put", "users.update", "users.erase"]
    const isUntried = (name: string): boolean => {
      const codes = [...(outcomes.get(name) ?? [])]
      return !codes.includes("done") || codes.length < 2
    }
    const seen = new Set([...outcomes.values()].flatMap((codes) => [...codes]))
    const missed = [...names.filter(isUntried), ...REFUSALS.filter((code) => !seen.has(code))]
    // Chance decides what a run meets: the usual ones may miss the rarest, four times as many miss nothing, and of fewer
    // nothing is asked. That there is a call for every operation is known above.
    if (runs >= 4 * USUAL) expect(missed).toEqual([])
    else if (runs >= USUAL) expect(missed.length, missed.join(", ")).toBeLessThan(6)
  })
}
