/**
 * What the platform's admin does to organizations: to any of them, by its id, as a member of none.
 *
 * @module
 */
import { subHours } from "date-fns/subHours"
import { type Actor, platformAdmin, requireActor } from "../kernel/actor.ts"
import type { Decision } from "../kernel/decision.ts"
import { port } from "../kernel/port.ts"
import { line } from "../kernel/text.ts"
import { endedRefusal, purge, removeByPlatform, restore, resume, suspend } from "../organization/lifecycle.ts"
import { type Organization, type OrganizationFact, update } from "../organization/organization.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization, organizationChanges } from "../pipeline/schema.ts"
import { reservedSlugs, type Settings } from "../pipeline/settings.ts"
import { platformView } from "./platform.ts"

/** Nobody else, no permission, any status. */
const byPlatform = { actors: ["platformAdmin"], allow: "inside", whateverStatus: true } as const

type Asked = Readonly<{ loaded: Readonly<{ organization: Organization }>; settings: Settings; at: Date }>

/** The row as it stands after the facts, as the platform sees it. */
const shown =
  ({ loaded, settings, at }: Asked) =>
  (facts: readonly OrganizationFact[]) =>
    platformView(facts[0]?.after ?? loaded.organization, settings.organizations.graceDays, at)

/** The decision, and the organization as its answer. */
const ruled = (decision: Decision<OrganizationFact>, asked: Asked) => ruling(decision, shown(asked))

export const updateAnyOrganization = command({
  name: "platform.organizations.update",
  input: (limits, schemas) => inOrganization(organizationChanges(limits, schemas)),
  ...byPlatform,
  facts: ["organization.updated"],
  wants: () => ({}),
  decide: (asked) => {
    const { input, loaded, settings } = asked
    const refusal = loaded.organization.status === "purging" ? endedRefusal(loaded.organization) : null
    if (refusal !== null) return { ok: false, refusal }
    return ruled(update(loaded.organization, input, reservedSlugs(settings)), asked)
  },
})

export const suspendOrganization = command({
  name: "platform.organizations.suspend",
  input: () => inOrganization({ reason: line(1, 500).optional() }),
  ...byPlatform,
  facts: ["organization.suspended"],
  wants: () => ({}),
  decide: (asked) => ruled(suspend(asked.loaded.organization, asked.input.reason ?? null, asked.at), asked),
})

export const resumeOrganization = command({
  name: "platform.organizations.resume",
  input: () => inOrganization({}),
  ...byPlatform,
  facts: ["organization.resumed"],
  wants: () => ({}),
  decide: (asked) => ruled(resume(asked.loaded.organization), asked),
})

export const deleteAnyOrganization = command({
  name: "platform.organizations.delete",
  input: () => inOrganization({}),
  ...byPlatform,
  facts: ["organization.deleted"],
  wants: ({ at }) => ({ keysUsedSince: subHours(at, 24) }),
  decide: (asked) =>
    ruling(removeByPlatform(asked.loaded.organization, asked.at), (facts) => ({
      organization: shown(asked)(facts),
      keysUsedLastDay: asked.loaded.keysUsedSince,
    })),
})

export const restoreOrganization = command({
  name: "platform.organizations.restore",
  input: () => inOrganization({}),
  ...byPlatform,
  facts: ["organization.restored"],
  wants: () => ({}),
  decide: (asked) => {
    const { loaded, settings, at } = asked
    return ruled(restore(loaded.organization, settings.organizations.graceDays, at), asked)
  },
})

const beginPurge = command({
  name: "platform.organizations.purge",
  input: () => inOrganization({}),
  ...byPlatform,
  facts: ["organization.purged"],
  wants: () => ({}),
  decide: ({ loaded: { organization }, settings, at }) =>
    ruling(purge(organization, settings.organizations.graceDays, at), () => ({ organizationId: organization.id })),
})

/** Rows removed at once. */
const BATCH = 500

/** In batches: where it is cut short, giving it again goes on from there. */
export const purgeOrganization: typeof beginPurge = {
  ...beginPurge,
  run: async (shell, caller, raw) => {
    const purged = await beginPurge.run(shell, nameless(requireActor(caller)), raw)
    while ((await port(() => shell.store.platform.purge(purged.organizationId, BATCH))) === "more") {}
    return purged
  },
}

/** The same actor by their id alone: what is left of a purged organization holds no name. */
const nameless = (actor: Actor): Actor => (actor.type === "platformAdmin" ? platformAdmin({ id: actor.id }) : actor)
