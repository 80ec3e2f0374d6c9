/**
 * What following the host's user table asks of a store: where a person is mentioned, and how that is forgotten.
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import type { OrganizationId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { Individual } from "./erasure.ts"

/** Look-ups across organizations, and a write that no revision guards. */
export interface UserRepository {
  /**
   * Must answer the page of ids of organizations, by id ascending, those that are being purged left out, that hold
   * anything that `forget` would drop or a row that names the person in any state: a membership, a project membership, an
   * invitation to one of the addresses or accepted by them, one that they sent and that is pending or shows their name or address, a key
   * that they hold as a member and that is not deleted or has a name, an entry with a part of theirs.
   */
  organizationsOf(individual: Individual, by: Keyset): Promise<readonly OrganizationId[]>
  /**
   * Must drop what at most `limit` rows of that organization, or account, tell of the person, and of nobody else; all
   * of it in one step, no revision touched; must answer how many rows those were: fewer than `limit` only when nothing
   * is left.
   *
   * - Entries lose, salt included, the actor's part where the person acted, or somebody in their name or they in
   *   another's; and the target's part where it is theirs or an invitation's to one of the addresses or accepted by them.
   *   The messages about such an entry, or such an invitation, lose payload and error; they do not count.
   * - When no such entry is left: of the invitations that are not pending those are deleted that went to one of the
   *   addresses or that the person accepted; those that they sent lose the sender's name and address.
   * - Deleted keys that they hold lose their name and IP rules.
   */
  forget(home: OrganizationId | AccountId, individual: Individual, limit: number): Promise<number>
}
