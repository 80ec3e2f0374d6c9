/**
 * Reads of invitations: the organization's, and the recipient's.
 *
 * @module
 */
import * as z from "zod"
import { TenantryError } from "../kernel/error.ts"
import { idSchema } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { hashSecret } from "../kernel/secret.ts"
import { found } from "../pipeline/operation.ts"
import { lookup, query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { type InvitationPreview, invitationView, isLive, receivedView } from "./invitation.ts"
import { Token } from "./recipient-commands.ts"
import type { InvitationFilter } from "./repository.ts"

const Status = z.enum(["pending", "expired", "accepted", "declined", "cancelled"])

/** The stored status and the instants that a status as people see it stands for. */
function filterBy(status: z.output<typeof Status> | undefined, at: Date): InvitationFilter {
  if (status === "pending") return { status, liveAt: at, expiredAt: null }
  if (status === "expired") return { status: "pending", liveAt: null, expiredAt: at }
  return { status: status ?? null, liveAt: null, expiredAt: null }
}

export const listInvitations = query({
  name: "invitations.list",
  input: (limits) => inOrganization({ status: Status.optional(), ...pageFields(limits) }),
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input, settings, at }) => ({
    invitations: { ...filterBy(input.status, at), ...keyset(input, settings.limits) },
  }),
  answer: ({ input, settings, loaded, at }) =>
    page(
      loaded.invitations,
      keyset(input, settings.limits),
      ({ invitation }) => invitation.id,
      ({ invitation, delivery }) => invitationView(invitation, delivery, at),
    ),
})

export const findInvitation = query({
  name: "invitations.find",
  input: () => inOrganization({ invitationId: idSchema("inv") }),
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input }) => ({ invitation: input.invitationId, delivery: input.invitationId }),
  answer: ({ loaded: { invitation, delivery }, at }) =>
    invitation === null ? null : invitationView(invitation, delivery ?? { state: "queued", reason: null }, at),
})

export const listMyInvitations = lookup({
  name: "invitations.listMine",
  input: (limits) => z.strictObject(pageFields(limits)),
  actors: ["user"],
  answer: async ({ actor, input, store, settings, at }) => {
    if (actor.type !== "user" || !actor.emailVerified) throw new TenantryError("email_unverified", {})
    const by = keyset(input, settings.limits)
    const received = await store.invitations.pendingFor(actor.email, at, by)
    return page(
      received,
      by,
      ({ invitation }) => invitation.id,
      ({ invitation, organizationName, projects }) => receivedView(invitation, organizationName, projects),
    )
  },
})

export const previewInvitation = lookup({
  name: "invitations.preview",
  input: () => z.strictObject({ token: Token }),
  actors: [],
  answer: async ({ input, store, at }) => {
    const { invitation, organizationName } = found(await store.invitations.findByToken(hashSecret(input.token)))
    const live = found(isLive(invitation, at) ? invitation : null)
    const {
      id: _id,
      organizationId: _organizationId,
      projects: _projects,
      ...shown
    } = receivedView(live, organizationName, [])
    return shown as InvitationPreview
  },
})
