/**
 * Locks on an organization or an account, and the look-up of an organization by its slug.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { OrganizationId } from "../../kernel/id.ts"
import type { Slug } from "../../organization/slug.ts"
import type { Session } from "./session.ts"
import { sql } from "./sql.ts"

const OF_ORGANIZATION = "organization:"

/** Holds the row to the end of the transaction; SQLite holds the whole database from its beginning. */
export async function lock(
  { isInTransaction, layout, run }: Session,
  boundary: OrganizationId | AccountId,
): Promise<void> {
  if (!isInTransaction) throw new Error("lock needs a transaction")
  const { dialect, tables } = layout
  if (dialect.name === "sqlite") return
  const [table, id] = boundary.startsWith("user:")
    ? [tables.accounts, boundary]
    : [tables.organizations, boundary.startsWith(OF_ORGANIZATION) ? boundary.slice(OF_ORGANIZATION.length) : boundary]
  await run(sql`select id from ${table} where id = ${id}${dialect.forUpdate}`)
}

/** The id of the organization that holds the slug, or null. */
export async function idOfSlug({ layout, run }: Session, slug: Slug): Promise<OrganizationId | null> {
  const { rows } = await run(sql`select organization_id as id from ${layout.tables.slugs} where slug = ${slug}`)
  return (rows[0]?.["id"] ?? null) as OrganizationId | null
}
