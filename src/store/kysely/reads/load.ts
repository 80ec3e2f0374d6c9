/**
 * Loading: an organization, or an account, and an answer to every want, in one statement.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { AccountLoaded, AccountReads, AccountWants } from "../../accounts.ts"
import type { Loaded, Reads, Wants } from "../../store.ts"
import type { Session } from "../session.ts"
import { sql } from "../sql.ts"
import type { Layout } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { askAll } from "./asking.ts"
import { invitationReads } from "./invitation-reads.ts"
import { homeKeyReads, keyReads } from "./key-reads.ts"
import { organizationReads } from "./organization-reads.ts"
import { projectReads } from "./project-reads.ts"
import { one, type Place, type Reader, type Reading, rowsIn } from "./reader.ts"
import { accountUsageReads, billedBy, billedIn, organizationUsageReads } from "./usage-reads.ts"

type Readers<Each extends { readonly [Name in keyof Each]: Readonly<{ want: unknown; found: unknown }> }> = {
  readonly [Name in keyof Each]: Reader<Each[Name]["want"], Each[Name]["found"]>
}

const READERS: Readers<Reads> = {
  ...organizationReads,
  ...invitationReads,
  ...keyReads,
  ...projectReads,
  ...organizationUsageReads,
  billed: billedIn,
}

const ACCOUNT_READERS: Readers<AccountReads> = { ...homeKeyReads, ...accountUsageReads, billed: billedBy }

/** The organization and an answer to every want, or null when there is no such organization. */
export async function load<const W extends Wants>(session: Session, id: string, wants: W): Promise<Loaded<W> | null> {
  const { layout } = session
  const own = one(TABLES.organizations, sql`${rowsIn(layout, TABLES.organizations)} t.id = ${id}`)
  const [organization, found] = await answers(session, own, READERS, wants, placeOf(layout, id))
  return organization === null ? null : ({ organization, ...found } as Loaded<W>)
}

/** The account, null before anything was written of it, and an answer to every want. */
export async function loadAccount<const W extends AccountWants>(
  session: Session,
  id: AccountId,
  wants: W,
): Promise<AccountLoaded<W>> {
  const { layout } = session
  const own = one(TABLES.accounts, sql`${rowsIn(layout, TABLES.accounts)} t.id = ${id}`)
  const [account, found] = await answers(session, own, ACCOUNT_READERS, wants, placeOf(layout, id))
  return { account, ...found } as AccountLoaded<W>
}

const placeOf = (layout: Layout, id: string): Place => ({ layout, id: layout.dialect.generic(id) })

async function answers<Own>(
  session: Session,
  own: Reading<Own>,
  readers: object,
  wants: object,
  place: Place,
): Promise<readonly [Own, Readonly<Record<string, unknown>>]> {
  const asked = Object.entries(wants).filter(([, want]) => want !== undefined)
  const readings = asked.map(([name, want]) => (Reflect.get(readers, name) as Reader<unknown, unknown>)(place, want))
  const [first, ...found] = await askAll(session, [own, ...readings])
  return [first as Own, Object.fromEntries(asked.map(([name], index) => [name, found[index]]))]
}
