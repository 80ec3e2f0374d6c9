/**
 * Routes of roles: the policy's own, and those that an organization makes for itself.
 *
 * @module
 */
import * as z from "zod"
import { roles } from "../../registry.ts"
import { type Answers, list, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"

/** A role; a system role's id is its name. */
const Role = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  permissions: list(z.string()),
  system: z.boolean(),
  shadowedBy: z.string().nullable(),
  createdAt: z.date().nullable(),
  revision: z.int().nullable(),
})
const RolePage = pageOf(Role)

export const roleAnswers: Answers = { Role, RolePage }

const params = { id: "roleId" }

export const roleRoutes: readonly Route[] = [
  route("GET /organizations/roles", roles.list, {
    summary: "Every role: system roles first, each with the custom role that shadows it",
    answer: RolePage,
  }),
  route("POST /organizations/roles", roles.create, {
    summary: "Make a role of permissions that the caller holds",
    status: 201,
    answer: Role,
    example: { name: "auditor", description: "Reads along", permissions: ["members.read", "activity.read"] },
  }),
  route("GET /organizations/roles/{id}", roles.get, { summary: "One role", params, answer: Role }),
  route("PATCH /organizations/roles/{id}", roles.update, {
    summary: "Change a role of the organization's own",
    params,
    row: "roleId",
    answer: Role,
    example: { permissions: ["members.read"] },
  }),
  route("DELETE /organizations/roles/{id}", roles.delete, {
    summary: "Delete a role that nobody holds",
    params,
    row: "roleId",
    answer: Role,
  }),
]
