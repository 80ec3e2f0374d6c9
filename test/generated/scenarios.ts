/**
 * For every operation, how it succeeds and how it is refused: what everything generated is generated from.
 *
 * @module
 */
import type { Case, Scenario } from "./scenario.ts"
import { billing } from "./scenarios/billing.ts"
import { invitations } from "./scenarios/invitations.ts"
import { apiKeys, ownKeys } from "./scenarios/keys.ts"
import { memberships } from "./scenarios/memberships.ts"
import { organizations } from "./scenarios/organizations.ts"
import { platform } from "./scenarios/platform.ts"
import { contexts, projects } from "./scenarios/projects.ts"
import { restrictions } from "./scenarios/restrictions.ts"
import { activity, roles } from "./scenarios/roles.ts"
import { usage } from "./scenarios/usage.ts"

export type { Call, Case, Input, Scenario } from "./scenario.ts"

/** Every scenario; an operation may have several. */
export const scenarios: readonly Scenario[] = [
  ...[...organizations, ...memberships, ...invitations, ...roles, ...projects, ...contexts],
  ...[...apiKeys, ...ownKeys, ...restrictions, ...usage, ...billing, ...activity, ...platform],
  {
    name: "access",
    as: "at a project",
    again: null,
    prepare: ({ acme: { member, organizationId, project } }) => {
      const input = { organizationId, projectId: project.id }
      return {
        actor: member,
        input,
        refused: { actor: member, input: { ...input, projectId: "prj_0" }, code: "not_found" },
      }
    },
  },
  {
    name: "access",
    again: null,
    prepare: ({ acme: { guest, organizationId }, globex }) => {
      const input = { organizationId }
      return { actor: guest, input, refused: { actor: globex.owner, input, code: "not_found" } }
    },
  },
]

/** The operation's name, and what sets the scenario apart. */
export const titleOf = ({ name, as }: Scenario): string => (as === undefined ? name : `${name} ${as}`)

/** The call that a case has refused. */
export const refusedCall = async ({ refused }: Case) => (typeof refused === "function" ? refused() : refused)
