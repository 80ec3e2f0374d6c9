/** What a hostile or careless client could try. */
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { platformAdmin, system } from "../../src/index.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { overTenantry, surface } from "./scene.ts"

const code = ({ json }: Readonly<{ json: unknown }>) => (json as { code?: string } | null)?.code

describe("credentials", () => {
  it("come one at a time: a key and a session are refused together, whichever is good", async () => {
    const { at, send } = await surface()
    const { owner: as, keys } = at.acme
    for (const key of [keys.master.secret, "tk_live_typo"]) {
      const got = await send("GET", "/api/organizations/me", { as, key })
      expect([got.status, code(got)]).toEqual([400, "bad_request"])
    }
  })

  it("come once: a repeated header is refused, before anybody is asked", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, keys } = at.acme
    const two = `Bearer ${keys.master.secret}, Bearer ${keys.organization.secret}`
    for (const headers of [
      { Authorization: two },
      { "X-Organization": `${organizationId}, ${at.globex.organizationId}` },
      { Host: "a.example, b.example" },
      { "If-Match": '"1", "2"' },
    ] as Record<string, string>[]) {
      const got = await send("GET", "/api/organizations/me", { as, organizationId, headers })
      expect([Object.keys(headers), got.status]).toEqual([Object.keys(headers), 400])
    }
  })

  it("are a key in the query only where the host allows it, once", async () => {
    const closed = await surface()
    const { secret } = closed.at.acme.keys.master
    expect((await closed.send("GET", `/api/organizations/me?key=${secret}`)).status).toBe(401)
    const { at, send } = await surface({ keyInQuery: true })
    const { master, organization } = at.acme.keys
    const path = "/api/organizations/me"
    expect((await send("GET", `${path}?key=${master.secret}`)).status).toBe(200)
    expect((await send("GET", `${path}?key=${master.secret}&key=${organization.secret}`)).status).toBe(400)
    expect((await send("GET", `${path}?key=${master.secret}`, { key: organization.secret })).status).toBe(400)
    const seen: string[] = []
    const authenticate = ({ url }: Request) => {
      seen.push(url)
      return null
    }
    const spied = await surface({ keyInQuery: true, authenticate })
    await spied.send("GET", `${path}?key=${spied.at.acme.keys.master.secret}`)
    expect(seen).toEqual(["http://api.example/api/organizations/me"])
  })

  it("say why a key is refused, and never which", async () => {
    const { at, send } = await surface()
    const { owner, organizationId, keys } = at.acme
    const { id: apiKeyId, secret } = keys.organization
    const typo = `${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`
    expect(await send("GET", "/api/organizations/me", { key: typo })).toMatchObject({
      status: 401,
      json: { code: "unauthenticated", details: { reason: "malformed" } },
    })
    await at.tenantry.apiKeys.disable(owner, { organizationId, apiKeyId })
    const disabled = await send("GET", "/api/organizations/me", { key: secret })
    expect(disabled).toMatchObject({ status: 401, json: { details: { reason: "disabled" } } })
    expect(disabled.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"')
    expect(disabled.text).not.toContain(apiKeyId)
  })

  it("are the host's affair where they are no key: another bearer token is a session's", async () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.e30.x"
    const { at, send } = await surface({
      authenticate: ({ headers }) => (headers.get("authorization") === `Bearer ${token}` ? person("acme-owner") : null),
    })
    const { organizationId } = at.acme
    expect((await send("GET", "/api/organizations/me", { key: token, organizationId })).status).toBe(200)
  })

  it("are no one the host made up: a session is a person's, made by `user`", async () => {
    for (const forged of [system("session"), { type: "user", id: "u_acme-owner" }, { ...person("acme-owner") }]) {
      const { at, send } = await surface({ authenticate: () => forged as never })
      const got = await send("GET", "/api/organizations/me", { organizationId: at.acme.organizationId })
      expect([got.status, code(got)]).toEqual([401, "unauthenticated"])
    }
    const { at, send } = await surface()
    const root = platformAdmin({ id: "root" })
    const got = await send("GET", "/api/organizations/me", { as: root, organizationId: at.acme.organizationId })
    expect([got.status, code(got)]).toEqual([403, "forbidden"])
  })

  it("of a session name their organization; a key's is its own, and no other", async () => {
    const { at, send } = await surface()
    const { owner: as, keys } = at.acme
    const path = "/api/organizations/me"
    expect(await send("GET", path, { as })).toMatchObject({
      status: 422,
      json: { errors: [{ path: ["X-Organization"] }] },
    })
    expect((await send("GET", path, { as, organizationId: "acme" })).status).toBe(422)
    const elsewhere = await send("GET", path, { key: keys.master.secret, organizationId: at.globex.organizationId })
    expect(elsewhere.status).toBe(404)
    const resolved = await surface({ organization: (request) => new URL(request.url).searchParams.get("o") })
    expect((await resolved.send("GET", path, { as: resolved.at.acme.owner })).status).toBe(422)
    const own = await surface({ organization: () => at.acme.organizationId })
    expect((await own.send("GET", path, { as: own.at.acme.owner })).status).toBe(200)
    expect((await own.send("GET", path, { as: own.at.globex.owner })).status).toBe(404)
  })

  it("that the host's sign-in chokes on are nobody's, and the host is told", async () => {
    const { at, send, errors } = await surface({
      authenticate: () => Promise.reject(new Error("session store is down")),
    })
    const got = await send("GET", "/api/organizations/me", { organizationId: at.acme.organizationId })
    expect([got.status, code(got)]).toEqual([500, "internal_error"])
    expect(got.text).not.toContain("session store")
    expect(errors).toMatchObject([{ message: "session store is down" }])
  })
})

