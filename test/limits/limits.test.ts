/** Every bound: what stands on the edge is taken, what is past it is refused by name. */
import { describe, expect, it } from "vitest"
import { type Configuration, platformAdmin, system, user } from "../../src/index.ts"
import type { Limits } from "../../src/pipeline/settings.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { codeOf, type Outcome, outcomeOf } from "../generated/operations.ts"
import { person, world } from "../world.ts"

const ada = person("ada")
const host = system("host")

type Options = Partial<Pick<Configuration, "limits" | "seats" | "invitations" | "organizations">>

/** Acme, with Ada as its owner. */
async function acme(options: Options & Readonly<{ store?: Configuration["store"] }> = {}) {
  const here = world<PolicyNames>(customRoles, options as Parameters<typeof world<PolicyNames>>[1])
  const { id: organizationId } = await here.tenantry.organizations.create(ada, { name: "Acme" })
  const send = (email: string) => here.tenantry.invitations.send(ada, { organizationId, email, role: "member" })
  const add = (name: string) =>
    here.tenantry.memberships.add(host, {
      organizationId,
      user: { id: `u_${name}`, email: `${name}@acme.example` },
      role: "member",
    })
  /** Invites that many addresses, in as large batches as there may be. */
  const fill = async (count: number, batch = 100) => {
    for (let from = 0; from < count; from += batch) {
      const invitations = addresses(from, Math.min(batch, count - from))
      const results = await here.tenantry.invitations.sendMany(ada, { organizationId, invitations })
      expect(results.filter(({ ok }) => !ok)).toEqual([])
    }
  }
  return { ...here, organizationId, send, add, fill }
}

const addresses = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `guest-${from + index}@acme.example`, role: "member" }))

/** The paths of what is wrong with an input, each once. */
function paths(outcome: Outcome): readonly string[] {
  if (outcome.ok || outcome.error.code !== "invalid_input") return [codeOf(outcome)]
  return [...new Set(outcome.error.details.issues.map(({ path }) => path.join(".")))]
}

/** Each value is taken. */
async function takes<T>(values: readonly T[], work: (value: T) => Promise<unknown>): Promise<void> {
  for (const value of values) expect([value, codeOf(await outcomeOf(() => work(value)))]).toEqual([value, "ok"])
}

/** Each value is refused at that path. */
async function refuses<T>(path: string, values: readonly T[], work: (value: T) => Promise<unknown>): Promise<void> {
  for (const value of values) expect([value, paths(await outcomeOf(() => work(value)))]).toEqual([value, [path]])
}

const CONTROLS = ["a\nb", "a\u0000b", "a\u001bb", "a\u007fb", "a\u0085b", "a\u2028b", "a\u2029b"]
const BIDIRECTIONAL = [
  "\u202a",
  "\u202b",
  "\u202c",
  "\u202d",
  "\u202e",
  "\u2066",
  "\u2067",
  "\u2068",
  "\u2069",
  "\u200e",
  "\u200f",
  "\u061c",
].map((mark) => `a${mark}b`)
const LONE = ["a\ud800b", "\udc00"]
const BAD_NAMES = ["", " ", "\t\n", "a".repeat(101), ...CONTROLS, ...BIDIRECTIONAL, ...LONE]
const GOOD_NAMES = ["a", "a".repeat(100), ` ${"a".repeat(100)} `, "Ærø & Søn", "株式会社", "محل", "👩‍👩‍👧"]

