/**
 * Calls of every operation on organizations, members, invitations, roles and activity.
 *
 * @module
 */
import fc from "fast-check"
import { ZONES } from "./billing-rules.ts"
import { type Calls, call } from "./call.ts"
import {
  customName,
  email,
  heldBy,
  invitationId,
  limit,
  many,
  maybe,
  membershipId,
  name,
  named,
  nth,
  offer,
  part,
  pendingId,
  permissions,
  projectId,
  projectOffers,
  rarely,
  reference,
  role,
  roleId,
  slug,
  status,
  user,
} from "./parts.ts"
import { people } from "./people.ts"

const handover = {
  membershipId,
  fromMembershipId: part(many, (n, scene) => (n % 5 === 0 ? membershipId.resolve(n, scene) : undefined)),
  previousRole: role,
}

/** Every operation on people and their organizations, with how often it is drawn. */
export const peopleCalls: Calls = {
  "organizations.create": [
    2,
    call("organizations.create", { name, slug: maybe(slug), owner: rarely(named) }, "outside"),
  ],
  "organizations.current": [1, call("organizations.current", {})],
  "organizations.get": [1, call("organizations.get", {})],
  "organizations.find": [2, call("organizations.find", {})],
  "organizations.getBySlug": [2, call("organizations.getBySlug", { slug }, "outside")],
  "organizations.update": [
    2,
    call("organizations.update", {
      name: maybe(name),
      slug: maybe(slug),
      logo: maybe(part(fc.constantFrom("https://acme.example/logo.png", null))),
      timezone: maybe(part(fc.constantFrom(...ZONES.keys()))),
      metadata: maybe(part(fc.constantFrom({}, { plan: { seats: 3 } }))),
    }),
  ],
  "organizations.delete": [1, call("organizations.delete", {})],
  "organizations.transferOwnership": [3, call("organizations.transferOwnership", handover)],
  "organizations.offerOwnership": [
    6,
    call("organizations.offerOwnership", { ...handover, expiresInHours: maybe(part(fc.constantFrom(1, 72, 720))) }),
  ],
  "organizations.acceptOwnership": [6, call("organizations.acceptOwnership", {})],
  "organizations.declineOwnership": [2, call("organizations.declineOwnership", {})],
  "organizations.cancelOwnershipOffer": [2, call("organizations.cancelOwnershipOffer", {})],
  "organizations.team": [2, call("organizations.team", { limit })],
  "memberships.list": [
    2,
    call("memberships.list", { role: maybe(role), emailPrefix: maybe(part(fc.constantFrom("A", "bob@", "d"))), limit }),
  ],
  "memberships.get": [2, call("memberships.get", { membershipId })],
  "memberships.find": [2, call("memberships.find", { userId: part(fc.constantFrom(...people), ({ id }) => id) })],
  "memberships.add": [2, call("memberships.add", { user, role })],
  "memberships.changeRole": [6, call("memberships.changeRole", { membershipId, role })],
  "memberships.update": [
    2,
    call("memberships.update", { membershipId, metadata: part(fc.constantFrom({ desk: 3 }, { desk: 4 })) }),
  ],
  "memberships.remove": [4, call("memberships.remove", { membershipId: heldBy })],
  "memberships.leave": [3, call("memberships.leave", {})],
  "invitations.send": [
    12,
    call("invitations.send", {
      email,
      role: part(many, (n, scene) => (n % 4 === 0 ? undefined : role.resolve(n, scene))),
      projects: maybe(projectOffers),
    }),
  ],
  "invitations.sendMany": [2, call("invitations.sendMany", { invitations: offer })],
  "invitations.list": [2, call("invitations.list", { status, limit })],
  "invitations.find": [2, call("invitations.find", { invitationId })],
  "invitations.listMine": [3, call("invitations.listMine", { limit }, "outside")],
  "invitations.preview": [
    2,
    call(
      "invitations.preview",
      {
        token: part(many, (n, { model }) => {
          const live = model.letters.filter(
            ({ token, invitation }) => token !== null && invitation.letter.token === token,
          )
          return nth([...(n % 2 > 0 ? live : model.letters).flatMap(({ token }) => token ?? []), "unknown"], n)
        }),
      },
      "outside",
    ),
  ],
  "invitations.accept": [10, call("invitations.accept", { reference }, "outside")],
  "invitations.decline": [2, call("invitations.decline", { reference }, "outside")],
  "invitations.resend": [5, call("invitations.resend", { invitationId: pendingId })],
  "invitations.cancel": [2, call("invitations.cancel", { invitationId: pendingId })],
  "roles.list": [1, call("roles.list", {})],
  "roles.get": [
    1,
    call("roles.get", {
      roleId: part(many, (n, scene) => (n % 3 === 0 ? role.resolve(n, scene) : roleId.resolve(n, scene))),
    }),
  ],
  "roles.create": [6, call("roles.create", { name: customName, permissions })],
  "roles.update": [
    6,
    call("roles.update", {
      roleId,
      name: maybe(customName),
      permissions: maybe(permissions),
      description: maybe(part(fc.constantFrom("One", "Two"))),
    }),
  ],
  "roles.delete": [4, call("roles.delete", { roleId })],
  "activity.list": [
    1,
    call("activity.list", {
      actions: maybe(part(fc.constantFrom(["member.joined"], ["invitation.sent", "role.created"]))),
      limit,
    }),
  ],
  "activity.export": [1, call("activity.export", { format: part(fc.constantFrom("csv", "jsonl")) })],
  "activity.verify": [1, call("activity.verify", {})],
  "activity.record": [
    2,
    call("activity.record", {
      action: part(
        fc.constantFrom("invoice.sent", "ticket.opened", "member.joined", "project.done", "project_member.paid"),
      ),
      by: maybe(part(fc.constantFrom(...people), ({ id: userId }) => ({ userId }))),
    }),
  ],
  access: [3, call("access", { projectId: maybe(projectId) })],
}