describe("the platform's routes", () => {
  it("are for its admin's session, and for nobody else", async () => {
    const { at, send } = await surface()
    const { owner, organizationId, keys } = at.acme
    const paths = [
      ["GET", "/api/organizations"],
      ["GET", `/api/organizations/${organizationId}`],
      ["PATCH", `/api/organizations/${organizationId}`],
      ["DELETE", `/api/organizations/${organizationId}`],
    ] as const
    for (const [method, path] of paths) {
      const body = method === "PATCH" ? { body: { name: "Acme Ltd" } } : {}
      const asked = [
        { as: owner, organizationId },
        { key: keys.master.secret },
        {},
        { as: platformAdmin({ id: "root" }) },
      ]
      const statuses = []
      for (const by of asked) statuses.push((await send(method, path, { ...by, ...body })).status)
      expect([method, path, statuses]).toEqual([method, path, [403, 403, 401, 200]])
    }
  })
})

describe("paths", () => {
  it("hold no escapes, and what is not there is not there", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, memberships } = at.acme
    const { id } = memberships.member
    const members = "/api/organizations/members"
    for (const path of [
      `${members}/${id}%2f`,
      `${members}/${id}%00`,
      `${members}/%2e%2e%2froles`,
      `${members}/${id.replace("mem", "m%65m")}`,
      `${members}/${id.toUpperCase()}`,
      `${members}/${id}/`,
      `${members}/${organizationId}`,
      `/api//organizations/me`,
      `/api/organizations/me/`,
      `/API/organizations/me`,
    ]) {
      const got = await send("GET", path, { as, organizationId })
      expect([path, got.status === 405 ? 404 : got.status]).toEqual([path, 404])
      expect(got.headers.get("content-type")).toBe("application/problem+json")
    }
  })

  it("answer HEAD as GET without a body, and OPTIONS with what there is", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const got = await send("GET", "/api/organizations/me", { as, organizationId })
    const head = await send("HEAD", "/api/organizations/me", { as, organizationId })
    expect(got.headers.get("etag")).toMatch(/^"\d+"$/)
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", got.headers.get("etag")])
    expect((await send("HEAD", "/api/organizations/me")).status).toBe(401)
    const options = await send("OPTIONS", "/api/organizations/members/mem_1")
    expect([options.status, options.text]).toEqual([204, ""])
    expect(options.headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD, OPTIONS")
    for (const method of ["PUT", "POST", "TRACE2", "PROPFIND"]) {
      const got = await send(method, "/api/organizations/me", { as, organizationId })
      expect([method, got.status, code(got), got.headers.get("allow")]).toEqual([
        method,
        405,
        "method_not_allowed",
        "GET, PATCH, DELETE, HEAD, OPTIONS",
      ])
    }
    expect((await send("HEAD", "/api/organizations/keys/key_1/enable", { as, organizationId })).status).toBe(405)
  })

  it("are nobody else's: pages elsewhere may not call unless the host says so", async () => {
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "POST" }
    const closed = await surface()
    expect(
      (await closed.send("OPTIONS", "/api/organizations", { headers })).headers.get("access-control-allow-origin"),
    ).toBeNull()
    const { send } = await surface({ cors: { origins: ["https://app.example"] } })
    const allowed = await send("OPTIONS", "/api/organizations", { headers })
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example")
    expect(allowed.headers.get("access-control-allow-credentials")).toBeNull()
    const other = await send("OPTIONS", "/api/organizations", {
      headers: { ...headers, Origin: "https://evil.example" },
    })
    expect(other.headers.get("access-control-allow-origin")).toBeNull()
  })
})

