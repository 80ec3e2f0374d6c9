/** What each operation costs: one look-up where a token or a slug names the organization, one load, one commit. */
import { describe, expect, it } from "vitest"
import { countCalls, intercept, type PortCall } from "../../src/testing/testing.ts"
import { call } from "./operations.ts"
import { isCommand, root } from "./scenario.ts"
import { refusedCall, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const READ: readonly PortCall[] = ["load"]
const WRITE: readonly PortCall[] = ["load", "commit"]
const OWN: readonly PortCall[] = ["accounts.load"]
const OWN_WRITE: readonly PortCall[] = ["accounts.load", "accounts.commit"]
/** The provider is asked outside the commit of what it answers, and what holds then is read. */
const PAID: readonly PortCall[] = ["load", "load", "commit", "load"]
const OWN_PAID: readonly PortCall[] = ["accounts.load", "accounts.load", "accounts.commit", "accounts.load"]
const BY_TOKEN: readonly PortCall[] = ["invitations.findByToken", "load", "commit"]

/** What is called when the same is given again and changes nothing, where that is not one read. */
const AGAIN: Readonly<Record<string, readonly PortCall[]>> = {
  "billing.changePlan that the provider takes as the end": ["load", "load", "load"],
  "billing.cancel with the end of its period": ["load", "load", "load"],
}

/** Every call of every scenario, in order. */
const EXPECTED: Readonly<Record<string, readonly PortCall[]>> = {
  "organizations.create": ["commit"],
  "organizations.create under a name whose slug is taken": ["commit", "commit"],
  "organizations.create for an owner whom the host names": ["commit"],
  "organizations.current": READ,
  "organizations.get": READ,
  "organizations.find": READ,
  "organizations.getBySlug": ["organizations.idOfSlug", "load"],
  "organizations.team": READ,
  "organizations.update": WRITE,
  "organizations.delete": WRITE,
  "organizations.transferOwnership": WRITE,
  "organizations.transferOwnership from an owner whom the host names": WRITE,
  "organizations.offerOwnership": WRITE,
  "organizations.acceptOwnership": WRITE,
  "organizations.declineOwnership": WRITE,
  "organizations.cancelOwnershipOffer": WRITE,
  "memberships.list": READ,
  "memberships.get": READ,
  "memberships.find": READ,
  "memberships.add": WRITE,
  "memberships.add somebody who is invited": WRITE,
  "memberships.add somebody who is in a project by another address": WRITE,
  "memberships.changeRole": WRITE,
  "memberships.update": WRITE,
  "memberships.remove": WRITE,
  "memberships.remove oneself": WRITE,
  "memberships.leave": WRITE,
  "memberships.add to the last seat": WRITE,
  "memberships.remove with the keys of the member": WRITE,
  "memberships.leave with one's keys": WRITE,
  "invitations.send": WRITE,
  "invitations.send in place of a pending one": WRITE,
  "invitations.send to an address whose invitation expired": WRITE,
  "invitations.sendMany": WRITE,
  "invitations.sendMany in place of pending ones": WRITE,
  "invitations.send to a project": WRITE,
  "invitations.sendMany to a project too": WRITE,
  "invitations.list": READ,
  "invitations.listMine": ["invitations.pendingFor"],
  "invitations.find": READ,
  "invitations.preview": ["invitations.findByToken"],
  "invitations.accept": BY_TOKEN,
  "invitations.accept by its id": WRITE,
  "invitations.decline": BY_TOKEN,
  "invitations.decline by its id": WRITE,
  "invitations.accept by a member": BY_TOKEN,
  "invitations.accept into a project": BY_TOKEN,
  "invitations.accept by a member who has another address now": WRITE,
  "invitations.accept to the last seat, at a member's address": WRITE,
  "invitations.resend": WRITE,
  "invitations.cancel": WRITE,
  "invitations.send for the last seat": WRITE,
  "invitations.sendMany for the last seat": WRITE,
  "invitations.resend for the last seat": WRITE,
  "roles.list": READ,
  "roles.get": READ,
  "roles.create": WRITE,
  "roles.update": WRITE,
  "roles.delete": WRITE,
  "projects.create": WRITE,
  "projects.get": READ,
  "projects.get by somebody who is there only": READ,
  "projects.list": READ,
  "projects.list by somebody who is in one only": READ,
  "projects.update": WRITE,
  "projects.archive": WRITE,
  "projects.restore": WRITE,
  "projects.members.list": READ,
  "projects.members.add": WRITE,
  "projects.members.add somebody from outside": WRITE,
  "projects.members.changeRole": WRITE,
  "projects.members.remove": WRITE,
  "projects.members.remove oneself": WRITE,
  "projects.members.leave": WRITE,
  "projects.members.remove with the keys and invitations of the person": WRITE,
  "projects.members.leave with one's keys and invitations": WRITE,
  "contexts.list": ["contexts.of"],
  "contexts.resolve": READ,
  "contexts.resolve at a project": READ,
  "contexts.resolve of one's own": [],
  "apiKeys.create": WRITE,
  "apiKeys.create of a member": WRITE,
  "apiKeys.create for a project": WRITE,
  "apiKeys.list": READ,
  "apiKeys.list of oneself": READ,
  "apiKeys.get": READ,
  "apiKeys.get of oneself": READ,
  "apiKeys.update": WRITE,
  "apiKeys.update of a project": WRITE,
  "apiKeys.enable": WRITE,
  "apiKeys.disable": WRITE,
  "apiKeys.rotate": WRITE,
  "apiKeys.rotate of one's own membership": WRITE,
  "apiKeys.delete": WRITE,
  "apiKeys.create of one's own": OWN_WRITE,
  "apiKeys.list of one's own": OWN,
  "apiKeys.get of one's own": OWN,
  "apiKeys.update of one's own": OWN_WRITE,
  "apiKeys.enable of one's own": OWN_WRITE,
  "apiKeys.disable of one's own": OWN_WRITE,
  "apiKeys.rotate of one's own": OWN_WRITE,
  "apiKeys.delete of one's own": OWN_WRITE,
  "restrictions.ipRules.list": READ,
  "restrictions.ipRules.set": WRITE,
  "restrictions.endpointRules.list": READ,
  "restrictions.endpointRules.list of oneself": READ,
  "restrictions.endpointRules.set": WRITE,
  "restrictions.endpointRules.set of a member": WRITE,
  "usage.record": ["load", "usage.consume"],
  "usage.record without an id of the request": ["load", "usage.consume"],
  "usage.record of one's own": ["accounts.load", "usage.consume"],
  "usage.reserve": ["load", "usage.hold"],
  "usage.reserve of one's own": ["accounts.load", "usage.hold"],
  "usage.commit": ["load", "usage.settle"],
  "usage.commit of one's own": ["accounts.load", "usage.settle"],
  "usage.release": ["load", "usage.settle"],
  "usage.release of one's own": ["accounts.load", "usage.settle"],
  "usage.ofKey": READ,
  "usage.ofKey of oneself": READ,
  "usage.ofKey of one's own": OWN,
  "usage.ofMember": READ,
  "usage.ofMember of oneself": READ,
  "usage.ofOrganization": READ,
  "usage.ofAccount of one's own": OWN,
  "billing.quote": READ,
  "billing.subscription": READ,
  "billing.subscription of one's own": OWN,
  "billing.changePlan": PAID,
  "billing.changePlan that the provider takes as the end": PAID,
  "billing.changePlan of one's own": OWN_PAID,
  "billing.cancel": PAID,
  "billing.cancel with the end of its period": PAID,
  "billing.cancel of one's own": OWN_PAID,
  "activity.list": READ,
  "activity.list of one api_key": READ,
  "activity.list of one subscription": READ,
  "activity.export": READ,
  "activity.verify": READ,
  "activity.record": WRITE,
  "platform.organizations.list": ["platform.organizations"],
  "platform.organizations.get": READ,
  "platform.organizations.update": WRITE,
  "platform.organizations.suspend": WRITE,
  "platform.organizations.resume": WRITE,
  "platform.organizations.delete": WRITE,
  "platform.organizations.restore": WRITE,
  "platform.organizations.purge": ["load", "commit", "platform.purge"],
  "platform.activity.list": ["platform.entries"],
  "access at a project": READ,
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
  it.each(table.filter(([, { name }]) => name !== "organizations.create"))("%s", async (title, scenario) => {
    const { name, options, again, own, prepare } = scenario
    const at = await tenants(options)
    const given = await prepare(at)
    const refused = await refusedCall(given)
    const { store, calls } = countCalls(at.store)
    const outcome = await call(at.over(store), name, refused.actor, refused.input)
    expect(outcome).toMatchObject({ ok: false, error: { code: refused.code } })
    // A slug is claimed by the commit itself, which may lose it.
    if (refused.code !== "slug_taken") expect(calls).not.toContain("commit")
    expect(calls).not.toContain("accounts.commit")
    if (again !== "unchanged") return
    const anew = await tenants(options)
    const { actor, input } = await prepare(anew)
    await call(anew.tenantry, name, actor, input)
    const second = countCalls(anew.store)
    expect(await call(anew.over(second.store), name, actor, input)).toMatchObject({ ok: true })
    const repeated = second.calls.filter((made) => made !== "invitations.findByToken")
    // What was counted or settled before is found so by the store itself.
    expect(repeated).toEqual(AGAIN[title] ?? (isCommand(scenario) ? (own ? OWN : READ) : EXPECTED[title]))
  })
})

