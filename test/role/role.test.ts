import { describe, expect, it } from "vitest"
import { system, user } from "../../src/kernel/actor.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { assignmentRefusal, holderRefusal } from "../../src/role/assignment.ts"
import { create, type Role, remove, update } from "../../src/role/role.ts"

const { policy } = customRoles
const organization = { id: "org_1", name: "Acme", slug: "acme", metadata: {} }
const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })

const role = (name: string, ...permissions: string[]) =>
  ({ id: "role_1", name, description: null, permissions }) as unknown as Role
const access = (name: string | null, ...roles: Role[]) =>
  policy.resolve({ actor: name === null ? system("test") : ada, organization, role: name, customRoles: roles })

const fresh = { taken: false, shadows: false, orphans: 0, count: 0, max: 100 }
const nobody = { memberships: 0, invitations: 0 }

describe("a custom role", () => {
  it("is made of permissions that its maker holds", () => {
    const maker = role("maker", "members.read", "roles.create")
    expect(create(role("reader", "members.read"), access("maker", maker), fresh)).toMatchObject({ ok: true })
    expect(create(role("cleaner", "members.read", "members.remove"), access("maker", maker), fresh)).toEqual({
      ok: false,
      refusal: { code: "permission_escalation", details: { permissions: ["members.remove"] } },
    })
  })

  it("has a name nobody else has there", () => {
    const decision = create(role("reader"), access("owner"), { ...fresh, taken: true })
    expect(decision).toEqual({ ok: false, refusal: { code: "conflict", details: { field: "name" } } })
  })

  it("is one of a bounded number", () => {
    expect(create(role("reader"), access("owner"), { ...fresh, count: 99 })).toMatchObject({ ok: true })
    expect(create(role("reader"), access("owner"), { ...fresh, count: 100 })).toEqual({
      ok: false,
      refusal: { code: "limit_reached", details: { limit: "customRoles", max: 100 } },
    })
  })

  it("shadows a system role only for somebody who manages that role", () => {
    const maker = role(
      "maker",
      ...(policy.systemRoles.find(({ name }) => name === "member")?.permissions ?? []),
      "roles.create",
    )
    expect(create(role("member"), access("owner"), { ...fresh, shadows: true })).toMatchObject({ ok: true })
    expect(create(role("admin"), access("maker", maker), { ...fresh, shadows: true })).toMatchObject({
      ok: false,
      refusal: { code: "role_not_manageable" },
    })
  })

  const reader = role("reader", "members.read")
  const held = {
    taken: false,
    shadows: false,
    willShadow: false,
    orphans: 0,
    holders: { memberships: 1, invitations: 0 },
  }

  it("in use changes what it grants, not its name", () => {
    const by = access("owner", reader)
    expect(update(reader, { permissions: ["roles.read"] }, by, held)).toMatchObject({
      ok: true,
      facts: [{ action: "role.updated" }],
    })
    expect(update(reader, { name: role("writer").name }, by, held)).toEqual({
      ok: false,
      refusal: { code: "role_in_use", details: { memberships: 1, invitations: 0 } },
    })
    expect(update(reader, { name: role("writer").name }, by, { ...held, holders: nobody })).toMatchObject({ ok: true })
  })

  it("is out of reach for somebody who lacks what it grants, before or after", () => {
    const maker = role("maker", "members.read", "roles.update")
    const strong = role("strong", "billing.read")
    expect(update(strong, { permissions: ["members.read"] }, access("maker", maker, strong), held)).toMatchObject({
      refusal: { code: "permission_escalation", details: { permissions: ["billing.read"] } },
    })
    expect(update(reader, { permissions: ["billing.read"] }, access("maker", maker, reader), held)).toMatchObject({
      refusal: { code: "permission_escalation", details: { permissions: ["billing.read"] } },
    })
  })

  it("that stays as it is records nothing", () => {
    expect(update(reader, { permissions: ["members.read"], description: null }, access("owner", reader), held)).toEqual(
      { ok: true, facts: [] },
    )
  })

  it("is deleted when nobody holds it", () => {
    const by = access("owner", reader)
    expect(remove(reader, by, { fallback: null, holders: nobody })).toMatchObject({ ok: true })
    for (const holders of [
      { memberships: 1, invitations: 0 },
      { memberships: 0, invitations: 1 },
    ]) {
      expect(remove(reader, by, { fallback: null, holders })).toEqual({
        ok: false,
        refusal: { code: "role_in_use", details: holders },
      })
    }
  })

  it("that shadows may be deleted while held, by somebody who holds what its holders gain", () => {
    const shadow = role("member", "members.read")
    const fallback = policy.systemRoles.find(({ name }) => name === "member")?.permissions ?? []
    const known = { fallback, holders: { memberships: 3, invitations: 1 } }
    expect(remove(shadow, access("owner", shadow), known)).toMatchObject({
      ok: true,
      facts: [{ action: "role.deleted" }],
    })
    const weak = role("weak", "roles.delete", "members.read", "members.update")
    expect(remove(shadow, access("weak", weak, shadow), known)).toMatchObject({ ok: false })
  })
})

describe("giving a role", () => {
  const roles = [role("reader", "members.read"), role("biller", "billing.manage")]
  const known = { policy, roles }

  it("that nobody knows is bad input", () => {
    expect(assignmentRefusal(access("owner", ...roles), known, "invite", "wizard")).toEqual({
      code: "invalid_input",
      details: { issues: [{ path: ["role"], message: "unknown role" }] },
    })
    expect(assignmentRefusal(access(null, ...roles), known, "invite", "constructor")?.code).toBe("invalid_input")
  })

  it("names the permissions of a custom role that the giver lacks", () => {
    const giver = role("giver", "members.invite", "members.read")
    const by = access("giver", giver, ...roles)
    expect(assignmentRefusal(by, { policy, roles: [giver, ...roles] }, "invite", "biller")).toEqual({
      code: "permission_escalation",
      details: { permissions: ["billing.manage"] },
    })
    expect(assignmentRefusal(by, { policy, roles: [giver, ...roles] }, "invite", "reader")).toBeNull()
  })

  it("of owner is for owners", () => {
    expect(assignmentRefusal(access("admin"), known, "invite", "owner")).toEqual({
      code: "role_not_manageable",
      details: { role: "owner" },
    })
    expect(assignmentRefusal(access("owner"), known, "invite", "owner")).toBeNull()
  })

  it("is free of holders of a role that is gone: it binds nobody", () => {
    expect(holderRefusal(access("admin"), "remove", "vanished")).toBeNull()
    expect(holderRefusal(access("admin"), "remove", "owner")?.code).toBe("role_not_manageable")
  })
})