describe("bodies", () => {
  const endless = () => {
    let chunks = 0
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32, chunks++)),
    })
    return { stream, read: () => chunks * 65_536 }
  }

  it("are counted as they come, whatever is said of their length", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    for (const length of [{}, { "Content-Length": "10" }] as Record<string, string>[]) {
      const { stream, read } = endless()
      const headers = { "Content-Type": "application/json", ...length }
      const got = await send("POST", "/api/organizations/roles", { as, organizationId, headers, raw: stream })
      expect([got.status, code(got)]).toEqual([413, "content_too_large"])
      expect(read()).toBeLessThan(1_000_000)
    }
  })

  it("are of one piece: one that breaks off is no request", async () => {
    const { at, send, errors } = await surface()
    const { owner: as, organizationId } = at.acme
    const raw = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) })
    const headers = { "Content-Type": "application/json" }
    expect((await send("POST", "/api/organizations/roles", { as, organizationId, headers, raw })).status).toBe(400)
    expect(errors).toEqual([])
  })

  it("are UTF-8", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const raw = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
    const headers = { "Content-Type": "application/json" }
    expect((await send("PATCH", "/api/organizations/me", { as, organizationId, headers, raw })).status).toBe(400)
    const other = { "Content-Type": "application/json; charset=latin1" }
    expect((await send("PATCH", "/api/organizations/me", { as, organizationId, headers: other, raw })).status).toBe(415)
    const same = { "Content-Type": 'Application/JSON; charset="UTF-8"' }
    const body = { name: "Ångström" }
    expect(
      (await send("PATCH", "/api/organizations/me", { as, organizationId, headers: same, body })).json,
    ).toMatchObject(body)
  })

  it("are for nobody to see before it is known who sends them", async () => {
    const { send } = await surface()
    const { stream, read } = endless()
    const headers = { "Content-Type": "application/json" }
    expect((await send("POST", "/api/organizations/roles", { headers, raw: stream })).status).toBe(401)
    expect(read()).toBeLessThanOrEqual(65_536)
  })

  it("take instants as RFC 3339 has them, and nothing like them", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const make = (expiresAt: unknown) =>
      send("POST", "/api/organizations/keys", { as, organizationId, body: { name: "x", expiresAt } })
    for (const good of ["2027-01-01T00:00:00Z", "2027-01-01T01:00:00.5+01:00", null])
      expect((await make(good)).status).toBe(201)
    for (const bad of ["2027-01-01", "tomorrow", "2027-13-01T00:00:00Z", 1_800_000_000_000, "1", {}, true]) {
      expect([bad, (await make(bad)).status]).toEqual([bad, 422])
    }
  })
})

