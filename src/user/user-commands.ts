/**
 * What following the host's user table has in common: who does it, and where.
 *
 * @module
 */
import { system } from "../kernel/actor.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { Individual } from "./erasure.ts"

/** Activity shows the host's user table as this. */
export const USERS = system("users")

/** Organizations looked up at once. */
const PAGE = 100

/** Every organization that holds anything of that person, by id. */
export async function* everyOrganization({ store }: Shell, individual: Individual): AsyncGenerator<OrganizationId> {
  for (let after: OrganizationId | null = null; ; ) {
    const by = { after, limit: PAGE }
    const found: readonly OrganizationId[] = await port(() => store.users.organizationsOf(individual, by))
    yield* found
    after = found.at(-1) ?? null
    if (after === null || found.length < PAGE) return
  }
}
