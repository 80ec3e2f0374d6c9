/**
 * Everybody who asks: five people, one of them with an address nobody has verified, one with two accounts at one
 * address, one who took another's address, one who is impersonated, one whose address on the network is known; the
 * host's code and the super admin.
 *
 * @module
 */
import { platformAdmin, system, type User } from "../../src/index.ts"
import { person } from "../world.ts"

export const people: readonly User[] = [
  ...["ada", "bob", "cyd", "dan", "eve"].map((name) => person(name)),
  person("eve", { emailVerified: false }),
  person("eve2", { email: "eve@acme.example" }),
  person("cyd", { email: "dan@acme.example" }),
  person("ada", { impersonatedBy: "u_eve" }),
  person("ada", { ip: "203.0.113.9" }),
]
export const host = system("host")
export const admin = platformAdmin({ id: "u_root" })
