/**
 * A transaction of the host's: an organization and the host's own row for it stand or fall together. Run it with
 * `node --import tsx examples/host-transaction.ts`.
 *
 * @module
 */
import { Kysely, SqliteDialect } from "kysely"
import Database from "libsql"
import { attempt, createTenantry, isTenantryError, type User, user } from "tenantry"
import { kyselyStore, migrate, type SchemaOptions } from "tenantry/kysely"
import { workspace } from "tenantry/presets"

/** The host's own tables; the library's are beside them in the same database. */
type Host = { workspace_settings: { organization_id: string; theme: string } }

const db = new Kysely<Host>({ dialect: new SqliteDialect({ database: new Database(":memory:") }) })
const options: SchemaOptions = { dialect: "sqlite" }
await migrate(db, options)
await db.schema
  .createTable("workspace_settings")
  .addColumn("organization_id", "text", (column) =>
    column.primaryKey().references("tenantry_organizations.id").onDelete("cascade"),
  )
  .addColumn("theme", "text", (column) => column.notNull())
  .addUniqueConstraint("one_workspace_each_theme", ["theme"])
  .execute()

const tenantry = createTenantry({
  preset: workspace,
  store: kyselyStore(db, options),
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: { sendInvitation: async () => {} },
})

/** Opens a workspace: the organization, its first invitation and its settings, or none of them. */
const openWorkspace = (owner: User, { name, theme, guest }: Readonly<Record<"name" | "theme" | "guest", string>>) =>
  db.transaction().execute(async (transaction) => {
    const inside = tenantry.within(transaction)
    const organization = await inside.organizations.create(owner, { name })
    await inside.invitations.send(owner, { organizationId: organization.id, email: guest, role: "viewer" })
    await transaction.insertInto("workspace_settings").values({ organization_id: organization.id, theme }).execute()
    return organization
  })

/** Runs a transaction again, whole, as long as the database says that others were in its way. */
async function again<T>(work: () => Promise<T>, attempts = 3): Promise<T> {
  for (let left = attempts; ; left--) {
    try {
      return await work()
    } catch (error) {
      const isInTheWay = isTenantryError(error) && error.code === "conflict" && error.details.retry === "transaction"
      if (!isInTheWay || left === 1) throw error
    }
  }
}

const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada Lovelace" })
const guest = "bob@acme.example"

const acme = await again(() => openWorkspace(ada, { name: "Acme", theme: "dark", guest }))
console.log(`${acme.name} is open at /${acme.slug}`)

const failed = await again(() => openWorkspace(ada, { name: "Globex", theme: "dark", guest })).catch(() => null)
console.log(`Globex wants the same theme: ${failed === null ? "the settings are refused" : "open"}`)

const refused = await attempt(openWorkspace(ada, { name: "Initech", theme: "light", guest: ada.email }))
console.log(`Initech invites its owner: ${refused.ok ? "open" : refused.error.code}`)

const { data } = await tenantry.contexts.list(ada, {})
const settings = await db.selectFrom("workspace_settings").selectAll().execute()
const names = data.flatMap((context) => (context.type === "organization" ? [context.organization.name] : []))
console.log(`organizations: ${names.join(", ")}`)
console.log(`settings: ${settings.map(({ theme }) => theme).join(", ")}`)
await db.destroy()
