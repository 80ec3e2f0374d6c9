/**
 * Keys for tests: made, used once, and turned into the actors that they are.
 *
 * @module
 */
import type { Actor, ApiKeyActor, Tenantry } from "../../src/index.ts"

/** A key with its secret as text, and as an actor. */
export type Issued = Readonly<{ id: string; secret: string; actor: ApiKeyActor }>

/** Makes a key and uses it once. */
export async function issue(
  tenantry: Tenantry,
  by: Actor,
  wish: Readonly<{
    organizationId?: string
    projectId?: string
    name: string
    scopes?: readonly string[]
    holder?: "organization" | "member"
  }>,
): Promise<Issued> {
  const { organizationId, projectId, name, scopes, holder } = wish
  const more = { ...(scopes && { scopes: [...scopes] }) }
  const made = await (organizationId === undefined
    ? tenantry.apiKeys.create(by, { name, ...more })
    : tenantry.apiKeys.create(by, {
        organizationId,
        name,
        ...more,
        ...(projectId && { projectId }),
        ...(holder && { holder }),
      }))
  const secret = made.secret.reveal()
  const permission = scopes?.[0] ?? "api.use"
  const verdict = await tenantry.apiKeys.verify(secret, { permission })
  if (!verdict.ok) throw new Error(`the key is ${verdict.code}`)
  return { id: made.apiKey.id, secret, actor: verdict.actor }
}
