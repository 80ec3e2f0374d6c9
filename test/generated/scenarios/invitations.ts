/**
 * Invitations: how each operation succeeds and is refused.
 *
 * @module
 */
import { person } from "../../world.ts"
import { command, read, type Scenario } from "../scenario.ts"
import { intoAnother } from "../tenants.ts"

const newcomer = { email: "newcomer@acme.example", role: "member", locale: "de-AT" }

const needs = "members.invite"

export const invitations: readonly Scenario[] = [
  command("invitations.send", "invitation_pending", ({ acme }, organizationId) => {
    const input = { organizationId, ...newcomer }
    return {
      input,
      needs,
      refused: { actor: acme.owner, input: { ...input, email: acme.member.email }, code: "already_member" },
    }
  }),
  command(
    "invitations.send",
    "rate_limited",
    ({ acme }, organizationId) => {
      const input = { organizationId, email: acme.invited.email, role: "admin" }
      return {
        input,
        needs,
        refused: { actor: acme.admin, input: { ...input, role: "owner" }, code: "role_not_manageable" },
      }
    },
    { as: "in place of a pending one", options: { invitations: { whenPending: "replace" } } },
  ),
  command(
    "invitations.send",
    "invitation_pending",
    ({ acme, clock }, organizationId) => {
      clock.advance({ days: 8 })
      const input = { organizationId, email: acme.invited.email, role: "admin" }
      return {
        input,
        needs,
        refused: { actor: acme.owner, input: { ...input, role: "nobody" }, code: "invalid_input" },
      }
    },
    { as: "to an address whose invitation expired" },
  ),
  command("invitations.sendMany", "unchanged", ({ acme }, organizationId) => {
    const pending = { email: acme.invited.email, role: "member" }
    const input = { organizationId, invitations: [newcomer, { ...newcomer, email: "second@acme.example" }, pending] }
    return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
  }),
  command(
    "invitations.sendMany",
    "unchanged",
    ({ acme }, organizationId) => {
      const input = { organizationId, invitations: [{ email: acme.invited.email, role: "member" }, newcomer] }
      return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "in place of pending ones", options: { invitations: { whenPending: "replace" } } },
  ),
  command(
    "invitations.send",
    "invitation_pending",
    ({ acme }, organizationId) => {
      const projects = [{ projectId: acme.project.id, role: "member" }]
      const input = { organizationId, email: newcomer.email, projects }
      const archived = [{ projectId: acme.archived.id, role: "member" }]
      const refused = { actor: acme.owner, input: { ...input, projects: archived }, code: "project_archived" }
      return { input, needs, refused }
    },
    { as: "to a project" },
  ),
  command(
    "invitations.sendMany",
    "unchanged",
    ({ acme }, organizationId) => {
      const projects = [{ projectId: acme.project.id, role: "member" }]
      const input = { organizationId, invitations: [{ ...newcomer, projects }] }
      return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "to a project too" },
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
  command(
    "invitations.accept",
    "unchanged",
    async ({ acme, tenantry, tokenFor }, organizationId) => {
      const actor = person("contractor")
      const projects = [{ projectId: acme.project.id, role: "member" }]
      await tenantry.invitations.send(acme.owner, { organizationId, email: actor.email, projects })
      const token = await tokenFor(actor.email)
      const refused = { actor: acme.other, input: { token }, code: "invitation_email_mismatch" }
      return { actor, input: { token }, refused }
    },
    { as: "into a project" },
  ),
  command(
    "invitations.accept",
    "unchanged",
    async (at, organizationId) => {
      const actor = person("acme-member", { email: "moved@acme.example" })
      await intoAnother(at, at.acme.member.email)
      const { id: invitationId } = await intoAnother(at, actor.email)
      const input = { organizationId, invitationId }
      return { actor, input, refused: { actor: at.acme.other, input, code: "not_found" } }
    },
    { as: "by a member who has another address now" },
  ),
  command(
    "invitations.accept",
    "unchanged",
    async (at, organizationId) => {
      const actor = person("namesake", { email: at.acme.member.email })
      const { id: invitationId } = await intoAnother(at, actor.email)
      const input = { organizationId, invitationId }
      return { actor, input, refused: { actor: at.acme.other, input, code: "not_found" } }
    },
    { as: "to the last seat, at a member's address", options: { seats: { cap: 7 } } },
  ),
  command("invitations.resend", "rate_limited", ({ acme, tenantry, clock }, organizationId) => {
    const input = { organizationId, invitationId: acme.invitation.id }
    const refused = async () => {
      await tenantry.invitations.resend(acme.owner, input)
      clock.advance({ seconds: 59 })
      return { actor: acme.owner, input, code: "rate_limited" }
    }
    return { input, needs, refused }
  }),
  command("invitations.cancel", "unchanged", ({ acme, tenantry }, organizationId) => {
    const input = { organizationId, invitationId: acme.invitation.id }
    const refused = async () => {
      await tenantry.invitations.accept(acme.invited, { token: acme.token })
      return { actor: acme.owner, input, code: "invitation_closed" }
    }
    return { input, needs, refused }
  }),
  command(
    "invitations.send",
    "invitation_pending",
    ({ acme }, organizationId) => {
      const input = { organizationId, ...newcomer }
      return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "for the last seat", options: { seats: { cap: 7 } } },
  ),
  command(
    "invitations.sendMany",
    "unchanged",
    ({ acme }, organizationId) => {
      const input = { organizationId, invitations: [newcomer, { ...newcomer, email: "second@acme.example" }] }
      return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "for the last seat", options: { seats: { cap: 7 } } },
  ),
  command(
    "invitations.resend",
    "rate_limited",
    ({ acme, clock }, organizationId) => {
      clock.advance({ days: 8 })
      const input = { organizationId, invitationId: acme.invitation.id }
      return { input, needs, refused: { actor: acme.guest, input, code: "forbidden" } }
    },
    { as: "for the last seat", options: { seats: { cap: 5 } } },
  ),
]
