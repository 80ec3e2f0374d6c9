/**
 * What is offered to whom, as it comes in.
 *
 * @module
 */
import * as z from "zod"
import { Email } from "../kernel/email.ts"
import { idSchema } from "../kernel/id.ts"
import { looseName, RoleName } from "../role/role-name.ts"
import type { ProjectOffer } from "./invitation.ts"
import type { Offer } from "./offer.ts"

type Bounds = Readonly<{ bulk: number }>

const Locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, "expected a BCP 47 language tag")

/** A role in the organization, in up to as many projects as a batch has items, or both. */
export const offered = ({ bulk }: Bounds) => ({
  email: Email,
  role: RoleName.optional(),
  projects: z
    .array(z.strictObject({ projectId: idSchema("prj"), role: RoleName }))
    .max(bulk)
    .refine((offers) => new Set(offers.map(({ projectId }) => projectId)).size === offers.length, "one role a project")
    .optional(),
  locale: Locale.optional(),
})

type Wished = Readonly<{
  email: Email
  role?: RoleName | undefined
  projects?: readonly ProjectOffer[] | undefined
  locale?: string | undefined
}>

/** Whether anything is offered. */
export const isSomething = ({ role, projects = [] }: Pick<Wished, "role" | "projects">): boolean =>
  role !== undefined || projects.length > 0

/** The issue of an offer of nothing. */
export const NOTHING = { path: ["role"], error: "expected a `role`, or `projects`" }

/** The offer, with nothing left unsaid. */
export const wanted = ({ email, role, projects = [], locale }: Wished): Offer => ({
  ...{ email, role: role ?? null, locale: locale ?? null },
  projects: projects.map((each) => ({ projectId: each.projectId, role: each.role })),
})

/** One offer of a batch. */
export const offerSchema = (limits: Bounds) => z.strictObject(offered(limits)).refine(isSomething, NOTHING)

/** One address of a batch as it comes in: read loosely, so that a bad one has a result of its own. */
export const Item = z.strictObject({
  email: z.string().max(2000),
  role: looseName<RoleName>(2000).optional(),
  projects: z
    .array(z.strictObject({ projectId: z.string().max(2000), role: looseName<RoleName>(2000) }))
    .max(1000)
    .optional(),
  locale: z.string().max(2000).optional(),
})
