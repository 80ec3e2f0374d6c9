/**
 * A tenantry that is put through the same as the model, its mail, and whether the two agree at last.
 *
 * @module
 */
import { expect } from "vitest"
import type { Configuration } from "../../src/configuration.ts"
import {
  type Actor,
  type ApiKeyActor,
  attempt,
  createTenantry,
  type MessageView,
  type Page,
  system,
  type Tenantry,
} from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import type { Delivered } from "../../src/outbox/deliver.ts"
import type { Preset } from "../../src/presets/presets.ts"
import type { Store } from "../../src/store/store.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { fakeClock, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { agreeOnSecrets } from "./agree-keys.ts"
import { rowsOf, wrongsOfActivity } from "./invariants.ts"
import type { Model } from "./model.ts"
import { people } from "./people.ts"
import { codeOr } from "./rows.ts"

export type Settings = Pick<Configuration, "seats" | "limits" | "invitations" | "organizations" | "apiKeys" | "billing">
export type Tally = (operation: string, outcome: string) => void
export type World = ReturnType<typeof worldOver>

/** Port calls that write, but for what forgets a person: it is called again when there is nothing left. */
const WRITES = /commit|^usage\.|^outbox\.(?:claim|settle|retry|discard)|purge/

type Operation = (...args: readonly unknown[]) => Promise<unknown>

/** A tenantry over that store, with a clock and a mail server in the test's hands. */
export function worldOver(store: Store, preset: Preset, settings: Settings, tally: Tally) {
  const clock = fakeClock()
  const mail = inbox()
  const writes: string[] = []
  /** Of each organization, the numbers of the entries that subscribers were told of. */
  const heard = new Map<string, number[]>()
  const tenantry: Tenantry = createTenantry({
    ...settings,
    ...{ preset, clock, mailer: mail, ids: sequentialIds() },
    store: intercept(store, (call, proceed) => {
      if (WRITES.test(call)) writes.push(call)
      return proceed()
    }),
    acceptUrl: (token) => `https://app.example/join/${token}`,
    subscribers: {
      "*": ({ organizationId, seq }) => void heard.set(organizationId, [...(heard.get(organizationId) ?? []), seq]),
    },
  })
  const at = (operation: string): Operation =>
    operation.split(".").reduce<unknown>((object, name) => Reflect.get(object as object, name), tenantry) as Operation
  return {
    ...{ tenantry, store, preset, settings, clock, mail, heard, tally, writes },
    /** The keys that were let through, as actors, the latest last. */
    keyActors: [] as ApiKeyActor[],
    /** Of each quota, what was used and held when last compared. */
    taken: new Map<string, number>(),
    /** Of each organization, how many seats were taken when last compared. */
    seated: new Map<string, number>(),
    /** Every id there ever was. */
    seen: new Set<string>(),
    /** Of each organization, how many entries were compared. */
    compared: new Map<string, number>(),
    call: (operation: string, actor: Actor | null, input: object): Promise<unknown> =>
      operation === "invitations.preview"
        ? at(operation)(input)
        : /(?<!Rules)\.list/.test(operation)
          ? walk((cursor) => at(operation)(actor, { ...input, ...cursor }) as Promise<Page<unknown>>, input)
          : operation === "activity.export"
            ? lines(at(operation)(actor, input) as Promise<AsyncIterable<string>>, input)
            : at(operation)(actor, input),
  }
}

/** The rows of every page, each as long as was asked. */
async function walk(read: (cursor: object) => Promise<Page<unknown>>, { limit }: { limit?: number }) {
  const rows: unknown[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<unknown> = await read(cursor === undefined ? {} : { cursor })
    if (limit !== undefined && page.nextCursor !== null) expect(page.data).toHaveLength(limit)
    rows.push(...page.data)
    cursor = page.nextCursor
  }
  return rows
}

async function lines(file: Promise<AsyncIterable<string>>, { format }: { format?: string }): Promise<string[]> {
  const all: string[] = []
  for await (const line of await file) all.push(line)
  return format === "csv" ? all.slice(1) : all
}

/** Delivers until nothing is due, and learns the tokens that went out. */
export async function deliverAll(model: Model, { tenantry, mail, heard }: World): Promise<Delivered> {
  const queued = await walk((cursor) => tenantry.outbox.list({ state: "queued", ...cursor }), {})
  const subjects = new Map((queued as MessageView[]).map((message) => [message.id as string, message]))
  const seen = mail.all.length
  const tally = { sent: 0, dropped: 0, retried: 0, dead: 0 }
  for (let went = 1; went > 0; ) {
    const delivered = await tenantry.outbox.deliver()
    for (const [how, count] of Object.entries(delivered)) tally[how as keyof Delivered] += count
    went = Object.values(delivered).reduce((one, other) => one + other)
  }
  for (const message of mail.all.slice(seen)) {
    const { organizationId = "", subject = "" } = subjects.get(message.id) ?? {}
    const org = model.organizations.get(organizationId)
    const invitation = org?.invitations.find(({ id }) => id === subject)
    if (org === undefined || invitation === undefined) throw new Error(`an e-mail about ${subject}, which is not there`)
    const { email: to, role } = invitation
    expect(message).toMatchObject({ to, role, organizationName: org.name })
    invitation.letter.token = message.acceptUrl.split("/").at(-1) ?? ""
  }
  for (const { id, revision } of model.organizations.values()) {
    expect(heard.get(id)).toEqual(Array.from({ length: revision }, (_, at) => at + 1))
  }
  const waiting = model.letters.filter(({ state }) => state === "queued").length
  expect(await tenantry.outbox.health()).toMatchObject({ queued: waiting })
  return tally
}

/** What is looked at once, at the end: every secret and token there ever was, every chain, everybody's own. */
export async function agreeAtLast(model: Model, world: World): Promise<void> {
  const { tenantry, store, call } = world
  await agreeOnSecrets(model.keys.allKeys(), model, world)
  for (const { id, status, revision } of model.organizations.values()) {
    expect(wrongsOfActivity(await rowsOf(store, id as OrganizationId))).toEqual([])
    if (status === "deleted") continue
    const verified = await tenantry.activity.verify(system("audit"), { organizationId: id })
    expect(verified).toMatchObject({ ok: true, entries: revision })
  }
  const { operations } = model
  for (const secret of model.purged.secrets) {
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "not_found" })
  }
  for (const { token } of model.letters) {
    if (token === null) continue
    const found = await attempt(tenantry.invitations.preview({ token }))
    const opens = codeOr(() => operations["invitations.preview"](null, { token }))
    expect([token, found.ok]).toEqual([token, typeof opens === "function"])
  }
  for (const one of people) {
    if (!one.emailVerified) continue
    operations["invitations.listMine"](one)(await call("invitations.listMine", one, {}))
    for (const { id } of model.organizations.values()) {
      const access = codeOr(() => operations.access(one, { organizationId: id }))
      if (typeof access === "function") access(await tenantry.access(one, { organizationId: id }))
    }
  }
}
