/** Input that is shaped to slip through. */
import { describe, expect, it } from "vitest"
import { system } from "../../src/index.ts"
import { paidTeam, workspace } from "../../src/presets/presets.ts"
import { joined, payForSeats, person, refusal, world } from "../world.ts"

const [ada, bob] = [person("ada"), person("bob")]
const invalid = (...path: (string | number)[]) =>
  refusal("invalid_input", { issues: expect.arrayContaining([expect.objectContaining({ path })]) })

describe("metadata", () => {
  let reads = 0
  const shifty = {
    get a() {
      return reads++ === 0 ? "short" : "x".repeat(100_000)
    },
  }

  it("is read once: what is measured is what is stored", async () => {
    const { tenantry } = world(workspace)
    const { metadata } = await tenantry.organizations.create(ada, { name: "Acme", metadata: shifty })
    expect(metadata).toEqual({ a: "short" })
  })

  it.each([
    ["an array with a hole", { a: new Array(3) }],
    ["an array with keys of its own", { a: Object.assign([1], { x: 2 }) }],
    [
      "a getter that throws",
      Object.defineProperty({}, "a", {
        enumerable: true,
        get: () => {
          throw new Error("secret")
        },
      }),
    ],
  ])("refuses %s", async (_, metadata) => {
    const { tenantry } = world(workspace)
    await expect(
      tenantry.organizations.create(ada, { name: "Acme", metadata: metadata as never }),
    ).rejects.toMatchObject(invalid("metadata"))
  })

  it("may be a proxy, which is copied", async () => {
    const { tenantry } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, {
      name: "Acme",
      metadata: new Proxy({ a: [1] }, {}),
    })
    expect(await tenantry.activity.verify(ada, { organizationId })).toMatchObject({ ok: true })
  })
})

describe("a logo", () => {
  it.each([
    "https:evil.example/x",
    " https://a.example",
    "ht\ntps://a.example",
    "https:\\\\a.example",
    "https://a.example/\u202e",
    "https://a.example/\u0000",
  ])("is never %j", async (logo) => {
    const { tenantry } = world(workspace)
    await expect(tenantry.organizations.create(ada, { name: "Acme", logo })).rejects.toMatchObject(invalid("logo"))
  })

  it("is kept as the URL standard writes it", async () => {
    const { tenantry } = world(workspace)
    expect(
      (await tenantry.organizations.create(ada, { name: "Acme", logo: "HTTPS://A.example/x y".replace(" ", "%20") }))
        .logo,
    ).toBe("https://a.example/x%20y")
  })
})

describe("a batch", () => {
  it("answers each bad item for itself, however bad", async () => {
    const { tenantry } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const results = await tenantry.invitations.sendMany(ada, {
      organizationId,
      invitations: [
        { email: `${"x".repeat(330)}@a.example`, role: "viewer" },
        { email: bob.email, role: "" as never },
        { email: bob.email, role: "viewer", locale: "de_DE" },
        { email: bob.email, role: "viewer", locale: "de-DE" },
      ],
    })
    expect(results.map((result) => (result.ok ? result.invitation.locale : result.error.details))).toEqual([
      { issues: [expect.objectContaining({ path: ["email"] })] },
      { issues: [expect.objectContaining({ path: ["role"] })] },
      { issues: [expect.objectContaining({ path: ["locale"] })] },
      "de-DE",
    ])
  })
})

describe("an actor", () => {
  it("is not inherited", async () => {
    const { tenantry } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const forged = Object.create(bob, { id: { value: ada.id, enumerable: true } })
    await expect(tenantry.organizations.get(forged, { organizationId })).rejects.toMatchObject(
      refusal("unauthenticated"),
    )
  })

  it("who is impersonated and outside learns nothing by deleting", async () => {
    const { tenantry } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const outside = person("eve", { impersonatedBy: "u_support" })
    await expect(tenantry.organizations.delete(outside, { organizationId })).rejects.toMatchObject(refusal("not_found"))
    const inside = person("ada", { impersonatedBy: "u_support" })
    await expect(tenantry.organizations.delete(inside, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
  })
})

describe("a name", () => {
  it.each(["\u200b", "\u200b \u2060"])("that nobody can see is refused: %j", async (name) => {
    await expect(world(workspace).tenantry.organizations.create(ada, { name })).rejects.toMatchObject(invalid("name"))
  })
})

describe("what stands in the way of a deletion", () => {
  it("is every other member, also for the host's own code", async () => {
    const { tenantry, tokenFor } = world(paidTeam)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await payForSeats(tenantry, organizationId)
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "member" })
    const { id: membershipId } = await joined(tenantry.invitations.accept(bob, { token: await tokenFor(bob.email) }))
    const host = system("host")
    await expect(tenantry.organizations.delete(host, { organizationId })).rejects.toMatchObject(
      refusal("organization_not_empty", { members: 1 }),
    )
    await tenantry.memberships.remove(host, { organizationId, membershipId })
    expect((await tenantry.organizations.delete(host, { organizationId })).organization.status).toBe("deleted")
  })

  it("does not fall away by an option left undefined", async () => {
    const { tenantry } = world(paidTeam, { organizations: { deleteWithMembers: undefined } })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await payForSeats(tenantry, organizationId)
    await tenantry.memberships.add(system("host"), {
      organizationId,
      user: { id: bob.id, email: bob.email },
      role: "member",
    })
    await expect(tenantry.organizations.delete(ada, { organizationId })).rejects.toMatchObject(
      refusal("organization_not_empty"),
    )
  })
})

describe("the team page", () => {
  it("shows every member and every open invitation, half by half", async () => {
    const { tenantry, clock } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const emails = ["a", "b", "c", "d", "e"].map((name) => `${name}@acme.example`)
    for (const email of emails) {
      await tenantry.invitations.send(ada, { organizationId, email, role: "viewer" })
      clock.advance({ days: 3 })
    }
    const seen: string[] = []
    let invitationsCursor: string | null = null
    do {
      const cursor: { invitationsCursor?: string } = invitationsCursor === null ? {} : { invitationsCursor }
      const { members, invitations } = await tenantry.organizations.team(ada, { organizationId, limit: 2, ...cursor })
      expect(members.data).toHaveLength(1)
      seen.push(...invitations.data.map(({ email }) => email))
      invitationsCursor = invitations.nextCursor
    } while (invitationsCursor !== null)
    expect(seen).toEqual(emails)
  })
})

describe("the outbox", () => {
  it("refuses options that are none", async () => {
    const { outbox } = world(workspace).tenantry
    for (const limit of [Number.NaN, 0, 1.5, 1001])
      await expect(outbox.deliver({ limit })).rejects.toMatchObject(invalid("limit"))
    await expect(outbox.deliver({ limits: 1 } as never)).rejects.toMatchObject(invalid("limits"))
    await expect(outbox.run({} as never)).rejects.toMatchObject(invalid("signal"))
  })
})

describe("an invitation that was answered before its e-mail went out", () => {
  it("says why nothing was sent", async () => {
    const { tenantry } = world(workspace)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const { id: invitationId } = await tenantry.invitations.send(ada, {
      organizationId,
      email: bob.email,
      role: "viewer",
    })
    await tenantry.invitations.accept(bob, { organizationId, invitationId })
    await tenantry.outbox.deliver()
    expect((await tenantry.invitations.find(ada, { organizationId, invitationId }))?.delivery).toEqual({
      state: "failed",
      reason: "no longer wanted",
    })
  })
})
