/**
 * For tests of hosts and of stores: fakes, builders, instruments, and the port's specification as cases.
 *
 * @module
 */
export {
  aMembership,
  aMessage,
  anEntry,
  anInvitation,
  anOrganization,
  aProject,
  aProjectMembership,
  aRole,
  BUILT_AT,
  beginning,
  type Columns,
  following,
  type Parts,
} from "./builders.ts"
export { type Duration, type FakeClock, fakeClock } from "./clock.ts"
export { type OpenCache, recordCacheConformance } from "./conformance/cache-cases.ts"
export type { ConformanceCase } from "./conformance/case.ts"
export { storeConformance } from "./conformance/conformance.ts"
export { idempotencyConformance, type OpenIdempotency } from "./conformance/idempotency-cases.ts"
export type { Need, OpenStore } from "./conformance/scene.ts"
export { sequentialIds } from "./ids.ts"
export { type Inbox, inbox } from "./inbox.ts"
export { countCalls, type FaultMoment, withFaults, withLatency } from "./instruments.ts"
export { type Around, intercept, type PortCall } from "./intercept.ts"
export {
  type AccountParts,
  aConsumption,
  aCounter,
  aHold,
  aKeptRecord,
  anAccount,
  anApiKey,
  aRestriction,
  aSubscription,
  beginningAccount,
  followingAccount,
} from "./key-builders.ts"
