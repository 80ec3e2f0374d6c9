/** A person is erased: what is theirs ends, what tells of them is forgotten, and the record stands. */
import { beforeEach, describe, expect, it } from "vitest"
import { system } from "../../src/index.ts"
import { customRoles, workspace } from "../../src/presets/presets.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person, refusal, world } from "../world.ts"
import { ada, bob, CANARY, emails, traces } from "./scene.ts"

const host = system("host")
let at: Awaited<ReturnType<typeof traces>>
beforeEach(async () => {
  at = await traces()
})

const erase = () => at.tenantry.users.erase({ userId: ada.id, emails })
const actionsIn = async (organizationId: string) => {
  const { data } = await at.tenantry.activity.list(bob, { organizationId, limit: 200 })
  return data.map(({ action }) => action)
}

describe("what tells of the person", () => {
  it("is in no row, no entry and no message any more", async () => {
    expect(at.text().split(CANARY).length).toBeGreaterThan(30)
    await erase()
    const rows = JSON.stringify({ ...at.everything(), entries: [] })
    expect(rows).not.toContain(CANARY)
    const entries = at.everything().entries.map(({ personal }) => JSON.stringify(personal))
    expect(entries.join()).not.toContain(CANARY)
  })

  it("is in the record no more, whoever reads it and however, but for the name a key was given", async () => {
    await erase()
    for (const organizationId of [at.acme, at.former, at.invitedTo]) {
      let text = ""
      for await (const line of await at.tenantry.activity.export(bob, { organizationId, format: "jsonl" })) text += line
      expect(text.replaceAll(`"name":"${CANARY} laptop"`, "")).not.toContain(CANARY)
      expect(text).toContain(`"userId":"u_ada"`)
    }
  })

  it("is left out of the record without breaking it", async () => {
    await erase()
    for (const organizationId of [at.acme, at.former, at.invitedTo]) {
      const { entries } = at.everything()
      const { length } = entries.filter((entry) => entry.organizationId === organizationId)
      const verified = await at.tenantry.activity.verify(bob, { organizationId })
      expect(verified).toMatchObject({ ok: true, entries: length })
      expect(verified.ok && verified.erased).toBeGreaterThan(0)
    }
    const elsewhere = await at.tenantry.activity.verify(bob, { organizationId: at.elsewhere })
    expect(elsewhere).toMatchObject({ ok: true, erased: 0 })
  })

  it("reaches no subscriber that was not told before", async () => {
    await erase()
    at.heard.length = 0
    await at.tenantry.outbox.deliver({ limit: 1000 })
    const events = at.heard as { action: string; seq: number; organizationId: string; actor: { id: string } }[]
    expect(events.filter(({ organizationId }) => organizationId === at.acme).map(({ seq }) => seq)).toEqual(
      at
        .everything()
        .entries.filter(({ organizationId }) => organizationId === at.acme)
        .map(({ seq }) => seq),
    )
    expect(JSON.stringify(events).replaceAll(`"name":"${CANARY} laptop"`, "")).not.toContain(CANARY)
    expect(events.some(({ actor }) => actor.id === ada.id)).toBe(true)
  })
})

describe("what is theirs", () => {
  it("ends in one commit for each organization, and one for their account", async () => {
    const { store, calls } = countCalls(at.store)
    await at.over(store).users.erase({ userId: ada.id, emails })
    expect(calls).toEqual([
      "users.organizationsOf",
      ...["load", "load", "load"],
      "users.organizationsOf",
      ...["load", "commit", "users.forget"],
      ...["load", "commit", "users.forget"],
      ...["load", "commit", "users.forget"],
      ...["accounts.load", "accounts.commit", "users.forget"],
    ])
  })

  it("is told by entries of the host's user table", async () => {
    const before = await actionsIn(at.acme)
    await erase()
    const after = await actionsIn(at.acme)
    expect(after.slice(0, after.length - before.length)).toEqual([
      "organization.updated",
      "api_key.deleted",
      ...["invitation.cancelled", "invitation.cancelled"],
      "member.erased",
    ])
    expect((await actionsIn(at.former))[0]).toBe("member.erased")
    const { data } = await at.tenantry.activity.list(bob, {
      ...{ organizationId: at.acme, target: { type: "user", id: ada.id } },
    })
    expect(data).toMatchObject([
      {
        action: "member.erased",
        actor: { type: "system", id: "users" },
        target: { type: "user", id: ada.id, userId: ada.id, email: null, name: null },
        ...{ before: { role: "member" }, after: null },
      },
    ])
  })

  it("lets nobody in any more", async () => {
    await erase()
    await expect(at.tenantry.organizations.get(ada, { organizationId: at.acme })).rejects.toMatchObject(
      refusal("not_found"),
    )
    expect(await at.tenantry.apiKeys.verify(at.key.secret.reveal(), {})).toMatchObject({ ok: false, code: "not_found" })
    expect((await at.tenantry.apiKeys.list(ada, {})).data).toEqual([])
    expect((await at.tenantry.invitations.listMine(ada, {})).data).toEqual([])
    const { ownershipOffer } = await at.tenantry.organizations.get(bob, { organizationId: at.acme })
    expect(ownershipOffer).toBeNull()
    const { data } = await at.tenantry.invitations.list(bob, { organizationId: at.acme })
    expect(data.map(({ email, status, invitedBy }) => [email, status, invitedBy])).toEqual(
      ["guest@acme.example", "lost@acme.example"].map((email) => [
        ...[email, "cancelled"],
        { userId: ada.id, apiKeyId: null, name: null, email: null },
      ]),
    )
  })

  it("leaves what is the organization's: shared keys work", async () => {
    await erase()
    const { data } = await at.tenantry.apiKeys.list(bob, { organizationId: at.acme })
    expect(data.map(({ name, state }) => [name, state])).toEqual([["Shared", "active"]])
  })
})

