/**
 * Tenantries that somebody pays for, with what billing tests ask of them.
 *
 * @module
 */
import { account, type OrganizationId, type ToldTerms } from "../../src/index.ts"
import { paidTeam } from "../../src/presets/presets.ts"
import { joined, person, world } from "../world.ts"

type Options = Parameters<typeof world>[1]

/** The plan that a paid team's organization has for its seats. */
export const TEAM: ToldTerms = { product: "organization", plan: "team", status: "active" }

/** A paid team with a subscription for its seats, and how people come in. */
export async function paid(options: Options = {}, terms: ToldTerms | null = TEAM) {
  const here = world(paidTeam, options)
  const { tenantry, tokenFor } = here
  const owner = person("alba")
  const { id: organizationId } = await tenantry.organizations.create(owner, { name: "Captcha Farm" })
  const put = (told: ToldTerms, id: OrganizationId = organizationId) =>
    tenantry.subscriptions.put(account.organization(id), told)
  if (terms !== null) await put(terms)
  const invite = (who: typeof owner, role: "maintainer" | "member" = "member") =>
    tenantry.invitations.send(owner, { organizationId, email: who.email, role })
  const bring = async (who: typeof owner, role: "maintainer" | "member" = "member") => {
    await invite(who, role)
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
  }
  const actions = async () => {
    const { data } = await tenantry.activity.list(owner, { organizationId, limit: 200 })
    return data.map(({ action }) => action)
  }
  return { ...here, owner, organizationId, put, invite, bring, actions }
}
