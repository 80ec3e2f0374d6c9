/**
 * The rules once more, over plain Maps: for every operation whether it succeeds, with which answer, or which refusal.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, User } from "../../src/index.ts"
import { ALL, type Law, NAMES, STEMS } from "./laws.ts"
import {
  codeOr,
  type Invitation,
  type Letter,
  type Member,
  type Organization,
  Refused,
  type Role,
  type Row,
  refuse,
} from "./rows.ts"
import { standingUnder } from "./standing.ts"

/** Under which terms a tenantry runs. */
export type Terms = Readonly<{
  law: Law
  seats: number | null
  whenPending: "refuse" | "replace"
  maxPending: number
  maxRoles: number
  deleteWithMembers: boolean
}>

/** Looks at the answer of an operation that the model let through, and takes the ids out of it that it made. */
export type Check = (answer: unknown) => void
type By = Actor | null
type In = Readonly<{ organizationId: string }>
type Reference = Readonly<{ token: string }> | Readonly<{ organizationId: string; invitationId: string }>
type Offer = Readonly<{ email: string; role: string }>

const DAY = 24 * 60 * 60 * 1000
const idOf = (answer: unknown): string => (answer as { id: string }).id
const canonical = (email: string): string => email.trim().toLowerCase()
const isAddress = (email: string): boolean => /^\S+@\S+\.\S+$/.test(canonical(email))
const byId = <T extends { id: string }>(rows: Iterable<T>): T[] => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))

export type Model = ReturnType<typeof modelOf>

