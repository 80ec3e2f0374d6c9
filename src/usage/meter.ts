/**
 * The names of meters: an account's quota of a product, a key's own allowance.
 *
 * @module
 */
import { API } from "../billing/subscription.ts"
import type { ApiKeyId } from "../kernel/id.ts"

const QUOTA = "quota "

/** The API's is asked for with every request. */
const API_QUOTA = QUOTA + API

/** The meter of an account's quota of that product. */
export const quotaMeter = (product: string): string => (product === API ? API_QUOTA : QUOTA + product)

/** The product whose quota a meter of that name is; null for any other meter. */
export const productOfMeter = (name: string): string | null =>
  name === API_QUOTA ? API : name.startsWith(QUOTA) ? name.slice(QUOTA.length) : null

/** The meter of a key's own allowance. */
export const keyMeter = (keyId: ApiKeyId): string => `key ${keyId}`
