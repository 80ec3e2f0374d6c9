/**
 * Memberships: how each operation succeeds and is refused.
 *
 * @module
 */
import { command, host, read, type Scenario } from "../scenario.ts"
import { intoAnother } from "../tenants.ts"

export const memberships: readonly Scenario[] = [
  read("memberships.list", () => ({ role: "member", emailPrefix: "acme", limit: 1 })),
  read("memberships.get", ({ acme }) => ({ membershipId: acme.memberships.member.id })),
  read("memberships.find", ({ acme }) => ({ userId: acme.member.id })),
  command("memberships.add", "already_member", ({ acme }, organizationId) => {
    const user = { id: "u_newcomer", email: "newcomer@acme.example", name: "New" }
    const input = { organizationId, user, role: "member" }
    const known = { id: acme.member.id, email: acme.member.email }
    return { actor: host, input, refused: { actor: host, input: { ...input, user: known }, code: "already_member" } }
  }),
  command(
    "memberships.add",
    "already_member",
    ({ acme }, organizationId) => {
      const input = { organizationId, user: { id: acme.invited.id, email: acme.invited.email }, role: "admin" }
      return {
        actor: host,
        input,
        refused: { actor: host, input: { ...input, role: "nobody" }, code: "invalid_input" },
      }
    },
    { as: "somebody who is invited" },
  ),
  command(
    "memberships.add",
    "already_member",
    async (at, organizationId) => {
      const { acme, tenantry } = at
      const [id, email] = ["u_contractor", "contractor@acme.example"]
      await tenantry.projects.members.add(host, {
        ...{ organizationId, projectId: acme.project.id, user: { id, email }, role: "member" },
      })
      await intoAnother(at, email)
      const input = { organizationId, user: { id, email: "moved@acme.example" }, role: "member" }
      return {
        actor: host,
        input,
        refused: { actor: host, input: { ...input, role: "nobody" }, code: "invalid_input" },
      }
    },
    { as: "somebody who is in a project by another address" },
  ),
  command("memberships.changeRole", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, membershipId: acme.memberships.member.id, role: "admin" }
    return { input, refused: { actor: acme.admin, input: { ...input, role: "owner" }, code: "role_not_manageable" } }
  }),
  command("memberships.update", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, membershipId: acme.memberships.admin.id, metadata: { desk: { floor: 2 } } }
    const guest = { ...input, membershipId: acme.memberships.guest.id }
    return { input, refused: { actor: acme.admin, input: guest, code: "role_not_manageable" } }
  }),
  command("memberships.remove", "not_found", ({ acme }, organizationId) => {
    const input = { organizationId, membershipId: acme.memberships.admin.id }
    const guest = { organizationId, membershipId: acme.memberships.guest.id }
    return { input, needs: "members.remove", refused: { actor: acme.admin, input: guest, code: "role_not_manageable" } }
  }),
  command(
    "memberships.remove",
    "not_found",
    ({ acme, tenantry }, organizationId) => ({
      actor: acme.member,
      input: { organizationId, membershipId: acme.memberships.member.id },
      refused: async () => {
        const owner = await tenantry.memberships.find(host, { organizationId, userId: acme.owner.id })
        return { actor: acme.owner, input: { organizationId, membershipId: owner?.id }, code: "last_owner" }
      },
    }),
    { as: "oneself" },
  ),
  command("memberships.leave", "not_found", ({ acme }, organizationId) => {
    const input = { organizationId }
    return { actor: acme.admin, input, refused: { actor: acme.owner, input, code: "last_owner" } }
  }),
  command(
    "memberships.add",
    "already_member",
    (_, organizationId) => {
      const input = { organizationId, user: { id: "u_newcomer", email: "newcomer@acme.example" }, role: "member" }
      return {
        actor: host,
        input,
        refused: { actor: host, input: { ...input, role: "nobody" }, code: "invalid_input" },
      }
    },
    { as: "to the last seat", options: { seats: { cap: 7 } } },
  ),
  command(
    "memberships.remove",
    "not_found",
    ({ acme }, organizationId) => {
      const input = { organizationId, membershipId: acme.memberships.member.id }
      return { input, needs: "members.remove", refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "with the keys of the member", options: { apiKeys: { revokeOnRemoval: true } } },
  ),
  command(
    "memberships.leave",
    "not_found",
    ({ acme }, organizationId) => {
      const input = { organizationId }
      return { actor: acme.member, input, refused: { actor: acme.owner, input, code: "last_owner" } }
    },
    { as: "with one's keys", options: { apiKeys: { revokeOnRemoval: true } } },
  ),
]
