/**
 * Routes of members: who is in, as what; and the team page, where they stand beside who is invited.
 *
 * @module
 */
import * as z from "zod"
import { found } from "../../pipeline/operation.ts"
import { memberships, organizations } from "../../registry.ts"
import { type Answers, list, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { Invitation } from "./invitations.ts"
import { KeyHolder } from "./keys.ts"
import { Membership } from "./organizations.ts"

const MembershipPage = pageOf(Membership)
const Team = z.object({ members: MembershipPage, invitations: pageOf(Invitation) })

/** The keys that somebody who is gone made, holds or was shown, for whoever may read keys. */
export const LeftKey = z.object({ id: z.string(), name: z.string(), holder: KeyHolder, hint: z.string() })
const EndedMembership = z.object({ membership: Membership, apiKeys: list(LeftKey) })

export const membershipAnswers: Answers = { MembershipPage, Team, LeftKey, EndedMembership }

const params = { memberId: "membershipId" }

export const membershipRoutes: readonly Route[] = [
  route("GET /organizations/team", organizations.team, {
    summary: "Members beside pending and expired invitations",
    answer: Team,
  }),
  route("GET /organizations/members", memberships.list, {
    summary: "Members, by role or by the start of their address",
    answer: MembershipPage,
  }),
  route("GET /organizations/members/lookup", memberships.find, {
    summary: "The member who is that user",
    answer: Membership,
    show: found,
  }),
  route("DELETE /organizations/members/me", memberships.leave, {
    summary: "Leave the organization",
    answer: EndedMembership,
  }),
  route("GET /organizations/members/{memberId}", memberships.get, {
    summary: "One member",
    params,
    answer: Membership,
  }),
  route("PATCH /organizations/members/{memberId}", memberships.changeRole, {
    summary: "Give a member another role",
    params,
    row: "membershipId",
    answer: Membership,
    example: { role: "admin" },
  }),
  route("PUT /organizations/members/{memberId}/metadata", memberships.update, {
    summary: "Put other metadata in place of a member's",
    params,
    row: "membershipId",
    answer: Membership,
    example: { metadata: { department: "Sales" } },
  }),
  route("DELETE /organizations/members/{memberId}", memberships.remove, {
    summary: "Remove a member",
    params,
    row: "membershipId",
    answer: EndedMembership,
  }),
]
