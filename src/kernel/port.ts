/**
 * The fence around ports: what they throw stays behind it.
 *
 * @module
 */
import { isTenantryError, TenantryError } from "./error.ts"

/** What may leave of an error that a port threw. */
export const fenced = (error: unknown): TenantryError =>
  isTenantryError(error) ? error : new TenantryError("unavailable", {})

/** What a port answers; whatever it throws becomes `unavailable`, so that no driver's error leaves. */
export async function port<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw fenced(error)
  }
}
