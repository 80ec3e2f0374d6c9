/** Whoever asks, for whatever, with whichever ids: nothing outside their own tenant is read or changed. */
import fc from "fast-check"
import { expect, it } from "vitest"
import type { Actor } from "../../src/index.ts"
import { call } from "./operations.ts"
import { withIdsOf } from "./places.ts"
import { type Input, scenarios } from "./scenarios.ts"
import { type Tenant, tenant, tenants } from "./tenants.ts"

const SERIES = 250
const CALLS = 40

/** What each operation is asked with; the host's own code is at home everywhere, so what only it may ask is left out. */
const asked: (readonly [name: string, input: Input])[] = []
for (const scenario of scenarios) {
  const at = await tenants(scenario.options)
  const { actor, input } = await scenario.prepare(at)
  if (actor.type === "user") asked.push([scenario.name, input])
}

const actorsOf = ({ owner, admin, member, guest, invited, keys }: Tenant): readonly Actor[] => [
  ...[owner, admin, member, guest, invited],
  ...[keys.organization.actor, keys.master.actor, keys.member.actor, keys.own.actor],
]

/** What tells that a row or an answer is about that tenant. An address and a slug tell nothing: both are public. */
const marksOf = (tenant: Tenant): readonly string[] => {
  const { organizationId, memberships, invitation, role, keys, holds } = tenant
  const people = [tenant.owner, tenant.admin, tenant.member, tenant.guest]
  const rows = [...Object.values(memberships), invitation, role, ...Object.values(keys)]
  const ids = [organizationId, ...rows.map(({ id }) => id), ...Object.values(holds)]
  return [...ids, ...people.map(({ id }) => `user:${id}`)]
}

const series = fc.array(fc.record({ who: fc.nat(), what: fc.nat(), picks: fc.infiniteStream(fc.nat()) }), {
  minLength: CALLS,
  maxLength: CALLS,
})

it("keeps three tenants apart in ten thousand calls with ids of any of them", async () => {
  let succeeded = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(2), series, async (at, calls) => {
      const world = await tenants()
      const three = [world.acme, world.globex, await tenant("initech", world.tenantry, world.mail)] as const
      const own = three[at as 0 | 1 | 2]
      const marks = three.filter((each) => each !== own).flatMap(marksOf)
      const rowsOfOthers = () =>
        Object.entries(world.everything()).map(([table, rows]) => [
          table,
          rows.map((row) => JSON.stringify(row)).filter((row) => marks.some((mark) => row.includes(mark))),
        ])
      const before = rowsOfOthers()
      for (const { who, what, picks } of calls) {
        const pick = <T>(from: readonly T[]): T => from[(picks.next().value as number) % from.length] as T
        const actor = actorsOf(own)[who % actorsOf(own).length] as Actor
        const [name, input] = asked[what % asked.length] as (typeof asked)[number]
        const given = withIdsOf(input, three, pick)
        const outcome = await call(world.tenantry, name, actor, given)
        succeeded += outcome.ok ? 1 : 0
        const told =
          JSON.stringify(outcome.ok ? outcome.value : { ...outcome.error, text: outcome.error.message }) ?? ""
        const said = JSON.stringify(given)
        expect(marks.filter((mark) => told.includes(mark) && !said.includes(mark))).toEqual([])
      }
      expect(rowsOfOthers()).toEqual(before)
    }),
    { numRuns: SERIES },
  )
  expect(succeeded).toBeGreaterThan(500)
})
