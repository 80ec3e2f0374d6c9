/**
 * The table of activity. The entry that tells of an organization's end outlives it.
 *
 * @module
 */
import type { Entry, PersonalPart } from "../../../activity/activity.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { table } from "./table.ts"

type Flattened = Omit<Entry, "personal"> & {
  readonly actorPart: PersonalPart | null
  readonly targetPart: PersonalPart | null
  /** The entry's own id where the platform acted: the order in which it reads what it did. */
  readonly platformId: Entry["id"] | null
}

const userId = optional(text(128))

export const activity = table<Entry, Flattened>(
  "activity",
  {
    organizationId: id,
    seq: integer,
    id,
    action: text(64),
    actor: text(200),
    target: text(200),
    actorUserId: userId,
    impersonatedBy: userId,
    targetUserId: userId,
    at: time,
    body: words,
    actorPart: optional(json),
    targetPart: optional(json),
    platformId: optional(id),
    hash: words,
  },
  {
    key: ["organizationId", "seq"],
    indexes: [
      ["organizationId", "action", "seq"],
      ["organizationId", "actor", "seq"],
      ["organizationId", "target", "seq"],
      ["organizationId", "at", "seq"],
      ["actorUserId", "organizationId"],
      ["impersonatedBy", "organizationId"],
      ["targetUserId", "organizationId"],
      ["platformId"],
    ],
    checks: ["seq >= 1"],
  },
  ({ personal: { actor, target }, ...entry }) => ({
    ...entry,
    actorPart: actor,
    targetPart: target,
    platformId: entry.actor.startsWith("platformAdmin:") ? entry.id : null,
  }),
  ({ actorPart: actor, targetPart: target, platformId: _, ...entry }) => ({ ...entry, personal: { actor, target } }),
)
