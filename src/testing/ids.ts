/**
 * Ids, tokens and chance that are the same in every run.
 *
 * @module
 */
import { hash } from "node:crypto"
import { BASE62 } from "../api-key/checksum.ts"
import type { IdKinds, IdPrefix, Ids } from "../kernel/id.ts"

/**
 * Ids that count up: unique within one call of this function, ordered as `Ids` demands. Tokens and salts are unique and
 * look like real ones, but anybody can foretell them.
 */
export function sequentialIds(): Ids {
  let ids = 0
  let tokens = 0
  let keys = 0
  let salts = 0
  let numbers = 0
  return {
    id: <P extends IdPrefix>(prefix: P, at: Date) =>
      `${prefix}_${base36(at.getTime(), 9)}${base36(ids++, 6)}` as IdKinds[P],
    token: () => hash("sha256", `token ${tokens++}`, "base64url"),
    keySecret: () => base62(hash("sha256", `key ${keys++}`, "hex")),
    salt: () => hash("sha256", `salt ${salts++}`, "hex").slice(0, 32),
    random: () => Number.parseInt(hash("sha256", `number ${numbers++}`, "hex").slice(0, 8), 16) / 2 ** 32,
  }
}

/** Two hexadecimal digits a character, as far as they go. */
const base62 = (digits: string): string =>
  digits.replace(/../g, (pair) => BASE62.charAt(Number.parseInt(pair, 16) % BASE62.length))

const base36 = (value: number, width: number): string => value.toString(36).padStart(width, "0")
