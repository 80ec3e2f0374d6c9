/**
 * A tour: an organization comes to life. `npm start` keeps it in a SQLite file; `npm start -- --memory` and
 * `npm start -- --postgres URL` elsewhere.
 *
 * @module
 */
import { account, attempt, createTenantry, type InvitationMessage, type Secret, user } from "tenantry"
import { workspace } from "tenantry/presets"
import { openTourStore } from "./tour-store.ts"

const say = (title: string) => console.log(`\n— ${title}`)
const { store, place, close } = await openTourStore()
const mail = new Map<string, InvitationMessage>()

const tenantry = createTenantry({
  preset: workspace,
  store,
  billing: { plans: [{ id: "starter", quota: 3 }] },
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: {
    sendInvitation: async (message) => {
      mail.set(message.to, message)
      console.log(`To: ${message.to}\nSubject: ${message.subject}\n\n${message.text}\n`)
    },
  },
})

const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada Lovelace" })
const bob = user({ id: "u_bob", email: "bob@acme.example", emailVerified: true, name: "Bob" })
const cleo = user({ id: "u_cleo", email: "cleo@acme.example", emailVerified: true, name: "Cleo" })

say("Ada creates an organization")
const acme = await tenantry.organizations.create(ada, { name: "Acme Rockets" })
const here = { organizationId: acme.id }
console.log(`${acme.name} is at /${acme.slug}; Ada's role is ${(await tenantry.access(ada, here)).role}`)

say("Ada invites three people at once; one address is no address")
const results = await tenantry.invitations.sendMany(ada, {
  ...here,
  invitations: [
    { email: "Bob@ACME.example", role: "admin" },
    { email: "cleo@acme.example", role: "viewer" },
    { email: "dan at acme", role: "editor" },
  ],
})
for (const result of results) console.log(`${result.email}: ${result.ok ? "invited" : result.error.code}`)

say("The e-mails go out")
await tenantry.outbox.deliver()

say("Bob and Cleo follow their links, signed in with the invited addresses")
const tokenFor = (address: string) => mail.get(address)?.acceptUrl.split("/").at(-1) ?? ""
const wrong = await attempt(tenantry.invitations.accept(cleo, { token: tokenFor("bob@acme.example") }))
console.log(`Cleo tries Bob's link: ${wrong.ok ? "let in" : wrong.error.code}`)
const joined = {
  bob: await tenantry.invitations.accept(bob, { token: tokenFor("bob@acme.example") }),
  cleo: await tenantry.invitations.accept(cleo, { token: tokenFor("cleo@acme.example") }),
}
const [bobsPlace, cleosPlace] = [joined.bob.membership, joined.cleo.membership]
if (bobsPlace === null || cleosPlace === null) throw new Error("both were invited to the organization")
console.log(`Bob is ${bobsPlace.role}, Cleo is ${cleosPlace.role}`)

say("Bob, an admin, tries to promote Cleo to admin")
const promotion = { ...here, membershipId: cleosPlace.id, role: "admin" } as const
const refused = await attempt(tenantry.memberships.changeRole(bob, promotion))
console.log(refused.ok ? "promoted" : `refused: ${refused.error.code} ${JSON.stringify(refused.error.details)}`)
const bobs = await tenantry.access(bob, here)
console.log(`He may change roles: ${bobs.explain("members.update").sentence}`)
console.log(`He may delete the organization: ${bobs.explain("organization.delete").sentence}`)
const why = bobs.explain("members.update")
for (const step of why.steps) console.log(`  ${step === why.decidedBy ? "→" : " "} ${JSON.stringify(step)}`)

say("He makes her an editor instead, and it holds from the next check on")
await tenantry.memberships.changeRole(bob, { ...promotion, role: "editor" })
console.log(`Cleo may create API keys: ${(await tenantry.access(cleo, here)).can("apiKeys.create")}`)

say("So she makes one; it lives on Ada's subscription, which has 3 units a month")
const { apiKey, secret } = await tenantry.apiKeys.create(cleo, { ...here, name: "production" })
console.log(`${apiKey.name} ${apiKey.hint}, and nowhere in print: ${secret}`)
const use = async (key: Secret, units = 1) => {
  const verdict = await tenantry.apiKeys.verify(key, { method: "GET", path: "/v1/cars/42", units })
  console.log(verdict.ok ? `200, ${verdict.quotas[0]?.remaining} left` : `${verdict.status} ${verdict.code}`)
}
await use(secret)
await tenantry.subscriptions.put(account.user("u_ada"), { plan: "starter", status: "active" })
for (const units of [1, 2, 1]) await use(secret, units)

say("She rotates it: a new secret, the same key, the same quota; then the subscription lapses and comes back")
const rotated = await tenantry.apiKeys.rotate(cleo, { ...here, apiKeyId: apiKey.id })
await use(secret)
await use(rotated.secret)
for (const [status, quota] of [["paused", 3] as const, ["active", 10] as const]) {
  await tenantry.subscriptions.put(account.user("u_ada"), { plan: "starter", status, quota })
  await use(rotated.secret)
}

say("Ada removes Bob, and is told which keys he may know")
const { apiKeys } = await tenantry.memberships.remove(ada, { ...here, membershipId: bobsPlace.id })
const gone = await attempt(tenantry.access(bob, here))
console.log(`${apiKeys.length} keys; what Bob sees of ${acme.name} now: ${gone.ok ? "everything" : gone.error.code}`)

say("Who may do what")
console.log(String(tenantry.policy.matrix()))

say("What happened")
const log = await tenantry.activity.list(ada, here)
for (const { seq, action, actor, target } of [...log.data].reverse()) {
  console.log(
    `${String(seq).padStart(2)}  ${action.padEnd(24)} by ${actor.name ?? actor.id} → ${target.email ?? target.id}`,
  )
}

say("And nobody has touched the record")
const proof = await tenantry.activity.verify(ada, here)
console.log(proof.ok ? `${proof.entries} entries verified, up to ${proof.head}` : proof)

say("Where all of it is kept")
console.log(place)
await close()
