import { describe, expect, it } from "vitest"
import { platformAdmin, requireActor, system, user } from "../../src/kernel/actor.ts"

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
      JSON.parse(JSON.stringify(user(ada))),
      { type: "system", name: "x" },
    ]
    for (const actor of forged)
      expect(() => requireActor(actor)).toThrow(expect.objectContaining({ code: "unauthenticated" }))
    expect(requireActor(user(ada)).type).toBe("user")
  })

  it("cannot be changed once made", () => {
    expect(() => Object.assign(user(ada), { id: "u_eve" })).toThrow(TypeError)
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
