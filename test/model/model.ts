/**
 * The rules once more, over plain Maps: for every operation whether it succeeds, with which answer, or which refusal.
 *
 * @module
 */
import type { User } from "../../src/index.ts"
import { billingOperations } from "./billing-operations.ts"
import { coreOf, type Terms } from "./core.ts"
import { invitationOperations } from "./invitation-operations.ts"
import { deliveryOf, invitationsIn, type Reference } from "./invitation-rules.ts"
import { keyOperations } from "./key-operations.ts"
import { keyRulesIn } from "./key-rules.ts"
import { membershipOperations, membershipsIn } from "./membership-operations.ts"
import { meteringIn } from "./metering-rules.ts"
import { organizationOperations, organizationsIn } from "./organization-operations.ts"
import { ownershipOperations } from "./ownership-operations.ts"
import { platformOperations, purgedIn } from "./platform-operations.ts"
import { projectOperations, projectsIn } from "./project-operations.ts"
import { recipientOperations } from "./recipient-operations.ts"
import { restrictionOperations } from "./restriction-operations.ts"
import { roleOperations } from "./role-operations.ts"
import { codeOr, type Invitation } from "./rows.ts"
import { usageOperations } from "./usage-operations.ts"
import { userOperations } from "./user-operations.ts"

export type Model = ReturnType<typeof modelOf>

/** How long a suspended organization's mail waits. */
const SUSPENDED = 600_000

/** A world in which nothing has happened, under those terms. */
export function modelOf(terms: Terms, now: () => number) {
  const core = coreOf(terms, now)
  const { organizations, letters, record, isLive, isUsable, expiresAt, billing, ledger } = core
  const { permissionsOf, worth, held } = core.standing
  const memberships = membershipsIn(core)
  const projects = projectsIn()
  const invitations = invitationsIn(core, memberships)
  const keys = keyRulesIn(core)
  const rules = organizationsIn(core)
  const purged = purgedIn()
  const metering = meteringIn(core)
  const operations = {
    ...organizationOperations(core, rules, memberships.join, invitations.shown),
    ...ownershipOperations(core),
    ...membershipOperations(core, memberships),
    ...invitationOperations(core, invitations),
    ...recipientOperations(core, memberships, projects, invitations),
    ...roleOperations(core),
    ...projectOperations(core, projects, memberships),
    ...keyOperations(core, keys),
    ...restrictionOperations(core),
    ...usageOperations(core, keys, metering),
    ...billingOperations(core, metering),
    ...platformOperations(core, rules, purged),
    ...userOperations(core, memberships),
  }

  return {
    ...{ terms, organizations, letters, operations, billing, ledger, keys, now, purged },
    ...{ expiresAt, deliveryOf },
    /** What people and keys that work hold: for every organization and each of them, the permissions. */
    holdings: (): ReadonlyMap<string, ReadonlySet<string>> => {
      const all = new Map<string, ReadonlySet<string>>()
      for (const org of organizations.values()) {
        for (const { userId, role } of org.members.values()) {
          all.set(`${org.id} ${userId}`, permissionsOf(org, role) ?? new Set())
        }
        const usable = org.keys.filter(isUsable)
        for (const key of usable) if (key.project === null) all.set(`${org.id} ${key.id}`, worth(org, key))
        for (const project of org.projects) {
          const at = `${org.id}/${project.id}`
          for (const userId of [...org.members.keys(), ...project.places.keys()]) {
            all.set(`${at} ${userId}`, held(org, { type: "user", id: userId } as User, project))
          }
          const there = usable.filter((key) => key.project === null || key.project === project)
          for (const key of there) all.set(`${at} ${key.id}`, worth(org, key, project))
        }
      }
      return all
    },
    /** The invitation that is referred to, where there is one. */
    invitationOf(reference: Reference): Invitation | undefined {
      const found = codeOr(() => invitations.locate(reference).invitation)
      return typeof found === "string" ? undefined : found
    },
    /** The user who offers the ownership there, where somebody does who is in still. */
    offererIn({ organizationId }: Readonly<{ organizationId: string }>): string | undefined {
      const { members, ownershipOffer } = organizations.get(organizationId) ?? {}
      return [...(members?.values() ?? [])].find(({ id }) => id === ownershipOffer?.by)?.userId
    },
    /** One round of the outbox: every e-mail that is due is tried, and every event told. */
    deliver(isUp: boolean) {
      const tally = { sent: 0, dropped: 0, retried: 0, dead: 0 }
      for (const letter of letters.filter(({ state }) => state === "queued")) {
        const { organization: org, invitation } = letter
        if (letter.waitsUntil > now()) continue
        const isOpen = org.status === "active" || org.status === "suspended"
        const wanted = isOpen && invitation.letter === letter && isLive(invitation)
        if (wanted && org.status === "suspended") {
          letter.waitsUntil = now() + SUSPENDED
          tally.retried++
          continue
        }
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
      tally.sent += purged.events
      purged.events = 0
      return tally
    },
  }
}
