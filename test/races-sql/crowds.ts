/**
 * Crowds over a real database: ten processes, two pools of connections, nothing scheduled but by chance.
 *
 * @module
 */
import { expect, it } from "vitest"
import { account, attempt, createTenantry, type OrganizationId, system, type Tenantry } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles, type Preset, workspace } from "../../src/presets/presets.ts"
import { BUILT_AT } from "../../src/testing/builders.ts"
import { aConsumption, aHold } from "../../src/testing/key-builders.ts"
import { rowsOf, wrongs, wrongsOfActivity } from "../model/invariants.ts"
import type { HostDatabase } from "../store/sql/databases.ts"
import { person, world } from "../world.ts"

const CROWD = 50
const PROCESSES = 10
/** How often each is; `TENANTRY_CROWDS` says it, and then they have fifty connections. */
export const REPETITIONS = Number(process.env["TENANTRY_CROWDS"] ?? 1)
/** Of each of the two pools. */
export const CONNECTIONS = REPETITIONS === 1 ? 8 : 25
const [ada, bob] = [person("ada"), person("bob")]
const host = system("host")

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

/** A scene in an empty database, and the processes that race in it. */
async function stage<N extends PolicyNames>(database: HostDatabase, preset: Preset<N>) {
  const opened = await database.open()
  const here = world(preset, { store: opened.store })
  const settings = { preset, mailer: here.mail, clock: here.clock, ids: here.ids }
  const processes = times(PROCESSES, (at) =>
    createTenantry<N>({
      ...settings,
      store: at % 2 === 0 ? opened.store : opened.other,
      acceptUrl: (token) => `https://app.example/join/${token}`,
    }),
  )

  /** Runs the callers at once, and answers for each `done` or the code of its refusal. */
  async function race(callers: readonly ((tenantry: Tenantry<N>) => Promise<unknown>)[]): Promise<readonly string[]> {
    const results = await Promise.all(
      callers.map((caller, at) => attempt(caller(processes[at % PROCESSES] ?? here.tenantry))),
    )
    return results.map((result) => (result.ok ? "done" : result.error.code))
  }

  /** The organization's rows, with which nothing is wrong. */
  async function left(organizationId: string) {
    const rows = await rowsOf(opened.store, organizationId as OrganizationId)
    expect(wrongs(rows, { policy: preset.policy, seats: null, at: here.clock.now() })).toEqual([])
    expect(wrongsOfActivity(rows)).toEqual([])
    return rows
  }

  return { ...here, race, left }
}

const countOf = (outcomes: readonly string[], outcome: string): number =>
  outcomes.filter((each) => each === outcome).length

