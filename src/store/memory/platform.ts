/**
 * The platform's reads over every organization, and the end of one. Loaded when first used.
 *
 * @module
 */

import type { Keyset } from "../../kernel/page.ts"
import type { Organization } from "../../organization/organization.ts"
import type { OrganizationFilter, PlatformRepository } from "../../platform/repository.ts"
import { boundaryKey } from "./commit.ts"
import { copy } from "./copy.ts"
import type { Database } from "./database.ts"
import { purge } from "./purge.ts"
import type { Session } from "./session.ts"
import { past, place, rowsOf, take, walk } from "./table.ts"
import { usageKey } from "./usage.ts"

/** The platform as a session sees it. */
export function platformOver(database: Database, session: Session): PlatformRepository {
  const { entries, organizations } = database
  const read = async <T>(work: () => T): Promise<T> => {
    session.look()
    return copy(work())
  }

  return {
    organizations: (by) => read(() => listed(database, by)),
    entries: ({ after, limit }) =>
      read(() => {
        const index = entries.platform
        const end = after === null ? rowsOf(index, "").length : place(index, "", after)
        return take(walk(index, "", end, 0), limit)
      }),
    purge: (id, limit) => {
      session.look()
      const slug = organizations.get(id)?.slug
      const keys = [boundaryKey(id), usageKey(`organization:${id}`), ...(slug === undefined ? [] : [`slug ${slug}`])]
      return session.stepAlone(keys, (perform) => purge(database, id, limit, perform))
    },
  }
}

/** Up to this many matches of a slug's start are sorted by id; with more of them, a walk by id soon fills a page. */
const FEW = 1000

function listed(
  { platform: { all, status: byStatus, slug } }: Database,
  { status, slugPrefix, after, limit }: OrganizationFilter & Keyset,
): readonly Organization[] {
  const matches = (row: Organization): boolean =>
    (status === null || row.status === status) &&
    (slugPrefix === null || row.slug.startsWith(slugPrefix)) &&
    (after === null || row.id > after)
  if (slugPrefix !== null) {
    const [from, to] = [place(slug, "", slugPrefix), place(slug, "", `${slugPrefix}\uffff`)]
    if (to - from <= FEW) {
      const found = [...walk(slug, "", from, to)].filter(matches)
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
    }
  }
  const [index, scope] = status === null ? [all, ""] : [byStatus, status]
  return take(walk(index, scope, place(index, scope, past(after))), limit, matches)
}
