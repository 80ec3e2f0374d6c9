/** Every bound on texts and ids: what stands on the edge is taken, what is past it is refused by name. */
import { describe, expect, it } from "vitest"
import { platformAdmin, system, user } from "../../src/index.ts"
import { codeOf, outcomeOf } from "../generated/operations.ts"
import { acme, ada, BAD_NAMES, GOOD_NAMES, host, paths, refuses, takes } from "./edges.ts"

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
