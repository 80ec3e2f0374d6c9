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
import type { ProjectId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Access } from "../policy/policy.ts"
import type { Project } from "../project/project.ts"
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
  const asked = definition.project?.({ input, actor })
  const bound = actor.type === "apiKey" ? actor.projectId : null
  const projectId = asked ?? bound
  const isElsewhere = bound !== null && (asked === undefined ? !definition.inAnyProject : asked !== bound)
  if ((actor.type === "apiKey" && actor.organizationId !== located.organizationId) || isElsewhere) {
    throw new TenantryError("not_found", {})
  }

  async function load(store: Store): Promise<Context<I, W, L>> {
    const { ids, policy, rules, settings } = shell
    const at = shell.clock.now()
    const person = personBehind(actor)
    const asksProjects = person !== null && (projectId !== null || definition.inAnyProject === true)
    // Not by a spread: V8 of Node 20 takes a microsecond for each name that comes after one.
    const wants = Object.assign({}, definition.wants({ input, located, actor, policy, settings, at }), {
      caller: person ?? undefined,
      callerProjects: asksProjects ? { userId: person, projectIds: projectId && [projectId] } : undefined,
      project: projectId ?? undefined,
      actingKey: actor.type === "apiKey" ? actor.id : undefined,
      roles: true as const,
    })
    const loaded = found(await port(() => store.load(located.organizationId, wants)))
    const { organization, roles, caller = null, callerProjects = [], project = null } = loaded
    // A deleted organization is not there.
    if (isGone(organization) && !definition.whateverStatus) throw new TenantryError("not_found", {})
    const key = loaded.actingKey ?? null
    if (actor.type === "apiKey" && (organization.status !== "active" || !isGoodFor(key, caller, project, at))) {
      throw new TenantryError("unauthenticated", {})
    }
    if (asked !== undefined) found(project)
    const standing = { actor, organization, role: caller?.role ?? null, customRoles: roles, rules }
    const roleIn = (id: ProjectId) => callerProjects.find((held) => held.projectId === id)?.role ?? null
    const accessIn = (id: ProjectId | null): Access => {
      const by = { scopes: bound === null || id === bound ? (key?.scopes ?? []) : [], ...standing }
      return policy.resolve(id === null ? by : { project: { id, role: roleIn(id) }, ...by })
    }
    const isInOrganization = bound === null && (actor.type !== "user" || caller !== null)
    const accessAt = (id: ProjectId): Access | null =>
      isInOrganization || roleIn(id) !== null || id === bound ? accessIn(id) : null
    const access = accessIn(asked ?? null)
    const isInside = isInOrganization || bound !== null || callerProjects.length > 0
    const billed = loaded.billed && (await billedNow(shell, loaded.billed, definition.evenWithoutSource))
    const read = (billed === undefined ? loaded : { ...loaded, billed }) as Loaded<W>
    return {
      actor,
      input,
      at,
      ids,
      policy,
      rules,
      settings,
      located,
      loaded: read,
      roles,
      caller,
      callerProjects,
      project,
      isInOrganization,
      isInside,
      access,
      accessAt,
    }
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

/** Whether a key may still act, for whoever holds it and where it is bound to. */
function isGoodFor(key: ApiKey | null, member: Membership | null, project: Project | null, at: Date): boolean {
  if (key === null || !isUsable(key, at)) return false
  const isHeld = key.holder.type !== "member" || key.holder.membershipId === member?.id
  return isHeld && (key.projectId === null || project?.status === "active")
}
