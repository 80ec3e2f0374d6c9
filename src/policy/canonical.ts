/**
 * Permission names as input, made canonical.
 *
 * @module
 */
import { type Decision, decided, refused } from "../kernel/decision.ts"
import type { PolicyEngine } from "./engine.ts"

/** The canonical names, sorted and each once; or `invalid_input` with every one that the policy does not know. */
export function canonicalNames(
  policy: PolicyEngine,
  names: readonly string[],
  field: string,
): Decision<string, "invalid_input"> {
  const issues = names.flatMap((name, index) =>
    policy.canonical(name) === null ? [{ path: [field, index], message: "unknown permission" }] : [],
  )
  if (issues.length > 0) return refused("invalid_input", { issues })
  return decided(...[...new Set(names.flatMap((name) => policy.canonical(name) ?? []))].sort())
}
