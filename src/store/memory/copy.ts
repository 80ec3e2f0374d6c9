/**
 * Copies: a store's rows are nobody else's, neither when they come in nor when they go out.
 *
 * @module
 */

/** The same, all the way down, with no object of its own in common. */
export function copy<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Date) return new Date(value) as Value
  if (Array.isArray(value)) return value.map(copy) as Value
  const own = { ...value }
  for (const key in own) own[key] = copy(own[key])
  return own
}
