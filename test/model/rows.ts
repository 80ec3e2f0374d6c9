/**
 * The model's rows, and refusals.
 *
 * @module
 */

/** A refusal, by its code. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}
/** Refuses with that code. */
export const refuse = (code: string): never => {
  throw new Refused(code)
}

export type Row = { id: string; revision: number }
export type Member = Row & { userId: string; email: string; name: string | null; role: string; metadata: object }
export type Role = Row & { name: string; description: string | null; permissions: readonly string[] }
/** Somebody's role in one project. */
export type Place = Row & { userId: string; email: string; name: string | null; role: string }
export type Project = Row & { name: string; isArchived: boolean; places: Map<string, Place> }
export type ProjectOffer = Readonly<{ projectId: string; role: string }>
export type Invitation = Row & {
  email: string
  role: string | null
  projects: readonly ProjectOffer[]
  status: "pending" | "accepted" | "declined" | "cancelled"
  sentAt: number
  inviter: Inviter | null
  acceptedBy: string | null
  letter: Letter
}
/** A person, or with `keyId` an organization's key. */
export type Inviter = Readonly<{ id: string | null; keyId: string | null; name: string | null; email: string | null }>
/** One e-mail with a token. The invitation's `letter` is the one whose token is live. */
export type Letter = {
  readonly organization: Organization
  readonly invitation: Invitation
  state: "queued" | "sent" | "dropped" | "dead"
  attempts: number
  /** Until when it waits, as it does for a suspension. */
  waitsUntil: number
  token: string | null
}
export type Holder =
  | Readonly<{ type: "organization" }>
  | Readonly<{ type: "member"; userId: string; membershipId: string }>
  | Readonly<{ type: "person"; userId: string }>
export type ApiKey = Row & {
  readonly organization: Organization | null
  /** The one project that it is bound to. */
  readonly project: Project | null
  readonly holder: Holder
  readonly createdBy: Readonly<{ type: string; id: string }>
  /** Users who were shown a secret of it that may still work. */
  shownTo: readonly string[]
  name: string
  scopes: readonly string[]
  /** Every secret it ever had, the newest last. */
  secrets: string[]
  /** Until when the one before the newest works, or worked. */
  graceUntil: number | null
  enabled: boolean
  expiresAt: number | null
  revokedAt: number | null
  isDeleted: boolean
  ipRules: readonly string[]
  endpointRules: readonly string[]
  monthlyUnits: number | null
  /** To the minute. */
  lastUsed: number | null
}
export type Rules = { ipRules: readonly string[]; endpointRules: readonly string[]; revision: number }
export type OwnershipOffer = Readonly<{ membershipId: string; by: string; previousRole: string; expiresAt: number }>
export type Organization = {
  id: string
  name: string
  slug: string
  logo: string | null
  timezone: string
  metadata: object
  status: "active" | "suspended" | "deleted" | "purged"
  suspension: Readonly<{ reason: string | null; at: number }> | null
  deletedAt: number
  revision: number
  members: Map<string, Member>
  invitations: Invitation[]
  roles: Role[]
  projects: Project[]
  keys: ApiKey[]
  /** By organization or membership. */
  rules: Map<string, Rules>
  seatsReached: Readonly<{ period: string; percent: number; taken: number; cap: number }> | null
  ownershipOffer: OwnershipOffer | null
  /** `user:u_ada member.joined`, one for each entry. */
  activity: string[]
  /** How many entries subscribers were told of. */
  told: number
}
export type Subscription = {
  product: string
  plan: string
  status: string
  quota: number | null
  period: Readonly<{ start: number; end: number }> | null
  occurredAt: number
}
/** What a person or an organization pays with; a person's has keys and a revision of its own. */
export type Account = {
  readonly id: string
  revision: number
  readonly keys: ApiKey[]
  readonly subscriptions: Map<string, Subscription>
}

/** What `work` comes to, or the code of its refusal. */
export function codeOr<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}
