/**
 * What a key may do: its scopes, and no more than its holder may do now.
 *
 * @module
 */
import { type ApiKeyActor, apiKeyActor, type KeyHolder } from "../kernel/actor.ts"
import type { PolicyEngine, Rule } from "../policy/policy.ts"
import type { ApiKey } from "./api-key.ts"
import type { KeyRecord } from "./verdict.ts"

/** All that a key without an organization is good for: the product's API. */
export const PERSONAL_SCOPE = "api.use"

/** The actor that a verified key is. */
export const actorOf = (
  { key }: Pick<KeyRecord, "key">,
  from: { readonly [K in "ip" | "userAgent" | "requestId"]?: string | undefined },
): ApiKeyActor =>
  apiKeyActor({
    id: key.id,
    organizationId: key.organizationId,
    projectId: key.projectId,
    holder: shownHolder(key),
    ip: shown(from.ip, 100),
    userAgent: shown(from.userAgent, 400),
    requestId: shown(from.requestId, 200),
  })

const ORGANIZATION: KeyHolder = Object.freeze({ type: "organization" })

/** The key's holder as others see it: never the store's own. */
export const shownHolder = ({ holder }: Pick<ApiKey, "holder">): KeyHolder =>
  holder.type === "organization" ? ORGANIZATION : Object.freeze({ ...holder })

/** What a client wrote of itself, made fit to be kept: cut, and without what no text column takes. */
function shown(text: string | undefined, max: number): string | null {
  if (text === undefined || (text.length <= max && isPrintable(text))) return text ?? null
  return text.slice(0, max).replace(/[\p{Cc}\p{Cs}]/gu, " ")
}

/** Whether it is printable ASCII, as nearly all is; to run a pattern takes three times as long. */
function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 32 || code > 126) return false
  }
  return true
}

/** Whether the key holds that permission now, host rules included. */
export function isHeld(
  record: Pick<KeyRecord, "key" | "organization" | "member" | "role" | "project" | "projectRole">,
  permission: string,
  actor: ApiKeyActor,
  policy: PolicyEngine,
  rules: readonly Rule[],
): boolean {
  const { key, organization, member, role, project, projectRole } = record
  const name = policy.canonical(permission)
  if (name === null || !key.scopes.includes(name)) return false
  if (organization === null) return name === PERSONAL_SCOPE
  if (key.holder.type === "organization" && rules.length === 0) return true
  const customRoles = [role, projectRole?.custom ?? null].filter((custom) => custom !== null)
  const standing = {
    ...{ actor, organization, role: member?.role ?? null, customRoles, scopes: key.scopes, rules },
    ...(project !== null && { project: { id: project.id, role: projectRole?.name ?? null } }),
  }
  return policy.resolve(standing).can(name)
}
