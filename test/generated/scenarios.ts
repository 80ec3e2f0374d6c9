/**
 * For every operation, how it succeeds and how it is refused: what everything generated is generated from.
 *
 * @module
 */
import { type Actor, system } from "../../src/index.ts"
import type { BuiltInPermission } from "../../src/policy/policy.ts"
import { person } from "../world.ts"
import type { Options, Tenants } from "./tenants.ts"

export type Input = Readonly<Record<string, unknown>>

/** One call. */
export type Call = Readonly<{ actor: Actor; input: Input }>

/** A call that succeeds, and one that is refused by somebody who may ask. */
export type Case = Call &
  Readonly<{
    /** Whether somebody's own position, and no role, lets them: then no permission is asked. */
    needs?: BuiltInPermission
    refused: (Call & Readonly<{ code: string }>) | (() => Promise<Call & Readonly<{ code: string }>>)
  }>

export type Scenario = Readonly<{
  /** The operation's. */
  name: string
  /** What sets this scenario apart from others of the operation. */
  as?: string
  /** Settings of the whole world. */
  options?: Options
  /**
   * What a command answers when it is given again at once: a refusal's code, `unchanged` when it succeeds and writes
   * nothing, `anew` when it does the same once more. Null for a query.
   */
  again: string | null
  prepare: (at: Tenants) => Case | Promise<Case>
}>

const host = system("test")

/** A query in acme, asked by its admin; refused to a guest, who holds nothing. */
const read = (name: string, more: (at: Tenants) => Input = () => ({})): Scenario => ({
  name,
  again: null,
  prepare: (at) => {
    const { organizationId, admin, guest } = at.acme
    const input = { organizationId, ...more(at) }
    return { actor: admin, input, refused: { actor: guest, input, code: "forbidden" } }
  },
})

/** A command in acme, given by its owner unless said. */
const command = (
  name: string,
  again: string,
  prepare: (at: Tenants, organizationId: string) => Omit<Case, "actor"> & Readonly<{ actor?: Actor }>,
  more: Readonly<{ as?: string; options?: Options }> = {},
): Scenario => ({
  name,
  again,
  ...more,
  prepare: (at) => ({ actor: at.acme.owner, ...prepare(at, at.acme.organizationId) }),
})

