/**
 * The platform: how each operation succeeds and is refused.
 *
 * @module
 */
import { type Input, root, type Scenario } from "../scenario.ts"
import type { Tenants } from "../tenants.ts"

/** A query of the platform; refused to acme's owner. */
const read = (name: string, inputOf: (at: Tenants) => Input): Scenario => ({
  name: `platform.${name}`,
  again: null,
  prepare: (at) => {
    const input = inputOf(at)
    return { actor: root, input, refused: { actor: at.acme.owner, input, code: "forbidden" } }
  },
})

/** A command of the platform at acme, after what went before; refused once acme is being purged. */
const command = (
  name: string,
  more: Input = {},
  before: (at: Tenants, acme: Readonly<{ organizationId: string }>) => Promise<unknown> = async () => {},
): Scenario => ({
  name: `platform.organizations.${name}`,
  again: "unchanged",
  prepare: async (at) => {
    const { organizationId } = at.acme
    await before(at, { organizationId })
    const input = { organizationId, ...more }
    const refused = async () => {
      await at.put(organizationId, { status: "purging" })
      return { actor: root, input, code: "organization_inactive" }
    }
    return { actor: root, input, refused }
  },
})

export const platform: readonly Scenario[] = [
  read("organizations.list", ({ acme: { slug } }) => ({ status: "active", slugPrefix: slug, limit: 1 })),
  read("organizations.get", ({ acme: { organizationId } }) => ({ organizationId })),
  command("update", { name: "Acme Ltd", slug: "acme-ltd", logo: null, timezone: "Asia/Tokyo", metadata: { a: 1 } }),
  command("suspend", { reason: "Unpaid since March" }),
  command("resume", {}, ({ tenantry }, acme) => tenantry.platform.organizations.suspend(root, acme)),
  command("delete"),
  command("restore", {}, ({ tenantry }, acme) => tenantry.platform.organizations.delete(root, acme)),
  {
    name: "platform.organizations.purge",
    again: "not_found",
    prepare: async ({ acme, globex, tenantry, clock }) => {
      const { organizationId } = acme
      await tenantry.platform.organizations.delete(root, { organizationId })
      clock.advance({ days: 30 })
      const refused = { actor: root, input: { organizationId: globex.organizationId }, code: "conflict" }
      return { actor: root, input: { organizationId }, refused }
    },
  },
  read("activity.list", () => ({ limit: 1 })),
]
