#!/usr/bin/env node
/**
 * The command `tenantry`: `npx tenantry sql --dialect postgres` prints the schema as plain SQL.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { schemaSql } from "./schema/schema.ts"

const USAGE = "usage: tenantry sql --dialect postgres|mysql|sqlite [--schema name] [--prefix text]"

const isDialect = (name: string | undefined) => name === "postgres" || name === "mysql" || name === "sqlite"

function schemaAsked(): string {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { dialect: { type: "string" }, schema: { type: "string" }, prefix: { type: "string" } },
  })
  const { dialect, schema, prefix } = values
  if (positionals.length !== 1 || positionals[0] !== "sql" || !isDialect(dialect)) throw new TypeError(USAGE)
  return schemaSql({
    dialect,
    ...(schema !== undefined && { schema }),
    ...(prefix !== undefined && { prefix }),
  })
}

try {
  process.stdout.write(schemaAsked())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : USAGE}\n`)
  process.exitCode = 1
}
