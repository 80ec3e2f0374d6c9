/**
 * Organizations: how each operation succeeds and is refused.
 *
 * @module
 */
import { customRoleName } from "../../../src/index.ts"
import { person } from "../../world.ts"
import { command, host, read, type Scenario } from "../scenario.ts"
import type { Tenants } from "../tenants.ts"

/** The owner of acme offers it to its member. */
const offered = ({ acme: { organizationId, owner, memberships }, tenantry }: Tenants) =>
  tenantry.organizations.offerOwnership(owner, {
    ...{ organizationId, membershipId: memberships.member.id, previousRole: customRoleName("auditor") },
  })

export const organizations: readonly Scenario[] = [
  {
    name: "organizations.create",
    again: "slug_taken",
    prepare: ({ acme }) => {
      const actor = person("irene")
      const logo = "https://initech.example/logo.png"
      const input = {
        name: "Initech",
        slug: "initech",
        logo,
        timezone: "Europe/Berlin",
        metadata: { plan: { tier: 1 } },
      }
      return { actor, input, refused: { actor, input: { ...input, slug: acme.slug }, code: "slug_taken" } }
    },
  },
  {
    name: "organizations.create",
    as: "under a name whose slug is taken",
    again: "anew",
    prepare: () => {
      const [actor, input] = [person("irene"), { name: "Acme" }]
      return { actor, input, refused: { actor, input: { ...input, slug: "admin" }, code: "invalid_input" } }
    },
  },
  {
    name: "organizations.create",
    as: "for an owner whom the host names",
    again: "slug_taken",
    prepare: () => {
      const owner = { id: "u_irene", email: "irene@initech.example", name: "Irene" }
      const input = { name: "Initech", slug: "initech", owner }
      return { actor: host, input, refused: { actor: host, input: { name: "Initech" }, code: "invalid_input" } }
    },
  },
  {
    name: "organizations.current",
    again: null,
    prepare: ({ acme: { guest, organizationId }, globex }) => {
      const input = { organizationId }
      return { actor: guest, input, refused: { actor: globex.owner, input, code: "not_found" } }
    },
  },
  read("organizations.get"),
  read("organizations.find"),
  {
    name: "organizations.getBySlug",
    again: null,
    prepare: ({ acme: { admin, guest, slug } }) => ({
      actor: admin,
      input: { slug },
      refused: { actor: guest, input: { slug }, code: "forbidden" },
    }),
  },
  read("organizations.team", () => ({ limit: 2 })),
  command("organizations.update", "unchanged", ({ acme, globex }, organizationId) => {
    const logo = "https://acme.example/logo.png"
    const input = {
      organizationId,
      name: "Acme Ltd",
      slug: "acme-ltd",
      logo,
      timezone: "Asia/Tokyo",
      metadata: { a: { b: 1 } },
    }
    return { input, refused: { actor: acme.owner, input: { organizationId, slug: globex.slug }, code: "slug_taken" } }
  }),
  command("organizations.delete", "not_found", ({ acme }, organizationId) => {
    const stranger = person("acme-owner", { impersonatedBy: "u_support" })
    return {
      actor: acme.owner,
      input: { organizationId },
      refused: { actor: stranger, input: { organizationId }, code: "forbidden" },
    }
  }),
  command("organizations.transferOwnership", "forbidden", ({ acme }, organizationId) => {
    const input = { organizationId, membershipId: acme.memberships.member.id, previousRole: "admin" }
    return { input, refused: { actor: acme.owner, input: { ...input, previousRole: "owner" }, code: "invalid_input" } }
  }),
  command(
    "organizations.transferOwnership",
    "not_found",
    async ({ acme, tenantry }, organizationId) => {
      const owner = await tenantry.memberships.find(host, { organizationId, userId: acme.owner.id })
      const fromMembershipId = owner?.id ?? ""
      const input = {
        organizationId,
        membershipId: acme.memberships.guest.id,
        fromMembershipId,
        previousRole: "member",
      }
      return { actor: host, input, refused: { actor: acme.owner, input, code: "invalid_input" } }
    },
    { as: "from an owner whom the host names" },
  ),
  command("organizations.offerOwnership", "unchanged", ({ acme }, organizationId) => {
    const input = {
      ...{ organizationId, membershipId: acme.memberships.member.id },
      ...{ previousRole: "auditor", expiresInHours: 1 },
    }
    return { input, refused: { actor: acme.admin, input, code: "forbidden" } }
  }),
  command("organizations.acceptOwnership", "not_found", async (at, organizationId) => {
    await offered(at)
    const input = { organizationId }
    return { actor: at.acme.member, input, refused: { actor: at.acme.guest, input, code: "not_found" } }
  }),
  command("organizations.declineOwnership", "not_found", async (at, organizationId) => {
    await offered(at)
    const input = { organizationId }
    return { actor: at.acme.member, input, refused: { actor: at.acme.guest, input, code: "not_found" } }
  }),
  command("organizations.cancelOwnershipOffer", "not_found", async (at, organizationId) => {
    await offered(at)
    const input = { organizationId }
    return { input, refused: { actor: at.acme.member, input, code: "forbidden" } }
  }),
]
