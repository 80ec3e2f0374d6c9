/**
 * API keys: how each operation succeeds and is refused, inside an organization and on one's own account.
 *
 * @module
 */
import { command, own, read, readOneself, type Scenario } from "../scenario.ts"
import type { Tenants } from "../tenants.ts"

const LATER = new Date("2027-01-01T00:00:00.000Z")

/** All that a key can be told. */
const properties = {
  expiresAt: LATER,
  ipRules: [{ cidr: "10.0.0.0/8" }, { cidr: "2001:db8::/32" }],
  endpointRules: ["GET /v1/items", "POST /v1/items"],
  rateLimit: { limit: 10, windowSeconds: 60 },
  monthlyUnits: 100,
  metadata: { team: { name: "Deploys" } },
}

/** That call, once the key's secret has leaked: nothing turns it on, off or over again. */
const onceRevoked =
  ({ acme, tenantry }: Tenants, input: Readonly<Record<string, unknown>>) =>
  async () => {
    await tenantry.apiKeys.revokeLeaked(acme.keys.organization.secret)
    return { actor: acme.owner, input, code: "not_found" }
  }

export const apiKeys: readonly Scenario[] = [
  command("apiKeys.create", "anew", ({ acme }, organizationId) => {
    const wish = { organizationId, name: "Deploys", holder: "organization", environment: "test", ...properties }
    const input = { ...wish, scopes: ["api.use", "members.read"] }
    const more = { ...wish, scopes: ["organization.delete"] }
    return {
      input,
      needs: "apiKeys.create",
      refused: { actor: acme.admin, input: more, code: "permission_escalation" },
    }
  }),
  command(
    "apiKeys.create",
    "anew",
    ({ acme }, organizationId) => {
      const input = { organizationId, name: "Laptop", holder: "member" }
      const more = { ...input, scopes: ["members.remove"] }
      return {
        actor: acme.member,
        input,
        needs: "api.use",
        refused: { actor: acme.member, input: more, code: "permission_escalation" },
      }
    },
    { as: "of a member" },
  ),
  command(
    "apiKeys.create",
    "anew",
    ({ acme }, organizationId) => {
      const input = { organizationId, projectId: acme.project.id, name: "Site", holder: "organization" }
      const archived = { ...input, projectId: acme.archived.id }
      return {
        input,
        needs: "apiKeys.create",
        refused: { actor: acme.owner, input: archived, code: "project_archived" },
      }
    },
    { as: "for a project" },
  ),
  read("apiKeys.list", ({ acme }) => ({ userId: acme.member.id, limit: 1 }), { needs: "apiKeys.read" }),
  readOneself(
    "apiKeys.list",
    ({ acme }) => ({ userId: acme.member.id }),
    ({ acme }) => ({ userId: acme.admin.id }),
  ),
  read("apiKeys.get", ({ acme }) => ({ apiKeyId: acme.keys.organization.id }), { needs: "apiKeys.read" }),
  readOneself(
    "apiKeys.get",
    ({ acme }) => ({ apiKeyId: acme.keys.member.id }),
    ({ acme }) => ({ apiKeyId: acme.keys.organization.id }),
  ),
  command("apiKeys.update", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, apiKeyId: acme.keys.organization.id, name: "Deploys", ...properties }
    const more = { ...input, scopes: ["organization.delete"] }
    return {
      input: { ...input, scopes: ["members.read"], allowLockout: true },
      needs: "apiKeys.update",
      refused: { actor: acme.admin, input: more, code: "permission_escalation" },
    }
  }),
  command(
    "apiKeys.update",
    "unchanged",
    ({ acme }, organizationId) => {
      const place = { organizationId, projectId: acme.project.id }
      const input = { ...place, apiKeyId: acme.keys.project.id, name: "Site" }
      const elsewhere = { ...input, apiKeyId: acme.keys.organization.id }
      return { input, needs: "apiKeys.update", refused: { actor: acme.owner, input: elsewhere, code: "not_found" } }
    },
    { as: "of a project" },
  ),
  command("apiKeys.enable", "unchanged", async (at, organizationId) => {
    const { acme, tenantry } = at
    const input = { organizationId, apiKeyId: acme.keys.organization.id }
    await tenantry.apiKeys.disable(acme.owner, input)
    return { input, needs: "apiKeys.update", refused: onceRevoked(at, input) }
  }),
  command("apiKeys.disable", "unchanged", (at, organizationId) => {
    const input = { organizationId, apiKeyId: at.acme.keys.organization.id }
    return { input, needs: "apiKeys.update", refused: onceRevoked(at, input) }
  }),
  command("apiKeys.rotate", "anew", (at, organizationId) => {
    const input = { organizationId, apiKeyId: at.acme.keys.organization.id, graceSeconds: 60 }
    return { input, needs: "apiKeys.update", refused: onceRevoked(at, input) }
  }),
  command(
    "apiKeys.rotate",
    "anew",
    ({ acme }, organizationId) => {
      const input = { organizationId, apiKeyId: acme.keys.member.id }
      return { actor: acme.member, input, refused: { actor: acme.owner, input, code: "forbidden" } }
    },
    { as: "of one's own membership" },
  ),
  command("apiKeys.delete", "not_found", ({ acme }, organizationId) => {
    const input = { organizationId, apiKeyId: acme.keys.organization.id }
    return { input, needs: "apiKeys.delete", refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
]

const mine = ({ acme }: Tenants) => ({ apiKeyId: acme.keys.own.id })
/** The organization's key is none of the owner's own. */
const notMine = ({ acme }: Tenants) => ({ input: { apiKeyId: acme.keys.organization.id }, code: "not_found" })

export const ownKeys: readonly Scenario[] = [
  own(
    "apiKeys.create",
    "anew",
    () => ({ input: { name: "Phone", holder: "person", scopes: ["api.use"], environment: "test", ...properties } }),
    () => ({ input: { name: "Phone", scopes: ["members.read"] }, code: "permission_escalation" }),
  ),
  own(
    "apiKeys.list",
    null,
    () => ({ input: { limit: 1 } }),
    () => ({ input: { limit: 0 }, code: "invalid_input" }),
  ),
  own("apiKeys.get", null, (at) => ({ input: mine(at) }), notMine),
  own(
    "apiKeys.update",
    "unchanged",
    (at) => ({ input: { ...mine(at), name: "Phone", scopes: [], ...properties, allowLockout: true } }),
    (at) => ({ input: { ...mine(at), scopes: ["members.read"] }, code: "permission_escalation" }),
  ),
  own(
    "apiKeys.enable",
    "unchanged",
    async (at) => {
      await at.tenantry.apiKeys.disable(at.acme.owner, mine(at))
      return { input: mine(at) }
    },
    notMine,
  ),
  own("apiKeys.disable", "unchanged", (at) => ({ input: mine(at) }), notMine),
  own("apiKeys.rotate", "anew", (at) => ({ input: { ...mine(at), graceSeconds: 60 } }), notMine),
  own("apiKeys.delete", "not_found", (at) => ({ input: mine(at) }), notMine),
]
