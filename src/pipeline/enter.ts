/**
 * The way into an organization, the same for commands and queries: actor, input, look-up, load, access.
 *
 * @module
 */
import { type ApiKey, isUsable } from "../api-key/api-key.ts"
import type { Billed } from "../billing/billed.ts"
import { fromSource } from "../billing/source.ts"
import type { Actor, UserId } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { port } from "../kernel/port.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Loaded, Store, Wants } from "../store/store.ts"
import { admit } from "./admit.ts"
import { type Context, found, type Inside, type Located } from "./operation.ts"
import type { Shell } from "./shell.ts"

/** A caller at the door of a located organization; `load` may be called again after a conflict. */
export type Visit<I, L extends Located, W extends Wants> = Readonly<{
  located: L
  load: (store: Store) => Promise<Context<I, W, L>>
}>

/** Parses, checks the kind of actor and finds the organization. */
export async function enter<In, I, L extends Located, W extends Wants>(
  shell: Shell,
  definition: Inside<In, I, L, W>,
  by: unknown,
  raw: In,
): Promise<Visit<I, L, W>> {
  const { actor, input } = admit(shell, definition, by, raw)
  const { locate } = definition
  const located = locate ? found(await port(() => locate(shell.store, input, actor))) : (input as unknown as L)
  if (actor.type === "apiKey" && actor.organizationId !== located.organizationId)
    throw new TenantryError("not_found", {})

  async function load(store: Store): Promise<Context<I, W, L>> {
    const at = shell.clock.now()
    const wants = {
      ...definition.wants({ ...shell, input, located, actor, at }),
      caller: personBehind(actor) ?? undefined,
      actingKey: actor.type === "apiKey" ? actor.id : undefined,
      roles: true as const,
    }
    const loaded = found(await port(() => store.load(located.organizationId, wants)))
    const { organization, roles } = loaded
    const caller = loaded.caller ?? null
    // A deleted organization is not there.
    if (isGone(organization) && !definition.whateverStatus) throw new TenantryError("not_found", {})
    const key = loaded.actingKey ?? null
    if (actor.type === "apiKey" && (organization.status !== "active" || !isGoodFor(key, caller, at))) {
      throw new TenantryError("unauthenticated", {})
    }
    const access = shell.policy.resolve({
      actor,
      organization,
      role: caller?.role ?? null,
      customRoles: roles,
      rules: shell.rules,
      scopes: key?.scopes ?? [],
    })
    const billed = loaded.billed && (await billedNow(shell, loaded.billed, definition.evenWithoutSource))
    const read = { ...loaded, ...(billed && { billed }) } as Loaded<W>
    return { ...shell, actor, input, located, at, caller, access, roles, loaded: read }
  }

  return { located, load }
}

/** An account as the host's source sees it now; where nobody pays, nobody is asked. */
async function billedNow(
  { subscriptions, settings }: Shell,
  billed: Billed,
  evenWithoutSource = false,
): Promise<Billed> {
  if (settings.billing.account === "none") return billed
  const asked = fromSource(subscriptions, settings.billing.plans, billed)
  return evenWithoutSource ? asked.catch(() => billed) : asked
}

const isGone = ({ status }: Organization): boolean => status === "deleted" || status === "purging"

/** The user whose membership stands behind the actor, or null. */
const personBehind = (actor: Actor): UserId | null => {
  if (actor.type === "user") return actor.id
  return actor.type === "apiKey" && actor.holder.type === "member" ? actor.holder.userId : null
}

/** Whether a key may still act for whoever holds it. */
const isGoodFor = (key: ApiKey | null, member: Membership | null, at: Date): boolean =>
  key !== null && isUsable(key, at) && (key.holder.type !== "member" || key.holder.membershipId === member?.id)
