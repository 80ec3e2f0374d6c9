/**
 * The table of routes, and the operations that have none.
 *
 * @module
 */
import type { Answers } from "./answer.ts"
import type { Route } from "./route.ts"
import { activityAnswers, activityRoutes } from "./routes/activity.ts"
import { billingAnswers, billingRoutes } from "./routes/billing.ts"
import { invitationAnswers, invitationRoutes } from "./routes/invitations.ts"
import { keyAnswers, keyRoutes } from "./routes/keys.ts"
import { membershipAnswers, membershipRoutes } from "./routes/memberships.ts"
import { organizationAnswers, organizationRoutes } from "./routes/organizations.ts"
import { platformAnswers, platformRoutes } from "./routes/platform.ts"
import { contextRoutes, projectAnswers, projectRoutes } from "./routes/projects.ts"
import { restrictionAnswers, restrictionRoutes } from "./routes/restrictions.ts"
import { roleAnswers, roleRoutes } from "./routes/roles.ts"
import { usageAnswers, usageRoutes } from "./routes/usage.ts"

/** Every route there is; a fixed path stands before one with a parameter in its place. */
export const routes: readonly Route[] = [
  ...organizationRoutes,
  ...membershipRoutes,
  ...invitationRoutes,
  ...roleRoutes,
  ...keyRoutes,
  ...restrictionRoutes,
  ...usageRoutes,
  ...billingRoutes,
  ...activityRoutes,
  ...projectRoutes,
  ...contextRoutes,
  ...platformRoutes,
]

/** Every answer that has a name in the document. */
export const answers: Answers = {
  ...organizationAnswers,
  ...membershipAnswers,
  ...invitationAnswers,
  ...roleAnswers,
  ...keyAnswers,
  ...restrictionAnswers,
  ...usageAnswers,
  ...billingAnswers,
  ...activityAnswers,
  ...projectAnswers,
  ...platformAnswers,
}

/** Operations without a route, and why. */
export const HOST_ONLY: Readonly<Record<string, string>> = {
  "organizations.find": "`GET /organizations/me` answers the same, and 404 for null",
  "memberships.add": "the host's own code adds people without asking them",
  "activity.record": "what a host writes into the record is the host's word, and nobody else's",
  "usage.record": "the product counts what was used, not whoever uses it",
  "usage.reserve": "a hold is the product's, and so is what it came to",
  "usage.commit": "whoever could say what a hold came to could say that it was little",
  "usage.release": "whoever could give back a hold would pay nothing",
}
