/**
 * A small world for tests: a tenantry over the memory store with a fake clock, readable ids and an inbox.
 *
 * @module
 */
import type { Configuration } from "../src/configuration.ts"
import { account, createTenantry, type Tenantry, type User, user } from "../src/index.ts"
import { loadOperations } from "../src/operations.ts"
import type { PolicyNames } from "../src/policy/policy.ts"
import type { Preset } from "../src/presets/preset.ts"
import { memoryStore } from "../src/store/memory/memory-store.ts"
import type { Store } from "../src/store/store.ts"
import { fakeClock, inbox, sequentialIds } from "../src/testing/testing.ts"

type Options<N extends PolicyNames> = Partial<Omit<Configuration<N>, "preset" | "policy" | "clock" | "ids">>

// Loaded beforehand: fake timers and schedulers of calls do not know of it.
await loadOperations()

/** Everything a test needs around one tenantry. */
export function world<N extends PolicyNames>(preset: Preset<N>, options: Options<N> = {}) {
  const clock = fakeClock()
  const ids = sequentialIds()
  const mail = inbox()
  const store: Store = options.store ?? memoryStore()
  const acceptUrl = (token: string) => `https://app.example/join/${token}`
  const tenantry: Tenantry<N> = createTenantry<N>({
    acceptUrl,
    ...options,
    preset,
    store,
    mailer: options.mailer ?? mail,
    clock,
    ids,
  })
  return { tenantry, clock, ids, mail, store, tokenFor: (address: string) => delivered(tenantry, mail, address) }
}

/** Delivers what is queued and answers the token of the newest e-mail to that address. */
async function delivered(
  tenantry: Pick<Tenantry, "outbox">,
  mail: ReturnType<typeof inbox>,
  address: string,
): Promise<string> {
  await tenantry.outbox.deliver()
  const token = mail.last(address)?.acceptUrl.split("/").at(-1)
  if (token === undefined) throw new Error(`no e-mail to ${address}`)
  return token
}

/** The membership that accepting an invitation to the organization came to. */
export async function joined<Row>(accepting: Promise<Readonly<{ membership: Row | null }>>): Promise<Row> {
  const { membership } = await accepting
  if (membership === null) throw new Error("nobody joined the organization")
  return membership
}

/** A signed-in person with a verified address: `person("ada")` is `ada@acme.example`. */
export const person = (name: string, more: Partial<Parameters<typeof user>[0]> = {}): User =>
  user({ id: `u_${name}`, email: `${name}@acme.example`, emailVerified: true, name, ...more })

/** Matches a `TenantryError` of that code. */
export const refusal = (code: string, details?: Readonly<Record<string, unknown>>) => ({
  code,
  ...(details === undefined ? {} : { details }),
})

/** Gives a paid team the subscription without which nobody new gets in. */
export const payForSeats = (tenantry: Pick<Tenantry, "subscriptions">, organizationId: string) =>
  tenantry.subscriptions.put(account.organization(organizationId), {
    product: "organization",
    plan: "team",
    status: "active",
  })
