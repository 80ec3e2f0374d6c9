/**
 * Two tenants that are alike, `acme` and `globex`, over a database whose every row a test can compare.
 *
 * @module
 */
import type { Configuration } from "../../src/configuration.ts"
import { createTenantry, type Store, system, type Tenantry, type User } from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { definePolicy, type PolicyEngine, type PolicyNames } from "../../src/policy/policy.ts"
import { type Database, emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import { fakeClock, following, type Inbox, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { PERMISSIONS } from "./operations.ts"

/** The role of a member who can do all that an owner can, bar that one thing. */
export const roleWithout = (permission: string): string => `without-${permission.replace(".", "-")}`

const everyRole = { grants: ["*"], manages: ["admin", "member", "guest"] } as const

/** `deputy` holds every permission and manages everybody but owners; each `without-…` is a deputy who lacks one. */
export const policy: PolicyEngine = definePolicy({
  roles: {
    owner: { grants: ["*"] },
    admin: { grants: ["*"], except: ["organization.delete"], manages: ["admin", "member"] },
    member: { grants: ["organization.read", "members.read", "roles.read"] },
    guest: { grants: [] },
    deputy: everyRole,
    ...Object.fromEntries(PERMISSIONS.map((name) => [roleWithout(name), { ...everyRole, except: [name] }])),
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})

/** Whatever a test sets besides the policy and the store. */
export type Options = Partial<Omit<Configuration, "preset" | "policy" | "store">>

export type Tenants = Awaited<ReturnType<typeof tenants>>

/** Later than every token of the template. */
const LATER = 50

/** Two tenants, each with people, open invitations, one of whose tokens is known, and a role of its own. */
export async function tenants(options: Options = {}) {
  const { acme, globex, ...began } = await template()
  const database = copyOf(began.database)
  const store = storeOver(database)
  const [clock, ids, mail] = [fakeClock(began.until), sequentialIds(), inbox()]
  for (let count = 0; count < LATER; count++) ids.token()
  /** Another tenantry over the same clock, ids and mail. */
  const over = (through: Store, more: Options = {}): Tenantry =>
    createTenantry<PolicyNames>({ clock, ids, mailer: mail, acceptUrl, ...options, ...more, policy, store: through })
  const tenantry = over(store)
  const loaded = async (organizationId: string, userId?: User["id"]) => {
    const found = await store.load(organizationId as OrganizationId, { memberOf: userId })
    if (found === null) throw new Error(`no organization ${organizationId}`)
    return found
  }
  return {
    ...{ acme, globex, clock, ids, mail, store, tenantry, over },
    /** Delivers what is queued and answers the token of the newest e-mail to that address. */
    tokenFor: (address: string) => tokenIn(tenantry, mail, address),
    everything: () => everythingIn(database),
    /** Changes the organization's columns behind the library's back. */
    put: async (organizationId: string, columns: Parameters<typeof following>[2]) => {
      const { organization } = await loaded(organizationId)
      await store.commit(following(organization, { activity: [] }, { revision: organization.revision, ...columns }))
    },
    /** Gives a member of acme another role behind the library's back. */
    putRole: async (who: User, role: string) => {
      const { organization, memberOf } = await loaded(acme.organizationId, who.id)
      if (memberOf === null || memberOf === undefined) throw new Error(`${who.id} is no member`)
      const memberships = { update: [{ ...memberOf, role: role as typeof memberOf.role }] }
      await store.commit(following(organization, { activity: [], memberships }, { revision: organization.revision }))
    },
  }
}

const acceptUrl = (token: string) => `https://app.example/join/${token}`

async function tokenIn({ outbox }: Tenantry, mail: Inbox, address: string): Promise<string> {
  await outbox.deliver()
  const url = mail.last(address)?.acceptUrl
  if (url === undefined) throw new Error(`no e-mail to ${address}`)
  return url.slice(url.lastIndexOf("/") + 1)
}

let made: ReturnType<typeof make> | undefined

/** Made once: every world is a copy of it. */
function template() {
  made ??= make()
  return made
}

async function make() {
  const database = emptyDatabase()
  const [clock, mail] = [fakeClock(), inbox()]
  const ports = { clock, ids: sequentialIds(), mailer: mail, acceptUrl, store: storeOver(database) }
  const tenantry = createTenantry<PolicyNames>({ ...ports, policy })
  const acme = await tenant("acme", tenantry, mail)
  const globex = await tenant("globex", tenantry, mail)
  return { database, acme, globex, until: clock.advance({ hours: 1 }) }
}

export type Tenant = Awaited<ReturnType<typeof tenant>>

async function tenant(name: string, tenantry: Tenantry, mail: Inbox) {
  const [owner, admin, member, guest, invited, other] = [
    person(`${name}-owner`),
    person(`${name}-admin`),
    person(`${name}-member`),
    person(`${name}-guest`),
    person(`${name}-invited`),
    person(`${name}-other`),
  ]
  const { id: organizationId, slug } = await tenantry.organizations.create(owner, { name })
  const add = ({ id, email }: User, role: string) =>
    tenantry.memberships.add(system("test"), { organizationId, user: { id, email }, role })
  const memberships = {
    admin: await add(admin, "admin"),
    member: await add(member, "member"),
    guest: await add(guest, "guest"),
  }
  const invite = (by: User, { email }: User) => tenantry.invitations.send(by, { organizationId, email, role: "member" })
  const invitation = await invite(owner, invited)
  await invite(admin, other)
  const permissions = ["activity.read", "members.read"]
  const role = await tenantry.roles.create(owner, { organizationId, name: "auditor", permissions })
  const token = await tokenIn(tenantry, mail, invited.email)
  return { organizationId, slug, owner, admin, member, guest, invited, other, memberships, invitation, role, token }
}

/** Every row of every table: what a refusal must leave as it was. */
export function everythingIn({ organizations, slugs, memberships, invitations, roles, entries, messages }: Database) {
  return {
    organizations: [...organizations.values()],
    slugs: [...slugs].sort(),
    memberships: rowsIn(memberships.all),
    invitations: rowsIn(invitations.all),
    roles: rowsIn(roles.all),
    entries: rowsIn(entries.all),
    messages: rowsIn(messages.all),
  }
}
export type Everything = ReturnType<typeof everythingIn>

/** A database with the same rows. */
function copyOf(from: Database): Database {
  const to = emptyDatabase()
  for (const [id, row] of from.organizations) to.organizations.set(id, row)
  for (const [slug, id] of from.slugs) to.slugs.set(slug, id)
  for (const table of ["memberships", "invitations", "roles", "entries", "messages"] as const) {
    for (const index of Object.keys(from[table])) {
      copyRows((from[table] as Indexes)[index], (to[table] as Indexes)[index])
    }
  }
  copyRows(from.firstEvents, to.firstEvents)
  return to
}

type Rows<Row = unknown> = Readonly<{ lists: Map<string, Row[]> }>
type Indexes = Readonly<Record<string, Rows>>

const rowsIn = <Row>({ lists }: Rows<Row>): Row[] => [...lists.keys()].sort().flatMap((scope) => lists.get(scope) ?? [])

const copyRows = (from: Rows | undefined, to: Rows | undefined): void => {
  for (const [scope, rows] of from?.lists ?? []) to?.lists.set(scope, [...rows])
}
