/**
 * Routes of activity: what happened, as pages, as a file, and the proof that nothing was tampered with.
 *
 * @module
 */
import * as z from "zod"
import { activity } from "../../registry.ts"
import { type Answers, Fields, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"

const text = z.string().nullable()

/** One entry; what it said of a person is null once that person is erased. */
const ActivityEntry = z.object({
  id: z.string(),
  organizationId: z.string(),
  seq: z.int(),
  action: z.string(),
  at: z.date(),
  actor: z.object({
    type: z.string(),
    id: z.string(),
    userId: text,
    email: text,
    name: text,
    ip: text,
    userAgent: text,
    requestId: text,
    impersonatedBy: text,
  }),
  target: z.object({ type: z.string(), id: z.string(), userId: text, email: text, name: text }),
  before: Fields.nullable(),
  after: Fields.nullable(),
})
/** One page of entries. */
export const ActivityPage = pageOf(ActivityEntry)

const Verification = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), entries: z.int(), erased: z.int(), head: z.string() }),
  z.object({
    ok: z.literal(false),
    entries: z.int(),
    brokenAt: z.int(),
    reason: z.enum(["changed", "missing", "added", "reordered", "truncated"]),
  }),
])

export const activityAnswers: Answers = { ActivityEntry, ActivityPage, Verification }

export const activityRoutes: readonly Route[] = [
  route("GET /organizations/activity", activity.list, {
    summary: "What happened, newest first: by action, actor, target and time",
    answer: ActivityPage,
  }),
  route("GET /organizations/activity/export", activity.export, {
    summary: "Every entry, oldest first, as lines of JSON or CSV",
    answer: null,
  }),
  route("GET /organizations/activity/verify", activity.verify, {
    summary: "Check the hash chain, against a head that was kept where `since` gives one",
    answer: Verification,
  }),
]
