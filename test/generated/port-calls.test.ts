/** What each operation costs: one look-up where a token or a slug names the organization, one load, one commit. */
import { describe, expect, it } from "vitest"
import { countCalls, intercept, type PortCall } from "../../src/testing/testing.ts"
import { call } from "./operations.ts"
import { refusedCall, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const READ: readonly PortCall[] = ["load"]
const WRITE: readonly PortCall[] = ["load", "commit"]
const BY_TOKEN: readonly PortCall[] = ["invitations.findByToken", "load", "commit"]

/** Every call of every scenario, in order. */
const EXPECTED: Readonly<Record<string, readonly PortCall[]>> = {
  "organizations.create": ["commit"],
  "organizations.create under a name whose slug is taken": ["commit", "commit"],
  "organizations.create for an owner whom the host names": ["commit"],
  "organizations.get": READ,
  "organizations.find": READ,
  "organizations.getBySlug": ["organizations.idOfSlug", "load"],
  "organizations.team": READ,
  "organizations.update": WRITE,
  "organizations.delete": WRITE,
  "memberships.list": READ,
  "memberships.get": READ,
  "memberships.find": READ,
  "memberships.add": WRITE,
  "memberships.add somebody who is invited": WRITE,
  "memberships.changeRole": WRITE,
  "memberships.remove": WRITE,
  "memberships.remove oneself": WRITE,
  "memberships.leave": WRITE,
  "invitations.send": WRITE,
  "invitations.send in place of a pending one": WRITE,
  "invitations.send to an address whose invitation expired": WRITE,
  "invitations.sendMany": WRITE,
  "invitations.sendMany in place of pending ones": WRITE,
  "invitations.list": READ,
  "invitations.listMine": ["invitations.pendingFor"],
  "invitations.find": READ,
  "invitations.preview": ["invitations.findByToken"],
  "invitations.accept": BY_TOKEN,
  "invitations.accept by its id": WRITE,
  "invitations.decline": BY_TOKEN,
  "invitations.decline by its id": WRITE,
  "invitations.accept by a member": BY_TOKEN,
  "invitations.resend": WRITE,
  "invitations.cancel": WRITE,
  "roles.list": READ,
  "roles.get": READ,
  "roles.create": WRITE,
  "roles.update": WRITE,
  "roles.delete": WRITE,
  "activity.list": READ,
  "activity.export": READ,
  "activity.verify": READ,
  access: READ,
}

const table = scenarios.map((scenario) => [titleOf(scenario), scenario] as const)

it("is said of every scenario", () => {
  expect(Object.keys(EXPECTED)).toEqual(table.map(([title]) => title))
})

describe("an operation that succeeds", () => {
  it.each(table)("%s", async (title, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const { store, calls } = countCalls(at.store)
    expect(await call(at.over(store), name, actor, input)).toMatchObject({ ok: true })
    expect(calls).toEqual(EXPECTED[title])
  })
})

describe("a command that changes nothing, or is refused over what it loaded, commits nothing", () => {
  it.each(table.filter(([, { name }]) => name !== "organizations.create"))(
    "%s",
    async (_, { name, options, again, prepare }) => {
      const at = await tenants(options)
      const given = await prepare(at)
      const refused = await refusedCall(given)
      const { store, calls } = countCalls(at.store)
      const outcome = await call(at.over(store), name, refused.actor, refused.input)
      expect(outcome).toMatchObject({ ok: false, error: { code: refused.code } })
      // A slug is claimed by the commit itself, which may lose it.
      if (refused.code !== "slug_taken") expect(calls).not.toContain("commit")
      if (again !== "unchanged") return
      const anew = await tenants(options)
      const { actor, input } = await prepare(anew)
      await call(anew.tenantry, name, actor, input)
      const second = countCalls(anew.store)
      expect(await call(anew.over(second.store), name, actor, input)).toMatchObject({ ok: true })
      expect(second.calls.filter((made) => made !== "invitations.findByToken")).toEqual(READ)
    },
  )
})

describe("a command whose organization somebody else changed meanwhile", () => {
  const commands = table.filter(([, { again, name }]) => again !== null && name !== "organizations.create")
  it.each(commands)("%s goes again under the row's lock, once", async (title, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    let rivals = 1
    const contended = intercept(at.store, async (made, proceed) => {
      if (made === "commit" && rivals-- > 0) {
        const name = `${at.acme.slug} of others`
        await at.tenantry.organizations.update(at.acme.owner, { organizationId: at.acme.organizationId, name })
      }
      return proceed()
    })
    const { store, calls } = countCalls(contended)
    expect(await call(at.over(store), name, actor, input)).toMatchObject({ ok: true })
    expect(calls).toEqual([...(EXPECTED[title] ?? []), "transaction", "lock", "load", "commit"])
  })
})

describe("many entries are read in runs", () => {
  it.each(["activity.export", "activity.verify"])("%s loads once for each thousand", async (name) => {
    const at = await tenants()
    const { organizationId, owner } = at.acme
    const { revision } = await at.tenantry.organizations.get(owner, { organizationId })
    for (let index = revision; index < 1001; index++) {
      await at.tenantry.organizations.update(owner, { organizationId, name: `Acme ${index}` })
    }
    const { store, calls } = countCalls(at.store)
    const input = name === "activity.export" ? { organizationId, format: "csv" } : { organizationId }
    expect(await call(at.over(store), name, owner, input)).toMatchObject({ ok: true })
    expect(calls).toEqual(["load", "load"])
  })
})
