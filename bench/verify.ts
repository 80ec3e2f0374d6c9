/**
 * Verifying an API key: Tenantry beside a hash and one look-up, beside better-auth, among a million keys, and with junk.
 *
 * `--keys N` sets how many keys the large store holds.
 *
 * @module
 */
import { hash } from "node:crypto"
import { once } from "node:events"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { type MessagePort, parentPort, Worker } from "node:worker_threads"
import { mintSecret } from "../src/api-key/key-secret.ts"
import { randomIds } from "../src/kernel/id.ts"
import { hashSecret } from "../src/kernel/secret.ts"
import { workspace } from "../src/presets/presets.ts"
import type { EndpointRule, IpRule } from "../src/restriction/restriction.ts"
import { memoryStore } from "../src/store/memory/memory-store.ts"
import { createTenantry } from "../src/tenantry.ts"
import { aMembership, anOrganization, beginning } from "../src/testing/builders.ts"
import { anAccount, anApiKey, aRestriction, aSubscription, beginningAccount } from "../src/testing/key-builders.ts"
import { betterAuthKey } from "./better-auth-key.ts"
import { type Contestant, race, randomFrom, ratio, report, result } from "./report.ts"

const QUESTIONS = 2000
const PEERS_QUESTIONS = 50
const KEYS_EACH = 50
const FEW = 1000
const { values } = parseArgs({
  options: { keys: { type: "string", default: "1000000" }, strict: { type: "boolean" } },
})
const MANY = Number(values.keys)

const random = randomFrom(7)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const numbered = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

/** A text as a socket hands it over: what was put together here would be read piece by piece. */
const received = <Text extends string>(text: Text): Text => Buffer.from(text).toString("latin1") as Text

