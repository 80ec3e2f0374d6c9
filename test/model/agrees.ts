/**
 * That a tenantry over a store agrees with the model: the same answers, the same refusals, the same rows.
 *
 * @module
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { customRoles, type Preset, workspace } from "../../src/presets/presets.ts"
import { registry } from "../../src/registry.ts"
import type { Store } from "../../src/store/store.ts"
import { begin, calls, commands } from "./commands.ts"
import { laws } from "./laws.ts"
import { modelOf, type Terms } from "./model.ts"
import { agreeAtLast, type Settings, worldOver } from "./reality.ts"

const USUAL = 200
/** How many runs there are in all; `TENANTRY_SEED` repeats those of the seed that a failure named. */
const RUNS = Number(process.env["TENANTRY_RUNS"] ?? USUAL)
const SEED = process.env["TENANTRY_SEED"]
/** Steps of a run, at most; 50 on average. */
const STEPS = 100

/** Refusals that so many steps meet dozens of times; rarer ones are met too, but not every time. */
const REFUSALS = [
  ...["unauthenticated", "forbidden", "not_found", "invalid_input", "feature_off", "slug_taken", "conflict"],
  ...["last_owner", "owner_immutable", "already_member", "seat_limit_reached", "rate_limited"],
  ...["invitation_pending", "invitation_closed", "invitation_expired", "invitation_email_mismatch"],
  ...["role_not_manageable", "permission_escalation", "role_in_use", "role_reserved"],
]

type Variant = Readonly<{ preset: Preset; law: Terms["law"]; settings: Settings }>
const variants: Readonly<Record<string, Variant>> = {
  workspace: { preset: workspace as Preset, law: laws.workspace, settings: {} },
  "workspace with few seats and few invitations": {
    ...{ preset: workspace as Preset, law: laws.workspace },
    settings: { seats: { cap: 4 }, limits: { pendingInvitations: 2 }, organizations: { deleteWithMembers: false } },
  },
  customRoles: { preset: customRoles as Preset, law: laws.customRoles, settings: {} },
  "customRoles with few seats and few roles, a new invitation replacing the old": {
    ...{ preset: customRoles as Preset, law: laws.customRoles },
    settings: { seats: { cap: 5 }, limits: { customRoles: 2 }, invitations: { whenPending: "replace" } },
  },
}

const termsOf = ({ law, settings }: Variant): Terms => ({
  law,
  seats: settings.seats?.cap ?? null,
  whenPending: settings.invitations?.whenPending ?? "refuse",
  maxPending: settings.limits?.pendingInvitations ?? 500,
  maxRoles: settings.limits?.customRoles ?? 100,
  deleteWithMembers: settings.organizations?.deleteWithMembers ?? true,
})

/** Storage that holds nothing yet. */
export type OpenStore = () => Promise<Readonly<{ store: Store; close?: () => Promise<void> }>>

/** Declares the tests of one kind of store; each run opens its own. */
export function agrees(openStore: OpenStore): void {
  /** Of each operation, what it came to. */
  const outcomes = new Map<string, Set<string>>()
  const tally = (operation: string, outcome: string) =>
    void outcomes.set(operation, (outcomes.get(operation) ?? new Set()).add(outcome))

  const timeout = 60_000 * Math.max(1, RUNS / USUAL)
  it.each(Object.entries(variants))("agrees with the model: %s", { timeout }, async (_, variant) => {
    const numRuns = Math.ceil(RUNS / Object.keys(variants).length)
    await fc.assert(
      fc.asyncProperty(commands(STEPS, variant.law), async (steps) => {
        const { store, close } = await openStore()
        try {
          const world = worldOver(store, variant.preset, variant.settings, tally)
          const model = modelOf(termsOf(variant), () => world.clock.now().getTime())
          await begin(model, world)
          await fc.asyncModelRun(() => ({ model, real: world }), steps)
          await agreeAtLast(model, world)
        } finally {
          await close?.()
        }
      }),
      { numRuns, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
  })

  it("has put every operation of the registry through success and refusal", () => {
    const operations = Object.entries(registry).flatMap(([noun, names]) =>
      Object.keys(names).map((name) => `${noun}.${name}`),
    )
    expect(Object.keys(calls).toSorted()).toEqual([...operations, "access"].toSorted())
    const isUntried = (name: string): boolean => {
      const codes = [...(outcomes.get(name) ?? [])]
      return !codes.includes("done") || codes.length < 2
    }
    const seen = new Set([...outcomes.values()].flatMap((codes) => [...codes]))
    // Fewer runs than usual may miss something; that there is a call for every operation is known above.
    if (RUNS >= USUAL) {
      expect(Object.keys(calls).filter(isUntried)).toEqual([])
      expect(REFUSALS.filter((code) => !seen.has(code))).toEqual([])
    }
  })
}
