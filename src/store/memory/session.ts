/**
 * Sessions: who sees which writes. Outside a transaction a write stands at once. Inside one, writes are kept apart and
 * put in place only while that transaction takes a step, so that nobody else ever waits to read or sees them early.
 *
 * @module
 */
import { patience } from "../../kernel/queue.ts"
import type { Write } from "./table.ts"

/** Performs a write inside a step. */
export type Perform = (write: Write) => void

/** One view of the store: everybody's, or a transaction's own. */
export interface Session {
  readonly inTransaction: boolean
  /** Whether nothing has to be waited for: this is no transaction, and none holds a key. */
  isFree(): boolean
  /** Makes the store look as this session sees it, until another one does. */
  look(): void
  /** Runs `work` over what this session sees, in one synchronous step; its writes stay only if it returns. */
  step<T>(work: (perform: Perform) => T): T
  /** The same, once no other transaction holds one of these keys; inside a transaction they stay held to its end. */
  stepAlone<T>(keys: readonly string[], work: (perform: Perform) => T): Promise<T>
  /** Whether another transaction holds that key. */
  isHeld(key: string): boolean
  /** Inside a transaction: keeps others off these keys until it ends. */
  hold(keys: readonly string[]): void
  /** Runs `work` in a transaction of its own, or in a part of this one that can fail alone. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}

/** A transaction or a part of one, and what it would write; or, without `outer`, what stands. */
type Frame = {
  readonly outer: Frame | null
  readonly writes: Write[]
  /** When the whole transaction ends, and thereby whose the keys are that it holds. */
  readonly ended: Promise<void> | null
  isOpen: boolean
}

/** Everybody's session. A call waits at most `timeout` milliseconds for transactions to end. */
export function openSession(timeout: number): Session {
  const standing: Frame = { outer: null, writes: [], ended: null, isOpen: true }
  const held = new Map<string, Promise<void>>()
  /** What is in place, and how to get from there to what stands. */
  let shown = standing
  const undo: Write[] = []

  function takeBack(to: number): void {
    while (undo.length > to) undo.pop()?.()
  }

  /** Makes the store look as `frame` sees it. Steps of one transaction in a row find it so already. */
  function show(frame: Frame): void {
    if (shown === frame) return
    takeBack(0)
    shown = frame
    for (const write of writesOf(frame)) undo.push(write())
  }

  /** Makes writes that are in place part of `frame`. */
  function keep(frame: Frame, writes: readonly Write[]): void {
    shown = frame
    // Every counted request ends here, with an undo or two: to set the length takes several times as long.
    if (frame === standing) while (undo.length > 0) undo.pop()
    else for (const write of writes) frame.writes.push(write)
  }

  const place: Perform = (write) => {
    undo.push(write())
  }

  const placing =
    (writes: Write[]): Perform =>
    (write) => {
      place(write)
      writes.push(write)
    }

  function step<T>(frame: Frame, work: (perform: Perform) => T): T {
    requireOpen(frame)
    show(frame)
    const before = undo.length
    const writes: Write[] = []
    try {
      const result = work(frame === standing ? place : placing(writes))
      keep(frame, writes)
      return result
    } catch (error) {
      takeBack(before)
      throw error
    }
  }

  const holder = ({ ended }: Frame, keys: readonly string[]): Promise<void> | undefined =>
    keys.map((key) => held.get(key)).find((other) => other !== undefined && other !== ended)

  function hold({ ended }: Frame, keys: readonly string[]): void {
    if (ended !== null) for (const key of keys) held.set(key, ended)
  }

  async function stepAlone<T>(frame: Frame, keys: readonly string[], work: (perform: Perform) => T): Promise<T> {
    if (held.size > 0 && holder(frame, keys) !== undefined) {
      const { exhausted, end } = patience(timeout)
      try {
        for (let other = holder(frame, keys); other !== undefined; other = holder(frame, keys)) {
          await Promise.race([other, exhausted])
        }
      } finally {
        end()
      }
    }
    const result = step(frame, work)
    hold(frame, keys)
    return result
  }

  async function transaction<T>(outer: Frame, work: (session: Session) => Promise<T>): Promise<T> {
    requireOpen(outer)
    let end = () => {}
    const own = new Promise<void>((resolve) => {
      end = resolve
    })
    const frame: Frame = { outer, writes: [], ended: outer.ended ?? own, isOpen: true }
    try {
      const result = await work(sessionOf(frame))
      requireOpen(frame)
      show(frame)
      keep(outer, frame.writes)
      return result
    } finally {
      frame.isOpen = false
      show(standing)
      for (const [key, ended] of held) if (ended === own) held.delete(key)
      end()
    }
  }

  const sessionOf = (frame: Frame): Session => ({
    inTransaction: frame !== standing,
    isFree: () => frame === standing && held.size === 0,
    look: () => {
      requireOpen(frame)
      show(frame)
    },
    step: (work) => step(frame, work),
    stepAlone: (keys, work) => stepAlone(frame, keys, work),
    isHeld: (key) => holder(frame, [key]) !== undefined,
    hold: (keys) => hold(frame, keys),
    transaction: (work) => transaction(frame, work),
  })

  return sessionOf(standing)
}

const writesOf = ({ outer, writes }: Frame): readonly Write[] => (outer === null ? [] : [...writesOf(outer), ...writes])

function requireOpen(frame: Frame): void {
  for (let each: Frame | null = frame; each !== null; each = each.outer) {
    if (!each.isOpen) throw new Error("the transaction has ended")
  }
}
