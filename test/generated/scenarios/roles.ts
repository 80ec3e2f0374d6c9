/**
 * Roles and activity: how each operation succeeds and is refused.
 *
 * @module
 */
import { command, host, read, type Scenario } from "../scenario.ts"

export const roles: readonly Scenario[] = [
  read("roles.list"),
  read("roles.get", ({ acme }) => ({ roleId: acme.role.id })),
  command("roles.create", "conflict", ({ acme }, organizationId) => {
    const permissions = ["members.invite"]
    const input = { organizationId, name: "recruiter", description: "Brings people in", permissions }
    const more = { ...input, permissions: ["organization.delete"] }
    return { input, refused: { actor: acme.admin, input: more, code: "permission_escalation" } }
  }),
  command("roles.update", "unchanged", ({ acme }, organizationId) => {
    const input = {
      organizationId,
      roleId: acme.role.id,
      name: "reader",
      description: null,
      permissions: ["members.read"],
    }
    const more = { ...input, permissions: ["organization.delete"] }
    return { input, refused: { actor: acme.admin, input: more, code: "permission_escalation" } }
  }),
  command("roles.delete", "not_found", ({ acme, tenantry }, organizationId) => {
    const input = { organizationId, roleId: acme.role.id }
    const refused = async () => {
      const membershipId = acme.memberships.member.id
      await tenantry.memberships.changeRole(acme.owner, { organizationId, membershipId, role: "auditor" })
      return { actor: acme.owner, input, code: "role_in_use" }
    }
    return { input, refused }
  }),
]

export const activity: readonly Scenario[] = [
  read("activity.list", ({ acme, clock }) => ({
    actions: ["member.added", "invitation.sent"],
    actor: { type: "system", id: "test" },
    target: { type: "member", id: acme.memberships.member.id },
    since: new Date(0),
    until: clock.now(),
    limit: 1,
  })),
  ...(["api_key", "subscription"] as const).map(
    (type): Scenario => ({
      ...read("activity.list", ({ acme }) => {
        const id = type === "api_key" ? acme.keys.organization.id : acme.subscription.id
        return { target: { type, id } }
      }),
      as: `of one ${type}`,
    }),
  ),
  read("activity.export", ({ acme }) => ({
    format: "jsonl",
    target: { type: "member", id: acme.memberships.member.id },
  })),
  read("activity.verify", ({ acme, everything }) => {
    const first = everything().entries.find(({ organizationId }) => organizationId === acme.organizationId)
    return { since: { seq: first?.seq, hash: first?.hash } }
  }),
  command("activity.record", "anew", ({ acme }, organizationId) => {
    const target = { type: "invoice", id: "42" }
    const said = { action: "invoice.sent", target, by: { userId: acme.owner.id }, details: { total: 100 } }
    const input = { organizationId, ...said }
    const refused = { actor: host, input: { ...input, action: "member.joined" }, code: "invalid_input" }
    return { actor: host, input, refused }
  }),
]
