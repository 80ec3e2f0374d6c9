/**
 * Projects, their people, and contexts: how each operation succeeds and is refused.
 *
 * @module
 */
import { person } from "../../world.ts"
import { command, host, read, type Scenario } from "../scenario.ts"
import type { Tenants } from "../tenants.ts"

const at = ({ acme }: Tenants) => ({ organizationId: acme.organizationId, projectId: acme.project.id })
const attic = ({ acme }: Tenants) => ({ organizationId: acme.organizationId, projectId: acme.archived.id })

const contractor = person("contractor")
const [lister, leaver] = [person("lister"), person("leaver")]

/** An admin of acme's project only, who invited somebody into it and made a key for it. */
async function busy(world: Tenants, name: string) {
  const { acme, tenantry } = world
  const who = person(name)
  const place = await inProject(world, who, "admin")
  const { organizationId, projectId } = place
  const projects = [{ projectId, role: "member" }]
  await tenantry.invitations.send(who, { organizationId, email: `friend-of-${name}@acme.example`, projects })
  await tenantry.apiKeys.create(who, {
    organizationId,
    projectId: acme.project.id,
    name: "mine",
    holder: "organization",
  })
  return { who, place }
}

/** That person is in acme's project only. */
async function inProject(world: Tenants, who = contractor, role = "member") {
  const { id, email } = who
  const input = { ...at(world), user: { id, email }, role }
  return { ...at(world), projectMembershipId: (await world.tenantry.projects.members.add(host, input)).id }
}

export const projects: readonly Scenario[] = [
  command("projects.create", "anew", ({ acme }, organizationId) => {
    const input = { organizationId, name: "Shop" }
    return { input, refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
  read("projects.get", ({ acme }) => ({ projectId: acme.archived.id }), { needs: "projects.read" }),
  {
    name: "projects.get",
    as: "by somebody who is there only",
    again: null,
    prepare: async (world) => {
      await inProject(world)
      return {
        actor: contractor,
        input: at(world),
        refused: { actor: contractor, input: attic(world), code: "not_found" },
      }
    },
  },
  read("projects.list", () => ({ limit: 1 }), { needs: "projects.read" }),
  {
    name: "projects.list",
    as: "by somebody who is in one only",
    again: null,
    prepare: async (world) => {
      const { organizationId } = await inProject(world, lister)
      const refused = { actor: lister, input: { organizationId, limit: 0 }, code: "invalid_input" }
      return { actor: lister, input: { organizationId, limit: 1 }, refused }
    },
  },
  command("projects.update", "unchanged", (world) => {
    const input = { ...at(world), name: "Shop" }
    const refused = { actor: world.acme.owner, input: { ...attic(world), name: "Shop" }, code: "project_archived" }
    return { input, refused }
  }),
  command("projects.archive", "unchanged", (world) => {
    const input = at(world)
    return { input, refused: { actor: world.acme.guest, input, code: "forbidden" } }
  }),
  command("projects.restore", "unchanged", (world) => {
    const input = attic(world)
    return { input, refused: { actor: world.acme.guest, input, code: "forbidden" } }
  }),
  read("projects.members.list", ({ acme }) => ({ projectId: acme.project.id, role: "member", limit: 1 })),
  command("projects.members.add", "already_member", (world) => {
    const { acme } = world
    const input = { ...at(world), membershipId: acme.memberships.guest.id, role: "member" }
    const owning = { ...input, role: "owner" }
    return { input, refused: { actor: acme.owner, input: owning, code: "invalid_input" } }
  }),
  command(
    "projects.members.add",
    "already_member",
    (world) => {
      const { id, email } = contractor
      const input = { ...at(world), user: { id, email, name: "Con" }, role: "member" }
      return { actor: host, input, refused: { actor: world.acme.owner, input, code: "forbidden" } }
    },
    { as: "somebody from outside", options: { seats: { cap: 7 } } },
  ),
  command("projects.members.changeRole", "unchanged", (world) => {
    const { acme } = world
    const input = { ...at(world), projectMembershipId: acme.projectMembership.id, role: "guest" }
    const more = { ...input, role: "deputy" }
    return { input, refused: { actor: acme.admin, input: more, code: "role_not_manageable" } }
  }),
  command("projects.members.remove", "not_found", (world) => {
    const { acme } = world
    const input = { ...at(world), projectMembershipId: acme.projectMembership.id }
    return { input, needs: "members.remove", refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
  command(
    "projects.members.remove",
    "not_found",
    async (world) => {
      const input = await inProject(world, leaver)
      const others = { ...input, projectMembershipId: world.acme.projectMembership.id }
      return { actor: leaver, input, refused: { actor: leaver, input: others, code: "forbidden" } }
    },
    { as: "oneself" },
  ),
  command("projects.members.leave", "not_found", (world) => {
    const input = at(world)
    return { actor: world.acme.member, input, refused: { actor: world.acme.owner, input, code: "not_found" } }
  }),
  command(
    "projects.members.remove",
    "not_found",
    async (world) => {
      const { place: input } = await busy(world, "busy")
      return { input, needs: "members.remove", refused: { actor: world.acme.guest, input, code: "forbidden" } }
    },
    { as: "with the keys and invitations of the person", options: { apiKeys: { revokeOnRemoval: true } } },
  ),
  command(
    "projects.members.leave",
    "not_found",
    async (world) => {
      const { who: actor } = await busy(world, "parting")
      const input = at(world)
      return { actor, input, refused: { actor: world.acme.owner, input, code: "not_found" } }
    },
    { as: "with one's keys and invitations", options: { apiKeys: { revokeOnRemoval: true } } },
  ),
]

export const contexts: readonly Scenario[] = [
  {
    name: "contexts.list",
    again: null,
    prepare: ({ acme }) => {
      const actor = acme.member
      return { actor, input: { limit: 1 }, refused: { actor, input: { limit: 0 }, code: "invalid_input" } }
    },
  },
  {
    name: "contexts.resolve",
    again: null,
    prepare: ({ acme: { guest, organizationId }, globex }) => {
      const input = { organizationId }
      return { actor: guest, input, refused: { actor: globex.owner, input, code: "not_found" } }
    },
  },
  {
    name: "contexts.resolve",
    as: "at a project",
    again: null,
    prepare: (world) => {
      const input = at(world)
      return { actor: world.acme.member, input, refused: { actor: contractor, input, code: "not_found" } }
    },
  },
  {
    name: "contexts.resolve",
    as: "of one's own",
    own: true,
    again: null,
    prepare: ({ acme: { owner: actor } }) => ({
      actor,
      input: {},
      refused: { actor, input: { projectId: "prj_1" }, code: "invalid_input" },
    }),
  },
]
