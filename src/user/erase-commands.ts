/**
 * A person who is deleted from the host's user table: erased from every organization, and from an account of their own.
 *
 * ```
 *   look (refused to a last owner) ─► each organization: end, forget, forget … ─► their account: end, forget …
 * ```
 *
 * Every part commits by itself. After a failure the same call finishes the rest.
 *
 * @module
 */
import * as z from "zod"
import { eraseKey } from "../api-key/api-key.ts"
import { type AccountId, account as accountOf } from "../billing/account.ts"
import { UserId } from "../kernel/actor.ts"
import { decided, refused } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { attempt, TenantryError } from "../kernel/error.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { port } from "../kernel/port.ts"
import { ownerRefusal } from "../membership/membership.ts"
import { committed } from "../pipeline/account.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { RoleName } from "../role/role-name.ts"
import { erase, type Individual } from "./erasure.ts"
import { everyOrganization, USERS } from "./user-commands.ts"

const emails = z.array(Email).max(100)
const Erasure = z.strictObject({ userId: UserId, emails })

/** Whom to erase: their id, and every address that they were ever known by. */
export type UserErasure = z.input<typeof Erasure>

/** Rows forgotten at once, and keys ended at once. */
const BATCH = 500

/** Before every instant: what is pending has not expired by then. */
const ALWAYS = new Date(0)

/** One organization's part; no part of the facade. */
export const eraseMember = command({
  name: "users.erase",
  input: () => inOrganization({ userId: UserId, emails }),
  actors: ["system"],
  allow: "inside",
  whateverStatus: true,
  facts: [
    "member.erased",
    "invitation.cancelled",
    "api_key.revoked",
    "api_key.deleted",
    "organization.updated",
    "project_member.removed",
  ],
  wants: ({ input: { userId, emails }, policy, settings }) => ({
    memberOf: userId,
    projectMembershipsOf: { userId },
    membersWithRole: policy.ownership.role as RoleName,
    pendingByEmail: emails,
    pendingFrom: { sender: { userId }, at: ALWAYS },
    keysOf: { userId },
    apiKeys: { holder: userId, projectId: null, after: null, limit: settings.limits.apiKeys },
    entries: {
      ...{ actions: ["member.erased"], actor: null, target: `user:${userId}`, since: null, until: null },
      ...{ order: "descending" as const, after: null, limit: 1 },
    },
  }),
  decide: ({ input: { organizationId, userId }, loaded, policy, settings, at }) => {
    const traces = {
      organization: loaded.organization,
      membership: loaded.memberOf,
      projects: loaded.projectMembershipsOf,
      received: loaded.pendingByEmail,
      sent: loaded.pendingFrom,
      held: loaded.apiKeys.map(({ key }) => key),
      known: loaded.keysOf,
      isRecorded: loaded.entries.length > 0,
    }
    const { ownership } = policy
    const revokes = settings.apiKeys.revokeOnRemoval
    const decision = erase(userId, traces, { ownership, owners: loaded.membersWithRole, revokes, at })
    return decision.ok ? ruling(decision, () => null) : refused("last_owner", { organizationIds: [organizationId] })
  },
})

/** Ends and forgets everything of that person; nothing, where that would leave an organization without an owner. */
export async function eraseUser(shell: Shell, given: UserErasure): Promise<void> {
  const individual = parseInput(Erasure, given)
  const organizationIds = await ownedAlone(shell, individual)
  if (organizationIds.length > 0) throw new TenantryError("last_owner", { organizationIds })
  for await (const organizationId of everyOrganization(shell, individual)) {
    const ended = await attempt(eraseMember.run(shell, USERS, { organizationId, ...individual }))
    // What was purged meanwhile holds nothing of anybody.
    if (!ended.ok && ended.error.code !== "not_found") throw ended.error
    await forgetAll(shell, organizationId, individual)
  }
  const accountId = accountOf.user(individual.userId)
  await endKeys(shell, accountId)
  await forgetAll(shell, accountId, individual)
}

/** The organizations that would be left without an owner. */
async function ownedAlone(shell: Shell, individual: Individual): Promise<readonly OrganizationId[]> {
  const { store, policy } = shell
  const wants = { memberOf: individual.userId, membersWithRole: policy.ownership.role as RoleName }
  const found: OrganizationId[] = []
  for await (const organizationId of everyOrganization(shell, individual)) {
    const loaded = await port(() => store.load(organizationId, wants))
    if (loaded === null || loaded.memberOf === null) continue
    if (ownerRefusal(loaded.memberOf, policy.ownership, loaded.membersWithRole) !== null) found.push(organizationId)
  }
  return found
}

async function forgetAll({ store }: Shell, home: OrganizationId | AccountId, individual: Individual): Promise<void> {
  for (let count = BATCH; count === BATCH; ) count = await port(() => store.users.forget(home, individual, BATCH))
}

/** A person's own keys; subscriptions and usage stay for the books, with nothing in them but ids. */
async function endKeys(shell: Shell, accountId: AccountId): Promise<void> {
  for (let count = BATCH; count === BATCH; ) {
    count = await committed(shell, accountId, async ({ store, clock }) => {
      const wants = { apiKeys: { holder: null, projectId: null, after: null, limit: BATCH } }
      const { account, apiKeys } = await port(() => store.accounts.load(accountId, wants))
      const facts = apiKeys.flatMap(({ key }) => {
        const decision = eraseKey(key, clock.now())
        return decision.ok ? decision.facts : []
      })
      return { account, ruled: ruling(decided(...facts), () => apiKeys.length) }
    })
  }
}
