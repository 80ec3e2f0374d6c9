/**
 * Values that cannot be printed by accident.
 *
 * @module
 */
import { hash } from "node:crypto"
import type { Branded } from "./id.ts"

/** SHA-256 of a secret, in hexadecimal: what a store keeps. */
export type SecretHash = Branded<"SecretHash">

/** The hash a store keeps and looks up; a secret of 190 random bits needs no salt and no slow hash. */
export const hashSecret = (secret: string): SecretHash => hash("sha256", secret, "hex") as SecretHash

const REDACTED = "[secret]"

/** Holds a secret that logs, templates, JSON and `util.inspect` show as `[secret]`; `reveal()` gives it out. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself. Show it once; store only its hash. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.toPrimitive](): string {
    return REDACTED
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED
  }
}
