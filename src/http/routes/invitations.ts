/**
 * Routes of invitations: what an organization does with them, and what their recipients do.
 *
 * @module
 */
import * as z from "zod"
import { found } from "../../pipeline/operation.ts"
import { invitations } from "../../registry.ts"
import { type Answers, list, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { Membership, ProjectMembership } from "./organizations.ts"

/** An invitation as the organization sees it. */
export const Invitation = z.object({
  id: z.string(),
  organizationId: z.string(),
  email: z.string(),
  role: z.string().nullable(),
  projects: list(z.object({ projectId: z.string(), role: z.string() })),
  locale: z.string().nullable(),
  status: z.enum(["pending", "accepted", "declined", "cancelled", "expired"]),
  invitedBy: z.object({
    userId: z.string().nullable(),
    apiKeyId: z.string().nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
  }),
  acceptedBy: z.string().nullable(),
  createdAt: z.date(),
  sentAt: z.date(),
  expiresAt: z.date(),
  revision: z.int(),
  delivery: z.object({ state: z.enum(["queued", "sent", "failed"]), reason: z.string().nullable() }),
})

/** What the page behind the e-mail's link may show to somebody who is not signed in. */
const InvitationPreview = z.object({
  organizationName: z.string(),
  email: z.string(),
  role: z.string().nullable(),
  inviter: z.string().nullable(),
  expiresAt: z.date(),
})
const ReceivedInvitation = InvitationPreview.extend({
  id: z.string(),
  organizationId: z.string(),
  projects: list(z.object({ projectId: z.string(), name: z.string(), role: z.string() })),
})

/** What somebody who accepts comes to be: a member, or in projects, or both. */
const AcceptedInvitation = z.object({
  membership: Membership.nullable(),
  projectMemberships: list(ProjectMembership),
})

const Failure = z.object({
  code: z.string(),
  status: z.int(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
})
/** What became of one address of a batch. */
const SendResult = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), email: z.string(), invitation: Invitation }),
  z.object({ ok: z.literal(false), email: z.string(), error: Failure }),
])

const InvitationPage = pageOf(Invitation)
const ReceivedInvitationPage = pageOf(ReceivedInvitation)
const SendResults = z.object({ data: list(SendResult) })

export const invitationAnswers: Answers = {
  AcceptedInvitation,
  Invitation,
  InvitationPreview,
  InvitationPage,
  ReceivedInvitation,
  ReceivedInvitationPage,
  SendResults,
}

const params = { id: "invitationId" }
const byToken = { params: { token: "token" }, without: ["organizationId", "invitationId"] } as const
const byId = { params: { organizationId: "organizationId", id: "invitationId" }, without: ["token"] } as const

export const invitationRoutes: readonly Route[] = [
  route("GET /organizations/invitations", invitations.list, {
    summary: "Invitations, by status",
    answer: InvitationPage,
  }),
  route("POST /organizations/invitations", invitations.send, {
    summary: "Invite one address",
    status: 201,
    answer: Invitation,
    example: { email: "bob@acme.example", role: "member" },
  }),
  route("POST /organizations/invitations/bulk", invitations.sendMany, {
    summary: "Invite many addresses, each with a result of its own, in their order",
    answer: SendResults,
    show: (results) => ({
      data: results.map((result) =>
        result.ok ? result : { ...result, error: { ...result.error.toJSON(), details: { ...result.error.details } } },
      ),
    }),
    example: { invitations: [{ email: "bob@acme.example", role: "member" }] },
  }),
  route("GET /organizations/invitations/{id}", invitations.find, {
    summary: "One invitation",
    params,
    answer: Invitation,
    show: found,
  }),
  route("POST /organizations/invitations/{id}", invitations.resend, {
    summary: "Send the e-mail again, with a new token",
    params,
    row: "invitationId",
    answer: Invitation,
  }),
  route("DELETE /organizations/invitations/{id}", invitations.cancel, {
    summary: "Revoke a pending invitation",
    params,
    row: "invitationId",
    answer: Invitation,
  }),
  route("GET /invitations", invitations.listMine, {
    summary: "The caller's own live invitations, by their verified address",
    answer: ReceivedInvitationPage,
  }),
  route("GET /invitations/{token}", invitations.preview, {
    summary: "What an invitation's link may show to somebody who is not signed in",
    params: byToken.params,
    answer: InvitationPreview,
  }),
  route("POST /invitations/{token}/accept", invitations.accept, {
    summary: "Join, by the link of the e-mail",
    ...byToken,
    answer: AcceptedInvitation,
  }),
  route("POST /invitations/{token}/decline", invitations.decline, {
    summary: "Turn an invitation down, by the link of the e-mail",
    ...byToken,
    answer: ReceivedInvitation,
  }),
  route("POST /organizations/{organizationId}/invitations/{id}/accept", invitations.accept, {
    summary: "Join, by an invitation that the caller's own list showed",
    ...byId,
    answer: AcceptedInvitation,
  }),
  route("POST /organizations/{organizationId}/invitations/{id}/decline", invitations.decline, {
    summary: "Turn down an invitation that the caller's own list showed",
    ...byId,
    answer: ReceivedInvitation,
  }),
]
