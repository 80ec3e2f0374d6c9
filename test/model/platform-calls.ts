/**
 * Calls of the platform's admin.
 *
 * @module
 */
import fc from "fast-check"
import { type Calls, call } from "./call.ts"
import { limit, maybe, name, part, slug } from "./parts.ts"

const at = (operation: string) => `platform.organizations.${operation}`

/** Every operation of the platform, with how often it is drawn. */
export const platformCalls: Calls = {
  [at("list")]: [
    2,
    call(
      at("list"),
      {
        status: maybe(part(fc.constantFrom("active", "suspended", "deleted"))),
        slugPrefix: maybe(part(fc.constantFrom("a", "acme", "z"))),
        limit,
      },
      "outside",
    ),
  ],
  [at("get")]: [2, call(at("get"), {})],
  [at("update")]: [1, call(at("update"), { name: maybe(name), slug: maybe(slug) })],
  [at("suspend")]: [3, call(at("suspend"), { reason: maybe(part(fc.constantFrom("Unpaid", "Abuse"))) })],
  [at("resume")]: [8, call(at("resume"), {})],
  [at("delete")]: [1, call(at("delete"), {})],
  [at("restore")]: [6, call(at("restore"), {})],
  [at("purge")]: [4, call(at("purge"), {})],
  "platform.activity.list": [1, call("platform.activity.list", { limit }, "outside")],
}
