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
export type Member = Row & { userId: string; email: string; name: string | null; role: string }
export type Role = Row & { name: string; description: string | null; permissions: readonly string[] }
export type Invitation = Row & {
  email: string
  role: string
  status: "pending" | "accepted" | "declined" | "cancelled"
  sentAt: number
  inviter: Readonly<{ id: string; name: string | null; email: string }> | null
  acceptedBy: string | null
  letter: Letter
}
/** One e-mail with a token. The invitation's `letter` is the one whose token is live. */
export type Letter = {
  readonly organization: Organization
  readonly invitation: Invitation
  state: "queued" | "sent" | "dropped" | "dead"
  attempts: number
  token: string | null
}
export type Organization = {
  id: string
  name: string
  slug: string
  logo: string | null
  timezone: string
  metadata: object
  deleted: boolean
  revision: number
  members: Map<string, Member>
  invitations: Invitation[]
  roles: Role[]
  /** `user:u_ada member.joined`, one for each entry. */
  activity: string[]
  /** How many entries subscribers were told of. */
  told: number
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
