/**
 * Slugs: the organization's name in a URL.
 *
 * @module
 */
import * as z from "zod"
import type { Branded } from "../kernel/id.ts"

/** 3–48 of `[a-z0-9]` with single inner hyphens, unique among all organizations not yet purged. */
export type Slug = Branded<"Slug">

const PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** A slug as input. */
export const Slug: z.ZodType<Slug, string> = z
  .string()
  .min(3)
  .max(48)
  .regex(PATTERN, "expected lower-case letters, digits and single inner hyphens")
  .transform((slug) => slug as Slug)

/** Words that paths and hosts use for themselves; a host adds its own with `reservedSlugs`. */
export const RESERVED_SLUGS: readonly string[] = [
  "about",
  "account",
  "admin",
  "api",
  "app",
  "assets",
  "auth",
  "billing",
  "blog",
  "dashboard",
  "docs",
  "help",
  "invitations",
  "invite",
  "join",
  "login",
  "logout",
  "mail",
  "new",
  "null",
  "oauth",
  "organizations",
  "pricing",
  "root",
  "security",
  "settings",
  "signin",
  "signup",
  "status",
  "support",
  "system",
  "team",
  "tenantry",
  "undefined",
  "user",
  "users",
  "webhooks",
  "www",
]

/** Length of the random suffix that tells a derived slug from one that is taken. */
const SUFFIX = 6

/**
 * The slug a name suggests: accents dropped, everything else between letters and digits one hyphen. `suffix` (from
 * `slugSuffix`) is appended where the bare slug is taken, reserved or too short.
 */
export function deriveSlug(name: string, suffix?: string): Slug {
  const words = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, suffix === undefined ? 48 : 48 - SUFFIX - 1)
    .replace(/^-+|-+$/g, "")
  return (suffix === undefined ? words : `${words === "" ? "org" : words}-${suffix}`) as Slug
}

/** Whether a derived slug may stand without a suffix. */
export const isUsable = (slug: string, reserved: ReadonlySet<string>): boolean =>
  slug.length >= 3 && !reserved.has(slug)

/** Six base-36 characters from a source of numbers in [0, 1). */
export function slugSuffix(random: () => number): string {
  return Array.from({ length: SUFFIX }, () => Math.floor(random() * 36).toString(36)).join("")
}
