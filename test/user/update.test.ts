/** The host's user table changes: every organization's copy of an address and a name follows. */
import { beforeEach, describe, expect, it } from "vitest"
import { platformAdmin, system } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person, refusal, world } from "../world.ts"

const [ada, bob] = [person("ada"), person("bob")]
const host = system("host")

const scene = async () => {
  const here = world(customRoles, { seats: { cap: 3 } })
  const { tenantry } = here
  const begin = async (name: string) => (await tenantry.organizations.create(ada, { name })).id
  const [acme, globex] = [await begin("Acme"), await begin("Globex")]
  const add = (organizationId: string) =>
    tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "member" })
  await add(acme)
  await add(globex)
  const bobIn = (organizationId: string) => tenantry.memberships.find(ada, { organizationId, userId: bob.id })
  const newest = async (organizationId: string) =>
    (await tenantry.activity.list(ada, { organizationId, limit: 1 })).data[0]
  const revision = async (organizationId: string) =>
    (await tenantry.organizations.get(ada, { organizationId })).revision
  return { ...here, acme, globex, bobIn, newest, revision }
}
let at: Awaited<ReturnType<typeof scene>>
beforeEach(async () => {
  at = await scene()
})

describe("a person's address and name", () => {
  it("follow in every organization, as the host's own doing", async () => {
    await at.tenantry.users.update(bob.id, { email: " Robert@Acme.Example ", name: "Robert" })
    for (const organizationId of [at.acme, at.globex]) {
      expect(await at.bobIn(organizationId)).toMatchObject({ email: "robert@acme.example", name: "Robert" })
      expect(await at.newest(organizationId)).toMatchObject({
        action: "member.updated",
        actor: { type: "system", id: "users" },
        target: { type: "member", userId: bob.id, email: "robert@acme.example", name: "Robert" },
        ...{ before: {}, after: {} },
      })
    }
  })

  it("stay where they are not given; a name can be taken away", async () => {
    await at.tenantry.users.update(bob.id, { name: "Robert" })
    await at.tenantry.users.update(bob.id, { email: "robert@acme.example" })
    expect(await at.bobIn(at.acme)).toMatchObject({ email: "robert@acme.example", name: "Robert" })
    await at.tenantry.users.update(bob.id, { name: null })
    expect(await at.bobIn(at.acme)).toMatchObject({ email: "robert@acme.example", name: null })
  })

  it("are written once: again changes nothing", async () => {
    await at.tenantry.users.update(bob.id, { name: "Robert" })
    const { store, calls } = countCalls(at.store)
    const again = world(customRoles, { store })
    await again.tenantry.users.update(bob.id, { name: "Robert" })
    expect(calls).toEqual(["users.organizationsOf", "load", "load"])
  })

  it("are nobody's where the person is no member", async () => {
    const before = await at.revision(at.acme)
    await at.tenantry.users.update("u_nobody", { email: "nobody@acme.example" })
    expect(await at.revision(at.acme)).toBe(before)
  })

  it("follow in a deleted organization too, which can come back", async () => {
    await at.tenantry.organizations.delete(ada, { organizationId: at.acme })
    await at.tenantry.users.update(bob.id, { name: "Robert" })
    const deleted = await at.store.load(at.acme, { memberOf: bob.id })
    expect(deleted?.memberOf).toMatchObject({ name: "Robert" })
  })

  it("must be an address and a line of text", async () => {
    const wrong = at.tenantry.users.update("", { email: "nobody", name: "\u202e" })
    await expect(wrong).rejects.toMatchObject(refusal("invalid_input"))
    await expect(at.tenantry.users.update(bob.id, { role: "owner" } as never)).rejects.toMatchObject({
      details: { issues: [{ path: ["role"] }] },
    })
  })
})

