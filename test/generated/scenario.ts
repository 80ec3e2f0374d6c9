/**
 * What a scenario is: how one operation succeeds, and how it is refused.
 *
 * @module
 */
import { type Actor, platformAdmin, system } from "../../src/index.ts"
import type { BuiltInPermission } from "../../src/policy/policy.ts"
import { operationOf } from "./operations.ts"
import type { Options, Tenants } from "./tenants.ts"

export type Input = Readonly<Record<string, unknown>>

/** One call. */
export type Call = Readonly<{ actor: Actor; input: Input }>

type Refused = Call & Readonly<{ code: string }>

/** A call that succeeds, and one that is refused by somebody who may ask. */
export type Case = Call &
  Readonly<{
    /** The permission that is asked for, where the operation decides that by what it finds; nothing for oneself. */
    needs?: BuiltInPermission
    refused: Refused | (() => Promise<Refused>)
  }>

export type Scenario = Readonly<{
  /** The operation's. */
  name: string
  /** What sets this scenario apart from others of the operation. */
  as?: string
  /** Settings of the whole world. */
  options?: Options
  /** On the caller's own account, and in no organization: nothing of it is activity. */
  own?: true
  /**
   * What a command answers when it is given again at once: a refusal's code, `unchanged` when it succeeds and writes
   * nothing, `anew` when it does the same once more. Null for a query.
   */
  again: string | null
  prepare: (at: Tenants) => Case | Promise<Case>
}>

export const host = system("test")
/** The platform's admin. */
export const root = platformAdmin({ id: "u_root", email: "root@host.example", name: "Root" })

type Told = Omit<Case, "actor"> & Readonly<{ actor?: Actor }>
type More = Readonly<{ as?: string; options?: Options }>

/** A query in acme, asked by its admin; refused to a guest, who holds nothing. */
export const read = (
  name: string,
  more: (at: Tenants) => Input = () => ({}),
  needs: Readonly<{ needs?: BuiltInPermission }> = {},
): Scenario => ({
  name,
  again: null,
  prepare: (at) => {
    const { organizationId, admin, guest } = at.acme
    const input = { organizationId, ...more(at) }
    return { actor: admin, input, ...needs, refused: { actor: guest, input, code: "forbidden" } }
  },
})

/** A query in acme that its member may ask about themselves, and not about others. */
export const readOneself = (name: string, mine: (at: Tenants) => Input, others: (at: Tenants) => Input): Scenario => ({
  name,
  as: "of oneself",
  again: null,
  prepare: (at) => {
    const { organizationId, member: actor } = at.acme
    const refused = { actor, input: { organizationId, ...others(at) }, code: "forbidden" }
    return { actor, input: { organizationId, ...mine(at) }, refused }
  },
})

/** A command in acme, given by its owner unless said. */
export const command = (
  name: string,
  again: string,
  prepare: (at: Tenants, organizationId: string) => Told | Promise<Told>,
  more: More = {},
): Scenario => ({
  name,
  again,
  ...more,
  prepare: async (at) => ({ actor: at.acme.owner, ...(await prepare(at, at.acme.organizationId)) }),
})

/** An operation on the own account of acme's owner, unless said. */
export const own = (
  name: string,
  again: string | null,
  prepare: (at: Tenants) => Promise<Omit<Told, "refused">> | Omit<Told, "refused">,
  refused: (at: Tenants) => Readonly<{ input: Input; code: string }>,
): Scenario => ({
  name,
  as: "of one's own",
  own: true,
  again,
  prepare: async (at) => {
    const { owner } = at.acme
    return { actor: owner, ...(await prepare(at)), refused: { actor: owner, ...refused(at) } }
  },
})

/** The permission that a scenario's call asks for by itself; null for oneself, and on one's own account. */
export const permissionOf = ({ name, own }: Scenario, { needs }: Case) =>
  own ? null : (operationOf(name).permission ?? needs ?? null)

/** The kinds of actor that may ever ask for what a scenario does. */
export const actorsOf = ({ name, own }: Scenario): readonly Actor["type"][] =>
  own ? (OWN_KEYS.has(name) ? ["user", "apiKey"] : ["user"]) : operationOf(name).actors

/** What a personal key asks of the account of its holder. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  "usage.record",
  "usage.reserve",
  "usage.commit",
  "usage.release",
  "usage.ofKey",
])

/** Whether it is the platform's own: at home in every organization, and nobody else's. */
export const isPlatform = ({ name }: Pick<Scenario, "name">): boolean => name.startsWith("platform.")

/** Whether a scenario's call writes facts, into an organization's activity where it is in one. */
export const isCommand = ({ name }: Scenario): boolean => operationOf(name).kind === "command"
