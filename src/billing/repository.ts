/**
 * What billing asks of a store.
 *
 * @module
 */
import type { Read } from "../store/read.ts"
import type { Billed, Payer } from "./billed.ts"

/** Reads inside one organization. */
export interface BillingReads {
  /** Must answer the account that pays; without a holder of the role, the organization's own. */
  billed: Read<Readonly<{ payer: Payer; at: Date }>, Billed>
}
