/** The same request given again has one effect; what changed since it was read is not changed blindly. */
import { describe, expect, it } from "vitest"
import { type IdempotencyStore, memoryIdempotency } from "../../src/http/http.ts"
import { person } from "../world.ts"
import { surface } from "./scene.ts"

const invite = (email: string) => ({ email, role: "member" })
const named = (key: string) => ({ headers: { "Idempotency-Key": key } })

describe("an idempotency key", () => {
  it("answers the same request as before, without a second effect", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: invite("new@acme.example"), ...named("k1") }
    const first = await send("POST", "/api/organizations/invitations", sent)
    const before = at.everything()
    const second = await send("POST", "/api/organizations/invitations", sent)
    expect(first.status).toBe(201)
    expect([second.status, second.text, second.headers.get("etag")]).toEqual([
      201,
      first.text,
      first.headers.get("etag"),
    ])
    expect(at.everything()).toEqual(before)
    const anew = await send("POST", "/api/organizations/invitations", { ...sent, ...named("k2") })
    expect(anew.json).toMatchObject({ code: "invitation_pending" })
  })

  it("is refused for another request: another body, path or organization", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: invite("new@acme.example"), ...named("k") }
    await send("POST", "/api/organizations/invitations", sent)
    for (const [path, more] of [
      ["invitations", { body: invite("other@acme.example") }],
      ["roles", { body: { name: "x", permissions: [] } }],
      ["invitations", { organizationId: at.globex.organizationId }],
    ] as const) {
      const got = await send("POST", `/api/organizations/${path}`, { ...sent, ...more })
      expect([got.status, got.json]).toMatchObject([422, { code: "idempotency_mismatch" }])
    }
  })

  it("is each caller's own", async () => {
    const { at, send } = await surface()
    const { owner, admin, organizationId, keys } = at.acme
    const body = { name: "shared", permissions: [] }
    const path = "/api/organizations/roles"
    const codes = []
    for (const by of [{ as: owner }, { as: admin }, { key: keys.master.secret }, { as: owner }]) {
      const got = await send("POST", path, { ...by, ...(by.as && { organizationId }), body, ...named("k") })
      codes.push(got.status)
    }
    expect(codes).toEqual([201, 409, 409, 201])
  })

  it("keeps no secret: asked again, it says which key was made", async () => {
    const kept: unknown[] = []
    const memory = memoryIdempotency()
    const idempotency: IdempotencyStore = {
      ...memory,
      finish: async (owner, key, answer) => {
        kept.push(answer)
        await memory.finish(owner, key, answer)
      },
    }
    const { at, send } = await surface({ idempotency })
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: { name: "deploys" }, ...named("k") }
    const first = await send("POST", "/api/organizations/keys", sent)
    const { secret, apiKey } = first.json as { secret: string; apiKey: { id: string } }
    expect(secret).toMatch(/^tk_live_/)
    const second = await send("POST", "/api/organizations/keys", sent)
    expect([second.status, second.json]).toMatchObject([
      409,
      { code: "idempotency_replay", details: { id: apiKey.id } },
    ])
    expect(JSON.stringify(kept)).not.toContain(secret.slice(8))
  })

  it("lets what was refused be asked again, and what is under way be finished first", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, admin } = at.acme
    const sent = { as: admin, organizationId, body: { name: "x", permissions: ["organization.delete"] }, ...named("k") }
    expect((await send("POST", "/api/organizations/roles", sent)).status).toBe(403)
    const good = { ...sent, body: { name: "x", permissions: [] } }
    expect((await send("POST", "/api/organizations/roles", good)).status).toBe(201)
    const crowd = Array.from({ length: 5 }, () =>
      send("POST", "/api/organizations/invitations", {
        as,
        organizationId,
        body: invite("n@acme.example"),
        ...named("c"),
      }),
    )
    const statuses = (await Promise.all(crowd)).map(({ status, json }) => [status, (json as { code?: string }).code])
    expect(statuses.toSorted()).toEqual([[201, undefined], ...Array(4).fill([409, "conflict"])])
  })

  it("is remembered for 24 hours", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: { name: "deploys" }, ...named("k") }
    const create = async () => (await send("POST", "/api/organizations/keys", sent)).status
    expect(await create()).toBe(201)
    at.clock.advance({ hours: 23, minutes: 59 })
    expect(await create()).toBe(409)
    at.clock.advance({ minutes: 1 })
    expect(await create()).toBe(201)
  })

  it("stays under way where nobody could say what became of it, so that nothing is done twice", async () => {
    const memory = memoryIdempotency()
    const lost = async () => undefined
    const { at, send } = await surface({ idempotency: { ...memory, finish: lost, forget: lost } })
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: { name: "deploys" }, ...named("k") }
    const create = async () => (await send("POST", "/api/organizations/keys", sent)).json
    expect(await create()).toMatchObject({ apiKey: { name: "deploys" } })
    const before = at.everything()
    at.clock.advance({ hours: 23, minutes: 59 })
    expect(await create()).toMatchObject({ code: "conflict" })
    expect(at.everything()).toEqual(before)
    at.clock.advance({ minutes: 1 })
    expect(await create()).toMatchObject({ apiKey: { name: "deploys" } })
  })

  it.each(["", "a b", "a,b", "x".repeat(256), "é"])("is 1 to 255 visible characters, not %j", async (key) => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const sent = { as, organizationId, body: { name: "x" }, headers: { "Idempotency-Key": key } }
    expect((await send("POST", "/api/organizations/keys", sent)).status).toBe(400)
  })

  it("says nothing was done where the records cannot be kept", async () => {
    const broken = () => Promise.reject(new Error("down"))
    const { at, send, errors } = await surface({ idempotency: { begin: broken, finish: broken, forget: broken } })
    const { owner: as, organizationId } = at.acme
    const before = at.everything()
    const got = await send("POST", "/api/organizations/keys", {
      as,
      organizationId,
      body: { name: "x" },
      ...named("k"),
    })
    expect([got.status, got.json, errors]).toMatchObject([503, { code: "unavailable" }, []])
    expect(at.everything()).toEqual(before)
  })
})