describe("headers that speak for others", () => {
  it("make no other method of a request", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const before = at.everything()
    for (const name of ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]) {
      const sent = { as, organizationId, headers: { [name]: "DELETE" } }
      expect((await send("GET", "/api/organizations/me", sent)).json).toMatchObject({ id: organizationId })
      expect((await send("POST", "/api/organizations/me", { ...sent, body: {} })).status).toBe(405)
    }
    expect((await send("GET", "/api/organizations/me?_method=DELETE", { as, organizationId })).status).toBe(422)
    expect(at.everything()).toEqual(before)
  })

  it("make no link lead elsewhere: what is mailed is the host's own address", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const headers = {
      Host: "evil.example",
      Forwarded: "host=evil.example;proto=http",
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Proto": "javascript",
      "X-Forwarded-Prefix": "//evil.example",
      "X-Original-URL": "/api/organizations/roles",
      "X-Rewrite-URL": "/api/organizations/roles",
      "X-Forwarded-For": "203.0.113.9",
      "X-Real-IP": "203.0.113.9",
    }
    const body = { email: "new@acme.example", role: "member" }
    const sent = await send("POST", "/api/organizations/invitations", { as, organizationId, headers, body })
    await at.tenantry.outbox.deliver()
    const mail = at.mail.last("new@acme.example")
    expect(mail?.acceptUrl).toMatch(/^https:\/\/app\.example\/join\//)
    const document = await send("GET", "/api/openapi.json", { headers })
    const said = JSON.stringify([mail, sent.text, [...sent.headers], document.text])
    expect(said).not.toContain("evil")
    expect(JSON.stringify(at.everything())).not.toContain("203.0.113.9")
  })

  it("make no compressed body be unpacked, nor read as if it were not", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const bomb = gzipSync(`{"name":"${" ".repeat(10_000_000)}"}`)
    for (const encoding of ["gzip", "br", "deflate, gzip", "x"]) {
      const headers = { "Content-Type": "application/json", "Content-Encoding": encoding }
      for (const raw of [bomb, '{"name":"Acme"}']) {
        const got = await send("PATCH", "/api/organizations/me", { as, organizationId, headers, raw })
        expect([encoding, got.status, got.headers.get("accept-encoding")]).toEqual([encoding, 415, "identity"])
      }
    }
    const unsaid = { as, organizationId, headers: { "Content-Type": "application/json" }, raw: bomb }
    expect((await send("PATCH", "/api/organizations/me", unsaid)).status).toBe(400)
    const plain = { "Content-Encoding": "identity" }
    expect(
      (await send("PATCH", "/api/organizations/me", { as, organizationId, headers: plain, body: { name: "x" } }))
        .status,
    ).toBe(200)
  })
})

describe("ids", () => {
  it("that can be none are looked up nowhere", async () => {
    const { at } = await surface()
    const { owner: as, organizationId } = at.acme
    const counted = countCalls(at.store)
    const { send } = overTenantry({ tenantry: at.over(counted.store) }, {})
    for (const [method, path, body] of [
      ["GET", "/members/x", undefined],
      ["GET", `/members/${organizationId}`, undefined],
      ["GET", "/keys/key_A", undefined],
      ["GET", `/keys/key_${"a".repeat(100)}`, undefined],
      ["DELETE", "/roles/role_", undefined],
      ["PATCH", "/members/..", { role: "member" }],
      ["POST", "/keys/key_a%00/rotate", {}],
      ["POST", "/keys/key_a%2Fb/rotate", {}],
    ] as const) {
      const got = await send(method, `/api/organizations${path}`, { as, organizationId, ...(body && { body }) })
      expect([path, [404, 405].includes(got.status)]).toEqual([path, true])
    }
    for (const id of ["acme", "org_", "org_A", "org_a/../b", "mem_1"]) {
      expect((await send("GET", "/api/organizations/me", { as, organizationId: id })).status).toBe(422)
    }
    expect(counted.calls).toEqual([])
  })
})

