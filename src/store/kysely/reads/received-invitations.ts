/**
 * Invitations as their recipients find them, across organizations.
 *
 * @module
 */
import type { Invitation } from "../../../invitation/invitation.ts"
import type { InvitationRepository, ReceivedInvitation } from "../../../invitation/repository.ts"
import type { Project } from "../../../project/project.ts"
import type { Session } from "../session.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { cells, columnsOf, rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { ask } from "./asking.ts"
import { offersOf } from "./reader.ts"

const { invitations, projects } = TABLES

/** Look-ups across organizations. */
export function invitationLookups(session: Session): InvitationRepository {
  const { layout } = session
  const { dialect, tables } = layout
  const { offers, projectId } = offersOf(layout, "t")

  /** Invitations with the names of their organizations, then the projects that each of them offers. */
  const received = (conditions: Sql): Promise<readonly ReceivedInvitation[]> => {
    const columns = columnsOf(layout, invitations, "i")
    const found = sql`(select ${columns}, o.name as organization_name from ${tables.invitations} i
      join ${tables.organizations} o on o.id = i.organization_id where ${conditions}) t`
    return ask(session, {
      asks: [
        sql`select ${dialect.array([cells(layout, invitations, "t"), raw("t.organization_name")])} as r from ${found}`,
        sql`select ${dialect.array([raw("t.id"), cells(layout, projects, "p")])} as r from ${found} cross join ${offers}
          join ${tables.projects} p on p.organization_id = t.organization_id and p.id = ${projectId}`,
      ],
      found: (rows = [], offered = []) => rows.map((row) => receivedOf(row, offered)).sort(byId),
    })
  }

  return {
    findByToken: async (hash) => {
      const [found] = await received(sql`i.token_hash = ${hash} and o.status in ('active', 'suspended')`)
      return found ?? null
    },
    pendingFor: (email, at, { after, limit }) =>
      received(
        sql`i.email = ${email} and i.status = 'pending' and i.expires_at > ${at} and o.status = 'active'${and([
          after === null ? null : sql`i.id > ${after}`,
        ])} order by i.id limit ${limit}`,
      ),
  }
}

const byId = (a: ReceivedInvitation, b: ReceivedInvitation): number => (a.invitation.id < b.invitation.id ? -1 : 1)

function receivedOf(found: unknown, offered: readonly unknown[]): ReceivedInvitation {
  const [row, organizationName] = found as readonly [unknown, string]
  const invitation = rowOf<Invitation>(invitations, row)
  const { id, organizationId } = invitation
  const own = (offered as readonly (readonly [string, unknown])[])
    .filter(([invitationId]) => invitationId === id)
    .map(([, project]) => rowOf<Project>(projects, project))
    .filter((project) => project.organizationId === organizationId)
  return { invitation, organizationName, projects: own.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}
