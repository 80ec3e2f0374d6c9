/**
 * Keys by their secrets, with everything a verdict depends on. This is on the path of every request: a few look-ups,
 * nothing copied, however many keys there are. Rows that are handed out are the store's own; nobody changes them.
 *
 * @module
 */
import type { ApiKey } from "../../api-key/api-key.ts"
import type { SecretAsk } from "../../api-key/repository.ts"
import type { KeyRecord } from "../../api-key/verdict.ts"
import type { AccountId } from "../../billing/account.ts"
import type { Payer } from "../../billing/billed.ts"
import type { MembershipId, OrganizationId, ProjectId } from "../../kernel/id.ts"
import type { Organization } from "../../organization/organization.ts"
import type { RoleName } from "../../role/role-name.ts"
import { billedFrom, payingFor } from "./billing-reads.ts"
import { type Ledger, ledgerOf } from "./books.ts"
import { type Database, homeOf, inProject, inside } from "./database.ts"
import { find, rowsOf, type Write } from "./table.ts"

/** The hashes a key can be found by. */
export const hashesOf = ({ secret, previous, deletedAt }: ApiKey): readonly string[] =>
  deletedAt !== null ? [] : previous === null ? [secret.hash] : [secret.hash, previous.hash]

/** The same write of a key, which keeps `secrets` true to it. */
export const keepingSecrets =
  (secrets: Map<string, ApiKey>, before: ApiKey | null, after: ApiKey | null, write: Write): Write =>
  () => {
    const undo = write()
    if (before !== null) for (const hash of hashesOf(before)) secrets.delete(hash)
    if (after !== null) for (const hash of hashesOf(after)) secrets.set(hash, after)
    return keepingSecrets(secrets, after, before, undo)
  }

/** Who holds a key, and what follows from it. */
type Holder = Pick<KeyRecord, "member" | "role" | "memberRules">

/** What keys of an organization have in common: whatever decides it changes with the organization's row. */
export type Surroundings = Pick<KeyRecord, "organizationRules" | "isAlone"> &
  Readonly<{
    organization: Organization
    owner: RoleName | null
    account: AccountId
    /** As far as they were asked for. */
    holders: Map<MembershipId, Holder>
    /** What is taken from the account's meters. */
    ledger: Ledger
  }>

/** The key with that secret and everything its verdict depends on, or null. */
export function findBySecret(database: Database, hash: string, { payer, at, meters }: SecretAsk): KeyRecord | null {
  const key = database.secrets.get(hash)
  if (key === undefined) return null
  const around = key.organizationId === null ? null : surroundingsOf(database, key.organizationId, payer)
  if (around === null) return personal(database, key, at, meters)
  const { member, role, memberRules } = holderOf(database, around, key)
  const { project, projectRole } = key.projectId === null ? NOWHERE : projectOf(database, key, key.projectId)
  return {
    key,
    organization: around.organization,
    member,
    role,
    project,
    projectRole,
    organizationRules: around.organizationRules,
    memberRules,
    isAlone: around.isAlone,
    billed: billedFrom(database, around.account, meters ? around.ledger : undefined, at, key.id),
  }
}

/** A person outside any organization is alone and pays for themselves. */
function personal(database: Database, key: ApiKey, at: Date, meters: boolean): KeyRecord {
  const account = homeOf(key) as AccountId
  const ledger = meters ? database.books.ledgers.get(account) : undefined
  return {
    key,
    organization: null,
    ...NOBODY,
    ...NOWHERE,
    organizationRules: null,
    isAlone: true,
    billed: billedFrom(database, account, ledger, at, key.id),
  }
}

const NOBODY: Holder = { member: null, role: null, memberRules: null }

/** Whether there is no more than one person. */
function isAlone({ memberships, projectMemberships }: Database, id: string): boolean {
  const [only, another] = rowsOf(memberships.all, id)
  return another === undefined && rowsOf(projectMemberships.all, id).every(({ userId }) => userId === only?.userId)
}

type Placed = Pick<KeyRecord, "project" | "projectRole">

const NOWHERE: Placed = { project: null, projectRole: null }

/** The project of a key, and its holder's role there. */
function projectOf(database: Database, { organizationId, holder }: ApiKey, projectId: ProjectId): Placed {
  const { projects, projectMemberships, roles } = database
  const home = organizationId ?? ""
  const project = find(projects, home, projectId)
  const place = holder.type === "member" ? inProject({ organizationId: home, projectId }, holder.userId) : ""
  const held = rowsOf(projectMemberships.place, place)[0]
  if (held === undefined) return { project, projectRole: null }
  const custom = rowsOf(roles.name, inside(home, held.role))[0] ?? null
  return { project, projectRole: { name: held.role, custom } }
}

function surroundingsOf(database: Database, id: OrganizationId, payer: Payer): Surroundings | null {
  const { surroundings, organizations, restrictions } = database
  const owner = payer === "organization" ? null : payer.owner
  const known = surroundings.get(id)
  if (known?.owner === owner) return known
  const organization = organizations.get(id)
  if (organization === undefined) return null
  const account = payingFor(database, id, payer)
  const found: Surroundings = {
    organization,
    owner,
    account,
    ledger: ledgerOf(database.books, account),
    organizationRules: find(restrictions, id, id),
    isAlone: isAlone(database, id),
    holders: new Map(),
  }
  surroundings.set(id, found)
  return found
}

function holderOf(database: Database, { organization, holders }: Surroundings, { holder }: ApiKey): Holder {
  if (holder.type !== "member") return NOBODY
  const known = holders.get(holder.membershipId)
  if (known !== undefined) return known
  const { memberships, restrictions, roles } = database
  const { id } = organization
  const member = find(memberships, id, holder.membershipId)
  const found: Holder =
    member === null
      ? NOBODY
      : {
          member,
          role: rowsOf(roles.name, inside(id, member.role))[0] ?? null,
          memberRules: find(restrictions, id, member.id),
        }
  holders.set(holder.membershipId, found)
  return found
}
