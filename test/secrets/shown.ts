/**
 * What somebody may get to see of a value, whichever way they look at it.
 *
 * @module
 */
import { inspect } from "node:util"

/** What every secret of a test holds. */
export const CANARY = "CANARY"

/** Everything that a console has to write with. */
export const WRITERS = ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const

/** Every way in which a value may end up before somebody's eyes. */
export const shown = (value: unknown): readonly string[] => [
  inspect(value, { depth: 50, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null }),
  JSON.stringify(value) ?? "",
  String(value),
  ...(value instanceof Error ? [value.message, value.stack ?? ""] : []),
  ...(typeof value === "object" && value !== null
    ? Reflect.ownKeys(value).flatMap((key) => shown(Reflect.get(value, key)))
    : []),
]
