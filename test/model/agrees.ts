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

/** How many runs there are in all; `TENANTRY_SEED` repeats those that a failure named. */
const RUNS = Number(process.env["TENANTRY_RUNS"] ?? 200)
const SEED = process.env["TENANTRY_SEED"]
const STEPS = 100

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
  const outcomes = new Map<string, number>()
  const tally = (operation: string, outcome: string) => {
    const key = `${operation} ${outcome}`
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
  }

  it.each(Object.entries(variants))("agrees with the model: %s", async (_, variant) => {
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
    if (process.env["TALLY"])
      console.log(
        [...outcomes]
          .sort()
          .map((x) => x.join(" "))
          .join("\n"),
      )
  })
}
