/**
 * `projects`: administrator, developer, billing manager and viewer over an organization and its projects.
 *
 * @module
 */
import { presetPolicy } from "../policy/engine.ts"
import type { Capability } from "../policy/policy.ts"
import type { Preset } from "./preset.ts"

/** Who may do what. Compiled unchecked: the tests check it. */
export const definition = {
  roles: {
    administrator: {
      description: "Full control over the organization: members, billing, settings and all projects",
      grants: ["*"],
    },
    developer: {
      description: "Builds and ships: creates projects, manages API keys, views usage",
      grants: ["*.read", "projects.create", "projects.update", "apiKeys.*", "api.use"],
      except: ["billing.read"],
    },
    "billing-manager": {
      description: "Handles finances: manages credits and subscriptions, views usage; no API access",
      grants: [
        "organization.read",
        "members.read",
        "roles.read",
        "projects.read",
        "activity.read",
        "usage.read",
        "billing.*",
      ],
    },
    viewer: { description: "Views everything, changes nothing", grants: ["*.read"] },
  },
  ownership: { role: "administrator", holders: "multiple", transfer: "direct" },
} as const

const policy = /* @__PURE__ */ presetPolicy(definition)

/** Organizations with projects: roles hold in every project, and people can be in one project alone. */
export const projects = {
  policy,
  organizations: { deleteWithMembers: true },
  billing: { account: "organization" },
  apiKeys: { holders: ["organization"] },
} as const satisfies Preset

/** The roles in people's own words, for `capabilityTable`. */
export const projectsCapabilities: readonly Capability[] = [
  { label: "Manage members", permissions: ["members.invite", "members.update", "members.remove"] },
  { label: "Change settings", permissions: ["organization.update"] },
  { label: "Create projects", permissions: ["projects.create"] },
  {
    label: "Manage API keys",
    permissions: ["apiKeys.read", "apiKeys.create", "apiKeys.update", "apiKeys.delete"],
  },
  { label: "Use the API", permissions: ["api.use"] },
  { label: "View usage", permissions: ["usage.read"] },
  { label: "Manage credits and subscriptions", permissions: ["billing.read", "billing.manage", "billing.cancel"] },
  { label: "View members, projects and activity", permissions: ["members.read", "projects.read", "activity.read"] },
]
