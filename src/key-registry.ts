/**
 * The operations on keys, and on what they count and cost; part of the registry.
 *
 * @module
 */
import { createKey, deleteKey, disableKey, enableKey, rotateKey, updateKey } from "./api-key/commands.ts"
import { getKey, listKeys } from "./api-key/queries.ts"
import { cancelSubscription, changePlan } from "./billing/commands.ts"
import { getSubscription, quoteBilling } from "./billing/queries.ts"
import { setEndpointRulesOf, setOrganizationIpRules } from "./restriction/commands.ts"
import { listEndpointRules, listIpRules } from "./restriction/queries.ts"
import { commitUsage, recordUsage, releaseUsage, reserveUsage } from "./usage/commands.ts"
import { usageOfAccount, usageOfKey, usageOfMember, usageOfOrganization } from "./usage/queries.ts"

/**
 * API keys: an organization's with `organizationId`, the caller's own without. A member's own key takes `api.use` where
 * the keys of others take `apiKeys.*`. With `projectId` permissions are asked there, and only keys bound to it are there;
 * in an archived project keys are disabled and deleted, and nothing else (`project_archived`).
 */
export const apiKeys = {
  /**
   * Makes a key and shows its secret, once. `holder` is `organization` or `member` (the caller); scopes are `api.use`
   * unless said, and an empty list is none. With `projectId` it works for that project alone; people who are in projects
   * only hold no keys themselves. Needs `apiKeys.create` and every scope; with IP or endpoint rules
   * `ipRules.manage` or `endpointRules.manage`. Errors: `permission_escalation`, `feature_off` (no such holder here),
   * `limit_reached`, `subscription_required`, `forbidden` (also when impersonated), `invalid_input`.
   */
  create: createKey,
  /** A page of keys, by id, each in the state that `verify` finds it in. Needs `apiKeys.read`, but not for `userId`: oneself. */
  list: listKeys,
  /** One key. Needs `apiKeys.read`, or to hold it. Errors: `not_found`. */
  get: getKey,
  /**
   * Changes a key. Needs `apiKeys.update`; for anything but the name also every scope that the key has or gets, and for
   * rules `ipRules.manage` or `endpointRules.manage`. Rules that shut out the address the call came from need
   * `allowLockout`. Errors: `permission_escalation`, `forbidden`, `invalid_input`, `not_found`.
   */
  update: updateKey,
  /** Turns a key on. Needs `apiKeys.update` and every scope it has. Errors: `permission_escalation`, `not_found`. */
  enable: enableKey,
  /** Turns a key off, from the very next request on. Needs `apiKeys.update`. Errors: `not_found`. */
  disable: disableKey,
  /**
   * Gives a key a new secret and shows it, once; everything else about it stays. The old one works for `graceSeconds`
   * more: 0 unless said, 30 days at most, never past the key's expiry. Needs `apiKeys.update` and every scope it has; of
   * a member's key, to be its holder. Errors: `permission_escalation`, `forbidden`, `not_found`.
   */
  rotate: rotateKey,
  /** Ends a key for good; its usage stays for reports. Needs `apiKeys.delete`. Errors: `not_found`. */
  delete: deleteKey,
}

/** Restrictions: from where and for what keys may be used. They bind keys, not sessions. */
export const restrictions = {
  /** The addresses that an organization's keys may be used from; rules are alternatives, none restrict nothing. */
  ipRules: {
    /** The rules. Needs `ipRules.read`. */
    list: listIpRules,
    /**
     * Puts a list in place of the one before. Needs `ipRules.manage`. Errors: `invalid_input` for what is no strict
     * address or CIDR block, for an API that is not declared, and for rules that shut out the address the call came
     * from, unless `allowLockout`.
     */
    set: setOrganizationIpRules,
  },
  /** The endpoints that an organization's keys may call, but for whoever owns it; or, with `membershipId`, one member's. */
  endpointRules: {
    /** The rules. Needs `endpointRules.read`, but not for oneself. */
    list: listEndpointRules,
    /**
     * Puts a list in place of the one before. Needs `endpointRules.manage`, and to manage that member's role. Errors:
     * `invalid_input`, `not_found`, `role_not_manageable`.
     */
    set: setEndpointRulesOf,
  },
}

/** Usage: units, and whom they count for. An organization's with `organizationId`, the caller's own without. */
export const usage = {
  /**
   * Counts units, once for each `requestId` within 24 hours: 1 unless said. Needs `api.use`. Errors: `quota_exceeded`,
   * `subscription_required`, `invalid_input` (units that are no safe integer from 1, an API that is not declared).
   */
  record: recordUsage,
  /**
   * Keeps units aside until their cost is known: `expiresInSeconds`, 600 unless said, a day at most. Needs `api.use`.
   * A repeated `requestId` keeps none aside again and answers no hold. Errors: as for `record`.
   */
  reserve: reserveUsage,
  /**
   * Counts what a hold really cost, at most what it kept. Errors: `not_found` (unknown, expired, another's), `conflict`
   * (it was released), `invalid_input`.
   */
  commit: commitUsage,
  /** Gives back what a hold kept. Errors: `not_found`, `conflict` (it was committed). */
  release: releaseUsage,
  /** What a key used, for life and by month and API. Needs `usage.read`, but not for one's own. */
  ofKey: usageOfKey,
  /** What a member used; oneself unless said, for which it needs no permission. Needs `usage.read`. */
  ofMember: usageOfMember,
  /** What an organization used: by month, API, plan, key and member. Needs `usage.read`. */
  ofOrganization: usageOfOrganization,
  /** What the caller's own account paid for, in every organization and outside. */
  ofAccount: usageOfAccount,
}

/** Billing: what an account has subscribed to, and what it costs. */
export const billing = {
  /** Itemises a month of seats, in minor units. Needs `billing.read`. Errors: `not_billable`. */
  quote: quoteBilling,
  /** The subscription to a product, `api` unless said, and what of its quota is left. Needs `billing.read`. Errors: `not_billable`. */
  subscription: getSubscription,
  /**
   * Moves to another plan through the payment provider. Needs `billing.manage`. Errors: `not_billable`,
   * `seat_limit_reached` (more people than the plan has seats), `invalid_input` (no such plan), `unavailable`.
   */
  changePlan,
  /**
   * Ends a subscription through the payment provider. Needs `billing.cancel`; for seats also to be the owner, with no
   * other member left. Errors: `not_billable`, `organization_not_empty`, `forbidden`, `unavailable`.
   */
  cancel: cancelSubscription,
}
