/**
 * Asking a command's guard about what was decided.
 *
 * @module
 */
import { type Organization, organizationView } from "../organization/organization.ts"
import type { Question } from "./guard.ts"
import type { AnyFact } from "./operation.ts"
import { shownFact } from "./record.ts"
import type { Shell } from "./shell.ts"

/** Asks the guard of that command, if it has one, about what was decided. */
export async function askGuard(
  { guards }: Pick<Shell, "guards">,
  name: string,
  { actor, input, at }: Pick<Question, "actor" | "input" | "at">,
  organization: Organization | null,
  facts: readonly AnyFact[],
): Promise<void> {
  await guards?.ask(name, () => ({
    actor,
    input,
    organization: organization && organizationView(organization, at),
    facts: facts.map(shownFact),
    at,
  }))
}