const organizations: readonly Scenario[] = [
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

const memberships: readonly Scenario[] = [
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
  command("memberships.changeRole", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, membershipId: acme.memberships.member.id, role: "admin" }
    return { input, refused: { actor: acme.admin, input: { ...input, role: "owner" }, code: "role_not_manageable" } }
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
]

const newcomer = { email: "newcomer@acme.example", role: "member", locale: "de-AT" }

const invitations: readonly Scenario[] = [
  command("invitations.send", "invitation_pending", ({ acme }, organizationId) => {
    const input = { organizationId, ...newcomer }
    return {
      input,
      refused: { actor: acme.owner, input: { ...input, email: acme.member.email }, code: "already_member" },
    }
  }),
  command(
    "invitations.send",
    "rate_limited",
    ({ acme }, organizationId) => {
      const input = { organizationId, email: acme.invited.email, role: "admin" }
      return { input, refused: { actor: acme.admin, input: { ...input, role: "owner" }, code: "role_not_manageable" } }
    },
    { as: "in place of a pending one", options: { invitations: { whenPending: "replace" } } },
  ),
  command(
    "invitations.send",
    "invitation_pending",
    ({ acme, clock }, organizationId) => {
      clock.advance({ days: 8 })
      const input = { organizationId, email: acme.invited.email, role: "admin" }
      return { input, refused: { actor: acme.owner, input: { ...input, role: "nobody" }, code: "invalid_input" } }
    },
    { as: "to an address whose invitation expired" },
  ),
  command("invitations.sendMany", "unchanged", ({ acme }, organizationId) => {
    const pending = { email: acme.invited.email, role: "member" }
    const input = { organizationId, invitations: [newcomer, { ...newcomer, email: "second@acme.example" }, pending] }
    return { input, refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
  command(
    "invitations.sendMany",
    "unchanged",
    ({ acme }, organizationId) => {
      const input = { organizationId, invitations: [{ email: acme.invited.email, role: "member" }, newcomer] }
      return { input, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "in place of pending ones", options: { invitations: { whenPending: "replace" } } },
  ),
  read("invitations.list", () => ({ status: "pending", limit: 1 })),
  {
    name: "invitations.listMine",
    again: null,
    prepare: ({ acme }) => {
      const unproven = person("acme-invited", { emailVerified: false })
      return {
        actor: acme.invited,
        input: { limit: 1 },
        refused: { actor: unproven, input: {}, code: "email_unverified" },
      }
    },
  },
  read("invitations.find", ({ acme }) => ({ invitationId: acme.invitation.id })),
  {
    name: "invitations.preview",
    again: null,
    prepare: ({ acme }) => {
      const actor = person("anybody")
      return { actor, input: { token: acme.token }, refused: { actor, input: { token: "unknown" }, code: "not_found" } }
    },
  },
  ...(["accept", "decline"] as const).flatMap((answer) => {
    const again = answer === "accept" ? "unchanged" : "invitation_closed"
    return [
      command(`invitations.${answer}`, again, ({ acme }) => {
        const input = { token: acme.token }
        return { actor: acme.invited, input, refused: { actor: acme.other, input, code: "invitation_email_mismatch" } }
      }),
      command(
        `invitations.${answer}`,
        again,
        ({ acme }, organizationId) => {
          const input = { organizationId, invitationId: acme.invitation.id }
          const refused = async () => ({
            actor: person("acme-invited", { emailVerified: false }),
            input,
            code: "not_found",
          })
          return { actor: acme.invited, input, refused }
        },
        { as: "by its id" },
      ),
    ]
  }),
  command(
    "invitations.accept",
    "unchanged",
    ({ acme }) => {
      const actor = person("acme-member", { email: acme.invited.email })
      return {
        actor,
        input: { token: acme.token },
        refused: { actor: acme.other, input: { token: "x" }, code: "not_found" },
      }
    },
    { as: "by a member" },
  ),
  command("invitations.resend", "rate_limited", ({ acme, tenantry, clock }, organizationId) => {
    const input = { organizationId, invitationId: acme.invitation.id }
    const refused = async () => {
      await tenantry.invitations.resend(acme.owner, input)
      clock.advance({ seconds: 59 })
      return { actor: acme.owner, input, code: "rate_limited" }
    }
    return { input, refused }
  }),
  command("invitations.cancel", "unchanged", ({ acme, tenantry }, organizationId) => {
    const input = { organizationId, invitationId: acme.invitation.id }
    const refused = async () => {
      await tenantry.invitations.accept(acme.invited, { token: acme.token })
      return { actor: acme.owner, input, code: "invitation_closed" }
    }
    return { input, refused }
  }),
]

const roles: readonly Scenario[] = [
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

const activity: readonly Scenario[] = [
  read("activity.list", ({ acme, clock }) => ({
    actions: ["member.added", "invitation.sent"],
    actor: { type: "system", id: "test" },
    target: { type: "member", id: acme.memberships.member.id },
    since: new Date(0),
    until: clock.now(),
    limit: 1,
  })),
  read("activity.export", ({ acme }) => ({
    format: "jsonl",
    target: { type: "member", id: acme.memberships.member.id },
  })),
  read("activity.verify", ({ acme, everything }) => {
    const first = everything().entries.find(({ organizationId }) => organizationId === acme.organizationId)
    return { since: { seq: first?.seq, hash: first?.hash } }
  }),
]

/** Every scenario; an operation may have several. */
export const scenarios: readonly Scenario[] = [
  ...[...organizations, ...memberships, ...invitations, ...roles, ...activity],
  {
    name: "access",
    again: null,
    prepare: ({ acme: { guest, organizationId }, globex }) => {
      const input = { organizationId }
      return { actor: guest, input, refused: { actor: globex.owner, input, code: "not_found" } }
    },
  },
]

/** The operation's name, and what sets the scenario apart. */
export const titleOf = ({ name, as }: Scenario): string => (as === undefined ? name : `${name} ${as}`)

/** The call that a case has refused. */
export const refusedCall = async ({ refused }: Case) => (typeof refused === "function" ? refused() : refused)
