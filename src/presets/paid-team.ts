/**
 * `paidTeam`: admin, maintainer and member of an organization that pays for itself, seat by seat.
 *
 * @module
 */
import { presetPolicy } from "../policy/engine.ts"
import type { Capability } from "../policy/policy.ts"
import type { Preset } from "./preset.ts"

/** Who may do what. Compiled unchecked: the tests check it. */
export const definition = {
  roles: {
    admin: { description: "Created the organization; exactly one, and cannot leave", grants: ["*"] },
    maintainer: {
      description: "Manages members, keys, billing and restrictions",
      grants: ["*"],
      except: ["organization.delete", "organization.transfer"],
      manages: ["maintainer", "member"],
    },
    // Without `usage.read` and `apiKeys.*`: one's own usage and keys take no permission but `api.use`.
    member: {
      description: "Reads, and uses the API with keys of their own",
      grants: ["organization.read", "members.read", "roles.read", "projects.read", "api.use"],
    },
  },
  ownership: { role: "admin", holders: "single", transfer: "off" },
  customRoles: true,
} as const

const policy = /* @__PURE__ */ presetPolicy(definition)

/** A team with a subscription of its own: seats, maintainers, keys that belong to people, roles of its own. */
export const paidTeam = {
  policy,
  organizations: { deleteWithMembers: false },
  billing: {
    account: "organization",
    plans: [
      {
        id: "team",
        product: "organization",
        price: { currency: "USD", base: 2000, includedSeats: 10, perSeat: 500 },
      },
    ],
  },
  apiKeys: { holders: ["organization", "member", "person"] },
} as const satisfies Preset

/** The team's table in people's own words, for `capabilityTable`. */
export const paidTeamCapabilities: readonly Capability[] = [
  { label: "Manage payments & API subscriptions", permissions: ["billing.manage"] },
  { label: "Cancel API subscriptions", permissions: ["billing.cancel"] },
  { label: "Consume API credits", permissions: ["api.use"] },
  { label: "Make & manage one's own keys", permissions: ["api.use"] },
  {
    label: "Manage others' & organization keys",
    permissions: ["apiKeys.read", "apiKeys.create", "apiKeys.update", "apiKeys.delete"],
  },
  { label: "Invite users", permissions: ["members.invite"], manages: ["member"] },
  { label: "Cancel invites", permissions: ["members.invite"], manages: ["member"] },
  { label: "IP whitelisting", permissions: ["ipRules.manage"] },
  { label: "Endpoint restrictions", permissions: ["endpointRules.manage"] },
  { label: "View usage (organization-wide)", permissions: ["usage.read"] },
  {
    label: "Add & assign roles",
    permissions: ["members.update", "roles.create", "roles.update", "roles.delete"],
    manages: ["member"],
  },
  { label: "Leave organization", owner: "never" },
  { label: "Cancel organization subscription", permissions: ["billing.cancel"], owner: "only" },
]
