/**
 * An organization with keys, for tests of what keys do.
 *
 * @module
 */
import { account, type Configuration, type User } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { paidTeam, workspace } from "../../src/presets/presets.ts"
import { joined, person, world } from "../world.ts"

type Options<N extends PolicyNames> = Partial<Omit<Configuration<N>, "preset" | "policy" | "clock" | "ids">>

export const ada = person("ada")
export const bob = person("bob")
export const eve = person("eve")

/** A workspace of ada's, whose subscription is active; `join` brings somebody in. */
export async function workshop(options: Options<PolicyNames> = {}) {
  const made = world(workspace as Preset, options)
  const { tenantry } = made
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" })
  const organization = await tenantry.organizations.create(ada, { name: "Acme", timezone: "Europe/Berlin" })
  return { ...made, organizationId: organization.id, join: joining(made, organization.id, ada) }
}

/** A paid team of ada's, both of whose subscriptions are active. */
export async function team(options: Options<PolicyNames> = {}) {
  const made = world(paidTeam as Preset, options)
  const { tenantry } = made
  const organization = await tenantry.organizations.create(ada, { name: "Acme" })
  const payer = account.organization(organization.id)
  await tenantry.subscriptions.put(payer, { product: "organization", plan: "team", status: "active" })
  await tenantry.subscriptions.put(payer, { plan: "pro", status: "active" })
  return { ...made, organizationId: organization.id, payer, join: joining(made, organization.id, ada) }
}

const joining =
  ({ tenantry, tokenFor }: ReturnType<typeof world<PolicyNames>>, organizationId: string, by: User) =>
  async (who: User, role: string) => {
    await tenantry.invitations.send(by, { organizationId, email: who.email, role })
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
  }