/** A world in which nothing has happened, under those terms. */
export function modelOf(terms: Terms, now: () => number) {
  const { law } = terms
  const organizations = new Map<string, Organization>()
  const letters: Letter[] = []
  const { customRole, permissionsOf, roleOf, held, managesSystem, mustManage, mustHold, mustAssign } =
    standingUnder(law)

  // The door: who is asking, and where.

  function known(by: By, ...kinds: readonly Actor["type"][]): Actor {
    if (by === null) return refuse("unauthenticated")
    return kinds.includes(by.type) ? by : refuse("forbidden")
  }
  const there = (id: string): Organization => {
    const org = organizations.get(id) ?? refuse("not_found")
    return org.deleted ? refuse("not_found") : org
  }
  function enter(by: By, { organizationId }: In, permission: string | null, ...kinds: readonly Actor["type"][]) {
    const actor = known(by, ...(kinds.length > 0 ? kinds : (["user", "system"] as const)))
    const org = there(organizationId)
    if (actor.type === "user" && !org.members.has(actor.id)) refuse("not_found")
    if (permission !== null && !held(org, actor).has(permission)) refuse("forbidden")
    return { actor, org }
  }
  const among = <T extends { id: string }>(rows: Iterable<T>, id: string): T =>
    [...rows].find((row) => row.id === id) ?? refuse("not_found")

  /** What a command records: an entry for each fact, and the new revision in every row it changed. */
  function record(org: Organization, by: Actor, actions: readonly string[], ...rows: Row[]): void {
    const who = by.type === "system" ? `system:${by.name}` : `user:${by.id}`
    org.activity.push(...actions.map((action) => `${who} ${action}`))
    org.revision = org.activity.length
    for (const row of rows) row.revision = org.revision
  }

  // Seats and time.

  const expiresAt = ({ sentAt }: Invitation): number => sentAt + 7 * DAY
  const isLive = (invitation: Invitation): boolean => invitation.status === "pending" && expiresAt(invitation) > now()
  const statusOf = (invitation: Invitation) =>
    invitation.status === "pending" && !isLive(invitation) ? "expired" : invitation.status
  const pendingTo = (org: Organization, email: string) =>
    org.invitations.find((invitation) => invitation.status === "pending" && invitation.email === email)
  const open = (org: Organization): number => org.invitations.filter(isLive).length
  const mustSeat = (taken: number): void => {
    if (terms.seats !== null && taken >= terms.seats) refuse("seat_limit_reached")
  }
  const mustHaveRoom = (org: Organization): void => {
    mustSeat(org.members.size + open(org))
    if (open(org) >= terms.maxPending) refuse("limit_reached")
  }

  // Joining and ending.

  function join(org: Organization, by: Actor, how: string, member: Omit<Member, "id" | "revision">): Member {
    const joined = { ...member, id: "", revision: 0 }
    const invitation = pendingTo(org, member.email)
    org.members.set(member.userId, joined)
    if (invitation === undefined) record(org, by, [how], joined)
    else {
      Object.assign(invitation, { status: "accepted", acceptedBy: member.userId })
      record(org, by, [how, "invitation.accepted"], joined, invitation)
    }
    return joined
  }
  function mustSpare(org: Organization, member: Member): void {
    if (member.role !== "owner") return
    if (law.singleOwner) refuse("owner_immutable")
    if ([...org.members.values()].filter(({ role }) => role === "owner").length === 1) refuse("last_owner")
  }
  function end(org: Organization, by: Actor, member: Member, how: string): Check {
    mustSpare(org, member)
    const sent = org.invitations.filter((invitation) => isLive(invitation) && invitation.inviter?.id === member.userId)
    org.members.delete(member.userId)
    for (const invitation of sent) invitation.status = "cancelled"
    record(org, by, [how, ...sent.map(() => "invitation.cancelled")], ...sent)
    return (answer) => expect(answer).toMatchObject({ membership: { id: member.id, userId: member.userId } })
  }

  // Inviting.

  const mustPause = ({ sentAt }: Invitation): void => void (now() < sentAt + 60_000 && refuse("rate_limited"))
  function post(org: Organization, by: Actor, invitation: Invitation): void {
    const letter: Letter = { organization: org, invitation, state: "queued", attempts: 0, token: null }
    letters.push(letter)
    const inviter = by.type === "user" ? { id: by.id, name: by.name, email: by.email } : null
    Object.assign(invitation, { status: "pending", sentAt: now(), inviter, letter })
  }
  /** Makes the offer and answers the invitation; it gets its id later. */
  function offer(org: Organization, by: Actor, { email: written, role }: Offer): Invitation {
    const email = canonical(written)
    if (!isAddress(written)) refuse("invalid_input")
    mustAssign(org, by, "invite", role)
    if ([...org.members.values()].some((member) => member.email === email)) refuse("already_member")
    const earlier = pendingTo(org, email)
    const replaced = earlier !== undefined && isLive(earlier)
    if (replaced) {
      if (terms.whenPending === "refuse") refuse("invitation_pending")
      mustManage(org, by, "invite", earlier.role)
      mustPause(earlier)
      earlier.status = "cancelled"
    } else mustHaveRoom(org)
    const revived = replaced ? undefined : earlier
    const invitation = revived ?? ({ id: "", revision: 0, email, acceptedBy: null } as unknown as Invitation)
    if (revived === undefined) org.invitations.push(invitation)
    invitation.role = role
    post(org, by, invitation)
    const rows = replaced ? [earlier, invitation] : [invitation]
    record(org, by, [...(replaced ? ["invitation.cancelled"] : []), "invitation.sent"], ...rows)
    return invitation
  }
  const shown = (invitation: Invitation) => ({
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    status: statusOf(invitation),
    acceptedBy: invitation.acceptedBy,
    expiresAt: new Date(expiresAt(invitation)),
    revision: invitation.revision,
    delivery: { state: deliveryOf(invitation) },
  })
  const deliveryOf = ({ letter: { state } }: Invitation) => (state === "queued" || state === "sent" ? state : "failed")

  // Answering.

  const opened = (token: string): Letter => {
    const letter = letters.find((one) => one.token === token) ?? refuse("not_found")
    return letter.invitation.letter === letter && !letter.organization.deleted ? letter : refuse("not_found")
  }
  function locate(reference: Reference) {
    if ("token" in reference) return { ...opened(reference.token), hasToken: true }
    const organization = there(reference.organizationId)
    return { organization, invitation: among(organization.invitations, reference.invitationId), hasToken: false }
  }
  function mustBeRecipient(by: User, invitation: Invitation, hasToken: boolean): void {
    const matches = by.email === invitation.email
    if (!matches || !by.emailVerified) {
      if (!hasToken || !isLive(invitation)) refuse("not_found")
      refuse(matches ? "email_unverified" : "invitation_email_mismatch")
    }
    if (invitation.status !== "pending") refuse("invitation_closed")
    if (!isLive(invitation)) refuse("invitation_expired")
  }
  function inviterStillMay(org: Organization, { role, inviter }: Invitation): boolean {
    if (inviter === null) return permissionsOf(org, role) !== null
    const by = { type: "user", id: inviter.id } as User
    try {
      mustAssign(org, by, "invite", role)
      return held(org, by).has("members.invite")
    } catch {
      return false
    }
  }
  const received = (org: Organization, { id, email, role, inviter }: Invitation) => ({
    ...{ id, email, role, organizationId: org.id, organizationName: org.name },
    inviter: inviter?.name ?? inviter?.email ?? null,
  })

  // Roles.

  const heldBy = (org: Organization, name: string): number =>
    [...org.members.values()].filter(({ role }) => role === name).length +
    org.invitations.filter(({ role, status }) => role === name && status === "pending").length
  function mustBeName(name: string): void {
    if (!law.customRoles) refuse("feature_off")
    if (name === "owner" || name === "constructor") refuse("role_reserved")
  }
  const mustBeWellFormed = (name: string): void => void (/^[a-z][a-z0-9-]{0,47}$/.test(name) || refuse("invalid_input"))
  const canonicalNames = (permissions: readonly string[]): string[] =>
    [
      ...new Set(
        permissions.map((name) => law.aliases.get(name) ?? (ALL.includes(name) ? name : refuse("invalid_input"))),
      ),
    ].sort()
  const roleShown = ({ id, name, description, permissions, revision }: Role) => ({
    ...{ id, name, description, permissions, revision, system: false },
  })
  const rolesShown = (org: Organization) => [
    ...[...law.roles].map(([name]) => ({
      ...{ id: name, name, system: true },
      shadowedBy: customRole(org, name)?.id ?? null,
    })),
    ...byId(org.roles).map(roleShown),
  ]

  const view = (org: Organization) => ({
    ...{ id: org.id, name: org.name, slug: org.slug, logo: org.logo, timezone: org.timezone, metadata: org.metadata },
    status: org.deleted ? "deleted" : "active",
    revision: org.revision,
  })
  const taken = (slug: string): boolean => [...organizations.values()].some((org) => org.slug === slug)
  const mustBeSlug = (slug: string | undefined): void => {
    if (slug !== undefined && !/^(?=.{3,48}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) refuse("invalid_input")
  }

  const operations = {
    "organizations.create"(
      by: By,
      input: { name: string; slug?: string; owner?: { id: string; email: string; name?: string } },
    ): Check {
      const actor = known(by, "user", "system")
      mustBeSlug(input.slug)
      const owner = actor.type === "user" ? actor : (input.owner ?? refuse("invalid_input"))
      if (actor.type === "user" && input.owner !== undefined) refuse("invalid_input")
      if (input.slug === "admin") refuse("invalid_input")
      if (input.slug !== undefined && taken(input.slug)) refuse("slug_taken")
      const suggested = NAMES.get(input.name) ?? null
      const slug = input.slug ?? (suggested === null || taken(suggested) ? null : suggested)
      return (answer) => {
        const { id, slug: given } = answer as { id: string; slug: string }
        if (slug === null) expect(given).toMatch(new RegExp(`^${STEMS.get(input.name)}-[a-z0-9]{6}$`))
        const org: Organization = {
          ...{ id, name: input.name, slug: slug ?? given, logo: null, timezone: "UTC", metadata: {}, deleted: false },
          ...{ revision: 0, members: new Map(), invitations: [], roles: [], activity: [], told: 0 },
        }
        organizations.set(id, org)
        const member = { userId: owner.id, email: canonical(owner.email), name: owner.name ?? null, role: "owner" }
        record(org, actor, ["organization.created"])
        join(org, actor, actor.type === "user" ? "member.joined" : "member.added", member)
        expect(answer).toMatchObject(view(org))
      }
    },
    "organizations.get"(by: By, input: In): Check {
      const { org } = enter(by, input, "organization.read")
      return (answer) => expect(answer).toMatchObject(view(org))
    },
    "organizations.find"(by: By, input: In): Check {
      return orNull(() => operations["organizations.get"](by, input))
    },
    "organizations.getBySlug"(by: By, { slug }: { slug: string }): Check {
      known(by, "user", "system")
      mustBeSlug(slug)
      const org = [...organizations.values()].find((one) => one.slug === slug) ?? refuse("not_found")
      return operations["organizations.get"](by, { organizationId: org.id })
    },
    "organizations.update"(
      by: By,
      input: In & { name?: string; slug?: string; logo?: string | null; timezone?: string; metadata?: object },
    ): Check {
      const { organizationId: _, ...changes } = input
      known(by, "user", "system")
      mustBeSlug(changes.slug)
      const { actor, org } = enter(by, input, "organization.update")
      if (changes.slug !== undefined && changes.slug !== org.slug) {
        if (changes.slug === "admin") refuse("invalid_input")
        if (taken(changes.slug)) refuse("slug_taken")
      }
      const before = JSON.stringify(view(org))
      Object.assign(org, changes)
      if (JSON.stringify(view(org)) !== before) record(org, actor, ["organization.updated"])
      return (answer) => expect(answer).toMatchObject(view(org))
    },
    "organizations.delete"(by: By, input: In): Check {
      const { actor, org } = enter(by, input, "organization.delete")
      if (actor.type === "user" && actor.impersonatedBy !== null) refuse("forbidden")
      if (org.members.size > 1 && !terms.deleteWithMembers) refuse("organization_not_empty")
      org.deleted = true
      record(org, actor, ["organization.deleted"])
      return (answer) => expect(answer).toMatchObject({ organization: view(org) })
    },
    "organizations.team"(by: By, input: In & { limit?: number }): Check {
      const { org } = enter(by, input, "members.read")
      const members = byId(org.members.values())
      const pending = byId(org.invitations.filter(({ status }) => status === "pending"))
      const limit = input.limit ?? 50
      return (answer) => {
        const page = answer as Record<"members" | "invitations", { data: unknown; nextCursor: string | null }>
        expect(page.members.data).toMatchObject(members.slice(0, limit))
        expect(page.invitations.data).toMatchObject(pending.slice(0, limit).map(shown))
        expect([page.members.nextCursor === null, page.invitations.nextCursor === null]).toEqual([
          members.length <= limit,
          pending.length <= limit,
        ])
      }
    },

    "memberships.list"(by: By, input: In & { role?: string; emailPrefix?: string }): Check {
      const { org } = enter(by, input, "members.read")
      const matches = [...org.members.values()].filter(
        ({ role, email }) => (input.role ?? role) === role && email.startsWith(canonical(input.emailPrefix ?? "")),
      )
      return (answer) => expect(answer).toMatchObject(byId(matches))
    },
    "memberships.get"(by: By, input: In & { membershipId: string }): Check {
      const { org } = enter(by, input, "members.read")
      const member = among(org.members.values(), input.membershipId)
      return (answer) => expect(answer).toMatchObject(member)
    },
    "memberships.find"(by: By, input: In & { userId: string }): Check {
      const { org } = enter(by, input, "members.read")
      return same(org.members.get(input.userId) ?? null)
    },
    "memberships.add"(by: By, input: In & { user: { id: string; email: string; name?: string }; role: string }): Check {
      const { actor, org } = enter(by, input, null, "system")
      mustAssign(org, actor, "invite", input.role)
      if (org.members.has(input.user.id)) refuse("already_member")
      const email = canonical(input.user.email)
      const invitation = pendingTo(org, email)
      mustSeat(org.members.size + open(org) - (invitation !== undefined && isLive(invitation) ? 1 : 0))
      const name = input.user.name ?? null
      const joined = join(org, actor, "member.added", { userId: input.user.id, email, name, role: input.role })
      return learn(joined)
    },
    "memberships.changeRole"(by: By, input: In & { membershipId: string; role: string }): Check {
      const { actor, org } = enter(by, input, "members.update")
      const member = among(org.members.values(), input.membershipId)
      mustManage(org, actor, "update", member.role)
      if (input.role !== member.role) {
        mustAssign(org, actor, "update", input.role)
        mustSpare(org, member)
        member.role = input.role
        record(org, actor, ["member.role_changed"], member)
      }
      return (answer) => expect(answer).toMatchObject(member)
    },
    "memberships.remove"(by: By, input: In & { membershipId: string }): Check {
      const { actor, org } = enter(by, input, null)
      const own = actor.type === "user" && org.members.get(actor.id)?.id === input.membershipId
      if (!own && !held(org, actor).has("members.remove")) refuse("forbidden")
      const member = among(org.members.values(), input.membershipId)
      if (!own) mustManage(org, actor, "remove", member.role)
      return end(org, actor, member, own ? "member.left" : "member.removed")
    },
    "memberships.leave"(by: By, input: In): Check {
      const { actor, org } = enter(by, input, null, "user")
      return end(org, actor, org.members.get((actor as User).id) ?? refuse("not_found"), "member.left")
    },

    "invitations.send"(by: By, input: In & Offer): Check {
      known(by, "user", "system")
      if (!isAddress(input.email)) refuse("invalid_input")
      const { actor, org } = enter(by, input, "members.invite")
      const invitation = offer(org, actor, input)
      return (answer) => {
        invitation.id ||= idOf(answer)
        expect(answer).toMatchObject({ ...shown(invitation), organizationId: org.id })
      }
    },
    "invitations.sendMany"(by: By, input: In & { invitations: readonly Offer[] }): Check {
      const { actor, org } = enter(by, input, "members.invite")
      const revision = org.revision
      const results = input.invitations.map((item) => codeOr(() => offer(org, actor, item)))
      const sent = results.filter((result) => typeof result !== "string")
      // One commit: every row it changed has its revision.
      for (const row of org.invitations) if (row.revision > revision) row.revision = org.revision
      return (answer) => {
        const answers = answer as readonly { ok: boolean; invitation?: unknown; error?: { code: string } }[]
        const learned = (at: number) => answers[at]?.invitation
        for (const [at, result] of results.entries()) if (typeof result !== "string") result.id ||= idOf(learned(at))
        expect(sent.every(({ id }) => id !== "")).toBe(true)
        const codes = results.map((result) => (typeof result === "string" ? result : result.id))
        expect(answers.map((one) => (one.ok ? idOf(one.invitation) : one.error?.code))).toEqual(codes)
        for (const [at, result] of results.entries()) {
          if (typeof result === "string") continue
          // The answers say what each row came to, whatever a later item of the batch did to it.
          const { delivery: _, ...row } = shown(result)
          expect(learned(at)).toMatchObject(row)
        }
      }
    },
    "invitations.list"(by: By, input: In & { status?: string }): Check {
      const { org } = enter(by, input, "members.read")
      const matches = byId(org.invitations).filter((one) => (input.status ?? statusOf(one)) === statusOf(one))
      return (answer) => expect(answer).toMatchObject(matches.map(shown))
    },
    "invitations.find"(by: By, input: In & { invitationId: string }): Check {
      const { org } = enter(by, input, "members.read")
      const invitation = org.invitations.find(({ id }) => id === input.invitationId)
      return same(invitation === undefined ? null : shown(invitation))
    },
    "invitations.listMine"(by: By): Check {
      const actor = known(by, "user") as User
      if (!actor.emailVerified) refuse("email_unverified")
      const mine = [...organizations.values()].flatMap((org) =>
        org.deleted
          ? []
          : org.invitations.filter((one) => isLive(one) && one.email === actor.email).map((one) => received(org, one)),
      )
      return (answer) => expect(answer).toMatchObject(byId(mine))
    },
    "invitations.preview"(_: By, { token }: { token: string }): Check {
      const { organization, invitation } = opened(token)
      if (!isLive(invitation)) refuse("not_found")
      const { id: _id, organizationId: _organizationId, ...shown } = received(organization, invitation)
      return (answer) => expect(answer).toEqual({ ...shown, expiresAt: new Date(expiresAt(invitation)) })
    },
    "invitations.accept"(by: By, reference: Reference): Check {
      const actor = known(by, "user") as User
      const { organization: org, invitation, hasToken } = locate(reference)
      const member = org.members.get(actor.id)
      if (member !== undefined && invitation.acceptedBy === actor.id) return same(member)
      mustBeRecipient(actor, invitation, hasToken)
      if (member !== undefined) {
        Object.assign(invitation, { status: "accepted", acceptedBy: actor.id })
        record(org, actor, ["invitation.accepted"], invitation)
        return same(member)
      }
      if (!inviterStillMay(org, invitation)) refuse("invitation_void")
      mustSeat(org.members.size)
      const { role } = invitation
      return learn(join(org, actor, "member.joined", { userId: actor.id, email: actor.email, name: actor.name, role }))
    },
    "invitations.decline"(by: By, reference: Reference): Check {
      const actor = known(by, "user") as User
      const { organization: org, invitation, hasToken } = locate(reference)
      mustBeRecipient(actor, invitation, hasToken)
      invitation.status = "declined"
      record(org, actor, ["invitation.declined"], invitation)
      return same(received(org, invitation))
    },
    "invitations.resend"(by: By, input: In & { invitationId: string }): Check {
      const { actor, org } = enter(by, input, "members.invite")
      const invitation = among(org.invitations, input.invitationId)
      const isRole = permissionsOf(org, invitation.role) !== null
      if (isRole) mustManage(org, actor, "invite", invitation.role)
      if (invitation.status !== "pending") refuse("invitation_closed")
      mustPause(invitation)
      if (!isRole) refuse("invitation_void")
      if (!isLive(invitation)) mustHaveRoom(org)
      post(org, actor, invitation)
      record(org, actor, ["invitation.resent"], invitation)
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },
    "invitations.cancel"(by: By, input: In & { invitationId: string }): Check {
      const { actor, org } = enter(by, input, "members.invite")
      const invitation = among(org.invitations, input.invitationId)
      if (permissionsOf(org, invitation.role) !== null) mustManage(org, actor, "invite", invitation.role)
      if (invitation.status !== "cancelled") {
        if (invitation.status !== "pending") refuse("invitation_closed")
        invitation.status = "cancelled"
        record(org, actor, ["invitation.cancelled"], invitation)
      }
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },

    "roles.list"(by: By, input: In): Check {
      const { org } = enter(by, input, "roles.read")
      return (answer) => expect(answer).toMatchObject(rolesShown(org))
    },
    "roles.get"(by: By, input: In & { roleId: string }): Check {
      const { org } = enter(by, input, "roles.read")
      return same(among<{ id: string }>(rolesShown(org), input.roleId))
    },
    "roles.create"(by: By, input: In & { name: string; permissions: readonly string[] }): Check {
      known(by, "user", "system")
      mustBeWellFormed(input.name)
      const { actor, org } = enter(by, input, "roles.create")
      mustBeName(input.name)
      const permissions = canonicalNames(input.permissions)
      if (law.roles.has(input.name) && !managesSystem(org, actor, input.name)) refuse("role_not_manageable")
      mustHold(org, actor, permissions)
      if (customRole(org, input.name) !== undefined) refuse("conflict")
      if (org.roles.length >= terms.maxRoles) refuse("limit_reached")
      const role: Role = { id: "", revision: 0, name: input.name, description: null, permissions }
      org.roles.push(role)
      record(org, actor, ["role.created"], role)
      return (answer) => {
        role.id = idOf(answer)
        expect(answer).toMatchObject(roleShown(role))
      }
    },
    "roles.update"(
      by: By,
      input: In & { roleId: string; name?: string; description?: string; permissions?: string[] },
    ): Check {
      known(by, "user", "system")
      if (input.name !== undefined) mustBeWellFormed(input.name)
      const { actor, org } = enter(by, input, "roles.update")
      const role = among(org.roles, input.roleId)
      const name = input.name ?? role.name
      mustBeName(name)
      const permissions = canonicalNames(input.permissions ?? role.permissions)
      for (const one of [role.name, name]) {
        if (law.roles.has(one) && !managesSystem(org, actor, one)) refuse("role_not_manageable")
      }
      mustHold(org, actor, [...role.permissions, ...permissions])
      if (name !== role.name) {
        if (customRole(org, name) !== undefined) refuse("conflict")
        if (heldBy(org, role.name) > 0) refuse("role_in_use")
      }
      const before = JSON.stringify(role)
      Object.assign(role, { name, permissions, description: input.description ?? role.description })
      if (JSON.stringify(role) !== before) record(org, actor, ["role.updated"], role)
      return (answer) => expect(answer).toMatchObject(roleShown(role))
    },
    "roles.delete"(by: By, input: In & { roleId: string }): Check {
      const { actor, org } = enter(by, input, "roles.delete")
      const role = among(org.roles, input.roleId)
      const shadowed = law.roles.get(role.name)
      if (shadowed !== undefined) {
        if (!managesSystem(org, actor, role.name)) refuse("role_not_manageable")
        mustHold(
          org,
          actor,
          [...shadowed].filter((permission) => !role.permissions.includes(permission)),
        )
      } else if (heldBy(org, role.name) > 0) refuse("role_in_use")
      org.roles = org.roles.filter((one) => one !== role)
      record(org, actor, ["role.deleted"])
      return same(roleShown(role))
    },

    "activity.list"(by: By, input: In & { actions?: readonly string[] }): Check {
      const { org } = enter(by, input, "activity.read")
      const entries = org.activity.map((entry, at) => ({ seq: at + 1, action: entry.split(" ")[1] ?? "" }))
      const matches = entries.filter(({ action }) => input.actions?.includes(action) ?? true)
      return (answer) => expect(answer).toMatchObject(matches.reverse())
    },
    "activity.export"(by: By, input: In): Check {
      const { org } = enter(by, input, "activity.read")
      return (answer) => expect(answer).toHaveLength(org.revision)
    },
    "activity.verify"(by: By, input: In): Check {
      const { org } = enter(by, input, "activity.read")
      return (answer) => expect(answer).toMatchObject({ ok: true, entries: org.revision })
    },

    access(by: By, input: In): Check {
      const { actor, org } = enter(by, input, null)
      const holds = held(org, actor)
      const names = [...ALL.map((name) => [name, name] as const), ...law.aliases]
      const map = Object.fromEntries(names.map(([name, means]) => [name, holds.has(means)]))
      return (answer) => {
        const access = answer as { role: string | null; permissions: () => object }
        expect([access.role, { ...access.permissions() }]).toEqual([roleOf(org, actor), map])
      }
    },
  }

  function same(row: object | null): Check {
    return (answer) => (row === null ? expect(answer).toBeNull() : expect(answer).toMatchObject(row))
  }
  function learn(member: Member): Check {
    return (answer) => {
      member.id = idOf(answer)
      expect(answer).toMatchObject(member)
    }
  }

  return {
    terms,
    organizations,
    letters,
    operations,
    /** What people hold: for every organization and member, the permissions. */
    holdings: (): ReadonlyMap<string, ReadonlySet<string>> =>
      new Map(
        [...organizations.values()].flatMap((org) =>
          [...org.members.values()].map(
            ({ userId, role }) => [`${org.id} ${userId}`, permissionsOf(org, role) ?? new Set<string>()] as const,
          ),
        ),
      ),
    /** The invitation that is referred to, where there is one. */
    invitationOf(reference: Reference): Invitation | undefined {
      const found = codeOr(() => locate(reference).invitation)
      return typeof found === "string" ? undefined : found
    },
    expiresAt,
    deliveryOf,
    /** One round of the outbox: every e-mail that is due is tried, and every event told. */
    deliver(isUp: boolean) {
      const tally = { sent: 0, dropped: 0, retried: 0, dead: 0 }
      for (const letter of letters.filter(({ state }) => state === "queued")) {
        const { organization: org, invitation } = letter
        const wanted = !org.deleted && invitation.letter === letter && isLive(invitation)
        letter.attempts++
        if (!wanted) letter.state = "dropped"
        else if (isUp) letter.state = "sent"
        else if (letter.attempts === 8) {
          letter.state = "dead"
          record(org, { type: "system", name: "outbox" }, ["invitation.delivery_failed"])
        }
        tally[letter.state === "queued" ? "retried" : letter.state]++
      }
      for (const org of organizations.values()) {
        tally.sent += org.revision - org.told
        org.told = org.revision
      }
      return tally
    },
  }
}

const orNull = (work: () => Check): Check => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused && error.code === "not_found") return (answer) => expect(answer).toBeNull()
    throw error
  }
}
