/**
 * Idempotency keys: the same request given again is answered as before, without a second effect. One whose process died
 * before it was answered stays under way until it expires: nobody knows whether it was done, so that it is not done again.
 *
 * @module
 */
import { addHours } from "date-fns/addHours"
import { type AccountId, account } from "../billing/account.ts"
import type { ApiKeyActor, PlatformAdmin, User } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { port } from "../kernel/port.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Begun, IdempotencyStore } from "../store/idempotency.ts"
import { type HeaderFields, refusal } from "./problem.ts"

/** Hours that a request is remembered. */
const HOURS = 24

const KEY = /^[\x21-\x2b\x2d-\x7e]{1,255}$/

/** Whose request it is. */
type Sender = User | PlatformAdmin | ApiKeyActor

/** The account that a sender's requests are kept under. */
export function accountOf(sender: Sender): AccountId {
  if (sender.type !== "apiKey") return account.user(sender.id)
  const { holder, organizationId } = sender
  return holder.type === "organization" ? account.organization(organizationId ?? "") : account.user(holder.userId)
}

/** A response in the making, and what it holds the secret of. */
export type Answered = Readonly<{ status: number; headers: HeaderFields; body: string; secretOf: string | null }>

/** What is asked again is asked by the same sender, under the same key. */
export type Asking = Readonly<{ sender: Sender; key: string; request: readonly string[]; at: Date }>

/** Runs `work` once for each key; what is refused can be asked again. */
export async function once(
  store: IdempotencyStore,
  { sender, key, request, at }: Asking,
  work: () => Promise<Answered>,
): Promise<Answered> {
  if (!KEY.test(key)) throw refusal("bad_request", "expected an `Idempotency-Key` of 1 to 255 visible characters")
  const owner = accountOf(sender)
  const own = hashSecret(JSON.stringify([sender.type, sender.id, key]))
  const fingerprint = hashSecret(JSON.stringify(request))
  const begun = await port(() => store.begin(owner, own, fingerprint, addHours(at, HOURS), at))
  if (begun !== null) return repeated(begun, fingerprint)
  let answered: Answered
  try {
    answered = await work()
  } catch (error) {
    await quietly(() => store.forget(owner, own))
    throw error
  }
  const { secretOf, ...kept } = answered
  await quietly(() => store.finish(owner, own, secretOf === null ? kept : { secretOf }))
  return answered
}

/** What was done stays done, and what was refused refused, whether or not it can be kept. */
const quietly = (work: () => Promise<void>): Promise<void> => port(work).catch(() => undefined)

function repeated({ fingerprint, answer }: Begun, asked: string): Answered {
  if (fingerprint !== asked) throw new TenantryError("idempotency_mismatch", {})
  if (answer === null) throw new TenantryError("conflict", {})
  if ("secretOf" in answer) throw new TenantryError("idempotency_replay", { id: answer.secretOf })
  return { ...answer, secretOf: null }
}
