/**
 * Usage: how each operation succeeds and is refused, inside an organization and on one's own account.
 *
 * @module
 */
import { command, own, read, readOneself, type Scenario } from "../scenario.ts"

/** More than the plan has. */
const TOO_MANY = 1001

const counted = { units: 3, api: "search", requestId: "request-1" }
const kept = { ...counted, expiresInSeconds: 60 }

export const usage: readonly Scenario[] = [
  command("usage.record", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, ...counted }
    return { input, refused: { actor: acme.owner, input: { ...input, units: TOO_MANY }, code: "quota_exceeded" } }
  }),
  command(
    "usage.record",
    "anew",
    ({ acme }, organizationId) => {
      const input = { organizationId, units: TOO_MANY }
      return { input: { organizationId }, refused: { actor: acme.owner, input, code: "quota_exceeded" } }
    },
    { as: "without an id of the request" },
  ),
  own(
    "usage.record",
    "unchanged",
    () => ({ input: counted }),
    () => ({ input: { ...counted, units: TOO_MANY }, code: "quota_exceeded" }),
  ),
  command("usage.reserve", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, ...kept }
    return { input, refused: { actor: acme.owner, input: { ...input, units: TOO_MANY }, code: "quota_exceeded" } }
  }),
  own(
    "usage.reserve",
    "unchanged",
    () => ({ input: kept }),
    () => ({ input: { ...kept, units: TOO_MANY }, code: "quota_exceeded" }),
  ),
  command("usage.commit", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, holdId: acme.holds.organization, units: 3 }
    return { input, refused: { actor: acme.owner, input: { ...input, units: 6 }, code: "invalid_input" } }
  }),
  own(
    "usage.commit",
    "unchanged",
    ({ acme }) => ({ input: { holdId: acme.holds.own } }),
    ({ acme }) => ({ input: { holdId: acme.holds.organization }, code: "not_found" }),
  ),
  command("usage.release", "unchanged", ({ acme, tenantry }, organizationId) => {
    const input = { organizationId, holdId: acme.holds.organization }
    const refused = async () => {
      await tenantry.usage.commit(acme.owner, input)
      return { actor: acme.owner, input, code: "conflict" }
    }
    return { input, refused }
  }),
  own(
    "usage.release",
    "unchanged",
    ({ acme }) => ({ input: { holdId: acme.holds.own } }),
    ({ acme }) => ({ input: { holdId: acme.holds.organization }, code: "not_found" }),
  ),
  read("usage.ofKey", ({ acme }) => ({ apiKeyId: acme.keys.organization.id, month: "2026-01" }), {
    needs: "usage.read",
  }),
  readOneself(
    "usage.ofKey",
    ({ acme }) => ({ apiKeyId: acme.keys.member.id }),
    ({ acme }) => ({ apiKeyId: acme.keys.organization.id }),
  ),
  own(
    "usage.ofKey",
    null,
    ({ acme }) => ({ input: { apiKeyId: acme.keys.own.id, month: "2026-01" } }),
    ({ acme }) => ({ input: { apiKeyId: acme.keys.organization.id }, code: "not_found" }),
  ),
  read("usage.ofMember", ({ acme }) => ({ membershipId: acme.memberships.member.id, month: "2026-01" }), {
    needs: "usage.read",
  }),
  readOneself(
    "usage.ofMember",
    () => ({}),
    ({ acme }) => ({ membershipId: acme.memberships.admin.id }),
  ),
  read("usage.ofOrganization", () => ({ month: "2026-01" })),
  own(
    "usage.ofAccount",
    null,
    () => ({ input: { month: "2026-01" } }),
    () => ({ input: { month: "2026-13" }, code: "invalid_input" }),
  ),
]
