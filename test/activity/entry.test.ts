/**
 * What an entry says, what it keeps apart, and what is left once a person is erased.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Entry } from "../../src/activity/activity.ts"
import { type Draft, difference, readEntry, seal } from "../../src/activity/entry.ts"
import { type Actor, apiKeyActor, platformAdmin, system, type UserId, user } from "../../src/kernel/actor.ts"
import type { ActivityId, ApiKeyId } from "../../src/kernel/id.ts"
import { canonicalJson } from "../../src/kernel/json.ts"
import { sequentialIds } from "../../src/testing/ids.ts"
import { chains, fields, ORGANIZATION } from "./chains.ts"

const ada = user({
  id: "u_ada",
  email: "ada@acme.example",
  emailVerified: true,
  name: "Ada",
  ip: "10.0.0.1",
  userAgent: "Firefox",
  requestId: "req_1",
  impersonatedBy: "u_root",
})

const key = apiKeyActor({
  id: "key_1" as ApiKeyId,
  organizationId: ORGANIZATION,
  projectId: null,
  holder: { type: "organization" },
  ip: "10.0.0.1",
  userAgent: "curl",
  requestId: "req_2",
})

const draft = (actor: Actor, person: Draft["target"]["person"] = {}): Draft => ({
  id: "act_1" as ActivityId,
  action: "member.role_changed",
  at: new Date("2026-03-01T10:00:00.123Z"),
  actor,
  target: { type: "member", id: "mem_1", userId: "u_cy" as UserId, person },
  before: { role: "viewer" },
  after: { role: "editor" },
})

function sealed(one: Draft, key: string | null = null): Entry {
  const previous = { organizationId: ORGANIZATION, revision: 6, head: "abc" }
  const [entry] = seal(previous, [one], { salt: sequentialIds().salt, key })
  if (entry === undefined) throw new Error("one draft makes one entry")
  return entry
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

describe("a sealed entry", () => {
  const entry = sealed(draft(ada, { email: "cy@acme.example", name: null }))

  it("follows the organization's revision and head", () => {
    expect(entry).toMatchObject({ seq: 7, actor: "user:u_ada", target: "member:mem_1" })
    expect(entry.hash).toBe(sha256(`abc\n${entry.body}`))
    expect(sealed(draft(ada), "key").hash).toBe(
      createHmac("sha256", "key")
        .update(`abc\n${sealed(draft(ada)).body}`)
        .digest("hex"),
    )
  })

  it("says everything but who people are", () => {
    const { actor, target, ...body } = JSON.parse(entry.body)
    expect(body).toEqual({
      v: 1,
      organizationId: ORGANIZATION,
      seq: 7,
      prev: "abc",
      id: "act_1",
      action: "member.role_changed",
      at: "2026-03-01T10:00:00.123Z",
      before: { role: "viewer" },
      after: { role: "editor" },
    })
    expect(actor).toMatchObject({ type: "user", id: "u_ada", requestId: "req_1", impersonatedBy: "u_root" })
    expect(target).toMatchObject({ type: "member", id: "mem_1", userId: "u_cy" })
    for (const personal of ["ada@acme.example", "Ada", "10.0.0.1", "Firefox", "cy@acme.example"]) {
      expect(entry.body).not.toContain(personal)
    }
  })

  it("commits to each person by a salted digest", () => {
    const { actor, target } = JSON.parse(entry.body)
    expect(entry.personal).toEqual({
      actor: {
        salt: expect.stringMatching(/^[0-9a-f]{32}$/),
        fields: { email: "ada@acme.example", name: "Ada", ip: "10.0.0.1", userAgent: "Firefox" },
      },
      target: { salt: expect.stringMatching(/^[0-9a-f]{32}$/), fields: { email: "cy@acme.example" } },
    })
    expect(entry.personal.actor?.salt).not.toBe(entry.personal.target?.salt)
    expect(target.commitment).toBe(sha256(`${entry.personal.target?.salt}\n{"email":"cy@acme.example"}`))
    expect(actor.commitment).toBe(
      sha256(
        `${entry.personal.actor?.salt}\n{"email":"ada@acme.example","ip":"10.0.0.1","name":"Ada","userAgent":"Firefox"}`,
      ),
    )
  })

  it("has nothing personal of code, nor of nobody", () => {
    const nightly = sealed(draft(system("nightly")))
    expect(nightly).toMatchObject({ actor: "system:nightly", personal: { actor: null, target: null } })
    expect(JSON.parse(nightly.body).actor.commitment).toBeNull()
    const admin = sealed(draft(platformAdmin({ id: "u_root", email: "root@host.example" })))
    expect(admin).toMatchObject({ actor: "platformAdmin:u_root" })
    expect(admin.personal.actor?.fields).toEqual({ email: "root@host.example" })
  })

  it("names a key, and keeps apart where its request came from", () => {
    const entry = sealed(draft(key))
    expect(entry).toMatchObject({ actor: "apiKey:key_1", personal: { target: null } })
    expect(JSON.parse(entry.body).actor).toEqual({
      type: "apiKey",
      id: "key_1",
      userId: null,
      requestId: "req_2",
      impersonatedBy: null,
      commitment: sha256(`${entry.personal.actor?.salt}\n{"ip":"10.0.0.1","userAgent":"curl"}`),
    })
    for (const personal of ["10.0.0.1", "curl"]) expect(entry.body).not.toContain(personal)
    const quiet = sealed(draft(apiKeyActor({ ...key, ip: null, userAgent: null })))
    expect([quiet.personal.actor, JSON.parse(quiet.body).actor.commitment]).toEqual([null, null])
  })

  it("is found by the people in it, whoever held the key and whoever acted in another's name", () => {
    const people = ({ actorUserId, impersonatedBy, targetUserId }: Entry) => [actorUserId, impersonatedBy, targetUserId]
    const held = apiKeyActor({ ...key, holder: { type: "person", userId: "u_bob" as UserId } })
    expect(people(entry)).toEqual(["u_ada", "u_root", "u_cy"])
    expect(people(sealed(draft(key)))).toEqual([null, null, "u_cy"])
    expect(people(sealed(draft(held)))).toEqual(["u_bob", null, "u_cy"])
    expect(readEntry(sealed(draft(held))).actor).toMatchObject({ id: "key_1", userId: "u_bob" })
    expect(people(sealed({ ...draft(system("nightly")), behalf: "u_bob" as UserId }))).toEqual(["u_bob", null, "u_cy"])
  })

  it("is the same text whatever the order in which fields were given", () => {
    fc.assert(
      fc.property(fields, (after) => {
        const backwards = Object.fromEntries(Object.entries(after).reverse())
        const one = sealed({ ...draft(ada), after })
        expect(sealed({ ...draft(ada), after: backwards }).body).toBe(one.body)
        expect(canonicalJson(JSON.parse(one.body))).toBe(one.body)
      }),
    )
  })
})

describe("an entry as people read it", () => {
  const entry = sealed(draft(ada, { email: "cy@acme.example", name: "Cy" }))

  it("shows who, what and when", () => {
    expect(readEntry(entry)).toEqual({
      id: "act_1",
      organizationId: ORGANIZATION,
      seq: 7,
      action: "member.role_changed",
      at: new Date("2026-03-01T10:00:00.123Z"),
      actor: {
        type: "user",
        id: "u_ada",
        userId: "u_ada",
        email: "ada@acme.example",
        name: "Ada",
        ip: "10.0.0.1",
        userAgent: "Firefox",
        requestId: "req_1",
        impersonatedBy: "u_root",
      },
      target: { type: "member", id: "mem_1", userId: "u_cy", email: "cy@acme.example", name: "Cy" },
      before: { role: "viewer" },
      after: { role: "editor" },
    })
  })

  it("shows a key without a name or an address", () => {
    expect(readEntry(sealed(draft(key))).actor).toEqual({
      type: "apiKey",
      id: "key_1",
      userId: null,
      email: null,
      name: null,
      ip: "10.0.0.1",
      userAgent: "curl",
      requestId: "req_2",
      impersonatedBy: null,
    })
  })

  it("shows nothing of an erased person but the ids", () => {
    const erased = readEntry({ ...entry, personal: { actor: null, target: null } })
    expect(erased.actor).toMatchObject({ id: "u_ada", email: null, name: null, ip: null, userAgent: null })
    expect(erased.target).toEqual({ type: "member", id: "mem_1", userId: "u_cy", email: null, name: null })
    expect(erased.after).toEqual({ role: "editor" })
  })

  it("is what was sealed, for every chain", () => {
    fc.assert(
      fc.property(chains(1), ({ entries }) => {
        for (const entry of entries) {
          const { body } = entry
          const read = readEntry(entry)
          expect(read).toMatchObject({ seq: entry.seq, before: JSON.parse(body).before, after: JSON.parse(body).after })
          expect(`${read.actor.type}:${read.actor.id}`).toBe(entry.actor)
        }
      }),
    )
  })
})

describe("the difference of two states", () => {
  it("is whole where it began or ended", () => {
    expect(difference(null, { a: 1 })).toEqual({ before: null, after: { a: 1 } })
    expect(difference({ a: 1 }, null)).toEqual({ before: { a: 1 }, after: null })
  })

  it("holds only what differs, by value", () => {
    const before = { same: { b: [1], a: null }, changed: "x", gone: 1, nothing: null }
    const after = { same: { a: null, b: [1] }, changed: "y", come: 2 }
    expect(difference(before, after)).toEqual({
      before: { changed: "x", gone: 1, nothing: null },
      after: { changed: "y", come: 2 },
    })
  })

  it("turns the one into the other", () => {
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const { before, after } = difference(one, other)
        const kept = Object.entries(one).filter(([key]) => !Object.hasOwn(before ?? {}, key))
        const rebuilt = Object.fromEntries([...kept, ...Object.entries(after ?? {})])
        expect(canonicalJson(rebuilt)).toBe(canonicalJson(other))
        expect(difference(one, one)).toEqual({ before: {}, after: {} })
      }),
    )
  })
})
