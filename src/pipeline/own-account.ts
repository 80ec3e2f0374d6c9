/**
 * Use of a caller's own account, outside any organization: by the person, or by a personal key of theirs.
 *
 * @module
 */
import { type ApiKey, isUsable } from "../api-key/api-key.ts"
import { account } from "../billing/account.ts"
import { fromSource } from "../billing/source.ts"
import type { Actor, UserId } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import type { ApiKeyId, HoldId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import type { AccountLoaded } from "../store/accounts.ts"
import type { Use } from "../usage/consumption.ts"
import type { UsageFilter } from "../usage/repository.ts"
import { admit } from "./admit.ts"
import { type Declared, type Operation, operation } from "./operation.ts"
import type { Shell } from "./shell.ts"

/** What an operation may read of the account. */
type OwnWants = Readonly<{ apiKey?: ApiKeyId; usage?: UsageFilter; hold?: HoldId }>

type OwnLoaded = AccountLoaded<{ [K in keyof OwnWants]: OwnWants[K] | undefined } & { billed: { at: Date } }>

/** What is known of the caller and the account. */
type OwnContext<I> = Readonly<{
  input: I
  at: Date
  actor: Actor
  userId: UserId
  /** The key that asks; null for the person. */
  actingKey: ApiKey | null
  use: Use
  loaded: OwnLoaded
}>

type OwnDefinition<In, I, O> = Omit<Declared<In, I>, "actors"> &
  Readonly<{
    kind: "usage" | "query"
    /** The scope that a key needs; null for none. */
    scope: "api.use" | null
    wants: (input: I) => OwnWants
    apply: (context: OwnContext<I>, shell: Shell) => O | Promise<O>
  }>

/** An operation on what the caller's own account uses. */
export function onOwnAccount<In, I, O>(definition: OwnDefinition<In, I, O>): Operation<In, O> {
  const declared = { ...definition, actors: ["user", "apiKey"] as const }
  return operation(definition.kind, declared, async (shell, caller, raw) => {
    const { actor, input } = admit(shell, declared, caller, raw)
    const userId = personOf(actor)
    const at = shell.clock.now()
    const accountId = account.user(userId)
    const asked = definition.wants(input)
    const isAboutAnother = actor.type === "apiKey" && asked.apiKey !== undefined && asked.apiKey !== actor.id
    if (isAboutAnother) throw new TenantryError("forbidden", { permission: "usage.read" })
    const own = actor.type === "apiKey" ? { apiKey: actor.id } : {}
    const loaded: OwnLoaded = await port(() =>
      shell.store.accounts.load(accountId, { ...asked, ...own, billed: { at } }),
    )
    const actingKey = actor.type === "apiKey" ? working(loaded.apiKey?.key, at) : null
    if (definition.scope !== null && actingKey?.scopes.includes(definition.scope) === false) {
      throw new TenantryError("forbidden", { permission: definition.scope })
    }
    const { billing } = shell.settings
    const billed = await fromSource(shell.subscriptions, billing.plans, loaded.billed)
    const use: Use = { billing, billed, organization: null, key: actingKey, holder: userId }
    return definition.apply({ input, at, actor, userId, actingKey, use, loaded }, shell)
  })
}

/** The person whose account it is; a key of an organization has none. */
function personOf(actor: Actor): UserId {
  if (actor.type === "user") return actor.id
  if (actor.type === "apiKey" && actor.holder.type === "person") return actor.holder.userId
  throw new TenantryError("forbidden", {})
}

function working(key: ApiKey | undefined, at: Date): ApiKey {
  if (key === undefined || !isUsable(key, at)) throw new TenantryError("unauthenticated", {})
  return key
}