describe("names", () => {
  it("of organizations have 1 to 100 characters, none of them invisible control", async () => {
    const { tenantry, organizationId } = await acme()
    const create = (name: string) => tenantry.organizations.create(ada, { name })
    const update = (name: string) => tenantry.organizations.update(ada, { organizationId, name })
    for (const work of [create, update]) {
      await takes(GOOD_NAMES, work)
      await refuses("name", BAD_NAMES, work)
    }
    expect((await create("  Acme  ")).name).toBe("Acme")
  })

  it("of people too, wherever the host gives them", async () => {
    const { tenantry, organizationId } = await acme()
    let count = 0
    const named = (name: string) => ({ id: `u_${count++}`, email: `person-${count}@acme.example`, name })
    const add = (name: string) => tenantry.memberships.add(host, { organizationId, user: named(name), role: "member" })
    const own = (name: string) => tenantry.organizations.create(host, { name: "Acme", owner: named(name) })
    const sign = async (name: string) => user({ ...named(name), emailVerified: true })
    const admin = async (name: string) => platformAdmin(named(name))
    for (const [path, work] of [
      ["user.name", add],
      ["owner.name", own],
      ["name", sign],
      ["name", admin],
    ] as const) {
      await takes(GOOD_NAMES, work)
      await refuses(path, BAD_NAMES, work)
    }
    await takes(GOOD_NAMES, async (name) => system(name))
    await refuses("", BAD_NAMES, async (name) => system(name))
  })

  it("of roles begin with a letter and have 1 to 48 of few characters; a description has 1 to 300", async () => {
    const { tenantry, organizationId } = await acme()
    const create = (name: string) => tenantry.roles.create(ada, { organizationId, name, permissions: [] })
    await takes(["a", "a".repeat(48), "a-1", "a-", "x--y"], create)
    await refuses("name", ["", "A", "1a", "-a", "a_b", "a b", "a".repeat(49), "a\n", "é"], create)
    const describe = (description: string) =>
      tenantry.roles.create(ada, { organizationId, name: `r${description.length}`, description, permissions: [] })
    await takes(["a", "a".repeat(300)], describe)
    await refuses("description", ["", "a".repeat(301), "a\u202eb"], describe)
  })
})

describe("slugs", () => {
  it("have 3 to 48 of a-z, 0-9 and single inner hyphens, and reserved words are refused", async () => {
    const { tenantry, organizationId } = await acme({ organizations: { reservedSlugs: ["our-own"] } })
    const create = (slug: string) => tenantry.organizations.create(ada, { name: "Acme", slug })
    const update = (slug: string) => tenantry.organizations.update(ada, { organizationId, slug })
    await takes(["abc", "a".repeat(48), "1-2-3"], create)
    await takes(["abd", "b".repeat(48), "4-5-6"], update)
    const wrong = [
      "",
      "ab",
      "a".repeat(49),
      "ab-",
      "-ab",
      "a--b",
      "ABC",
      "a_b",
      "a b",
      "äbc",
      "abc\n",
      "admin",
      "www",
      "our-own",
    ]
    for (const work of [create, update]) await refuses("slug", wrong, work)
    const lookUp = (slug: string) => tenantry.organizations.getBySlug(ada, { slug })
    await refuses("slug", ["", "ab", "a".repeat(49), "ABC"], lookUp)
  })

  it("derived from any name stay inside", async () => {
    const { tenantry } = await acme()
    for (const name of [
      "A",
      "—",
      "admin",
      "株式会社",
      "a".repeat(100),
      `${"a".repeat(47)}-b`,
      "Ünïcödé & Söhne",
      "x".repeat(41),
    ]) {
      for (let again = 0; again < 3; again++) {
        const { slug } = await tenantry.organizations.create(ada, { name })
        expect(slug).toMatch(/^(?=.{3,48}$)[a-z0-9]+(?:-[a-z0-9]+)*$/)
        expect(slug).not.toBe("admin")
      }
    }
  })
})