describe("an invitation that is pending", () => {
  const invite = (email: string) => at.tenantry.invitations.send(ada, { organizationId: at.acme, email, role: "admin" })
  const find = ({ id }: { id: string }) =>
    at.tenantry.invitations.find(ada, { organizationId: at.acme, invitationId: id })

  it("to the new address is accepted thereby: the role stays, and the seat is free again", async () => {
    const invitation = await invite("robert@acme.example")
    await expect(invite("third@acme.example")).rejects.toMatchObject(refusal("seat_limit_reached"))
    await at.tenantry.users.update(bob.id, { email: "robert@acme.example" })
    expect(await find(invitation)).toMatchObject({ status: "accepted", acceptedBy: bob.id })
    expect(await at.bobIn(at.acme)).toMatchObject({ role: "member" })
    expect(await invite("third@acme.example")).toMatchObject({ status: "pending" })
  })

  const invitedToProject = async (email: string) => {
    const { tenantry, acme: organizationId } = at
    const { id: projectId } = await tenantry.projects.create(ada, { organizationId, name: `For ${email}` })
    return tenantry.invitations.send(ada, { organizationId, email, projects: [{ projectId, role: "member" }] })
  }
  const seats = async () => {
    const { members, invitations } = await at.tenantry.platform.organizations.get(platformAdmin({ id: "root" }), {
      organizationId: at.acme,
    })
    return members + invitations
  }

  it("to the old address was theirs and is cancelled: it begins to hold no seat that nobody asked for", async () => {
    const offered = await invitedToProject(bob.email)
    await invite("third@acme.example")
    expect(await seats()).toBe(3)
    await at.tenantry.users.update(bob.id, { name: "Robert" })
    expect(await find(offered)).toMatchObject({ status: "pending" })
    await at.tenantry.users.update(bob.id, { email: "robert@acme.example" })
    expect(await find(offered)).toMatchObject({ status: "cancelled" })
    expect(await seats()).toBe(3)
    expect(await at.newest(at.acme)).toMatchObject({ action: "invitation.cancelled", target: { id: offered.id } })
  })

  it("to the old address stays where somebody else has it, and where nobody can accept it any more", async () => {
    const expired = await invitedToProject(bob.email)
    at.clock.advance({ days: 8 })
    await at.tenantry.users.update(bob.id, { email: "robert@acme.example" })
    expect(await find(expired)).toMatchObject({ status: "expired" })
    const shared = await invitedToProject("robert@acme.example")
    await at.tenantry.memberships.add(host, {
      ...{ organizationId: at.acme, user: { id: "u_rob", email: "robert@acme.example" }, role: "member" },
    })
    await at.tenantry.users.update(bob.id, { email: bob.email })
    expect(await find(shared)).toMatchObject({ status: "pending" })
  })

  it("to the new address that offers projects too can be accepted still, and holds no seat", async () => {
    const offered = await invitedToProject("robert@acme.example")
    await expect(invite("third@acme.example")).rejects.toMatchObject(refusal("seat_limit_reached"))
    await at.tenantry.users.update(bob.id, { email: "robert@acme.example" })
    expect(await find(offered)).toMatchObject({ status: "pending" })
    expect(await invite("third@acme.example")).toMatchObject({ status: "pending" })
    const robert = person("bob", { email: "robert@acme.example" })
    await at.tenantry.invitations.accept(robert, { organizationId: at.acme, invitationId: offered.id })
    expect(await seats()).toBe(3)
  })

  it("that a member sent shows still who they were", async () => {
    const before = await invite("third@acme.example")
    await at.tenantry.users.update(ada.id, { email: "countess@acme.example", name: "Countess" })
    expect(await find(before)).toMatchObject({ status: "pending", invitedBy: { email: ada.email, name: "ada" } })
  })
})

describe("after a failure in between", () => {
  it("the same call finishes the rest", async () => {
    let left = 1
    const failing = {
      ...at.store,
      commit: (...given: Parameters<typeof at.store.commit>) =>
        left-- > 0 ? at.store.commit(...given) : Promise.reject(new Error("lost")),
    }
    const broken = world(customRoles, { store: failing }).tenantry.users
    await expect(broken.update(bob.id, { name: "Robert" })).rejects.toMatchObject(refusal("unavailable"))
    const names = async () => [(await at.bobIn(at.acme))?.name, (await at.bobIn(at.globex))?.name]
    expect((await names()).filter((name) => name === "Robert")).toHaveLength(1)
    await at.tenantry.users.update(bob.id, { name: "Robert" })
    expect(await names()).toEqual(["Robert", "Robert"])
  })
})
