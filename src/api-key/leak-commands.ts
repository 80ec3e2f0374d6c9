/**
 * A secret that was found where it does not belong.
 *
 * @module
 */
import { account } from "../billing/account.ts"
import { payerOf } from "../billing/terms.ts"
import { system } from "../kernel/actor.ts"
import { decided } from "../kernel/decision.ts"
import { attempt, TenantryError } from "../kernel/error.ts"
import type { ApiKeyId, OrganizationId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import { hashSecret, Secret } from "../kernel/secret.ts"
import { committed } from "../pipeline/account.ts"
import { ruling } from "../pipeline/operation.ts"
import type { Shell } from "../pipeline/shell.ts"
import { heard } from "../pipeline/within.ts"
import { type ApiKey, type ApiKeyFact, revoke, secretAt } from "./api-key.ts"
import { revokeKeyHere } from "./commands.ts"
import { isWellFormed } from "./key-secret.ts"

/**
 * Revokes the key of a leaked secret, whoever reports it: to have it is enough. Answers the same for every input, so
 * that nobody learns from it which secrets there are.
 */
export async function revokeLeaked(shell: Shell, given: string | Secret): Promise<void> {
  const secret = given instanceof Secret ? given.reveal() : given
  if (!isWellFormed(secret)) return
  const at = shell.clock.now()
  const hash = hashSecret(secret)
  const payer = payerOf(shell.settings.billing, shell.policy.ownership.role)
  const record = await port(() => shell.store.apiKeys.findBySecret(hash, { payer, at, meters: false }))
  if (record === null || secretAt(record.key, hash, at) === null) return
  const { key } = record
  if (key.organizationId === null) await revokeOwn(shell, key)
  else await revokeInside(shell, key.organizationId, key.id)
}

/** A key that is deleted meanwhile is as dead as can be. */
async function revokeInside(shell: Shell, organizationId: OrganizationId, apiKeyId: ApiKeyId): Promise<void> {
  const revoked = await attempt(revokeKeyHere.run(shell, system("leak-report"), { organizationId, apiKeyId }))
  if (revoked.ok || revoked.error.code === "not_found") return
  heard(shell, revoked.error)
  throw new TenantryError("unavailable", {})
}

async function revokeOwn(shell: Shell, { id, holder }: ApiKey): Promise<void> {
  if (holder.type !== "person") return
  const accountId = account.user(holder.userId)
  await committed(shell, accountId, async ({ store, clock }) => {
    const { account: row, apiKey } = await port(() => store.accounts.load(accountId, { apiKey: id }))
    const decision = apiKey === null ? decided<ApiKeyFact>() : revoke(apiKey.key, clock.now())
    return { account: row, ruled: ruling(decision, () => null) }
  })
}
