import { describe, expect, it } from "vitest"
import type { ApiKey } from "../../src/api-key/api-key.ts"
import type { Invitation } from "../../src/invitation/invitation.ts"
import { changeRole, end, hasSeat, join, type Membership } from "../../src/membership/membership.ts"
import type { RoleName } from "../../src/role/role-name.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const later = new Date("2026-03-02T12:00:00.000Z")
const role = (name: string) => name as RoleName
const member = (name: string) =>
  ({ id: "mem_1", userId: "u_1", email: "ada@acme.example", role: role(name) }) as Membership
const pending = { id: "inv_1", status: "pending", expiresAt: later, email: "ada@acme.example" } as Invitation

const single = { role: "owner", holders: "single", transfer: "off" } as const
const several = { role: "owner", holders: "multiple", transfer: "off" } as const

describe("a membership begins", () => {
  const free = { existing: null, pending: null, seats: { taken: 3, cap: 4 } }

  it("where a seat is free", () => {
    expect(join(member("viewer"), "member.joined", free)).toEqual({
      ok: true,
      facts: [{ action: "member.joined", before: null, after: member("viewer") }],
    })
  })

  it("and a pending invitation to the address is accepted by it", () => {
    expect(join(member("viewer"), "member.added", { ...free, pending })).toMatchObject({
      facts: [
        { action: "member.added" },
        { action: "invitation.accepted", after: { status: "accepted", acceptedBy: "u_1" } },
      ],
    })
  })

  it("once: somebody already in stays as they are", () => {
    const decision = join(member("owner"), "member.added", { ...free, existing: member("viewer") })
    expect(decision).toEqual({ ok: false, refusal: { code: "already_member", details: {} } })
  })

  it("not beyond the seats", () => {
    const full = join(member("viewer"), "member.joined", { ...free, seats: { taken: 4, cap: 4 } })
    expect(full).toEqual({ ok: false, refusal: { code: "seat_limit_reached", details: { seats: 4 } } })
  })

  it.each([
    [{ taken: 0, cap: 1 }, true],
    [{ taken: 1, cap: 1 }, false],
    [{ taken: 5, cap: 1 }, false],
    [{ taken: 1e9, cap: null }, true],
  ])("%j has a seat: %s", (seats, free) => {
    expect(hasSeat(seats)).toBe(free)
  })
})

describe("a membership ends", () => {
  const known = { ownership: several, owners: 1, projects: [], invited: [], keys: [], revokes: false, at }

  it("and takes with it the live invitations that person sent, not the expired ones", () => {
    const expired = { ...pending, id: "inv_2", expiresAt: at } as Invitation
    expect(end(member("admin"), "member.removed", { ...known, invited: [pending, expired] })).toMatchObject({
      ok: true,
      facts: [
        { action: "member.removed", after: null },
        { action: "invitation.cancelled", after: { id: "inv_1", status: "cancelled" } },
      ],
    })
  })

  it("and takes with it the keys that person made or held only where it is told to", () => {
    const keys = [{ id: "key_1", revokedAt: null, deletedAt: null }] as unknown as readonly ApiKey[]
    const revoked = { action: "api_key.revoked", after: { id: "key_1", revokedAt: at } }
    expect(end(member("admin"), "member.left", { ...known, keys })).toMatchObject({ facts: [{ after: null }] })
    expect(end(member("admin"), "member.left", { ...known, keys, revokes: true })).toMatchObject({
      facts: [{ after: null }, revoked],
    })
  })

  it.each([
    ["the last of several owners", several, 1, "last_owner"],
    ["a single owner", single, 1, "owner_immutable"],
  ] as const)("never for %s", (_, ownership, owners, code) => {
    for (const how of ["member.left", "member.removed"] as const) {
      expect(end(member("owner"), how, { ...known, ownership, owners })).toEqual({
        ok: false,
        refusal: { code, details: {} },
      })
    }
  })

  it("for an owner beside another", () => {
    expect(end(member("owner"), "member.left", { ...known, owners: 2 })).toMatchObject({ ok: true })
  })
})

describe("a role changes", () => {
  it("to another", () => {
    expect(changeRole(member("viewer"), role("editor"), { ownership: single, owners: 1 })).toMatchObject({
      facts: [{ action: "member.role_changed", before: { role: "viewer" }, after: { role: "editor" } }],
    })
  })

  it("to the same without a fact, even for the last owner", () => {
    expect(changeRole(member("owner"), role("owner"), { ownership: single, owners: 1 })).toEqual({
      ok: true,
      facts: [],
    })
  })

  it.each([
    ["away from the last of several owners", "owner", "viewer", several, 1, "last_owner"],
    ["away from a single owner", "owner", "viewer", single, 1, "owner_immutable"],
    ["to owner where there is a single one", "viewer", "owner", single, 1, "owner_immutable"],
  ] as const)("never %s", (_, from, to, ownership, owners, code) => {
    expect(changeRole(member(from), role(to), { ownership, owners })).toEqual({
      ok: false,
      refusal: { code, details: {} },
    })
  })

  it("to owner where there may be several, and away from one of two", () => {
    expect(changeRole(member("viewer"), role("owner"), { ownership: several, owners: 1 })).toMatchObject({ ok: true })
    expect(changeRole(member("owner"), role("viewer"), { ownership: several, owners: 2 })).toMatchObject({ ok: true })
  })
})
