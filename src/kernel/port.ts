/**
 * The fence around ports: what they throw stays behind it.
 *
 * @module
 */
import { isTenantryError, TenantryError } from "./error.ts"

/** What a port answers at once or later. To wait for what is there costs a request more than most of its steps. */
export type Answer<T> = T | Promise<T>

/** Whether it must be waited for. */
export const isPending = <T>(answer: Answer<T>): answer is Promise<T> =>
  typeof answer === "object" && answer !== null && "then" in answer

/** What a port answers; whatever it throws becomes `unavailable`, so that no driver's error leaves. */
export const port = async <T>(call: () => Answer<T>): Promise<T> => fence(call)

/** The same, at once where the port answers at once. */
export function fence<T>(call: () => Answer<T>): Answer<T> {
  try {
    const answer = call()
    return isPending(answer) ? answer.then(undefined, refuse) : answer
  } catch (error) {
    return refuse(error)
  }
}

function refuse(error: unknown): never {
  throw isTenantryError(error) ? error : new TenantryError("unavailable", {})
}
