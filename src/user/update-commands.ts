/**
 * What the host's user table says anew of a person: every organization's copy follows.
 *
 * @module
 */
import * as z from "zod"
import { UserId } from "../kernel/actor.ts"
import { decided } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { parseInput } from "../kernel/input.ts"
import { line } from "../kernel/text.ts"
import { follow } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Shell } from "../pipeline/shell.ts"
import { everyOrganization, USERS } from "./user-commands.ts"

const changes = { email: Email.optional(), name: line(1, 100).nullable().optional() }
const Update = z.strictObject({ userId: UserId, ...changes })

/** What changed of a person; what is not given stays. */
export type UserChanges = Omit<z.input<typeof Update>, "userId">

/** One organization's copy; no part of the facade. */
export const updateMember = command({
  name: "users.update",
  input: () => inOrganization({ userId: UserId, ...changes }),
  actors: ["system"],
  allow: "inside",
  whateverStatus: true,
  facts: ["member.updated", "project_member.updated", "invitation.accepted", "invitation.cancelled"],
  wants: ({ input: { userId, email } }) => ({
    memberOf: userId,
    projectMembershipsOf: { userId },
    pendingByEmail: email === undefined ? [] : [email],
    pendingTo: userId,
  }),
  decide: ({ input, loaded: { memberOf, projectMembershipsOf, pendingByEmail, pendingTo }, at }) => {
    const invited = { toNew: pendingByEmail, toOld: pendingTo, at }
    return ruling(decided(...follow(memberOf, projectMembershipsOf, input, invited)), () => null)
  },
})

/** Changes the copies one organization after another; what was done before a failure stays, and is found so next time. */
export async function updateUser(shell: Shell, userId: string, given: UserChanges): Promise<void> {
  const { userId: id, ...told } = parseInput(Update, { ...given, userId })
  for await (const organizationId of everyOrganization(shell, { userId: id, emails: [] })) {
    await updateMember.run(shell, USERS, { organizationId, userId: id, ...told })
  }
}