describe("erasing again", () => {
  it("finds nothing and writes nothing", async () => {
    await erase()
    const before = at.text()
    const { store, calls } = countCalls(at.store)
    await at.over(store).users.erase({ userId: ada.id, emails })
    expect(calls).toEqual(["users.organizationsOf", "users.organizationsOf", "accounts.load", "users.forget"])
    expect(at.text()).toBe(before)
  })

  it("erases what came since", async () => {
    await erase()
    await at.tenantry.invitations.send(bob, { organizationId: at.elsewhere, email: emails[0] ?? "", role: "member" })
    const joined = await at.tenantry.memberships.add(host, {
      ...{ organizationId: at.acme, user: { id: ada.id, email: ada.email }, role: "member" },
    })
    expect(joined.id).not.toBe(at.member.id)
    await erase()
    expect(JSON.stringify({ ...at.everything(), entries: [] })).not.toContain(CANARY)
    expect((await actionsIn(at.acme)).filter((action) => action === "member.erased")).toHaveLength(2)
    expect((await actionsIn(at.elsewhere)).slice(0, 2)).toEqual(["invitation.cancelled", "member.erased"])
  })

  it("takes many entries a part at a time", async () => {
    for (let turn = 0; turn < 600; turn++) {
      await at.tenantry.organizations.update(ada, { organizationId: at.acme, name: `Acme ${turn}` })
    }
    const { store, calls } = countCalls(at.store)
    await at.over(store).users.erase({ userId: ada.id, emails })
    expect(calls.filter((made) => made === "users.forget")).toHaveLength(5)
    expect(JSON.stringify(at.everything().entries.map(({ personal }) => personal))).not.toContain(CANARY)
  })
})

describe("somebody else", () => {
  it("stays, with every address, even one that was given up", async () => {
    const before = at.everything()
    await at.tenantry.users.erase({ userId: "u_nobody", emails: ["nobody@acme.example"] })
    expect(at.everything()).toEqual(before)
    await at.tenantry.users.erase({ userId: "U_ADA", emails: [] })
    expect(at.everything()).toEqual(before)
  })

  it("who acted in their name is found too, by where they came from", async () => {
    const carl = person("carl")
    const inName = person("bob", { impersonatedBy: carl.id, ip: "198.51.100.1", userAgent: "carls" })
    await at.tenantry.organizations.update(inName, { organizationId: at.elsewhere, name: "Else" })
    await at.tenantry.users.erase({ userId: carl.id, emails: [] })
    const { data } = await at.tenantry.activity.list(bob, { organizationId: at.elsewhere })
    expect(data.map(({ action, actor: { ip } }) => [action, ip])).toEqual([
      ["member.erased", null],
      ["organization.updated", null],
      ["member.joined", null],
      ["organization.created", null],
    ])
    expect(data[1]?.actor).toMatchObject({ id: bob.id, email: null, impersonatedBy: carl.id })
    expect(data[3]?.actor).toMatchObject({ id: bob.id, email: bob.email })
  })
})

describe("the last owner", () => {
  it("is not erased: nothing is written, and every organization concerned is named", async () => {
    const before = at.everything()
    const organizationIds = [at.acme, at.former, at.invitedTo, at.elsewhere].toSorted()
    const asked = at.tenantry.users.erase({ userId: bob.id, emails: [bob.email] })
    await expect(asked).rejects.toMatchObject(refusal("last_owner", { organizationIds }))
    expect(at.everything()).toEqual(before)
  })

  it.each([
    ["customRoles", customRoles],
    ["workspace, whose owner is one", workspace],
  ] as const)("of a deleted organization is not erased either, which can come back: %s", async (_, preset) => {
    const { tenantry } = world(preset as typeof customRoles)
    const { id } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.organizations.delete(ada, { organizationId: id })
    await expect(tenantry.users.erase({ userId: ada.id, emails })).rejects.toMatchObject(
      refusal("last_owner", { organizationIds: [id] }),
    )
  })

  it("is erased once there is another", async () => {
    const { tenantry } = world(customRoles)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "owner" })
    await tenantry.users.erase({ userId: ada.id, emails })
    const { data } = await tenantry.memberships.list(bob, { organizationId })
    expect(data.map(({ userId }) => userId)).toEqual([bob.id])
  })
})

describe("a wrong input", () => {
  it("is refused before anything is read", async () => {
    const { store, calls } = countCalls(at.store)
    const { erase } = at.over(store).users
    for (const wrong of [
      { userId: "", emails },
      { userId: ada.id, emails: ["nobody"] },
      { userId: ada.id },
      undefined,
    ]) {
      await expect(erase(wrong as never)).rejects.toMatchObject(refusal("invalid_input"))
    }
    expect(calls).toEqual([])
  })
})
