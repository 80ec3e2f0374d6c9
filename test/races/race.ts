/**
 * Races: several processes over one store, each of their port calls a scheduling point, on many seeds of the scheduler.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import type { Configuration } from "../../src/configuration.ts"
import { attempt, createTenantry, system, type Tenantry } from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import type { Preset } from "../../src/presets/preset.ts"
import type { Changes } from "../../src/store/changes.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { withLatency } from "../../src/testing/testing.ts"
import { type Rows, rowsOf, wrongs, wrongsOfActivity } from "../model/invariants.ts"
import { world } from "../world.ts"

/** How many schedules each race is run on. */
export const SEEDS = 200

type World<N extends PolicyNames> = ReturnType<typeof world<N>>
type Settings = Pick<Configuration, "seats" | "limits" | "invitations" | "organizations">

/** More than the cap of the racing processes may have been promised before, by one that knew no cap. */
type Promised = Readonly<{ oversold?: boolean }>

/** One caller: what it asks of the process it is in. */
export type Caller<N extends PolicyNames> = (tenantry: Tenantry<N>) => Promise<unknown>

/** What a race came to. */
export type Aftermath = Readonly<{
  /** For each caller, in their order, `done` or the code of the refusal. */
  outcomes: readonly string[]
  /** For each caller, what it was answered; undefined when it was refused. */
  values: readonly unknown[]
  /** Every organization there is. */
  organizations: readonly Rows[]
}>

/** The store of one run, and the organizations that were begun in it. */
type Opened = Readonly<{ store: Store; ids: Set<OrganizationId> }>

/** How callers are spread over processes. The queue of a process hides races between its own callers. */
export const layouts = {
  "each caller in a process of its own": Number.POSITIVE_INFINITY,
  "all callers in one process": 1,
} as const

/**
 * Sets a scene once, and answers a function that runs callers on it at once, on every seed, each time anew. `settings`
 * are those of the racing processes, not of the preparation.
 */
export async function stage<N extends PolicyNames, Found>(
  preset: Preset<N>,
  prepare: (here: World<N>) => Promise<Found>,
  { oversold = false, ...settings }: Settings & Promised = {},
) {
  const before: Changes[] = []
  const kept = memoryStore()
  const here = world(preset, {
    store: {
      ...kept,
      commit: (changes) => {
        before.push(changes)
        return kept.commit(changes)
      },
    },
  })
  const found = await prepare(here)
  const seats = oversold ? null : (settings.seats?.cap ?? null)

  /** What every process's store stands for at the moment. */
  let current: Store = kept
  const processes: Tenantry<N>[] = []
  const process = (index: number): Tenantry<N> => {
    processes[index] ??= createTenantry<N>({
      ...settings,
      preset,
      store: forward(() => current),
      mailer: here.mail,
      acceptUrl: (token) => `https://app.example/join/${token}`,
      clock: here.clock,
      ids: here.ids,
    })
    return processes[index]
  }

  /** A store of its own for one run, as the preparation left it. */
  async function open(): Promise<Opened> {
    const ids = new Set<OrganizationId>()
    const plain = memoryStore()
    const store: Store = {
      ...plain,
      commit: async (changes) => {
        const outcome = await plain.commit(changes)
        if (outcome === "committed") ids.add(changes.guard.organizationId)
        return outcome
      },
    }
    for (const changes of before) await store.commit(changes)
    return { store, ids }
  }

  async function aftermath({ store, ids }: Opened, results: readonly Result[]): Promise<Aftermath> {
    const organizations: Rows[] = []
    for (const id of ids) {
      const rows = await rowsOf(store, id)
      organizations.push(rows)
      const terms = { policy: preset.policy, seats, at: here.clock.now() }
      expect([...wrongs(rows, terms), ...wrongsOfActivity(rows)]).toEqual([])
    }
    return {
      outcomes: results.map((result) => (result.ok ? "done" : result.error.code)),
      values: results.map((result) => (result.ok ? result.value : undefined)),
      organizations: organizations.sort((a, b) => (a.organization.slug < b.organization.slug ? -1 : 1)),
    }
  }

  /** What comes of the callers one after another, in every order. */
  async function orders(callers: readonly Caller<N>[]): Promise<readonly string[]> {
    const stories = new Set<string>()
    for (const order of permutations(callers.map((_, index) => index))) {
      const opened = await open()
      current = opened.store
      const results: Result[] = []
      for (const index of order) results[index] = await attempt(callers[index]?.(process(index)) ?? Promise.reject())
      stories.add(story(await aftermath(opened, results)))
    }
    return [...stories]
  }

  /**
   * Runs the callers at once, on every seed. Of up to four, the outcomes, the rows and the activity must be what one
   * after another in some order would have come to. `check` says what else must have come of it.
   */
  async function race(
    callers: readonly Caller<N>[],
    check: (after: Aftermath) => void = () => {},
    layout: number = layouts["each caller in a process of its own"],
  ): Promise<void> {
    const stories = callers.length <= 4 ? await orders(callers) : null
    const seen = new Set<string>()
    let last: Opened | undefined
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const opened = await open()
        last = opened
        current = withLatency(opened.store, (call) => scheduler.schedule(Promise.resolve(), call))
        const running = callers.map((caller, index) => attempt(caller(process(index % layout))))
        const after = await aftermath(opened, await scheduler.waitFor(Promise.all(running)))
        if (stories !== null) expect(stories).toContain(story(after))
        seen.add(story(after))
        check(after)
      }),
      { numRuns: SEEDS },
    )
    const isRace = layout > 1 && stories !== null && stories.length > 1
    if (isRace) expect(seen.size, "ends that were seen").toBeGreaterThan(1)
    if (last !== undefined) await verify(last)
  }

  /** The chain, as the public reading of it finds it; `aftermath` has told it from the rows on every seed. */
  async function verify({ store, ids }: Opened): Promise<void> {
    current = store
    for (const organizationId of ids) {
      const { organization } = await rowsOf(store, organizationId)
      const verified = process(0).activity.verify(system("audit"), { organizationId })
      if (organization.status === "deleted") await expect(verified).rejects.toMatchObject({ code: "not_found" })
      else expect(await verified).toMatchObject({ ok: true, entries: organization.revision })
    }
  }

  return { found, race }
}

type Result = Awaited<ReturnType<typeof attempt<unknown>>>

/** A race's end without ids and hashes, so that two can be compared. */
function story({ outcomes, organizations }: Aftermath): string {
  const told = organizations.map(({ organization, members, invitations, roles, entries }) => ({
    organization: [organization.name, organization.slug, organization.status, organization.revision],
    members: members.map(({ userId, role }) => `${userId}: ${role}`).sort(),
    invitations: invitations
      .map(({ invitation: { email, role, status, acceptedBy } }) => `${email}: ${role} ${status} ${acceptedBy}`)
      .sort(),
    roles: roles.map(({ name, permissions }) => `${name}: ${permissions.join()}`),
    activity: entries.map(({ actor, action }) => `${actor} ${action}`),
  }))
  return JSON.stringify({ outcomes, organizations: told }, null, 1)
}

/** An object that is always what `target` answers at the time. */
function forward<T extends object>(target: () => T): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      const read = (): unknown => Reflect.get(target(), name)
      return typeof read() === "object" ? forward(() => read() as object) : read()
    },
  })
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  )
}
