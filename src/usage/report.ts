/**
 * Reports: counters summed by what people ask for. Months are as they were stored.
 *
 * @module
 */
import type { UserId } from "../kernel/actor.ts"
import type { ApiKeyId, OrganizationId } from "../kernel/id.ts"
import type { Month } from "./month.ts"
import type { Counter, UsageRow } from "./usage.ts"

type Summed<Field extends keyof Counter> = Readonly<Pick<Counter, Field> & { units: number }>

/** Units by each combination of those fields, in their order; what is null comes last. */
export function sumBy<const Field extends keyof Counter>(
  rows: readonly UsageRow[],
  ...fields: readonly Field[]
): readonly Summed<Field>[] {
  const sums = new Map<string, { of: UsageRow; units: number }>()
  for (const row of rows) {
    const key = JSON.stringify(fields.map((field) => row[field]))
    const sum = sums.get(key) ?? { of: row, units: 0 }
    sum.units += row.units
    sums.set(key, sum)
  }
  return [...sums.values()]
    .sort((a, b) => fields.map((field) => compare(a.of[field], b.of[field])).find((order) => order !== 0) ?? 0)
    .map(({ of, units }) => ({ ...pick(of, fields), units }))
}

function pick<Field extends keyof Counter>(row: UsageRow, fields: readonly Field[]): Pick<Counter, Field> {
  return Object.fromEntries(fields.map((field) => [field, row[field]])) as Pick<UsageRow, Field>
}

function compare(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b ? -1 : 1
}

/** Units in all. */
export const sumOf = (rows: readonly UsageRow[]): number => rows.reduce((sum, { units }) => sum + units, 0)

/** What one key used. `lifetime` counts every month, also where one is asked for. */
export type KeyUsage = Readonly<{
  lifetime: number
  months: readonly Readonly<{ month: Month; api: string | null; units: number }>[]
}>

/** A key's units by month and API; of one month alone unless that is null. */
export const keyUsage = (rows: readonly UsageRow[], month: Month | null): KeyUsage => ({
  lifetime: sumOf(rows),
  months: sumBy(
    rows.filter((row) => month === null || row.month === month),
    "month",
    "api",
  ),
})

/** What one person used in an organization. */
export type MemberUsage = Readonly<{
  total: number
  byMonth: readonly Readonly<{ month: Month; units: number }>[]
  /** Null is a use that named no API. */
  byApi: readonly Readonly<{ api: string | null; units: number }>[]
  /** Null is a use without a subscription or default plan. */
  byPlan: readonly Readonly<{ plan: string | null; units: number }>[]
  /** Deleted keys stay; null is what was used without a key. */
  byKey: readonly Readonly<{ keyId: ApiKeyId | null; units: number }>[]
}>

/** A person's units in every way they are told apart. */
export const memberUsage = (rows: readonly UsageRow[]): MemberUsage => ({
  total: sumOf(rows),
  byMonth: sumBy(rows, "month"),
  byApi: sumBy(rows, "api"),
  byPlan: sumBy(rows, "plan"),
  byKey: sumBy(rows, "keyId"),
})

/** What an organization used. */
export type OrganizationUsage = MemberUsage &
  Readonly<{
    /** By user id, those who left included; null is the organization's own keys and the host's code. */
    byMember: readonly Readonly<{ userId: UserId | null; units: number }>[]
  }>

/** An organization's units in every way they are told apart. */
export const organizationUsage = (rows: readonly UsageRow[]): OrganizationUsage => ({
  ...memberUsage(rows),
  byMember: sumBy(rows, "holder").map(({ holder, units }) => ({ userId: holder, units })),
})

/** What is billed to an account. */
export type AccountUsage = OrganizationUsage &
  Readonly<{
    /** Null is what was used outside any organization. */
    byOrganization: readonly Readonly<{ organizationId: OrganizationId | null; units: number }>[]
  }>

/** An account's units in every way they are told apart. */
export const accountUsage = (rows: readonly UsageRow[]): AccountUsage => ({
  ...organizationUsage(rows),
  byOrganization: sumBy(rows, "organizationId"),
})