describe("queries", () => {
  it("say each thing once, and nothing that nobody knows", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId } = at.acme
    const list = async (query: string) =>
      (await send("GET", `/api/organizations/members?${query}`, { as, organizationId })).status
    expect(await list("limit=2&emailPrefix=acme")).toBe(200)
    for (const query of [
      "limit=2&limit=3",
      "limit=2.0",
      "limit=0x2",
      "limit=",
      "limit[]=2",
      "limt=2",
      "__proto__=1",
      "cursor=zzz",
    ]) {
      expect([query, await list(query)]).toEqual([query, 422])
    }
    const activity = async (query: string) =>
      (await send("GET", `/api/organizations/activity?${query}`, { as, organizationId })).status
    expect(await activity("actions=member.added&actions=role.created&since=2026-01-01T00:00:00Z")).toBe(200)
    for (const query of ["actor=user:u_ada", "actor[type]=user", "actor[__proto__]=1", "since=2026", "actions[0]=x"]) {
      expect([query, await activity(query)]).toEqual([query, 422])
    }
  })
})

describe("clients", () => {
  const ruled = async (trustedProxies?: number) => {
    const made = await surface(trustedProxies === undefined ? {} : { trustedProxies })
    const { owner, organizationId } = made.at.acme
    const rules = [{ cidr: "203.0.113.0/24" }]
    await made.at.tenantry.restrictions.ipRules.set(owner, { organizationId, rules, allowLockout: true })
    const key = made.at.acme.keys.master.secret
    const from = async (forwarded: string, remoteAddress?: string) => {
      const request = new Request("http://api.example/api/organizations/me", {
        headers: { Authorization: `Bearer ${key}`, "X-Forwarded-For": forwarded },
      })
      return (await made.api.fetch(request, { incoming: { socket: { remoteAddress } } })).status
    }
    return from
  }

  it("are where their connection comes from, whatever their headers say", async () => {
    const from = await ruled()
    expect(await from("203.0.113.9")).toBe(403)
    expect(await from("203.0.113.9", "198.51.100.1")).toBe(403)
    expect(await from("198.51.100.1", "203.0.113.9")).toBe(200)
    expect(await from("", "::ffff:203.0.113.9")).toBe(200)
  })

  it("are whom the outermost of the host's own proxies heard, and nobody where it says nothing", async () => {
    const one = await ruled(1)
    expect(await one("203.0.113.9", "10.0.0.1")).toBe(200)
    expect(await one("203.0.113.9, 198.51.100.1", "10.0.0.1")).toBe(403)
    expect(await one("198.51.100.1, 203.0.113.9", "10.0.0.1")).toBe(200)
    const two = await ruled(2)
    expect(await two("203.0.113.9, 10.0.0.2", "10.0.0.1")).toBe(200)
    expect(await two("203.0.113.9", "203.0.113.9")).toBe(403)
    expect(await two("unknown, 10.0.0.2", "203.0.113.9")).toBe(403)
  })
})

describe("a key's limits", () => {
  it("hold here too: the rate limit is taken and told, the quota is the product's", async () => {
    const { at, send } = await surface()
    const { owner, organizationId } = at.acme
    const rateLimit = { limit: 2, windowSeconds: 60 }
    const made = await at.tenantry.apiKeys.create(owner, { organizationId, name: "x", rateLimit, scopes: [] })
    const key = made.secret.reveal()
    const first = await send("GET", "/api/organizations/me", { key })
    expect([first.status, first.headers.get("ratelimit"), first.headers.get("ratelimit-policy")]).toEqual([
      200,
      '"default";r=1;t=30',
      '"default";q=2;w=60',
    ])
    const forbidden = await send("GET", "/api/organizations/members", { key })
    expect([forbidden.status, forbidden.headers.get("ratelimit")]).toEqual([403, '"default";r=0;t=60'])
    const limited = await send("GET", "/api/organizations/me", { key })
    expect([limited.status, code(limited), limited.headers.get("retry-after")]).toEqual([429, "rate_limited", "30"])
    const used = await at.tenantry.usage.ofKey(owner, { organizationId, apiKeyId: made.apiKey.id })
    expect(used.lifetime).toBe(0)
  })
})
