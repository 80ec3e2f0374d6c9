/**
 * Reads of keys in their home, an organization or a person's account.
 *
 * @module
 */
import type { ApiKey } from "../../api-key/api-key.ts"
import type { ListedKey } from "../../api-key/key-view.ts"
import type { AccountKeyReads, ApiKeyReads } from "../../api-key/repository.ts"
import type { UserId } from "../../kernel/actor.ts"
import { lastUseOf, usedSince } from "./counts.ts"
import { type Database, inside } from "./database.ts"
import { userBehind } from "./project-reads.ts"
import type { Readers } from "./reads.ts"
import { find, past, place, rowsOf, take, walk } from "./table.ts"

/** Reads of the keys of one home, an organization or an account. */
export const homeKeyReads = {
  apiKey: (database, home, keyId) => {
    const key = standing(database, home, keyId)
    return key && listed(database, home, key)
  },
  apiKeys: (database, home, { holder, projectId, after, limit }) => {
    const { apiKeys } = database
    const isAll = holder === null || home === `user:${holder}`
    const [index, scope] = isAll
      ? projectId === null
        ? [apiKeys.listed, home]
        : [apiKeys.project, inside(home, projectId)]
      : [apiKeys.holder, inside(home, holder)]
    const isBound = (key: ApiKey): boolean => projectId === null || key.projectId === projectId
    const page = take(walk(index, scope, place(index, scope, past(after))), limit, isBound)
    return page.map((key) => listed(database, home, key))
  },
  apiKeyCount: ({ apiKeys }, home) => rowsOf(apiKeys.listed, home).length,
} satisfies Readers<keyof AccountKeyReads>

/** Reads inside one organization. */
export const keyReads: Readers<keyof ApiKeyReads> = {
  ...homeKeyReads,
  actingKey: standing,
  keysOf: (database, id, whose) => {
    const userId = userBehind(database, id, whose)
    return userId === undefined ? [] : rowsOf(database.apiKeys.all, id).filter((key) => isKnownTo(key, userId))
  },
  keysUsedSince: ({ books }, id, since) => usedSince(books, id, since),
}

/** Whether that person created, holds or was shown a key that is neither revoked nor deleted. */
function isKnownTo({ createdBy, holder, shownTo, revokedAt, deletedAt }: ApiKey, userId: UserId): boolean {
  if (revokedAt !== null || deletedAt !== null) return false
  const isMaker = createdBy.type === "user" && createdBy.id === userId
  return isMaker || (holder.type === "member" && holder.userId === userId) || shownTo.includes(userId)
}

function standing({ apiKeys }: Database, home: string, keyId: string): ApiKey | null {
  const key = find(apiKeys, home, keyId)
  return key?.deletedAt === null ? key : null
}

function listed({ books, memberships, projects }: Database, home: string, key: ApiKey): ListedKey {
  const { holder, projectId } = key
  const member = holder.type === "member" ? find(memberships, home, holder.membershipId) : null
  const project = projectId === null ? null : find(projects, home, projectId)
  return { key, lastUsedAt: lastUseOf(books, home, key.id), member, project }
}
