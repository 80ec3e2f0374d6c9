/**
 * The specification of stores of idempotency records, as cases that any test runner can run.
 *
 * @module
 */
import { deepEqual, equal } from "node:assert/strict"
import { account } from "../../billing/account.ts"
import { hashSecret } from "../../kernel/secret.ts"
import type { IdempotencyStore, KeptAnswer } from "../../store/idempotency.ts"
import { BUILT_AT } from "../builders.ts"
import { type ConformanceCase, casesOver } from "./case.ts"
import { later, MINUTE, times } from "./scene.ts"

/** Storage that holds nothing yet, opened twice: `other` as another process would, or the same where there is none. */
export type OpenIdempotency = Readonly<{
  store: IdempotencyStore
  other: IdempotencyStore
  close?: () => Promise<void>
}>

type Check = Readonly<{ name: string; run: (opened: OpenIdempotency) => Promise<void> }>

const [ada, bob] = [account.user("u_ada"), account.user("u_bob")]
const [key, fingerprint, another] = [hashSecret("key"), hashSecret("request"), hashSecret("another request")]
const END = later(MINUTE)

const ANSWER: KeptAnswer = {
  status: 201,
  headers: { "Content-Type": "application/json", ETag: '"2"' },
  body: `{ "name": "Ångström \u{1f600} \\u0000", "b":1, "a":2, "long": "${"x".repeat(100_000)}" }`,
}

/** Begins a request of ada's. */
const began = (store: IdempotencyStore, at: Date = BUILT_AT, expiresAt: Date = END, print: string = fingerprint) =>
  store.begin(ada, key, print, expiresAt, at)

const CHECKS: readonly Check[] = [
  {
    name: "begin keeps that a request is under way, and answers null; begun again, it answers the one there is",
    run: async ({ store, other }) => {
      equal(await began(store), null)
      for (const each of [store, other])
        deepEqual(await began(each, BUILT_AT, END, another), { fingerprint, answer: null })
    },
  },
  {
    name: "finish keeps the answer with the request, to the byte",
    run: async ({ store, other }) => {
      await began(store)
      await store.finish(ada, key, ANSWER)
      for (const each of [store, other]) deepEqual(await began(each), { fingerprint, answer: ANSWER })
      await store.begin(bob, key, fingerprint, END, BUILT_AT)
      await other.finish(bob, key, { secretOf: "key_1" })
      const found = await store.begin(bob, key, fingerprint, END, BUILT_AT)
      deepEqual(found, { fingerprint, answer: { secretOf: "key_1" } })
    },
  },
  {
    name: "an answer that is kept stays as it is",
    run: async ({ store, other }) => {
      await began(store)
      await store.finish(ada, key, ANSWER)
      await other.finish(ada, key, { secretOf: "key_1" })
      deepEqual(await began(store), { fingerprint, answer: ANSWER })
    },
  },
  {
    name: "a request expires at its instant, and not a millisecond earlier, answered or not",
    run: async ({ store }) => {
      for (const finish of [async () => undefined, () => store.finish(ada, key, ANSWER)]) {
        equal(await began(store), null)
        await finish()
        equal((await began(store, later(MINUTE - 1)))?.fingerprint, fingerprint)
        equal(await began(store, END, later(2 * MINUTE), another), null)
        deepEqual(await began(store, later(2 * MINUTE - 1)), { fingerprint: another, answer: null })
        await store.forget(ada, key)
      }
    },
  },
  {
    name: "of many at once, one begins",
    run: async ({ store, other }) => {
      const crowd = await Promise.all(times(20, (index) => began(index % 2 === 0 ? store : other)))
      equal(crowd.filter((found) => found === null).length, 1)
    },
  },
  {
    name: "of many that take over what has expired, one begins",
    run: async ({ store, other }) => {
      await began(store)
      await store.finish(ada, key, ANSWER)
      const crowd = await Promise.all(
        times(20, (index) => began(index % 2 === 0 ? store : other, END, later(2 * MINUTE), another)),
      )
      equal(crowd.filter((found) => found === null).length, 1)
      deepEqual(
        crowd.filter((found) => found !== null),
        times(19, () => ({ fingerprint: another, answer: null })),
      )
    },
  },
  {
    name: "a request that is forgotten can begin anew",
    run: async ({ store, other }) => {
      await began(store)
      await other.forget(ada, key)
      equal(await began(store, BUILT_AT, END, another), null)
      deepEqual(await began(store), { fingerprint: another, answer: null })
    },
  },
  {
    name: "requests are told apart by their account and their key",
    run: async ({ store }) => {
      await began(store)
      const organizations = account.organization("org_a")
      for (const each of [bob, account.user("U_ADA"), organizations]) {
        equal(await store.begin(each, key, another, END, BUILT_AT), null)
      }
      equal(await store.begin(ada, hashSecret("another key"), another, END, BUILT_AT), null)
      await store.forget(bob, key)
      await store.finish(organizations, key, ANSWER)
      deepEqual(await began(store), { fingerprint, answer: null })
    },
  },
  {
    name: "finish and forget do nothing where no request is",
    run: async ({ store }) => {
      await store.finish(ada, key, ANSWER)
      await store.forget(ada, key)
      equal(await began(store), null)
      deepEqual(await began(store), { fingerprint, answer: null })
    },
  },
]

/** Every case, over stores that `open` opens anew for each: their storage must be empty. */
export const idempotencyConformance = (open: () => Promise<OpenIdempotency>): readonly ConformanceCase[] =>
  casesOver(CHECKS, open)