describe("`If-Match`", () => {
  it("lets the first of two who read the same change it", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, memberships } = at.acme
    const path = `/api/organizations/members/${memberships.guest.id}`
    const { headers } = await send("GET", path, { as, organizationId })
    const sent = { as, organizationId, headers: { "If-Match": headers.get("etag") ?? "" } }
    const first = await send("PATCH", path, {
      ...sent,
      headers: { ...sent.headers, "Content-Type": "application/json" },
      raw: '{"role":"member"}',
    })
    expect(first.status).toBe(200)
    expect(first.headers.get("etag")).not.toBe(headers.get("etag"))
    const before = at.everything()
    const second = await send("DELETE", path, sent)
    expect([second.status, second.json]).toMatchObject([412, { code: "precondition_failed" }])
    expect(at.everything()).toEqual(before)
    expect(
      (await send("DELETE", path, { ...sent, headers: { "If-Match": first.headers.get("etag") ?? "" } })).status,
    ).toBe(200)
  })

  it("guards keys of one's own, the organization and its roles alike", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, keys, role, invitation } = at.acme
    for (const [path, body] of [
      [`/api/account/keys/${keys.own.id}`, { name: "x" }],
      [`/api/organizations/keys/${keys.organization.id}`, { name: "x" }],
      [`/api/organizations/roles/${role.id}`, { permissions: [] }],
      ["/api/organizations/me", { name: "x" }],
    ] as const) {
      const sent = { as, organizationId, body }
      const stale = await send("PATCH", path, { ...sent, headers: { "If-Match": '"999"' } })
      expect([path, stale.status]).toEqual([path, 412])
      const { headers } = await send("GET", path, { as, organizationId })
      const fresh = await send("PATCH", path, { ...sent, headers: { "If-Match": headers.get("etag") ?? "" } })
      expect([path, fresh.status]).toEqual([path, 200])
    }
    const path = `/api/organizations/invitations/${invitation.id}`
    expect((await send("DELETE", path, { as, organizationId, headers: { "If-Match": '"1"' } })).status).toBe(412)
    expect((await send("DELETE", path, { as, organizationId, headers: { "If-Match": "*" } })).status).toBe(200)
  })

  it("holds under a crowd: of many who read the same, one changes it", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const { headers } = await send("GET", "/api/organizations/me", { as, organizationId })
    const match = { "If-Match": headers.get("etag") ?? "" }
    const crowd = ["a", "b", "c", "d"].map((name) =>
      send("PATCH", "/api/organizations/me", { as, organizationId, body: { name }, headers: match }),
    )
    const statuses = (await Promise.all(crowd)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 412, 412, 412])
  })

  it("is refused where there is no row that it could be about, and where it is no tag", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, memberships } = at.acme
    const headers = { "If-Match": '"1"' }
    const nowhere = await send("POST", "/api/organizations/roles", {
      as,
      organizationId,
      body: { name: "x", permissions: [] },
      headers,
    })
    expect(nowhere.status).toBe(400)
    const path = `/api/organizations/members/${memberships.guest.id}`
    for (const tag of ["1", 'W/"1"', '"x"']) {
      const got = await send("PATCH", path, {
        as,
        organizationId,
        body: { role: "member" },
        headers: { "If-Match": tag },
      })
      expect([tag, got.status]).toEqual([tag, 412])
    }
  })

  it("guards rules, from before there were any: a level has one revision for both kinds", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, memberships } = at.acme
    const members = `/api/organizations/members/${memberships.guest.id}/endpoint-rules`
    const places = [
      ["/api/organizations/ip-rules", { rules: [{ cidr: "203.0.113.0/24" }], allowLockout: true }, { rules: [] }],
      ["/api/organizations/endpoint-rules", { rules: ["GET /v1/cars"] }, { rules: [] }],
      [members, { rules: ["GET /v1/cars"] }, { rules: [] }],
    ] as const
    for (const [path, some, none] of places) {
      const put = (body: object, tag: string | null) =>
        send("PUT", path, { as, organizationId, body, headers: { "If-Match": tag ?? "" } })
      const { headers } = await send("GET", path, { as, organizationId })
      const stale = await put(some, '"999"')
      expect([path, stale.status, stale.json]).toMatchObject([path, 412, { code: "precondition_failed" }])
      const first = await put(some, headers.get("etag"))
      expect([path, first.status]).toEqual([path, 200])
      expect((await put(none, headers.get("etag"))).status).toBe(412)
      expect((await send("GET", path, { as, organizationId })).headers.get("etag")).toBe(first.headers.get("etag"))
      const crowd = await Promise.all(
        [none, { rules: [some.rules[0], some.rules[0]] }, none].map((body) => put(body, first.headers.get("etag"))),
      )
      expect(crowd.map(({ status }) => status).toSorted()).toEqual([200, 200, 412])
    }
  })

  it("begins rules once: of two who read that there are none, one sets them", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const path = "/api/organizations/endpoint-rules"
    const { headers, json } = await send("GET", path, { as, organizationId })
    expect([headers.get("etag"), json]).toEqual(['"0"', { rules: [], revision: 0 }])
    const sent = { as, organizationId, headers: { "If-Match": '"0"' } }
    const crowd = ["GET /a", "GET /b"].map((rule) => send("PUT", path, { ...sent, body: { rules: [rule] } }))
    const statuses = (await Promise.all(crowd)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 412])
  })

  it("needs nothing where nothing would change", async () => {
    const { at, send } = await surface()
    const { organizationId } = at.acme
    const sent = { as: at.acme.owner, organizationId, body: { name: "acme" }, headers: { "If-Match": '"1"' } }
    expect((await send("PATCH", "/api/organizations/me", sent)).status).toBe(200)
    expect((await send("PATCH", "/api/organizations/me", { ...sent, as: person("eve") })).status).toBe(404)
  })
})
