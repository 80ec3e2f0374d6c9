/**
 * Values on the edge of a bound, and past it.
 *
 * @module
 */
import { expect } from "vitest"
import { type Configuration, system } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { codeOf, type Outcome, outcomeOf } from "../generated/operations.ts"
import { person, world } from "../world.ts"

export const ada = person("ada")
export const host = system("host")

type Options = Partial<Pick<Configuration, "limits" | "seats" | "invitations" | "organizations" | "apiKeys" | "apis">>

/** Acme, with Ada as its owner. */
export async function acme(options: Options & Readonly<{ store?: Configuration["store"] }> = {}) {
  const apiKeys = { holders: ["organization", "person"] } as const
  const here = world<PolicyNames>(customRoles, { apiKeys, ...options } as Parameters<typeof world<PolicyNames>>[1])
  const { id: organizationId } = await here.tenantry.organizations.create(ada, { name: "Acme" })
  const send = (email: string) => here.tenantry.invitations.send(ada, { organizationId, email, role: "member" })
  const add = (name: string) =>
    here.tenantry.memberships.add(host, {
      organizationId,
      user: { id: `u_${name}`, email: `${name}@acme.example` },
      role: "member",
    })
  /** Invites that many addresses, in as large batches as there may be. */
  const fill = async (count: number, batch = 100) => {
    for (let from = 0; from < count; from += batch) {
      const invitations = addresses(from, Math.min(batch, count - from))
      const results = await here.tenantry.invitations.sendMany(ada, { organizationId, invitations })
      expect(results.filter(({ ok }) => !ok)).toEqual([])
    }
  }
  return { ...here, organizationId, send, add, fill }
}

export const addresses = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `guest-${from + index}@acme.example`, role: "member" }))

/** The paths of what is wrong with an input, each once. */
export function paths(outcome: Outcome): readonly string[] {
  if (outcome.ok || outcome.error.code !== "invalid_input") return [codeOf(outcome)]
  return [...new Set(outcome.error.details.issues.map(({ path }) => path.join(".")))]
}

/** Each value is taken. */
export async function takes<T>(values: readonly T[], work: (value: T) => Promise<unknown>): Promise<void> {
  for (const value of values) expect([value, codeOf(await outcomeOf(() => work(value)))]).toEqual([value, "ok"])
}

/** Each value is refused at that path. */
export async function refuses<T>(
  path: string,
  values: readonly T[],
  work: (value: T) => Promise<unknown>,
): Promise<void> {
  for (const value of values) expect([value, paths(await outcomeOf(() => work(value)))]).toEqual([value, [path]])
}

const CONTROLS = ["a\nb", "a\u0000b", "a\u001bb", "a\u007fb", "a\u0085b", "a\u2028b", "a\u2029b"]
const BIDIRECTIONAL = [
  "\u202a",
  "\u202b",
  "\u202c",
  "\u202d",
  "\u202e",
  "\u2066",
  "\u2067",
  "\u2068",
  "\u2069",
  "\u200e",
  "\u200f",
  "\u061c",
].map((mark) => `a${mark}b`)
const LONE = ["a\ud800b", "\udc00"]
/** No names of anything. */
export const BAD_NAMES = ["", " ", "\t\n", "a".repeat(101), ...CONTROLS, ...BIDIRECTIONAL, ...LONE]
/** Names of anything. */
export const GOOD_NAMES = ["a", "a".repeat(100), ` ${"a".repeat(100)} `, "Ærø & Søn", "株式会社", "محل", "👩‍👩‍👧"]
