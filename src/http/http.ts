/**
 * The REST surface: every operation of Tenantry over HTTP, and its OpenAPI document.
 *
 * @module
 */
export type { Begun, IdempotencyStore, KeptAnswer } from "../store/idempotency.ts"
export { httpApi } from "./app.ts"
export type { AnyTenantry, KeyOptions, Session } from "./caller.ts"
export type { ProblemCode } from "./codes.ts"
export type { Client } from "./incoming.ts"
export { memoryIdempotency } from "./memory-idempotency.ts"
export { type OpenApiDocument, openApi } from "./openapi.ts"
export type { HttpOptions } from "./options.ts"
export type { Problem } from "./problem.ts"
