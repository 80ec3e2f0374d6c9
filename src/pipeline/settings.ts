/**
 * What a host may set, and what holds when it does not.
 *
 * @module
 */
import * as z from "zod"
import { KeyTag } from "../api-key/key-secret.ts"
import { Plans } from "../billing/plan.ts"
import { MetadataSettings } from "../kernel/metadata.ts"
import { ApiName } from "../usage/usage.ts"

const count = (most: number) => z.int().min(1).max(most)

const LimitsSchema = z.strictObject({
  pendingInvitations: count(100_000).default(500),
  customRoles: count(10_000).default(100),
  apiKeys: count(1_000_000).default(1000),
  projects: count(1_000_000).default(1000),
  metadataBytes: count(1_000_000).default(8192),
  metadataDepth: count(64).default(5),
  page: count(1000).default(50),
  pageMax: count(1000).default(200),
  bulk: count(1000).default(100),
})

/** Bounds of one organization: pending invitations 500, custom roles 100, keys 1,000, projects 1,000, metadata 8 kB and depth 5, pages 50 of at most 200, bulk 100. */
export type Limits = z.output<typeof LimitsSchema>

/** The settings of a tenantry besides its policy and ports. */
export const SettingsSchema = z.strictObject({
  limits: LimitsSchema.prefault({}).refine(({ page, pageMax }) => page <= pageMax, "`page` is above `pageMax`"),
  seats: z.strictObject({ cap: count(1_000_000).nullable().default(null) }).prefault({}),
  invitations: z
    .strictObject({
      expireAfterHours: count(24 * 365).default(24 * 7),
      whenPending: z.enum(["refuse", "replace"]).default("refuse"),
    })
    .prefault({}),
  organizations: z
    .strictObject({
      deleteWithMembers: z.boolean().default(true),
      graceDays: count(3650).default(30),
      reservedSlugs: z
        .array(z.string().regex(/^[a-z0-9-]+$/, "expected a slug"))
        .readonly()
        .default([]),
    })
    .prefault({}),
  apis: z.array(ApiName).max(1000).readonly().nullable().default(null),
  apiKeys: z
    .strictObject({
      prefix: KeyTag.default("tk"),
      holders: z
        .array(z.enum(["organization", "member", "person"]))
        .min(1)
        .readonly()
        .default(["organization"]),
      revokeOnRemoval: z.boolean().default(false),
      recordStaleness: z.int().min(0).max(300).default(0),
    })
    .prefault({}),
  billing: z
    .strictObject({
      account: z.enum(["none", "owner", "organization"]).default("none"),
      plans: Plans.default(new Map()),
    })
    .prefault({}),
  metadata: MetadataSettings,
  usage: z
    .strictObject({
      mode: z.enum(["exact", "buffered"]).default("exact"),
      size: count(100_000).default(100),
      seconds: count(3600).default(1),
    })
    .prefault({}),
})

export type Settings = z.output<typeof SettingsSchema>

/** The slugs that nobody can choose. */
export const reservedSlugs = ({ organizations }: Settings): ReadonlySet<string> => new Set(organizations.reservedSlugs)

/** Every setting is optional. */
export type SettingsInput = z.input<typeof SettingsSchema>
