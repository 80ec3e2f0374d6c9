/** How many there may be of everything, and how many on a page. */
import { describe, expect, it } from "vitest"
import type { Limits } from "../../src/pipeline/settings.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, world } from "../world.ts"
import { acme, ada, addresses, refuses, takes } from "./edges.ts"

describe("pages", () => {
  it("hold 50 unless told, at most 200", async () => {
    const { tenantry, organizationId, add, fill } = await acme()
    for (let index = 0; index < 200; index++) await add(`member-${index}`)
    await fill(201)
    const lists = {
      members: (limit?: number) =>
        tenantry.memberships.list(ada, { organizationId, ...(limit !== undefined && { limit }) }),
      invitations: (limit?: number) =>
        tenantry.invitations.list(ada, { organizationId, ...(limit !== undefined && { limit }) }),
      activity: (limit?: number) =>
        tenantry.activity.list(ada, { organizationId, ...(limit !== undefined && { limit }) }),
      outbox: (limit?: number) => tenantry.outbox.list({ state: "queued", ...(limit !== undefined && { limit }) }),
    }
    for (const [name, list] of Object.entries(lists)) {
      for (const [limit, length] of [
        [undefined, 50],
        [1, 1],
        [200, 200],
      ] as const) {
        const page = await list(limit)
        expect([name, page.data.length, page.nextCursor === null]).toEqual([name, length, false])
      }
      await refuses("limit", [0, -1, 201, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10" as unknown as number], list)
    }
    const team = await tenantry.organizations.team(ada, { organizationId })
    expect([team.members.data.length, team.invitations.data.length]).toEqual([50, 50])
    await refuses("limit", [0, 201], (limit) => tenantry.organizations.team(ada, { organizationId, limit }))
  })

  it("are all there is, in order and once, whatever their size", async () => {
    const { tenantry, organizationId, fill } = await acme()
    await fill(23)
    for (const limit of [1, 7, 23, 24]) {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<typeof tenantry.invitations.list>> = await tenantry.invitations.list(ada, {
          organizationId,
          limit,
          ...(cursor !== null && { cursor }),
        })
        seen.push(...page.data.map(({ email }) => email))
        cursor = page.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(addresses(0, 23).map(({ email }) => email))
    }
  })

  it("take no cursor but those that a page gave", async () => {
    const { tenantry, organizationId } = await acme()
    const list = (cursor: string) => tenantry.memberships.list(ada, { organizationId, cursor })
    const encoded = (text: string) => Buffer.from(text).toString("base64url")
    await takes([encoded("mem_1"), encoded("a".repeat(64))], list)
    await refuses(
      "cursor",
      [
        "",
        "!",
        encoded("a".repeat(65)),
        encoded("mem 1"),
        encoded("MEM"),
        `${encoded("mem_1")}=`,
        encoded("mem_1\n"),
        "a".repeat(201),
      ],
      list,
    )
  })
})

describe("bulk invitations", () => {
  it("go out 100 at once at most, and at least one", async () => {
    const { tenantry, organizationId } = await acme()
    const send = (count: number) =>
      tenantry.invitations.sendMany(ada, { organizationId, invitations: addresses(0, count) })
    await refuses("invitations", [0, 101], send)
    await takes([1, 100], send)
  })
})

describe("pending invitations", () => {
  it("are 500 at most: cancelling one, or its time running out, makes room", async () => {
    const { tenantry, organizationId, send, fill, clock } = await acme()
    await fill(499)
    const [last] = await Promise.all([send("last@acme.example")])
    await expect(send("late@acme.example")).rejects.toMatchObject({
      code: "limit_reached",
      details: { limit: "pendingInvitations", max: 500 },
    })
    await tenantry.invitations.cancel(ada, { organizationId, invitationId: last.id })
    const two = await tenantry.invitations.sendMany(ada, { organizationId, invitations: addresses(1000, 2) })
    expect(two.map((result) => (result.ok ? "ok" : result.error.code))).toEqual(["ok", "limit_reached"])
    const [expired] = (await tenantry.invitations.list(ada, { organizationId, limit: 1 })).data
    clock.advance({ days: 7 })
    await fill(500)
    const revive = tenantry.invitations.send(ada, { organizationId, email: "guest-1000@acme.example", role: "member" })
    await expect(revive).rejects.toMatchObject({ code: "limit_reached" })
    expect(expired?.email).toBe("guest-0@acme.example")
    const { data } = await tenantry.invitations.list(ada, { organizationId, status: "expired", limit: 1 })
    const resent = tenantry.invitations.resend(ada, { organizationId, invitationId: data[0]?.id ?? "" })
    await expect(resent).rejects.toMatchObject({
      code: "limit_reached",
      details: { limit: "pendingInvitations", max: 500 },
    })
  })

  it("can be resent once a minute each, to the millisecond", async () => {
    const { tenantry, organizationId, send, clock } = await acme()
    const [{ id: invitationId }, other] = [await send("bob@acme.example"), await send("eve@acme.example")]
    const resend = () => tenantry.invitations.resend(ada, { organizationId, invitationId })
    const sentAt = clock.now()
    clock.advance({ milliseconds: 59_999 })
    await expect(resend()).rejects.toMatchObject({
      code: "rate_limited",
      status: 429,
      details: { retryAt: new Date(sentAt.getTime() + 60_000) },
    })
    clock.advance({ milliseconds: 1 })
    await resend()
    await expect(resend()).rejects.toMatchObject({ code: "rate_limited" })
    await tenantry.invitations.resend(ada, { organizationId, invitationId: other.id })
  })

  it("are open for seven days, to the millisecond", async () => {
    const { tenantry, organizationId, send, clock, tokenFor } = await acme()
    await send("bob@acme.example")
    const token = await tokenFor("bob@acme.example")
    clock.advance({ days: 7, milliseconds: -1 })
    expect((await tenantry.invitations.preview({ token })).email).toBe("bob@acme.example")
    clock.advance({ milliseconds: 1 })
    await expect(tenantry.invitations.preview({ token })).rejects.toMatchObject({ code: "not_found" })
    expect((await tenantry.invitations.list(ada, { organizationId })).data).toMatchObject([{ status: "expired" }])
  })
})

describe("custom roles", () => {
  it("are 100 at most, and each knows at most 1000 names of permissions", async () => {
    const { tenantry, organizationId } = await acme()
    const create = (index: number) =>
      tenantry.roles.create(ada, { organizationId, name: `role-${index}`, permissions: [] })
    const first = await create(0)
    await takes(
      Array.from({ length: 99 }, (_, index) => index + 1),
      create,
    )
    await expect(create(100)).rejects.toMatchObject({
      code: "limit_reached",
      details: { limit: "customRoles", max: 100 },
    })
    expect((await tenantry.roles.list(ada, { organizationId })).data).toHaveLength(103)
    await tenantry.roles.delete(ada, { organizationId, roleId: first.id })
    await takes([100], create)
    const grant = (count: number) =>
      tenantry.roles.update(ada, {
        organizationId,
        roleId: roleId ?? "",
        permissions: Array(count).fill("members.read"),
      })
    const roleId = (await tenantry.roles.list(ada, { organizationId })).data.at(-1)?.id
    await takes([1000], grant)
    await refuses("permissions", [1001], grant)
  })
})

describe("seats", () => {
  it("are members and open invitations together, by every way in", async () => {
    const { tenantry, organizationId, send, add, clock, tokenFor } = await acme({ seats: { cap: 4 } })
    await add("bob")
    const invited = await send("eve@acme.example")
    const many = await tenantry.invitations.sendMany(ada, { organizationId, invitations: addresses(0, 3) })
    expect(many.map((result) => (result.ok ? "ok" : result.error.code))).toEqual([
      "ok",
      "seat_limit_reached",
      "seat_limit_reached",
    ])
    const full = { code: "seat_limit_reached", status: 409, details: { seats: 4 } }
    await expect(send("late@acme.example")).rejects.toMatchObject(full)
    await expect(add("late")).rejects.toMatchObject(full)
    await tenantry.invitations.accept(person("eve"), { token: await tokenFor("eve@acme.example") })
    await expect(add("late")).rejects.toMatchObject(full)
    expect(invited.status).toBe("pending")
    await expect(add("guest-0")).resolves.toMatchObject({ role: "member" })
    clock.advance({ days: 7 })
    await expect(add("late")).rejects.toMatchObject(full)
    await tenantry.memberships.leave(person("bob"), { organizationId })
    await expect(send("late@acme.example")).resolves.toMatchObject({ status: "pending" })
  })

  it("of an invitation that expired are free for others, and it is not revived without one", async () => {
    const { tenantry, organizationId, send, add, clock } = await acme({ seats: { cap: 2 } })
    const { id: invitationId } = await send("eve@acme.example")
    clock.advance({ days: 7 })
    await add("bob")
    await expect(tenantry.invitations.resend(ada, { organizationId, invitationId })).rejects.toMatchObject({
      code: "seat_limit_reached",
    })
    await expect(send("eve@acme.example")).rejects.toMatchObject({ code: "seat_limit_reached" })
  })

  it("that were taken away meanwhile keep nobody in, and nobody new gets in", async () => {
    const before = await acme({ seats: { cap: 3 } })
    const { organizationId } = before
    await before.send("eve@acme.example")
    await before.add("bob")
    const token = await before.tokenFor("eve@acme.example")
    const { tenantry } = world<PolicyNames>(customRoles, { store: before.store, seats: { cap: 2 } })
    await expect(tenantry.invitations.accept(person("eve"), { token })).rejects.toMatchObject({
      code: "seat_limit_reached",
      details: { seats: 2 },
    })
    expect((await tenantry.memberships.list(ada, { organizationId })).data).toHaveLength(2)
  })
})

describe("limits that the host sets", () => {
  const limits: Partial<Limits> = {
    pendingInvitations: 2,
    customRoles: 1,
    metadataBytes: 20,
    metadataDepth: 1,
    page: 2,
    pageMax: 3,
    bulk: 2,
  }

  it("hold instead of the defaults", async () => {
    const { tenantry, organizationId, send, add } = await acme({ limits, invitations: { expireAfterHours: 1 } })
    const metadata = (metadata: object) =>
      tenantry.organizations.update(ada, { organizationId, metadata: metadata as never })
    await takes([{ a: "123456789012" }], metadata)
    await refuses("metadata", [{ a: "1234567890123" }, { a: {} }], metadata)
    const many = (count: number) =>
      tenantry.invitations.sendMany(ada, { organizationId, invitations: addresses(0, count) })
    await refuses("invitations", [3], many)
    await takes([2], many)
    await expect(send("late@acme.example")).rejects.toMatchObject({
      code: "limit_reached",
      details: { limit: "pendingInvitations", max: 2 },
    })
    const role = (name: string) => tenantry.roles.create(ada, { organizationId, name, permissions: [] })
    await takes(["one"], role)
    await expect(role("two")).rejects.toMatchObject({
      code: "limit_reached",
      details: { limit: "customRoles", max: 1 },
    })
    await takes(["bob", "eve", "joe"], add)
    const list = (limit?: number) =>
      tenantry.memberships.list(ada, { organizationId, ...(limit !== undefined && { limit }) })
    expect((await list()).data).toHaveLength(2)
    expect((await list(3)).data).toHaveLength(3)
    await refuses("limit", [4], list)
    const [invitation] = (await tenantry.invitations.list(ada, { organizationId })).data
    expect(invitation?.expiresAt.getTime()).toBe((invitation?.sentAt.getTime() ?? 0) + 3_600_000)
  })
})
