/**
 * Where records of keys are kept between requests, as a port. A record is what one read answered; no verdict is kept.
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import type { OrganizationId } from "../kernel/id.ts"
import type { KeyRecord } from "./verdict.ts"

/** What commits together, and so changes together: an organization, or a person's account. */
export type Boundary = OrganizationId | AccountId

/** A record, and for how long it may be used. */
export type KeptRecord = Readonly<{
  record: KeyRecord
  /** Only a commit of one of these changes it. */
  boundaries: readonly Boundary[]
  /** When its read began: it tells of no later instant. */
  readAt: Date
  /** Nobody uses it then any more, so that it need not be kept. */
  until: Date
}>

/**
 * Keeps records within this process, in bounded space. It answers at once, so that no request waits for it; what has to
 * be sent to others is sent aside. An object that was not put by whoever asks is never used, and what a method throws is
 * not heard: the record is then read.
 */
export interface RecordCache {
  /**
   * Must answer the very object that was put last under that name, or undefined; undefined when one of its boundaries has
   * been dropped since the mark it was put with. May forget anything at any time.
   */
  get(name: string): KeptRecord | undefined
  /** Must answer a mark that tells the drops before from those after it: what is taken before a read begins. */
  mark(): number
  /** Must keep nothing when one of the boundaries has been dropped since that mark: it was read too early. */
  put(name: string, kept: KeptRecord, mark: number): void
  /** Must forget at once what depends on any of these, and have other processes forget it as soon as they can. */
  drop(boundaries: readonly Boundary[]): void
}

/** What a record depends on. Who pays for an organization follows from its own rows. */
export const boundariesOf = ({ key, billed }: KeyRecord): readonly Boundary[] =>
  key.organizationId === null ? [billed.account] : [key.organizationId, billed.account]
