/**
 * Restrictions: how each operation succeeds and is refused.
 *
 * @module
 */
import { person } from "../../world.ts"
import { command, read, readOneself, type Scenario } from "../scenario.ts"

export const restrictions: readonly Scenario[] = [
  read("restrictions.ipRules.list"),
  command(
    "restrictions.ipRules.set",
    "unchanged",
    (_, organizationId) => {
      const rules = [{ cidr: "203.0.113.0/24", api: "search" }, { cidr: "2001:db8::/32" }]
      const elsewhere = person("acme-owner", { ip: "198.51.100.7" })
      const input = { organizationId, rules }
      return {
        input: { ...input, allowLockout: true },
        refused: { actor: elsewhere, input, code: "invalid_input" },
      }
    },
    { options: { apis: ["search"] } },
  ),
  read("restrictions.endpointRules.list", () => ({}), { needs: "endpointRules.read" }),
  readOneself(
    "restrictions.endpointRules.list",
    ({ acme }) => ({ membershipId: acme.memberships.member.id }),
    () => ({}),
  ),
  command("restrictions.endpointRules.set", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, rules: ["GET /v1/items", "* /v1/users/*"] }
    return { input, refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
  command(
    "restrictions.endpointRules.set",
    "unchanged",
    ({ acme }, organizationId) => {
      const input = { organizationId, rules: ["GET /v1/items"] }
      const of = ({ id }: { id: string }) => ({ ...input, membershipId: id })
      return {
        input: of(acme.memberships.member),
        refused: { actor: acme.admin, input: of(acme.memberships.guest), code: "role_not_manageable" },
      }
    },
    { as: "of a member" },
  ),
]
