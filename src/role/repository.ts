/**
 * What custom roles ask of a store.
 *
 * @module
 */
import type { Read } from "../store/read.ts"
import type { Role } from "./role.ts"

/** Reads inside one organization. */
export interface RoleReads {
  /** Must answer every custom role of the organization, by id ascending; the role limit bounds them. */
  roles: Read<true, readonly Role[]>
}
