/**
 * Tenantry: organizations, members, roles, invitations and the policy engine, over the host's own ports.
 *
 * @module
 */
export type { Action, ActivityEntry } from "./activity/activity.ts"
export type { HostAction } from "./activity/host-entry.ts"
export type { IssuedKey } from "./api-key/commands.ts"
export { SECRET_PATTERN, secretPattern } from "./api-key/key-secret.ts"
export type { ApiKeyState, ApiKeyView } from "./api-key/key-view.ts"
export { type MemoryCache, type MemoryCacheOptions, memoryCache } from "./api-key/memory-cache.ts"
export type { Boundary, KeptRecord, RecordCache } from "./api-key/record-cache.ts"
export type { VerdictCode } from "./api-key/verdict.ts"
export type {
  KeyRateLimit,
  RefusedVerdict,
  Verdict,
  VerifiedKey,
  VerifiedOrganization,
  VerifyRequest,
} from "./api-key/verdict-view.ts"
export type { Verify } from "./api-key/verify.ts"
export { type AccountId, account } from "./billing/account.ts"
export type { Payments, PlanChange } from "./billing/payments.ts"
export type { Plan, PlanInput, Price } from "./billing/plan.ts"
export type { ToldTerms } from "./billing/put-commands.ts"
export type { SubscriptionSource, SubscriptionTerms } from "./billing/source.ts"
export type { Subscription, SubscriptionStatus } from "./billing/subscription.ts"
export type { Configuration } from "./configuration.ts"
export type { Bound, Named, Namespace, NoSchemas } from "./facade.ts"
export type { CommandName, GuardQuestion, Guards, SubscribersByAction } from "./hooks.ts"
export type { SendResult } from "./invitation/commands.ts"
export type {
  Delivery,
  InvitationPreview,
  InvitationView,
  Inviter,
  ProjectOffer,
  ReceivedInvitationView,
} from "./invitation/invitation.ts"
export type { InvitationReference, Joined } from "./invitation/recipient-commands.ts"
export {
  type Actor,
  type ApiKeyActor,
  type KeyHolder,
  type PlatformAdmin,
  platformAdmin,
  type System,
  system,
  type User,
  type UserId,
  user,
} from "./kernel/actor.ts"
export type { Clock } from "./kernel/clock.ts"
export { canonicalEmail, type Email } from "./kernel/email.ts"
export {
  type AnyTenantryError,
  type Attempt,
  attempt,
  type ErrorCode,
  type ErrorDetails,
  errorStatus,
  type InputIssue,
  isTenantryError,
  TenantryError,
} from "./kernel/error.ts"
export type {
  ActivityId,
  ApiKeyId,
  HoldId,
  Ids,
  InvitationId,
  MembershipId,
  MessageId,
  OrganizationId,
  ProjectId,
  ProjectMembershipId,
  RoleId,
  SubscriptionId,
} from "./kernel/id.ts"
export type { Json, JsonObject } from "./kernel/json.ts"
export type { Metadata, MetadataSchemas } from "./kernel/metadata.ts"
export type { Page } from "./kernel/page.ts"
export { Secret } from "./kernel/secret.ts"
export type { Membership } from "./membership/membership.ts"
export type { OrganizationStatus, OrganizationView, Suspension } from "./organization/organization.ts"
export type { OwnershipOffer } from "./organization/ownership.ts"
export type { OwnershipTransfer } from "./organization/ownership-commands.ts"
export type { Slug } from "./organization/slug.ts"
export type { Event, Subscriber } from "./outbox/event.ts"
export type { InvitationMessage, Mailer, SecretBox } from "./outbox/mailer.ts"
export type { Message, MessageState } from "./outbox/message.ts"
export type { MessageView, Outbox } from "./outbox/outbox.ts"
export { type GuardRefusal, refuse } from "./pipeline/guard.ts"
export type { Limits, Settings, SettingsInput } from "./pipeline/settings.ts"
export type { PlatformOrganization, PlatformOrganizationDetails } from "./platform/platform.ts"
export {
  type Access,
  CustomRoleName,
  customRoleName,
  definePolicy,
  type Explanation,
  type PolicyEngine,
  type PolicyNames,
  type Rule,
} from "./policy/policy.ts"
export type { Preset } from "./presets/preset.ts"
export type { ListedContext, ResolvedContext } from "./project/context-queries.ts"
export type { Project, ProjectStatus, ProjectView } from "./project/project.ts"
export type { ProjectMembership } from "./project/project-membership.ts"
export { type RateLimitHeaders, rateLimitHeaders } from "./rate-limit/headers.ts"
export type { RateLimit, RateLimiter, RateStanding, RateVerdict } from "./rate-limit/rate-limit.ts"
export type { EndpointRule, IpRule } from "./restriction/restriction.ts"
export type { RoleView } from "./role/role.ts"
export type { PermissionName, RoleName } from "./role/role-name.ts"
export type { HostTransaction, Store } from "./store/store.ts"
export { createTenantry, type KeyChecks, type Tenantry, type TenantryOperations } from "./tenantry.ts"
export type { QuotaView } from "./usage/consumption.ts"
export type { UserErasure } from "./user/erase-commands.ts"
export type { UserChanges } from "./user/update-commands.ts"