/** What no crowd may break. */
export function crowds(database: HostDatabase, repetitions = 1): void {
  /** A test that is done over and over, each time in an empty database. */
  const again = (name: string, work: () => Promise<void>): void =>
    it(
      name,
      async () => {
        for (let at = 0; at < repetitions; at++) await work()
      },
      60_000 + 20_000 * repetitions,
    )

  again("makes one member of fifty acceptances of one token", async () => {
    const { tenantry, tokenFor, race, left } = await stage(database, workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "editor" })
    const token = await tokenFor(bob.email)
    const outcomes = await race(
      times(
        CROWD,
        () =>
          ({ invitations }) =>
            invitations.accept(bob, { token }),
      ),
    )
    expect(outcomes.filter((each) => !["done", "invitation_closed"].includes(each))).toEqual([])
    expect((await left(organizationId)).members.map(({ userId }) => userId)).toEqual([ada.id, bob.id])
  })

  again("leaves one invitation of fifty to one address", async () => {
    const { tenantry, race, left } = await stage(database, workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const invitation = { organizationId, email: bob.email, role: "viewer" } as const
    const outcomes = await race(
      times(
        CROWD,
        () =>
          ({ invitations }) =>
            invitations.send(ada, invitation),
      ),
    )
    expect([countOf(outcomes, "done"), countOf(outcomes, "invitation_pending")]).toEqual([1, CROWD - 1])
    expect((await left(organizationId)).invitations.length).toBe(1)
  })

  again("gives ten seats to ten of fifty who accept", async () => {
    const opened = await stage(database, workspace)
    const { tenantry, left, store, mail, clock, ids } = opened
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const guests = times(CROWD, (at) => person(`guest${at}`))
    const invitations = guests.map(({ email }) => ({ email, role: "viewer" as const }))
    await tenantry.invitations.sendMany(ada, { organizationId, invitations })
    while ((await tenantry.outbox.deliver()).sent > 0);
    const tokens = guests.map(({ email }) => mail.last(email)?.acceptUrl.split("/").at(-1) ?? "")
    const processes = times(PROCESSES, () =>
      createTenantry({
        ...{ preset: workspace, store, mailer: mail, clock, ids, seats: { cap: 11 } },
        acceptUrl: (token) => `https://app.example/join/${token}`,
      }),
    )
    const results = await Promise.all(
      guests.map((guest, at) =>
        attempt(processes[at % PROCESSES]?.invitations.accept(guest, { token: tokens[at] ?? "" }) ?? Promise.reject()),
      ),
    )
    const codes = results.map((result) => (result.ok ? "done" : result.error.code))
    expect([countOf(codes, "done"), countOf(codes, "seat_limit_reached")]).toEqual([10, CROWD - 10])
    expect((await left(organizationId)).members.length).toBe(11)
  })

  again("never leaves an organization without an owner", async () => {
    const { tenantry, race, left } = await stage(database, customRoles)
    const owner = customRoles.policy.ownership.role
    for (const round of times(6, (at) => at)) {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: `Acme ${round}` })
      const added = { organizationId, user: { id: bob.id, email: bob.email }, role: owner }
      const second = await tenantry.memberships.add(host, added)
      const first = await tenantry.memberships.find(host, { organizationId, userId: ada.id })
      const at = { organizationId, membershipId: first?.id ?? "" }
      const outcomes = await race([
        ({ memberships }) => memberships.leave(ada, { organizationId }),
        ({ memberships }) => memberships.leave(bob, { organizationId }),
        ({ memberships }) => memberships.remove(bob, at),
        ({ memberships }) => memberships.changeRole(ada, { organizationId, membershipId: second.id, role: "member" }),
      ])
      expect(countOf(outcomes, "done")).toBeGreaterThan(0)
      expect(countOf(outcomes, "unavailable") + countOf(outcomes, "conflict")).toBe(0)
      expect((await left(organizationId)).members.some(({ role }) => role === owner)).toBe(true)
    }
  })

  again("gives one slug to one of fifty", async () => {
    const { race } = await stage(database, workspace)
    const outcomes = await race(
      times(
        CROWD,
        (at) =>
          ({ organizations }) =>
            organizations.create(person(`p${at}`), { name: "Acme", slug: "acme" }),
      ),
    )
    expect([countOf(outcomes, "done"), countOf(outcomes, "slug_taken")]).toEqual([1, CROWD - 1])
  })

  again("lets ten of a hundred verifications through where ten units are left", async () => {
    const { tenantry, race } = await stage(database, workspace)
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota: 10 })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    const codes: string[] = []
    await race(
      times(100, () => async ({ apiKeys }) => {
        const verdict = await apiKeys.verify(secret)
        codes.push(verdict.ok ? "ok" : verdict.code)
      }),
    )
    expect([countOf(codes, "ok"), countOf(codes, "quota_exceeded")]).toEqual([10, 90])
    expect((await tenantry.usage.ofAccount(ada, {})).total).toBe(10)
  })

  again("takes and holds no more than there is, whoever settles meanwhile", async () => {
    const { store, other } = await database.open()
    const account = aConsumption(`user:${ada.id}`).account
    const take = { name: "quota api", period: "2026-01", cap: 10 }
    const asked = aConsumption(account, { takes: [take] })
    const outcomes = await Promise.all(
      times(60, async (at) => {
        const { usage } = at % 2 === 0 ? store : other
        if (at % 3 === 0) return (await usage.consume(asked)).outcome
        const hold = aHold()
        const { outcome } = await usage.hold(asked, hold)
        if (outcome === "consumed" && at % 3 === 1) await usage.settle(account, hold.id, 1, BUILT_AT)
        return outcome
      }),
    )
    expect(countOf(outcomes, "consumed")).toBe(10)
    const { billed } = await store.accounts.load(account, { billed: { at: BUILT_AT } })
    expect(billed.meters.map(({ used, held }) => used + held)).toEqual([10])
  })

  again("accepts an invitation or cancels it, never both", async () => {
    const { tenantry, tokenFor, race, left } = await stage(database, workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const sent = await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "viewer" })
    const token = await tokenFor(bob.email)
    const outcomes = await race([
      ({ invitations }) => invitations.accept(bob, { token }),
      ({ invitations }) => invitations.cancel(ada, { organizationId, invitationId: sent.id }),
    ])
    expect(countOf(outcomes, "done")).toBe(1)
    expect(outcomes.filter((each) => !["done", "invitation_closed", "not_found"].includes(each))).toEqual([])
    const { members } = await left(organizationId)
    expect(members.some(({ userId }) => userId === bob.id)).toBe(outcomes[0] === "done")
  })

  again("lets nobody into an organization that was deleted", async () => {
    const { tenantry, tokenFor, race, left } = await stage(database, workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const guests = times(10, (at) => person(`guest${at}`))
    const tokens: string[] = []
    for (const { email } of guests) {
      await tenantry.invitations.send(ada, { organizationId, email, role: "viewer" })
      tokens.push(await tokenFor(email))
    }
    const accepting = guests.map(
      (guest, at) =>
        ({ invitations }: typeof tenantry) =>
          invitations.accept(guest, { token: tokens[at] ?? "" }),
    )
    const outcomes = await race([...accepting, ({ organizations }) => organizations.delete(ada, { organizationId })])
    expect(outcomes.at(-1)).toBe("done")
    expect(outcomes.filter((each) => !["done", "not_found"].includes(each))).toEqual([])
    const { entries, members } = await left(organizationId)
    expect(entries.at(-1)?.action).toBe("organization.deleted")
    expect(members.length).toBe(countOf(outcomes, "done"))
  })
}
