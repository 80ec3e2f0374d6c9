/**
 * Races around keys: several processes over one store, each of their calls a scheduling point. What the scene committed,
 * accounts included, is committed anew for every seed.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import { attempt, type Configuration, createTenantry, type Tenantry } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { withLatency } from "../../src/testing/testing.ts"
import { world } from "../world.ts"
import { SEEDS } from "./race.ts"

type World = ReturnType<typeof world<PolicyNames>>

/** One caller: what it asks of the process it is in. */
export type Caller = (tenantry: Tenantry) => Promise<unknown>

/** What a race came to; `codes` has for each caller `ok`, `replayed`, `done`, or the code of the verdict or refusal. */
export type End<Found> = Readonly<{
  codes: readonly string[]
  values: readonly unknown[]
  found: Found
  /** A process that took no part, to look at what is left. */
  tenantry: Tenantry
}>

type Race<Found> = Readonly<{
  preset: Preset
  settings?: Pick<Configuration, "limits">
  prepare: (here: World) => Promise<Found>
  callers: (found: Found) => readonly Caller[]
  /** How many processes the callers are spread over; each has its own unless said. */
  processes?: number
  check: (end: End<Found>) => void | Promise<void>
  /** Ends that must each be seen on some seed, so that a race is one. */
  sees?: readonly string[]
  seeds?: number
}>

/** Runs the callers at once, on every seed. Nothing but what is committed may be part of the scene. */
export async function raceKeys<Found>(race: Race<Found>): Promise<void> {
  const { preset, settings = {}, prepare, callers, processes, check, sees = [], seeds = SEEDS } = race
  const before: ((store: Store) => Promise<unknown>)[] = []
  let current = remembering(memoryStore(), (commit) => before.push(commit))
  const store = standIn(() => current)
  const here = world(preset, { ...settings, store })
  const found = await prepare(here)
  const asked = callers(found)
  const { mail: mailer, clock, ids } = here
  const acceptUrl = (token: string) => `https://app.example/join/${token}`
  const all = asked
    .slice(0, processes)
    .map((): Tenantry => createTenantry({ ...settings, preset, store, mailer, acceptUrl, clock, ids }))
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const plain = memoryStore()
      for (const commit of before) await commit(plain)
      current = withLatency(plain, (call) => scheduler.schedule(Promise.resolve(), call))
      const running = asked.map((caller, at) => attempt(caller(all[at % all.length] ?? here.tenantry)))
      const results = await scheduler.waitFor(Promise.all(running))
      current = plain
      const codes = results.map((result) => (result.ok ? codeOf(result.value) : result.error.code))
      seen.add(codes.join())
      const values = results.map((result) => (result.ok ? result.value : result.error))
      await check({ codes, values, found, tenantry: here.tenantry })
    }),
    { numRuns: seeds },
  )
  expect([...seen], "ends that were seen").toEqual(expect.arrayContaining([...sees]))
}

function remembering(store: Store, remember: (commit: (store: Store) => Promise<unknown>) => void): Store {
  return {
    ...store,
    commit: (changes) => {
      remember((other) => other.commit(changes))
      return store.commit(changes)
    },
    accounts: {
      ...store.accounts,
      commit: (changes) => {
        remember((other) => other.accounts.commit(changes))
        return store.accounts.commit(changes)
      },
    },
  }
}

/** An object that is always what `target` answers at the time. */
function standIn<T extends object>(target: () => T): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      const read = (): unknown => Reflect.get(target(), name)
      return typeof read() === "object" ? standIn(() => read() as object) : read()
    },
  })
}

function codeOf(value: unknown): string {
  const verdict = value as Readonly<{ ok?: boolean; code?: string; replayed?: boolean }> | null
  if (typeof verdict?.ok !== "boolean") return "done"
  return verdict.ok ? (verdict.replayed ? "replayed" : "ok") : (verdict.code ?? "")
}

/** How many ended so. */
export const countOf = (codes: readonly string[], code: string): number => codes.filter((one) => one === code).length
