/**
 * Ada's workspace, with an editor and a plan of ten units a month.
 *
 * @module
 */
import { account } from "../../src/billing/account.ts"
import type { PlanInput } from "../../src/billing/plan.ts"
import { type Actor, type PolicyEngine, system } from "../../src/index.ts"
import { workspace } from "../../src/presets/workspace.ts"
import { person, world } from "../world.ts"

export const host = system("host")
export const TEN: PlanInput = { id: "ten", quota: 10, default: true }
/** When the fake clock's month ends. */
export const FEBRUARY = new Date("2026-02-01T00:00:00.000Z")

type Options = Parameters<typeof world<NamesOf<(typeof workspace)["policy"]>>>[1]
type NamesOf<P> = P extends PolicyEngine<infer N> ? N : never

/** `key` verifies a new key of the organization, or of Ada herself without one, and answers it as an actor. */
export async function scene(options: Options = {}) {
  const around = world(workspace, {
    billing: { account: "owner", plans: [TEN] },
    apiKeys: { holders: ["organization", "member", "person"] },
    ...options,
  })
  const { tenantry } = around
  const ada = person("ada")
  const bob = person("bob")
  const eve = person("eve")
  const acme = await tenantry.organizations.create(ada, { name: "Acme" })
  const add = async (name: string, role: "editor" | "viewer" | "admin") => {
    const user = { id: `u_${name}`, email: `${name}@acme.example` }
    return tenantry.memberships.add(host, { organizationId: acme.id, user, role })
  }
  const membership = await add("bob", "editor")
  const inAcme = { organizationId: acme.id }
  const key = async (by: Actor, more: object = inAcme) => {
    const { secret, apiKey } = await tenantry.apiKeys.create(by, { name: "k", ...more })
    const verdict = await tenantry.apiKeys.verify(secret, { meter: false })
    if (!verdict.ok) throw new Error(verdict.code)
    return { secret, id: apiKey.id, actor: verdict.actor }
  }
  const told = async (organizationId: string = acme.id) => {
    const actions = ["quota.threshold_reached" as const]
    const { data } = await tenantry.activity.list(host, { organizationId, actions })
    return data.map(({ after, actor }) => ({ ...after, by: actor.id }))
  }
  return { ...around, ada, bob, eve, acme, inAcme, membership, add, key, told, payer: account.user(ada.id) }
}
