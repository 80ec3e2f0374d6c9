/**
 * Stripe's webhook: events are verified, then told to `subscriptions.put`, which believes the newest, whatever order they
 * come in and how often. Signs events of its own, without a network, and ends: `npx tsx examples/stripe-webhook.ts`.
 *
 * @module
 */
import Stripe from "stripe"
import { account, createTenantry, type SubscriptionStatus, user } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { paidTeam } from "tenantry/presets"

const tenantry = createTenantry({
  preset: paidTeam,
  store: memoryStore(),
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: { sendInvitation: async ({ to }) => console.log(`mail to ${to}`) },
  billing: { plans: [{ id: "pro", quota: 1000 }] },
})

const stripe = new Stripe("sk_test_example")
const secret = "whsec_example"

/** Stripe's words for what is one of ours. */
const STATUS: Readonly<Record<string, SubscriptionStatus>> = {
  trialing: "trialing",
  active: "active",
  past_due: "past_due",
  paused: "paused",
  unpaid: "paused",
  canceled: "cancelled",
  incomplete: "incomplete",
  incomplete_expired: "cancelled",
}

/** The route that Stripe posts to. The signature is over the bytes as they came: read them before any parser does. */
async function webhook(request: Request): Promise<Response> {
  let event: Stripe.Event
  try {
    event = stripe.webhooks.constructEvent(await request.text(), request.headers.get("stripe-signature") ?? "", secret)
  } catch {
    return new Response("bad signature", { status: 400 })
  }
  if (!event.type.startsWith("customer.subscription.")) return new Response("not for us")
  const { metadata, items, status } = event.data.object as Stripe.Subscription
  const [item] = items.data
  const { organizationId, product = "api" } = metadata
  if (organizationId === undefined || item === undefined) return new Response("not for us")
  await tenantry.subscriptions.put(account.organization(organizationId), {
    product,
    plan: item.price.lookup_key ?? "",
    status: STATUS[status] ?? "incomplete",
    periodStart: new Date(item.current_period_start * 1000),
    periodEnd: new Date(item.current_period_end * 1000),
    occurredAt: new Date(event.created * 1000),
  })
  return new Response("ok")
}

const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })

/** What Stripe would post at that second. */
function posted(created: number, status: string, sign = secret): Request {
  const price = { id: "price_1", object: "price", lookup_key: "pro" }
  const item = {
    id: "si_1",
    object: "subscription_item",
    price,
    current_period_start: 1000,
    current_period_end: 2_678_400_000,
  }
  const object = {
    ...{ id: "sub_1", object: "subscription", status, metadata: { organizationId } },
    items: { object: "list", data: [item] },
  }
  const event = {
    id: `evt_${created}`,
    object: "event",
    type: "customer.subscription.updated",
    created,
    data: { object },
  }
  const body = JSON.stringify(event)
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: sign })
  return new Request("https://app.example/stripe", { method: "POST", headers: { "Stripe-Signature": header }, body })
}

async function tell(what: string, request: Request): Promise<void> {
  const response = await webhook(request)
  const { status, isActive } = await tenantry.billing.subscription(ada, { organizationId })
  console.log(`${what}: ${response.status}, ${status}, keys ${isActive ? "work" : "do not work"}`)
}

await tell("begun", posted(1000, "incomplete"))
await tell("paid", posted(1002, "active"))
await tell("paid, told again", posted(1002, "active"))
await tell("late: payment was tried", posted(1001, "incomplete"))
await tell("forged", posted(1003, "canceled", "whsec_other"))
await tell("cancelled", posted(1004, "canceled"))
const actions = ["subscription.changed", "subscription.cancelled"]
const { data } = await tenantry.activity.list(ada, { organizationId, actions })
console.log(data.map(({ action }) => action).join(", "))
