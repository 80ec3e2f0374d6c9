/**
 * A person who left traces of every kind, in several organizations and on an account of their own.
 *
 * @module
 */
import { type Actor, type ApiKeyActor, createTenantry, definePolicy, system, user } from "../../src/index.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import type { Store } from "../../src/store/store.ts"
import { fakeClock, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { everythingIn } from "../generated/database.ts"
import { person } from "../world.ts"

/** Text that is Ada's alone. */
export const CANARY = "canary"
const from = { ip: `${CANARY}-203.0.113.9`, userAgent: `${CANARY}/1.0` }
const named = { email: `ada-${CANARY}@acme.example`, name: `Ada ${CANARY}`, emailVerified: true, ...from }
export const ada = user({ id: "u_ada", ...named })
export const bob = person("bob")
const host = system("host")
export const emails = [`ada-${CANARY}@acme.example`, `countess-${CANARY}@globex.example`]

const policy = definePolicy({
  roles: { owner: { grants: ["*"] }, member: { grants: ["*"], manages: ["member"] } },
  ownership: { role: "owner", holders: "multiple", transfer: "offer" },
})

/** Everybody at work, with Ada among them; `over` is another tenantry over a store that stands for this one's. */
export async function traces() {
  const database = emptyDatabase()
  const [clock, ids, mail, store] = [fakeClock(), sequentialIds(), inbox(), storeOver(database)]
  const heard: unknown[] = []
  const over = (through: Store) =>
    createTenantry({
      ...{ clock, ids, mailer: mail, policy, store: through },
      acceptUrl: (token) => `https://app.example/join/${token}`,
      apiKeys: { holders: ["organization", "member", "person"] },
      subscribers: { "*": (event) => void heard.push(event) },
    })
  const tenantry = over(store)
  const begin = async (name: string) => (await tenantry.organizations.create(bob, { name })).id
  const [acme, former, invitedTo, elsewhere] = [
    await begin("Acme"),
    await begin("Former"),
    await begin("Invited to"),
    await begin("Elsewhere"),
  ]
  const invite = (by: Actor, organizationId: string, email: string) =>
    tenantry.invitations.send(by, { organizationId, email, role: "member" })

  const letter = await invite(bob, acme, ada.email)
  const { membership: member } = await tenantry.invitations.accept(ada, {
    organizationId: acme,
    invitationId: letter.id,
  })
  if (member === null) throw new Error("nobody joined")
  await invite(ada, acme, "guest@acme.example")
  const lost = await invite(ada, acme, "lost@acme.example")
  await tenantry.invitations.cancel(bob, { organizationId: acme, invitationId: lost.id })
  await invite(bob, acme, emails[1] ?? "")
  const key = await tenantry.apiKeys.create(ada, { organizationId: acme, name: `${CANARY} laptop`, holder: "member" })
  const dropped = await tenantry.apiKeys.create(ada, {
    ...{ organizationId: acme, name: "Robot", holder: "member" },
  })
  await tenantry.apiKeys.delete(ada, { organizationId: acme, apiKeyId: dropped.apiKey.id })
  await tenantry.apiKeys.create(ada, { organizationId: acme, name: "Shared" })
  const verdict = await tenantry.apiKeys.verify(key.secret.reveal(), from)
  if (!verdict.ok) throw new Error("the key works")
  const keyActor: ApiKeyActor = verdict.actor
  await tenantry.organizations.offerOwnership(bob, {
    ...{ organizationId: acme, membershipId: member.id, previousRole: "member" },
  })
  await tenantry.organizations.update(person("bob", { impersonatedBy: ada.id, ...from }), {
    ...{ organizationId: acme, timezone: "Europe/Berlin" },
  })

  const { id, email, name } = ada
  const add = { organizationId: former, user: { id, email, name: name ?? "" }, role: "member" as const }
  const { id: membershipId } = await tenantry.memberships.add(host, add)
  await tenantry.organizations.update(ada, { organizationId: former, name: "Formerly" })
  await tenantry.memberships.remove(bob, { organizationId: former, membershipId })
  const refused = await invite(bob, former, ada.email)
  await tenantry.invitations.decline(ada, { organizationId: former, invitationId: refused.id })

  await invite(bob, invitedTo, ada.email)
  await tenantry.apiKeys.create(ada, { name: `${CANARY} phone` })
  return {
    ...{ acme, former, invitedTo, elsewhere, tenantry, over, store, clock, mail, heard, keyActor, key, member },
    everything: () => everythingIn(database),
    /** Everything that is stored, as text. */
    text: () => JSON.stringify(everythingIn(database)),
  }
}
