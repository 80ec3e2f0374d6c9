/**
 * Telling that a quota is nearly or wholly used up.
 *
 * @module
 */
import * as z from "zod"
import type { AccountId } from "../billing/account.ts"
import { system } from "../kernel/actor.ts"
import { decided } from "../kernel/decision.ts"
import { attempt } from "../kernel/error.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { type QuotaFact, type QuotaReached, THRESHOLDS } from "../usage/threshold.ts"
import { command } from "./command.ts"
import { ruling } from "./operation.ts"
import { inOrganization } from "./schema.ts"
import type { Shell } from "./shell.ts"
import { heard } from "./within.ts"

const Reached = z.strictObject({
  id: z.string().transform((id) => id as AccountId),
  product: z.string(),
  period: z.string(),
  percent: z.literal(THRESHOLDS),
  used: z.number(),
  quota: z.number(),
  revision: z.int(),
})

const USAGE = system("usage")

/** What counting records of a quota, in the organization whose use it was; no part of the facade. */
export const recordThreshold = command({
  name: "usage.recordThreshold",
  input: () => inOrganization({ reached: z.array(Reached).min(1) }),
  actors: ["system"],
  allow: "inside",
  whateverStatus: true,
  facts: ["quota.threshold_reached"],
  wants: () => ({}),
  decide: ({ input }) =>
    ruling(
      decided(...input.reached.map((after): QuotaFact => ({ action: "quota.threshold_reached", before: null, after }))),
      () => null,
    ),
})

/**
 * Records what a use reached. Outside an organization there is nobody to tell. What was counted stays counted, whatever
 * becomes of this; but a host whose transaction fails must hear of it.
 */
export async function tellThresholds(
  shell: Shell,
  organizationId: OrganizationId | null,
  reached: readonly QuotaReached[],
): Promise<void> {
  if (organizationId === null || reached.length === 0) return
  const told = await attempt(recordThreshold.run(shell, USAGE, { organizationId, reached: [...reached] }))
  if (!told.ok) heard(shell, told.error)
}
