/**
 * What custom roles ask of a store.
 *
 * @module
 */
import type { RoleId } from "../kernel/id.ts"
import type { Read } from "../store/read.ts"
import type { Holders, Role } from "./role.ts"

/** Reads inside one organization. */
export interface RoleReads {
  /** Must answer every custom role of the organization, by id ascending; the role limit bounds them. */
  roles: Read<true, readonly Role[]>
  /**
   * Must answer how many memberships, of the organization and of projects together, and how many pending invitations
   * (expired ones included, each once) carry the name of that custom role; zeros when there is no such role.
   */
  holders: Read<RoleId, Holders>
}
