/**
 * The platform, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import { type By, byId, type Check, type Core, DAY, type In } from "./core.ts"
import { type Changes, type organizationsIn, view } from "./organization-operations.ts"
import { type Organization, refuse } from "./rows.ts"

export type Purged = ReturnType<typeof purgedIn>

/** What there was of what is purged: the secrets of its keys, and how many purges nobody was told of yet. */
export const purgedIn = () => ({ secrets: [] as string[], events: 0 })

export function platformOperations(
  core: Core,
  { mustBeSlug, renamed, deleted }: ReturnType<typeof organizationsIn>,
  purged: Purged,
) {
  const { terms, now, organizations, letters, platformLog, billing, ledger, known, record, people, open } = core

  const shown = (org: Organization) => ({
    ...view(org),
    suspension: org.suspension && { ...org.suspension, at: new Date(org.suspension.at) },
    restorableUntil: org.status === "deleted" ? new Date(endOf(org)) : null,
  })
  const endOf = ({ deletedAt }: Organization): number => deletedAt + terms.graceDays * DAY
  const mustStand = ({ status }: Organization): void => void (status !== "deleted" || refuse("organization_inactive"))
  function at(by: By, { organizationId }: In) {
    const actor = known(by, "platformAdmin")
    return { actor, org: organizations.get(organizationId) ?? refuse("not_found") }
  }
  /** Makes that of the organization, where it is not so yet. */
  function made(by: By, input: In, action: string, changes: Partial<Organization> | null): Check {
    const { actor, org } = at(by, input)
    if (changes !== null) {
      Object.assign(org, changes)
      record(org, actor, [`organization.${action}`])
    }
    return (answer) => expect(answer).toMatchObject(shown(org))
  }

  return {
    "platform.organizations.list"(
      by: By,
      { status, slugPrefix = "" }: { status?: string; slugPrefix?: string },
    ): Check {
      known(by, "platformAdmin")
      const matches = [...organizations.values()].filter(
        (org) => (status ?? org.status) === org.status && org.slug.startsWith(slugPrefix),
      )
      return (answer) => expect(answer).toMatchObject(byId(matches).map(shown))
    },
    "platform.organizations.get"(by: By, input: In): Check {
      const { org } = at(by, input)
      const apiKeys = org.keys.filter(({ isDeleted }) => !isDeleted).length
      const counts = { members: people(org), invitations: open(org), apiKeys }
      return (answer) => expect(answer).toMatchObject({ organization: shown(org), ...counts })
    },
    "platform.organizations.update"(by: By, input: In & Changes): Check {
      const { organizationId: _, ...changes } = input
      known(by, "platformAdmin")
      mustBeSlug(changes.slug)
      const { actor, org } = at(by, input)
      return renamed(org, actor, changes)
    },
    "platform.organizations.suspend"(by: By, input: In & { reason?: string }): Check {
      const { org } = at(by, input)
      mustStand(org)
      const { reason = null } = input
      const { suspension } = org
      const isSame = suspension !== null && (reason === null || reason === suspension.reason)
      const next = { reason, at: suspension?.at ?? now() }
      return made(by, input, "suspended", isSame ? null : { status: "suspended", suspension: next })
    },
    "platform.organizations.resume"(by: By, input: In): Check {
      const { org } = at(by, input)
      mustStand(org)
      return made(by, input, "resumed", org.suspension === null ? null : { status: "active", suspension: null })
    },
    "platform.organizations.delete"(by: By, input: In): Check {
      const { actor, org } = at(by, input)
      return deleted(org, actor)
    },
    "platform.organizations.restore"(by: By, input: In): Check {
      const { org } = at(by, input)
      const isDeleted = org.status === "deleted"
      if (isDeleted && now() >= endOf(org)) refuse("organization_inactive")
      const status = org.suspension === null ? "active" : "suspended"
      return made(by, input, "restored", isDeleted ? { status } : null)
    },
    "platform.organizations.purge"(by: By, input: In): Check {
      const { org } = at(by, input)
      if (org.status !== "deleted" || now() < endOf(org)) refuse("conflict")
      org.status = "purged"
      organizations.delete(org.id)
      billing.accounts.delete(`organization:${org.id}`)
      ledger.forget(org.id)
      for (const letter of letters) {
        if (letter.organization === org && letter.state === "queued") letter.state = "dropped"
      }
      const others = platformLog.filter(({ organizationId }) => organizationId !== org.id)
      platformLog.splice(0, platformLog.length, { organizationId: org.id, action: "organization.purged" }, ...others)
      purged.secrets.push(...org.keys.flatMap(({ secrets }) => secrets))
      purged.events++
      return (answer) => expect(answer).toEqual({ organizationId: org.id })
    },
    "platform.activity.list"(by: By): Check {
      known(by, "platformAdmin")
      const entries = platformLog.map((entry) => ({ ...entry, actor: { type: "platformAdmin", id: "u_root" } }))
      return (answer) => expect(answer).toMatchObject(entries)
    },
  }
}