// Ten rules of each kind, and requests that fit them.
const ipRules = numbered(10, (at) => ({ cidr: `198.51.${at * 16}.0/20`, api: null })) as IpRule[]
const endpointRules = numbered(10, (at) => `${at % 2 ? "POST" : "GET"} /v1/things${at}/:id/parts`) as EndpointRule[]
const requests = numbered(QUESTIONS, () => {
  const [method = "", path = ""] = pick(endpointRules).split(" ")
  const ip = `198.51.${Math.floor(random() * 160)}.${Math.floor(random() * 256)}`
  const target = path.replace(":id", `t-${Math.floor(random() * 1e6)}`)
  return { ip: received(ip), method, path: received(target) }
})

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")
const used = () => {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A tenantry over that many active organization keys, committed through the port, and the secrets of all. */
async function worldOf(count: number) {
  const secrets = numbered(count, () => received(mintSecret(randomIds.keySecret())))
  const before = used()
  const store = memoryStore()
  const tenantry = createTenantry({
    preset: workspace,
    store,
    mailer: { sendInvitation: async () => undefined },
    acceptUrl: (token) => `https://app.example/join/${token}`,
    billing: { plans: [{ id: "pro", quota: 1e12 }] },
  })
  const at = new Date()
  for (let from = 0; from < count; from += KEYS_EACH) {
    const organization = anOrganization({ id: randomIds.id("org", at), timezone: "Europe/Berlin" })
    const owner = aMembership(organization, { id: randomIds.id("mem", at), role: "owner" })
    const keys = secrets.slice(from, from + KEYS_EACH).map((secret) =>
      anApiKey(organization, {
        id: randomIds.id("key", at),
        scopes: ["api.use"],
        secret: { hash: hashSecret(secret), hint: secret.slice(-4), expiresAt: null },
        rateLimit: { limit: 1_000_000, windowSeconds: 3600 },
      }),
    )
    const account = anAccount(owner.userId)
    await store.commit(
      beginning(organization, {
        memberships: { insert: [owner, aMembership(organization)] },
        restrictions: { insert: [aRestriction(organization, { ipRules, endpointRules })] },
        apiKeys: { insert: keys },
      }),
    )
    await store.accounts.commit(beginningAccount(account, { subscriptions: { insert: [aSubscription(account.id)] } }))
  }
  const stored = used() - before
  const { verify } = tenantry.apiKeys
  for (const [index, secret] of secrets.entries()) {
    const verdict = await verify(secret, requests[index % QUESTIONS])
    if (!verdict.ok) throw new Error(`refused: ${verdict.code}`)
  }
  return { secrets, verify, bytes: { stored: stored / count, counted: (used() - before) / count } }
}
type World = Awaited<ReturnType<typeof worldOf>>

/** Everybody is asked about the same keys, in an order that in a large store is never the same again. */
function contestants({ secrets, verify }: World, label: string) {
  const order = numbered(Math.max(100_000, secrets.length), () => pick(secrets))
  const keys = new Map(secrets.map((secret) => [hash("sha256", secret, "hex"), secret]))
  const look = (secret: string): boolean => keys.has(hash("sha256", secret, "hex"))
  const lookLater = async (secret: string): Promise<boolean> => look(secret)
  const junk = order.slice(0, QUESTIONS).map((secret) => secret.slice(0, -1) + (secret.endsWith("0") ? "1" : "0"))

  const asking = (name: string, ask: (from: number) => number | Promise<number>): Contestant => {
    let from = -QUESTIONS
    return {
      name: `${name}, ${label}`,
      operations: QUESTIONS,
      run: async () => {
        from = (from + QUESTIONS) % (order.length - QUESTIONS)
        const yes = await ask(from)
        if (yes !== QUESTIONS) throw new Error(`${name}: ${yes} answers of ${QUESTIONS}`)
        return yes
      },
    }
  }
  return {
    verify: asking("verify(secret, request)", async (from) => {
      let yes = 0
      for (let at = 0; at < QUESTIONS; at++) if ((await verify(order[from + at] as string, requests[at])).ok) yes++
      return yes
    }),
    look: asking("hash and Map", (from) => {
      let yes = 0
      for (let at = 0; at < QUESTIONS; at++) if (look(order[from + at] as string)) yes++
      return yes
    }),
    lookLater: asking("hash and Map, awaited", async (from) => {
      let yes = 0
      for (let at = 0; at < QUESTIONS; at++) if (await lookLater(order[from + at] as string)) yes++
      return yes
    }),
    junk: asking("a wrong checksum", async () => {
      let no = 0
      for (let at = 0; at < QUESTIONS; at++) {
        const verdict = await verify(junk[at] as string, requests[at])
        if (!verdict.ok && verdict.code === "malformed") no++
      }
      return no
    }),
  }
}

/** Answers how many of a round's questions were answered with yes, each time it is asked. */
async function serveBetterAuth(port: MessagePort): Promise<void> {
  const { secret, verify } = await betterAuthKey()
  port.on("message", async () => {
    let yes = 0
    for (let at = 0; at < PEERS_QUESTIONS; at++) if (await verify(secret)) yes++
    port.postMessage(yes)
  })
}

/** In a thread of its own: the async hooks that it turns on would slow every promise of Tenantry's too. */
function betterAuthContestant(worker: Worker): Contestant {
  return {
    name: "better-auth verifyApiKey, 1 key",
    operations: PEERS_QUESTIONS,
    run: async () => {
      worker.postMessage("verify")
      const [yes] = await once(worker, "message")
      if (yes !== PEERS_QUESTIONS) throw new Error(`better-auth: ${yes} answers of ${PEERS_QUESTIONS}`)
      return yes
    },
  }
}

async function compare(): Promise<void> {
  const few = await worldOf(FEW)
  const small = contestants(few, `${FEW} keys`)
  const worker = new Worker(new URL(import.meta.url))
  const peers = betterAuthContestant(worker)
  const timings = await race([small.verify, small.look, small.lookLater, small.junk, peers])
  await worker.terminate()
  const [verified, looked, lookedLater, junk, peer] = timings
  report("one process, keys of organizations, warm", timings, [
    result("of the time of a hash and a Map, in a plain loop", ratio(verified, looked), "most", 6),
    result("faster than better-auth", ratio(peer, verified), "least", 80),
    result("of a verification: a wrong checksum", ratio(junk, verified), "most", 0.5),
  ])
  console.log(`    ${ratio(verified, lookedLater).toFixed(2)} × a hash and a Map, each awaited`)

  const many = await worldOf(MANY)
  const large = contestants(many, `${MANY} keys`)
  const growth = await race([small.verify, small.look, large.verify, large.look])
  const [verifyFew, lookFew, verifyMany, lookMany] = growth
  const grown = ratio(verifyMany, verifyFew)
  const grownLook = ratio(lookMany, lookFew)
  report(`growth: from ${FEW} to ${MANY} keys, ${KEYS_EACH} to an organization`, growth, [
    result("of the growth of a hash and a Map", grown / grownLook, "most", 1.3),
  ])
  console.log(`    verify takes ${grown.toFixed(2)} × the time, a hash and a Map ${grownLook.toFixed(2)} ×`)
  console.log(`    ${many.bytes.stored.toFixed(0)} bytes a key, ${many.bytes.counted.toFixed(0)} once each was used`)
}

if (parentPort === null) await compare()
else await serveBetterAuth(parentPort)
