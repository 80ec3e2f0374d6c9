/**
 * Organizations: how each operation succeeds and is refused.
 *
 * @module
 */
import { person } from "../../world.ts"
import { command, host, read, type Scenario } from "../scenario.ts"

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
]
