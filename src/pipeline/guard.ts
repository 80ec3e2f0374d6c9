/**
 * Guards: code of the host's that runs between decision and commit. A guard may refuse; it can change nothing.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks"
import * as z from "zod"
import type { Action } from "../activity/activity.ts"
import type { Actor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { parseInput } from "../kernel/input.ts"
import { patience } from "../kernel/queue.ts"
import { line } from "../kernel/text.ts"
import type { OrganizationView } from "../organization/organization.ts"
import type { Event } from "../outbox/event.ts"

/** A fact as activity is about to record it. */
export type DecidedFact = { [A in Action]: Pick<Event<A>, "action" | "target" | "before" | "after"> }[Action]

/** What a guard is asked: frozen copies of what the command was given and of what it is about to commit. */
export type Question<Input = unknown, Seen = OrganizationView, Fact = DecidedFact> = Readonly<{
  actor: Actor
  input: Input
  /** As it stands; null for a command that begins one, and on a person's own account. */
  organization: Seen | null
  /** All that the command decided, in order; none of a change of plan, which the payment provider is asked about first. */
  facts: readonly Fact[]
  at: Date
}>

declare const refusal: unique symbol
/** A guard's no. */
export type GuardRefusal = Readonly<{ code: string; status: number; message: string; [refusal]: true }>

/** Host code that is asked before a commit. */
export type Guard<Asked = Question> = (asked: Asked) => GuardRefusal | undefined | Promise<GuardRefusal | undefined>

/** How long a guard may take, in milliseconds: others wait for their turn meanwhile. */
const GUARD_TIMEOUT = 5_000

const BRAND = Symbol.for("tenantry.refusal")

const Refusal = z.strictObject({
  code: z.string().regex(/^[A-Za-z][\w.-]{0,63}$/, "expected a code"),
  status: z.int().min(400).max(499),
  message: line(1, 500),
})

/** A guard's no: the command throws `refused` with that code as `details.hostCode`, that 4xx status and public message. */
export const refuse = (input: z.input<typeof Refusal>): GuardRefusal =>
  Object.freeze(Object.defineProperty({ ...parseInput(Refusal, input) }, BRAND, { value: true })) as GuardRefusal

const isRefusal = (answer: unknown): answer is GuardRefusal =>
  typeof answer === "object" && answer !== null && Object.hasOwn(answer, BRAND)

/** The guards of one tenantry. */
export type Guarding = Readonly<{
  /** Throws where a guard is running: what it would wait for waits for it. */
  requireOutside: () => void
  /** Throws `refused` where that command's guard says no. */
  ask: (name: string, question: () => Question) => Promise<void>
}>

/** Binds guards by the names of their commands; null for none, so that nothing is asked. */
export function guarding(guards: ReadonlyMap<string, Guard | undefined>): Guarding | null {
  if (guards.size === 0) return null
  const inside = new AsyncLocalStorage<true>()
  return {
    requireOutside: () => {
      if (inside.getStore()) throw new TenantryError("unavailable", {}, { message: "a guard cannot call Tenantry" })
    },
    ask: async (name, question) => {
      const guard = guards.get(name)
      if (guard === undefined) return
      const asked = frozen(question())
      const answer = await answered(() => inside.run(true, async () => guard(asked)))
      if (answer === undefined) return
      if (!isRefusal(answer)) throw new TenantryError("unavailable", {}, { message: `the guard of \`${name}\` failed` })
      const { code, status, message } = answer
      throw new TenantryError("refused", { hostCode: code }, { status, message })
    },
  }
}

/** What a guard answers in time; null where it fails. */
async function answered(work: () => Promise<unknown>): Promise<unknown> {
  const { exhausted, end } = patience(GUARD_TIMEOUT)
  try {
    return await Promise.race([work(), exhausted])
  } catch {
    return null
  } finally {
    end()
  }
}

/** A copy, frozen all the way down; an actor is one already. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  if (value instanceof Date) return new Date(value) as Value
  if (Array.isArray(value)) return Object.freeze(value.map(frozen)) as Value
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, frozen(each)]))) as Value
}
