/**
 * Random chains of entries, and ways to verify them.
 *
 * @module
 */
import * as fc from "fast-check"
import type { Entry } from "../../src/activity/activity.ts"
import { type Draft, type Sealing, seal } from "../../src/activity/entry.ts"
import { conclude, type Pin, type Verification, verification, verifyEntries } from "../../src/activity/verify.ts"
import { apiKeyActor, platformAdmin, system, type UserId, user } from "../../src/kernel/actor.ts"
import type { ActivityId, ApiKeyId, OrganizationId } from "../../src/kernel/id.ts"
import type { JsonObject } from "../../src/kernel/json.ts"
import { sequentialIds } from "../../src/testing/ids.ts"

export const ORGANIZATION = "org_acme" as OrganizationId
export const SEALING: Sealing = { salt: sequentialIds().salt, key: null }

/** A chain with the organization's row that goes with it. */
export type Chain = Readonly<{ entries: readonly Entry[]; revision: number; head: string }>

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("=1+1", 'a "b", c', "ä\u2028", "'", ""),
)

const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada", ip: "10.0.0.1" })
const bob = user({
  id: "u:bob",
  email: "bob@acme.example",
  emailVerified: true,
  userAgent: "Firefox",
  requestId: "r1",
  impersonatedBy: "u_root",
})
const key = apiKeyActor({
  id: "key_1" as ApiKeyId,
  organizationId: ORGANIZATION,
  projectId: null,
  holder: { type: "organization" },
  ip: "10.0.0.2",
  userAgent: "curl",
  requestId: "r2",
})
const admin = platformAdmin({ id: "u_root", email: "root@host.example" })
const actor = fc.constantFrom(ada, bob, key, system("nightly"), admin)

const target = fc.record({
  type: fc.constantFrom("member", "organization", "invitation"),
  id: fc.constantFrom("mem_1", "mem_2", "org_acme"),
  userId: fc.option(fc.constantFrom("u_ada" as UserId, "u_cy" as UserId)),
  person: fc.constantFrom({}, { email: "cy@acme.example", name: null }, { email: "di@acme.example", name: "Di" }),
})

/** A JSON object such as a fact's fields. */
export const fields: fc.Arbitrary<JsonObject> = fc
  .dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4, noNullPrototype: true })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)

const draft: fc.Arbitrary<Omit<Draft, "id">> = fc.record({
  action: fc.constantFrom("member.joined", "organization.updated", "invoice.sent"),
  at: fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
  actor,
  target,
  before: fc.option(fields),
  after: fc.option(fields),
})

/** Chains of `min` entries and more, sealed in commits of any size. */
export const chains = (min: number, sealing: Sealing = SEALING): fc.Arbitrary<Chain> =>
  fc
    .array(fc.array(draft, { minLength: 1, maxLength: 3 }), { minLength: min, maxLength: min + 5 })
    .map((commits) => chainOf(commits, sealing))

export function chainOf(commits: readonly (readonly Omit<Draft, "id">[])[], sealing: Sealing = SEALING): Chain {
  let chain: Chain = { entries: [], revision: 0, head: "" }
  for (const commit of commits) {
    const drafts = commit.map((one, index) => ({ ...one, id: `act_${chain.revision + index + 1}` as ActivityId }))
    chain = extended(chain, seal({ organizationId: ORGANIZATION, ...chain }, drafts, sealing))
  }
  return chain
}

const extended = (chain: Chain, more: readonly Entry[]): Chain => {
  const entries = [...chain.entries, ...more]
  return { entries, revision: entries.length, head: entries.at(-1)?.hash ?? "" }
}

/** An entry that anybody who can write to the store can make: hashed after `prev`, as if it stood at `seq`. */
export function forged(seq: number, prev: string, action = "invoice.forged"): Entry {
  const drafts: readonly Draft[] = [
    {
      id: "act_forged" as ActivityId,
      action,
      at: new Date(0),
      actor: ada,
      target: { type: "member", id: "mem_9", userId: null, person: {} },
      before: null,
      after: null,
    },
  ]
  const [entry] = seal({ organizationId: ORGANIZATION, revision: seq - 1, head: prev }, drafts, SEALING)
  if (entry === undefined) throw new Error("one draft makes one entry")
  return entry
}

/** Verifies in pages of `size`. */
export function verify(
  { entries, revision, head }: Chain,
  { size = 1000, key = null, since = null }: { size?: number; key?: string | null; since?: Pin | null } = {},
): Verification {
  let state = verification(ORGANIZATION, { key, since })
  for (let at = 0; at < entries.length; at += size) state = verifyEntries(state, entries.slice(at, at + size))
  return conclude(state, { revision, head })
}

/** The chain with its entries replaced; the organization's row stays. */
export const tampered = (chain: Chain, entries: readonly Entry[]): Chain => ({ ...chain, entries })

/** The entries stored under 1, 2, 3 … in the order given. */
export const renumbered = (entries: readonly Entry[]): readonly Entry[] =>
  entries.map((entry, index) => ({ ...entry, seq: index + 1 }))
