import { describe, expect, it } from "vitest"
import { apiKeyActor, platformAdmin, requireActor, system, user } from "../../src/kernel/actor.ts"
import type { ApiKeyId, OrganizationId } from "../../src/kernel/id.ts"

const key = apiKeyActor({
  id: "key_1" as ApiKeyId,
  organizationId: "org_1" as OrganizationId,
  projectId: null,
  holder: { type: "organization" },
  ip: null,
  userAgent: null,
  requestId: null,
})
const ada = { id: "u_ada", email: "Ada@Example.com", emailVerified: true }

describe("an actor", () => {
  it("is made by its own function, with its address in canonical form", () => {
    expect(user(ada)).toMatchObject({ type: "user", id: "u_ada", email: "ada@example.com", name: null })
    expect(system("nightly")).toMatchObject({ type: "system", name: "nightly" })
    expect(platformAdmin({ id: "root" })).toMatchObject({ type: "platformAdmin", id: "root", email: null })
  })

  it("is never what came out of a request", () => {
    const forged = [
      undefined,
      null,
      "u_ada",
      1,
      {},
      { ...user(ada) },
      Object.freeze({ ...user(ada) }),
      Object.freeze({ ...key }),
      Object.freeze(Object.create(user(ada))),
      Object.freeze(Object.create(key)),
      Object.freeze(structuredClone(key)),
      JSON.parse(JSON.stringify(user(ada))),
      { type: "system", name: "x" },
    ]
    for (const actor of forged)
      expect(() => requireActor(actor)).toThrow(expect.objectContaining({ code: "unauthenticated" }))
    expect(requireActor(user(ada)).type).toBe("user")
    expect(requireActor(key).type).toBe("apiKey")
  })

  it("cannot be changed once made", () => {
    expect(() => Object.assign(user(ada), { id: "u_eve" })).toThrow(TypeError)
    expect(() => Object.assign(key, { organizationId: "org_2" })).toThrow(TypeError)
  })

  it("lists every problem of its input", () => {
    const wrong = () => user({ id: "", email: "nobody", emailVerified: true, admin: true } as never)
    expect(wrong).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        details: {
          issues: expect.arrayContaining([
            expect.objectContaining({ path: ["id"] }),
            expect.objectContaining({ path: ["email"] }),
            { path: ["admin"], message: "unknown key" },
          ]),
        },
      }),
    )
  })

  it("keeps the host's id to the byte and cuts a user agent to one bounded line", () => {
    const made = user({ ...ada, id: "  Ünï|code ", userAgent: `a\r\nb${"x".repeat(1000)}` })
    expect(made.id).toBe("  Ünï|code ")
    expect(made.userAgent).toMatch(/^a {2}bx+$/)
    expect(made.userAgent).toHaveLength(400)
  })
})