describe("metadata", () => {
  const sized = (bytes: number) => ({ a: "x".repeat(bytes - '{"a":""}'.length) })
  const nested = (depth: number): object => (depth === 1 ? { end: true } : { in: nested(depth - 1) })
  const listed = (depth: number): object => ({
    list: Array.from({ length: depth - 1 }).reduce<unknown>((inner) => [inner], 1),
  })
  const cyclic: Record<string, unknown> = {}
  cyclic["self"] = cyclic
  const working = async () => {
    const { tenantry, organizationId } = await acme()
    const create = (metadata: object) =>
      tenantry.organizations.create(ada, { name: "Acme", metadata: metadata as never })
    const update = (metadata: object) =>
      tenantry.organizations.update(ada, { organizationId, metadata: metadata as never })
    return [create, update]
  }

  it("has at most 8192 bytes of UTF-8, and depth 5", async () => {
    const half = "é".repeat((8192 - '{"a":""}'.length) / 2)
    for (const work of await working()) {
      await takes([{}, sized(8192), { a: half }, nested(5), listed(5)], work)
      await refuses("metadata", [sized(8193), { a: `${half}x` }, nested(6), listed(6), cyclic], work)
    }
  })

  it("is plain JSON", async () => {
    const wrong = [
      ...[{ a: undefined }, { a: () => 1 }, { a: 1n }, { a: Symbol("a") }, { a: new Date(0) }, { a: new Map() }],
      ...[{ a: Number.NaN }, { a: Number.POSITIVE_INFINITY }, { a: "\ud800" }, { "\udc00": 1 }, { a: "\0" }],
      ...[
        JSON.parse('{"__proto__":{"a":1}}'),
        JSON.parse('{"a":{"constructor":1}}'),
        JSON.parse('{"a":[{"prototype":1}]}'),
      ],
      ...[[], new Date(0), new (class Row {})()],
    ]
    for (const work of await working()) {
      await takes([{ a: [null, true, 1.5, "x", { b: [] }] }], work)
      for (const value of wrong) expect(paths(await outcomeOf(() => work(value)))).toEqual(["metadata"])
    }
  })
})

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

describe("ids and texts of the host's and of people", () => {
  it("are bounded: ids that the host makes have 64 characters or fewer", async () => {
    const { tenantry } = await acme()
    const get = (organizationId: string) => tenantry.organizations.find(ada, { organizationId })
    await refuses("organizationId", ["org_", `org_${"a".repeat(61)}`, "inv_1", " org_1"], get)
    await takes(["org_1", `org_${"a".repeat(59)}`, `org_${"a".repeat(60)}`], get)
  })

  it("are bounded: ids of people have 128, tokens 200, addresses 254", async () => {
    const { tenantry, organizationId } = await acme()
    const find = (userId: string) => tenantry.memberships.find(ada, { organizationId, userId })
    await takes(["1", "a".repeat(128), "auth0|5f7c", "é", "a b"], find)
    await refuses("userId", ["", "a".repeat(129), "a\nb", "a\u0000", "\ud800"], find)
    const preview = async (token: string) =>
      expect(codeOf(await outcomeOf(() => tenantry.invitations.preview({ token })))).toBe("not_found")
    await takes(["x", "x".repeat(200)], preview)
    await refuses("token", ["", "x".repeat(201)], (token) => tenantry.invitations.preview({ token }))
    const longest = `${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(53)}.example`
    expect(longest).toHaveLength(254)
    const send = (email: string) => tenantry.invitations.send(ada, { organizationId, email, role: "member" })
    await takes([longest], send)
    await refuses(
      "email",
      [`${longest}s`, longest.replace("a@", "aa@"), "", "a@b", "@acme.example", "a@b.c\n.example", "a".repeat(321)],
      send,
    )
    let guests = 0
    const locale = (locale: string) =>
      tenantry.invitations.send(ada, {
        organizationId,
        email: `guest-${guests++}@acme.example`,
        role: "member",
        locale,
      })
    await takes(["de", "zh-Hant-TW", "en-US"], locale)
    await refuses("locale", ["", "d", "de_AT", "de-", `de${"-abcdefgh".repeat(4)}`, "<b>"], locale)
  })

  it("logos are https and at most 2048 characters; time zones are the runtime's", async () => {
    const { tenantry, organizationId } = await acme()
    const logo = (logo: string) => tenantry.organizations.update(ada, { organizationId, logo })
    const url = "https://acme.example/"
    await takes([url, url + "a".repeat(2048 - url.length)], logo)
    await refuses(
      "logo",
      [
        "",
        "acme.png",
        "http://acme.example/a.png",
        "javascript:alert(1)",
        "data:image/png,",
        "https://a:b@acme.example/",
        url + "a".repeat(2049 - url.length),
      ],
      logo,
    )
    const zone = (timezone: string) => tenantry.organizations.update(ada, { organizationId, timezone })
    await takes(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"], zone)
    await refuses("timezone", ["", "Mars/Olympus", "+01:00", "Europe/Berlin\n", "x".repeat(65)], zone)
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
