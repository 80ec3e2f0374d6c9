/**
 * Rules that would lock out whoever sets them.
 *
 * @module
 */
import type { Actor } from "../kernel/actor.ts"
import { type Refusal, refused } from "../kernel/decision.ts"
import { inputIssue } from "../kernel/input.ts"
import { locksOut } from "./ip-rules.ts"
import type { IpRule } from "./restriction.ts"

/** Why rules are refused to somebody whose own address they shut out, or null; an address nobody told is not looked at. */
export function lockoutRefusal(
  rules: readonly IpRule[],
  actor: Actor,
  allowed: boolean,
  field: string,
): Refusal<"invalid_input"> | null {
  const address = actor.type === "user" || actor.type === "apiKey" ? actor.ip : null
  if (allowed || !locksOut(rules, address)) return null
  const message = "would lock out the address that this came from; `allowLockout: true` does it all the same"
  return refused("invalid_input", inputIssue([field], message)).refusal
}
