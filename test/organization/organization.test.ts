import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  deriveSlug,
  LogoUrl,
  type Organization,
  remove,
  Slug,
  TimeZone,
  update,
} from "../../src/organization/organization.ts"
import { isUsable, slugSuffix } from "../../src/organization/slug.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const acme = {
  id: "org_1",
  name: "Acme",
  slug: "acme",
  logo: null,
  timezone: "UTC",
  metadata: { plan: "a", seats: { b: 1, a: 2 } },
  status: "active",
  createdAt: at,
  deletedAt: null,
  revision: 3,
  head: "",
} as unknown as Organization
const reserved = new Set(["admin"])

describe("an organization", () => {
  it("takes what is given and keeps the rest", () => {
    const decision = update(acme, { name: "Acme Ltd", logo: "https://acme.example/logo.png" }, reserved)
    expect(decision).toMatchObject({
      facts: [
        { action: "organization.updated", before: acme, after: { name: "Acme Ltd", slug: "acme", timezone: "UTC" } },
      ],
    })
  })

  it.each([
    {},
    { name: "Acme" },
    { slug: Slug.parse("acme") },
    { logo: null },
    { metadata: { seats: { a: 2, b: 1 }, plan: "a" } },
  ])("records nothing where %j changes nothing", (changes) => {
    expect(update(acme, changes, reserved)).toEqual({ ok: true, facts: [] })
  })

  it("cannot take a reserved slug, yet keeps one it has", () => {
    expect(update(acme, { slug: Slug.parse("admin") }, reserved)).toMatchObject({
      ok: false,
      refusal: { code: "invalid_input" },
    })
    const early = { ...acme, slug: Slug.parse("admin") }
    expect(update(early, { slug: Slug.parse("admin"), name: "A" }, reserved)).toMatchObject({ ok: true })
  })

  it.each([
    [0, true, "organization.deleted"],
    [0, false, "organization.deleted"],
    [1, true, "organization.deleted"],
  ])("is deleted beside %i other members where the preset allows them: %s", (others, allowed, action) => {
    expect(remove(acme, others, allowed, at)).toMatchObject({
      facts: [{ action, after: { status: "deleted", deletedAt: at, slug: "acme" } }],
    })
  })

  it("waits for every other member to be removed where the preset wants it", () => {
    expect(remove(acme, 2, false, at)).toEqual({
      ok: false,
      refusal: { code: "organization_not_empty", details: { members: 2 } },
    })
  })
})

describe("a slug", () => {
  it.each(["abc", "a1b", "acme-rockets", "a-b-c", "x".repeat(48), "123"])("may be %j", (slug) => {
    expect(Slug.safeParse(slug).success).toBe(true)
  })

  it.each(["", "ab", "x".repeat(49), "Acme", "a--b", "-ab", "ab-", "a b", "a_b", "äbc", "abc\n", "a.b"])(
    "is never %j",
    (slug) => {
      expect(Slug.safeParse(slug).success).toBe(false)
    },
  )

  it.each([
    ["Acme Rockets", "acme-rockets"],
    ["  Crème Brûlée & Söhne!  ", "creme-brulee-sohne"],
    ["日本", ""],
    ["A", "a"],
    [`${"a".repeat(47)} b`, "a".repeat(47)],
  ])("is derived from %j as %j", (name, slug) => {
    expect(deriveSlug(name)).toBe(slug)
  })

  it("is always one when derived: bare where usable, else with a suffix", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 100 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (name, number) => {
          const bare = deriveSlug(name)
          if (isUsable(bare, new Set())) expect(Slug.safeParse(bare).success).toBe(true)
          expect(
            Slug.safeParse(
              deriveSlug(
                name,
                slugSuffix(() => number),
              ),
            ).success,
          ).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe("a logo", () => {
  it.each(["https://acme.example/l.png", "https://acme.example:8443/l?x=1#y"])("may be at %s", (url) => {
    expect(LogoUrl.safeParse(url).success).toBe(true)
  })

  it.each([
    "http://acme.example/l.png",
    "javascript:alert(1)",
    "//acme.example/l.png",
    "https://u:p@acme.example/",
    "data:image/png;base64,AA",
    "",
    `https://a.example/${"x".repeat(2048)}`,
  ])("is refused at %s", (url) => {
    expect(LogoUrl.safeParse(url).success).toBe(false)
  })
})

describe("a time zone", () => {
  it.each(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Etc/GMT+5"])("may be %s", (zone) => {
    expect(TimeZone.safeParse(zone).success).toBe(true)
  })

  it.each(["", "Mars/Olympus", "+01:00", "-05", "Europe/Berlin\n", "UTC\u0000", "x".repeat(65)])(
    "is never %j",
    (zone) => {
      expect(TimeZone.safeParse(zone).success).toBe(false)
    },
  )
})