describe("a command whose organization somebody else changed meanwhile", () => {
  const commands = table.filter(
    ([, scenario]) => isCommand(scenario) && !scenario.own && scenario.name !== "organizations.create",
  )
  it.each(commands)("%s goes again under the row's lock, once", async (title, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    let rivals = 1
    const contended = intercept(at.store, async (made, proceed) => {
      if (made === "commit" && rivals-- > 0) {
        const name = `${at.acme.slug} of others`
        await at.tenantry.platform.organizations.update(root, { organizationId: at.acme.organizationId, name })
      }
      return proceed()
    })
    const { store, calls } = countCalls(contended)
    expect(await call(at.over(store), name, actor, input)).toMatchObject({ ok: true })
    expect(calls).toEqual(
      (EXPECTED[title] ?? []).flatMap((made) =>
        made === "commit" ? [made, "transaction", "lock", "load", made] : [made],
      ),
    )
  })

  const own = table.filter(([, scenario]) => isCommand(scenario) && scenario.own)
  it.each(own)("%s goes again, where it was the account", async (title, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    let rivals = 1
    const contended = intercept(at.store, async (made, proceed) => {
      if (made === "accounts.commit" && rivals-- > 0) await at.tenantry.apiKeys.create(at.acme.owner, { name: "Rival" })
      return proceed()
    })
    const { store, calls } = countCalls(contended)
    expect(await call(at.over(store), name, actor, input)).toMatchObject({ ok: true })
    expect(calls).toEqual(
      (EXPECTED[title] ?? []).flatMap((made) =>
        made === "accounts.commit" ? [made, "transaction", "lock", "accounts.load", made] : [made],
      ),
    )
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
