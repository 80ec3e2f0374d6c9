/**
 * Commands on activity: the host adds entries of its own.
 *
 * @module
 */
import * as z from "zod"
import { UserId } from "../kernel/actor.ts"
import { decided } from "../kernel/decision.ts"
import { jsonObject } from "../kernel/json.ts"
import { line } from "../kernel/text.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { HostAction, type HostFact } from "./host-entry.ts"

const Kind = z
  .string()
  .max(32)
  .regex(/^[a-z][a-z0-9_]*$/, "expected lower-case letters, digits and underscores")

export const recordActivity = command({
  name: "activity.record",
  input: (limits) =>
    inOrganization({
      action: HostAction,
      target: z.strictObject({ type: Kind, id: line(1, 128) }).optional(),
      by: z.strictObject({ userId: UserId }).optional(),
      details: jsonObject(limits.metadataBytes, limits.metadataDepth).optional(),
    }),
  actors: ["system"],
  allow: "inside",
  facts: [],
  wants: () => ({}),
  decide: ({ input, loaded }) => {
    const { organizationId: id, action, target, by, details } = input
    const after = {
      id,
      target: target ?? { type: "organization", id },
      by: by?.userId ?? null,
      details: details ?? null,
      revision: loaded.organization.revision,
    }
    return ruling(decided<HostFact>({ action, before: null, after }), ([fact]) => ({
      seq: fact?.after.revision ?? after.revision,
    }))
  },
})
