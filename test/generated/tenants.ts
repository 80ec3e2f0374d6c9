/**
 * Two tenants that are alike, `acme` and `globex`, over a database whose every row a test can compare.
 *
 * @module
 */
import type { Configuration } from "../../src/configuration.ts"
import { account, createTenantry, type Store, system, type Tenantry, type User } from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { definePolicy, type PolicyEngine, type PolicyNames } from "../../src/policy/policy.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import { fakeClock, following, type Inbox, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { copyOf, everythingIn } from "./database.ts"
import { issue } from "./issue.ts"
import { PERMISSIONS } from "./operations.ts"

/** The role of a member who can do all that an owner can, bar that one thing. */
export const roleWithout = (permission: string): string => `without-${permission.replace(".", "-").toLowerCase()}`

const everyRole = { grants: ["*"], manages: ["admin", "member", "guest"] } as const

/** `deputy` holds every permission and manages everybody but owners; each `without-…` is a deputy who lacks one. */
export const policy: PolicyEngine = definePolicy({
  roles: {
    owner: { grants: ["*"] },
    admin: { grants: ["*"], except: ["organization.delete"], manages: ["admin", "member"] },
    member: { grants: ["organization.read", "members.read", "roles.read", "api.use"] },
    guest: { grants: [] },
    deputy: everyRole,
    ...Object.fromEntries(PERMISSIONS.map((name) => [roleWithout(name), { ...everyRole, except: [name] }])),
  },
  ownership: { role: "owner", holders: "multiple", transfer: "direct" },
  customRoles: true,
})

/** Whatever a test sets besides the policy and the store. */
export type Options = Partial<Omit<Configuration, "preset" | "policy" | "store">>

/** Seats with a price, and two plans of the API. */
const plans = [
  { id: "team", product: "organization", price: { currency: "EUR", base: 2000, includedSeats: 2, perSeat: 500 } },
  { id: "pro", quota: 1000 },
  { id: "max", quota: 5000 },
]

/** Organizations pay for themselves, and members hold keys. */
const settled = ({ apiKeys, billing, ...options }: Options): Options => ({
  ...options,
  apiKeys: { holders: ["organization", "member", "person"], ...apiKeys },
  billing: { account: "organization", plans, ...billing },
})

export type Tenants = Awaited<ReturnType<typeof tenants>>

/** Later than every token and secret of the template. */
const LATER = 50

/** Two tenants, each with people, open invitations, one of whose tokens is known, a role of its own, keys and holds. */
export async function tenants(options: Options = {}) {
  const { acme, globex, ...began } = await template()
  const database = copyOf(began.database)
  const store = storeOver(database)
  const [clock, ids, mail] = [fakeClock(began.until), sequentialIds(), inbox()]
  for (let count = 0; count < LATER; count++) {
    ids.token()
    ids.keySecret()
  }
  /** Another tenantry over the same clock, ids and mail. */
  const over = (through: Store, more: Options = {}): Tenantry => {
    const ports = { clock, ids, mailer: mail, acceptUrl }
    return createTenantry<PolicyNames>({ ...ports, ...settled({ ...options, ...more }), policy, store: through })
  }
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
  const tenantry = createTenantry<PolicyNames>({ ...ports, ...settled({}), policy })
  const acme = await tenant("acme", tenantry, mail)
  const globex = await tenant("globex", tenantry, mail)
  return { database, acme, globex, until: clock.advance({ hours: 1 }) }
}

export type Tenant = Awaited<ReturnType<typeof tenant>>

const PRO = { plan: "pro", status: "active" } as const

/** A tenant of that name: its people, what they made and what they hold. */
export async function tenant(name: string, tenantry: Tenantry, mail: Inbox) {
  const [owner, admin, member, guest, invited, other] = [
    person(`${name}-owner`),
    person(`${name}-admin`),
    person(`${name}-member`),
    person(`${name}-guest`),
    person(`${name}-invited`),
    person(`${name}-other`),
  ]
  const { id: organizationId, slug } = await tenantry.organizations.create(owner, { name })
  const payer = account.organization(organizationId)
  await tenantry.subscriptions.put(payer, { ...PRO, product: "organization", plan: "team" })
  const subscription = await tenantry.subscriptions.put(payer, PRO)
  await tenantry.subscriptions.put(account.user(owner.id), PRO)
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
  const project = await tenantry.projects.create(owner, { organizationId, name: `${name} website` })
  const archived = await tenantry.projects.create(owner, { organizationId, name: `${name} attic` })
  const inProject = { organizationId, projectId: project.id }
  const projectMembership = await tenantry.projects.members.add(owner, {
    ...inProject,
    membershipId: memberships.member.id,
    role: "member",
  })
  await tenantry.projects.archive(owner, { organizationId, projectId: archived.id })
  const keys = {
    organization: await issue(tenantry, owner, { organizationId, name: "ci" }),
    /** The organization's, with every permission there is. */
    master: await issue(tenantry, owner, { organizationId, name: "master", scopes: PERMISSIONS }),
    member: await issue(tenantry, member, { organizationId, name: "laptop", holder: "member" }),
    /** The organization's, for its project alone. */
    project: await issue(tenantry, owner, { ...inProject, name: "website", scopes: ["projects.read", "api.use"] }),
    /** The owner's, outside any organization. */
    own: await issue(tenantry, owner, { name: "personal" }),
  }
  const units = { units: 5, expiresInSeconds: 86_400 }
  const holds = {
    organization: await heldId(tenantry.usage.reserve(owner, { organizationId, ...units })),
    own: await heldId(tenantry.usage.reserve(owner, units)),
  }
  const people = { owner, admin, member, guest, invited, other }
  const places = { project, archived, projectMembership }
  return { organizationId, slug, ...people, ...places, memberships, invitation, role, token, subscription, keys, holds }
}

/** Invites that address into one more project of acme's. */
export async function intoAnother({ acme: { organizationId, owner }, tenantry }: Tenants, email: string) {
  const { id: projectId } = await tenantry.projects.create(owner, { organizationId, name: `For ${email}` })
  return tenantry.invitations.send(owner, { organizationId, email, projects: [{ projectId, role: "member" }] })
}

async function heldId(reserved: ReturnType<Tenantry["usage"]["reserve"]>): Promise<string> {
  const { holdId } = await reserved
  if (holdId === null) throw new Error("nothing was held")
  return holdId
}
