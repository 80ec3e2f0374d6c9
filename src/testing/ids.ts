/**
 * Ids, tokens and chance that are the same in every run.
 *
 * @module
 */
import { hash } from "node:crypto"
import type { IdKinds, IdPrefix, Ids } from "../kernel/id.ts"

/**
 * Ids that count up: unique within one call of this function, ordered as `Ids` demands. Tokens and salts are unique and
 * look like real ones, but anybody can foretell them.
 */
export function sequentialIds(): Ids {
  let ids = 0
  let tokens = 0
  let salts = 0
  let numbers = 0
  return {
    id: <P extends IdPrefix>(prefix: P, at: Date) =>
      `${prefix}_${base36(at.getTime(), 9)}${base36(ids++, 6)}` as IdKinds[P],
    token: () => hash("sha256", `token ${tokens++}`, "base64url"),
    salt: () => hash("sha256", `salt ${salts++}`, "hex").slice(0, 32),
    random: () => Number.parseInt(hash("sha256", `number ${numbers++}`, "hex").slice(0, 8), 16) / 2 ** 32,
  }
}

const base36 = (value: number, width: number): string => value.toString(36).padStart(width, "0")
