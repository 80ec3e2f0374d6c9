/**
 * A paid team whose keys can be told from anything else, for tests of where their secrets end up.
 *
 * @module
 */
import { expect } from "vitest"
import {
  account,
  type Configuration,
  createTenantry,
  type Ids,
  type Secret,
  system,
  type Tenantry,
} from "../../src/index.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { paidTeam } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { fakeClock, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { outcomeOf } from "../generated/operations.ts"
import { person } from "../world.ts"
import { CANARY, shown } from "./shown.ts"

export const [ada, bob] = [person("ada"), person("bob")] as const

/** Ids whose key secrets all hold the canary, past what a hint shows. */
function canaryIds(): Ids {
  let made = 0
  return { ...sequentialIds(), keySecret: () => `0000${CANARY}${String(made++).padStart(30, "0")}` }
}

type Options = Partial<Omit<Configuration<PolicyNames>, "preset" | "policy">>

/** A paid team with a canary in every key, and everything that anybody got to see of it. */
export async function aviary(options: Options = {}) {
  const [clock, ids, store] = [fakeClock(), options.ids ?? canaryIds(), options.store ?? memoryStore()]
  const [seen, secrets]: [unknown[], string[]] = [[], []]
  const acceptUrl = (token: string) => `https://app.example/join/${token}`
  const over = (through: Store): Tenantry =>
    createTenantry<PolicyNames>({
      ...{ clock, mailer: inbox(), acceptUrl, ...options, ids, preset: paidTeam, store: through },
    })
  const tenantry = over(store)
  const see = async (work: () => Promise<unknown>): Promise<void> => {
    seen.push(await outcomeOf(work))
  }
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const payer = account.organization(organizationId)
  await tenantry.subscriptions.put(payer, { product: "organization", plan: "team", status: "active" })
  await tenantry.subscriptions.put(payer, { plan: "pro", status: "active", quota: 10 })
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" })
  const member = await tenantry.memberships.add(system("host"), {
    organizationId,
    user: { id: bob.id, email: bob.email },
    role: "member",
  })
  /** Takes in what a command answers, and remembers the secret that is in it. */
  const issued = async <O extends { secret: Secret }>(work: Promise<O>): Promise<O> => {
    const answer = await work
    secrets.push(answer.secret.reveal())
    seen.push(answer)
    return answer
  }
  return { clock, store, seen, secrets, see, issued, over, tenantry, organizationId, member }
}
export type Aviary = Awaited<ReturnType<typeof aviary>>

/** Neither a secret nor its hash is in anything that was seen. */
export function expectClean({ seen, secrets, tenantry }: Aviary, written: readonly unknown[] = []): void {
  const texts = shown([seen, written, tenantry]).concat(seen.flatMap((value) => shown(value)))
  expect(texts.join("\n").length).toBeGreaterThan(200)
  for (const secret of [CANARY, ...secrets.map((each) => hashSecret(each))]) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([])
  }
}

/** Everything that can be read of the organization, of ada's account and of the outbox. */
export async function readEverything({ tenantry, organizationId, member, see }: Aviary): Promise<void> {
  const at = { organizationId }
  const keys = await tenantry.apiKeys.list(ada, at)
  const own = await tenantry.apiKeys.list(ada, {})
  await see(async () => [keys, own])
  for (const { id } of keys.data) {
    await see(() => tenantry.apiKeys.get(ada, { ...at, apiKeyId: id }))
    await see(() => tenantry.usage.ofKey(ada, { ...at, apiKeyId: id }))
  }
  for (const { id } of own.data) {
    await see(() => tenantry.apiKeys.get(ada, { apiKeyId: id }))
    await see(() => tenantry.usage.ofKey(ada, { apiKeyId: id }))
  }
  await see(() => tenantry.apiKeys.list(bob, { ...at, userId: bob.id }))
  await see(() => tenantry.usage.ofMember(ada, { ...at, membershipId: member.id }))
  await see(() => tenantry.usage.ofOrganization(ada, at))
  await see(() => tenantry.usage.ofAccount(ada, {}))
  await see(() => tenantry.billing.subscription(ada, at))
  await see(() => tenantry.activity.list(ada, at))
  await see(() => tenantry.activity.export(ada, { ...at, format: "jsonl" }))
  await see(() => tenantry.activity.export(ada, { ...at, format: "csv" }))
  await see(() => tenantry.activity.verify(ada, at))
  for (const state of ["queued", "sent", "dropped", "dead"] as const) await see(() => tenantry.outbox.list({ state }))
}
