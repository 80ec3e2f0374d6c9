/**
 * Two tenants that are alike, `acme` and `globex`, over a database whose every row a test can compare.
 *
 * @module
 */
import { inspect } from "node:util"
import type { Configuration } from "../../src/configuration.ts"
import { type Actor, createTenantry, type Store, system, type Tenantry, type User } from "../../src/index.ts"
import { definePolicy } from "../../src/policy/policy.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/memory-store.ts"
import { fakeClock, following, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { type Everything, everythingIn } from "./everything.ts"
import { type AnyOperation, PERMISSIONS } from "./operations.ts"

/** The role that holds and manages everything a member without ownership can, bar that one permission. */
export const roleWithout = (permission: string): string => `without-${permission.replace(".", "-")}`

const managesAll = { grants: ["*"], manages: ["admin", "member", "guest"] } as const

/** Owner, admin, member; `deputy` can do what an owner can, and every role `without-…` all of that but one thing. */
export const policy = definePolicy({
  roles: {
    owner: { grants: ["*"] },
    admin: { grants: ["*"], except: ["organization.delete"], manages: ["admin", "member"] },
    member: { grants: ["organization.read", "members.read", "roles.read"] },
    guest: { grants: [] },
    deputy: managesAll,
    ...Object.fromEntries(PERMISSIONS.map((name) => [roleWithout(name), { ...managesAll, except: [name] }])),
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})

/** Whatever a test sets besides the policy. */
export type Options = Partial<Omit<Configuration<{ permission: string; role: string }>, "preset" | "policy" | "store">>

/** One organization and what a test wants to name of it. */
export type Tenant = Awaited<ReturnType<typeof tenant>>
/** Both of them, and everything around. */
export type Tenants = Awaited<ReturnType<typeof tenants>>

/** Two tenants with people, an open invitation whose token is known, and a role of their own; an hour has passed. */
export async function tenants(options: Options = {}) {
  const database = emptyDatabase()
  const store = storeOver(database)
  const [clock, mail] = [fakeClock(), inbox()]
  const fixed = { clock, ids: sequentialIds(), mailer: mail, acceptUrl: (token: string) => `https://app.example/join/${token}` }
  const over = (through: Store, more: Options = {}): Tenantry =>
    createTenantry({ ...fixed, ...options, ...more, policy, store: through }) as Tenantry
  const tenantry = over(store)
  const tokenFor = async (address: string): Promise<string> => {
    await tenantry.outbox.deliver()
    return mail.last(address)?.acceptUrl.split("/").at(-1) ?? ""
  }
  const [acme, globex] = [await tenant("acme", tenantry, tokenFor), await tenant("globex", tenantry, tokenFor)]
  clock.advance({ hours: 1 })
  return {
    ...{ acme, globex, clock, mail, store, over, tenantry, tokenFor },
    everything: (): Everything => everythingIn(database),
    /** Gives the organization another status, behind the library's back. */
    setStatus: async (organizationId: string, status: "suspended" | "deleted" | "purging") => {
      const loaded = await store.load(organizationId as Tenant["organization"]["id"], {})
      if (loaded === null) throw new Error("no such organization")
      const { organization } = loaded
      const columns = { status, revision: organization.revision }
      await store.commit(following(organization, { activity: [] }, columns))
    },
    /** Gives a member of acme another role, behind the library's back. */
    setRole: async (who: User, role: string) => {
      const loaded = await store.load(acme.organization.id, { memberOf: who.id })
      if (loaded === null || loaded.memberOf === null) throw new Error("no such member")
      const { organization, memberOf } = loaded
      const update = [{ ...memberOf, role: role as typeof memberOf.role }]
      await store.commit(following(organization, { activity: [], memberships: { update } }, { revision: organization.revision }))
    },
  }
}

async function tenant(name: string, tenantry: Tenantry, tokenFor: (address: string) => Promise<string>) {
  const host = system("test")
  const people = {
    owner: person(`${name}-owner`),
    admin: person(`${name}-admin`),
    member: person(`${name}-member`),
    guest: person(`${name}-guest`),
    invited: person(`${name}-invited`),
  }
  const organization = await tenantry.organizations.create(people.owner, { name })
  const organizationId = organization.id
  const add = ({ id, email }: User, role: string) =>
    tenantry.memberships.add(host, { organizationId, user: { id, email }, role })
  const [admin, member] = [await add(people.admin, "admin"), await add(people.member, "member")]
  await add(people.guest, "guest")
  const invitation = await tenantry.invitations.send(people.owner, { organizationId, email: people.invited.email, role: "member" })
  await tenantry.invitations.send(people.admin, { organizationId, email: `${name}-other@acme.example`, role: "member" })
  const permissions = ["members.read", "activity.read"]
  const role = await tenantry.roles.create(people.owner, { organizationId, name: "auditor", permissions })
  return { ...people, organization, memberships: { admin, member }, invitation, role, token: await tokenFor(people.invited.email) }
}

/** What came of a call: the value, a stream read to its end, or the error as everybody may see it. */
export type Outcome = Readonly<{ ok: true; value: unknown }> | Readonly<{ ok: false; code: string; error: Error }>

/** Calls an operation by its name. An error that is not the library's own is thrown on. */
export async function call(tenantry: Tenantry, operation: AnyOperation, actor: unknown, input: unknown): Promise<Outcome> {
  const [namespace = "", name] = operation.name.split(".")
  const outer = (tenantry as unknown as Record<string, unknown>)[namespace]
  const bound = (name === undefined ? outer : (outer as Record<string, unknown>)[name]) as (...given: unknown[]) => Promise<unknown>
  return outcomeOf(() => (operation.open === true ? bound(input) : bound(actor, input)))
}
