/**
 * Sessions: who sees which writes. Outside a transaction a write stands at once. Inside one, writes are kept apart and
 * put in place only while that transaction takes a step, so that nobody else ever waits to read or sees them early.
 *
 * @module
 */
import { TenantryError } from "../../kernel/error.ts"
import type { Write } from "./table.ts"

/** Performs a write inside a step. */
export type Perform = (write: Write) => void

/** One view of the store: everybody's, or a transaction's own. */
export interface Session {
  readonly inTransaction: boolean
  /** Runs `work` over what this session sees, in one synchronous step; its writes stay only if it returns. */
  step<T>(work: (perform: Perform) => T): T
  /** Runs `work`, at once and synchronously unless another transaction holds one of these keys. */
  whenFree<T>(keys: readonly string[], work: () => T): Promise<T>
  /** Whether another transaction holds that key. */
  isHeld(key: string): boolean
  /** Inside a transaction: keeps others off these keys until it ends. */
  hold(keys: readonly string[]): void
  /** Runs `work` in a transaction of its own, or in a part of this one that can fail alone. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}

/** The keys one transaction holds, and whom it waits for. */
type Holder = Readonly<{ keys: Set<string>; waitsFor: Set<Holder>; ended: Promise<void> }>

/** A transaction or a part of one: what it would write. */
type Frame = Readonly<{ outer: Frame | null; holder: Holder; writes: Write[] }>

/** Everybody's session. A call waits at most `timeout` milliseconds for transactions to end. */
export function openSession(timeout: number): Session {
  const held = new Map<string, Holder>()
  let present: Readonly<{ frame: Frame; undo: Write[] }> | null = null

  /** Makes the store look as `frame` sees it. Steps of one transaction in a row find it so already. */
  function show(frame: Frame | null): void {
    if (present?.frame === frame) return
    if (present !== null) takeBack(present.undo)
    present = frame === null ? null : { frame, undo: writesOf(frame).map((write) => write()) }
  }

  function step<T>(frame: Frame | null, work: (perform: Perform) => T): T {
    show(frame)
    const undo: Write[] = []
    const writes: Write[] = []
    try {
      const result = work((write) => {
        undo.push(write())
        writes.push(write)
      })
      append(frame?.writes, writes)
      append(present?.undo, undo)
      return result
    } catch (error) {
      takeBack(undo)
      throw error
    }
  }

  const blocker = (holder: Holder | null, keys: readonly string[]): Holder | undefined =>
    keys.map((key) => held.get(key)).find((other) => other !== undefined && other !== holder)

  async function whenFree<T>(holder: Holder | null, keys: readonly string[], work: () => T): Promise<T> {
    let patience: Patience | null = null
    try {
      for (let other = blocker(holder, keys); other !== undefined; other = blocker(holder, keys)) {
        patience ??= startPatience(timeout)
        await Promise.race([waitFor(holder, other), patience.exhausted])
      }
      return work()
    } finally {
      patience?.end()
    }
  }

  async function run<T>(
    outer: Frame | null,
    outerIsOpen: () => boolean,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    let end!: () => void
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const holder = outer?.holder ?? { keys: new Set(), waitsFor: new Set(), ended }
    const frame: Frame = { outer, holder, writes: [] }
    let open = true
    const isOpen = () => open && outerIsOpen()
    try {
      const result = await work(sessionOf(frame, isOpen))
      if (!isOpen()) throw overdue()
      keep(frame)
      return result
    } finally {
      open = false
      if (present?.frame === frame) show(null)
      if (outer === null) {
        for (const key of holder.keys) held.delete(key)
        end()
      }
    }
  }

  /** The writes of a transaction that succeeded stand, or become those of the transaction around it. */
  function keep(frame: Frame): void {
    if (present?.frame === frame) {
      // What is in place already is exactly what shall stand.
      present = frame.outer === null ? null : { frame: frame.outer, undo: present.undo }
    } else {
      show(null)
      if (frame.outer === null) for (const write of frame.writes) write()
    }
    append(frame.outer?.writes, frame.writes)
  }

  const sessionOf = (frame: Frame | null, isOpen: () => boolean): Session => {
    const live = <T>(work: () => T): T => {
      if (isOpen()) return work()
      throw overdue()
    }
    const holder = frame?.holder ?? null
    return {
      inTransaction: frame !== null,
      step: (work) => live(() => step(frame, work)),
      whenFree: (keys, work) => whenFree(holder, keys, () => live(work)),
      isHeld: (key) => blocker(holder, [key]) !== undefined,
      hold(keys) {
        if (holder === null) return
        for (const key of keys) {
          held.set(key, holder)
          holder.keys.add(key)
        }
      },
      transaction: async (work) => live(() => run(frame, isOpen, work)),
    }
  }

  return sessionOf(null, () => true)
}

/** Waits for another transaction's end. Two that wait for each other would wait for ever: the second is refused. */
async function waitFor(holder: Holder | null, other: Holder): Promise<void> {
  if (holder === null) return other.ended
  if (waits(other, holder)) throw new TenantryError("conflict", { retry: "transaction" })
  holder.waitsFor.add(other)
  try {
    await other.ended
  } finally {
    holder.waitsFor.delete(other)
  }
}

const overdue = (): Error => new Error("the transaction has ended")

const waits = (holder: Holder, target: Holder): boolean =>
  [...holder.waitsFor].some((next) => next === target || waits(next, target))

const writesOf = (frame: Frame): readonly Write[] =>
  frame.outer === null ? frame.writes : [...writesOf(frame.outer), ...frame.writes]

function takeBack(undo: Write[]): void {
  for (let write = undo.pop(); write !== undefined; write = undo.pop()) write()
}

function append(list: Write[] | undefined, more: readonly Write[]): void {
  if (list !== undefined) for (const write of more) list.push(write)
}

/** A wait that ends in `unavailable`. */
type Patience = Readonly<{ exhausted: Promise<never>; end: () => void }>

function startPatience(milliseconds: number): Patience {
  let timer: ReturnType<typeof setTimeout> | undefined
  const exhausted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TenantryError("unavailable", {})), milliseconds)
  })
  return { exhausted, end: () => clearTimeout(timer) }
}
