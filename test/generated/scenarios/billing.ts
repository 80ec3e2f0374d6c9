/**
 * Billing: how each operation succeeds and is refused, for an organization's account and for one's own.
 *
 * @module
 */
import { immediatePayments, type Payments } from "../../../src/billing/payments.ts"
import { command, own, read, type Scenario } from "../scenario.ts"

/** A provider that ends a subscription with its period, and one whose answer to a change is that it ended. */
const patient: Payments = {
  ...immediatePayments,
  cancel: async () => ({
    plan: "pro",
    status: "active",
    periodStart: new Date("2026-01-01T00:00:00.000Z"),
    periodEnd: new Date("2026-02-01T00:00:00.000Z"),
  }),
}
const ending: Payments = { ...immediatePayments, changePlan: async ({ plan }) => ({ plan, status: "cancelled" }) }

export const billing: readonly Scenario[] = [
  read("billing.quote"),
  read("billing.subscription", () => ({ product: "organization" })),
  own(
    "billing.subscription",
    null,
    () => ({ input: { product: "api" } }),
    () => ({ input: { product: "API" }, code: "invalid_input" }),
  ),
  command("billing.changePlan", "unchanged", ({ acme }, organizationId) => {
    const input = { organizationId, product: "api", plan: "max" }
    return { input, refused: { actor: acme.owner, input: { ...input, plan: "team" }, code: "invalid_input" } }
  }),
  command(
    "billing.changePlan",
    "unchanged",
    ({ acme }, organizationId) => {
      const input = { organizationId, plan: "max" }
      return { input, refused: { actor: acme.owner, input: { ...input, plan: "team" }, code: "invalid_input" } }
    },
    { as: "that the provider takes as the end", options: { payments: ending } },
  ),
  own(
    "billing.changePlan",
    "unchanged",
    () => ({ input: { plan: "max" } }),
    () => ({ input: { plan: "team" }, code: "invalid_input" }),
  ),
  command("billing.cancel", "unchanged", ({ acme }, organizationId) => {
    const seats = { organizationId, product: "organization" }
    return {
      input: { organizationId, product: "api" },
      refused: { actor: acme.owner, input: seats, code: "organization_not_empty" },
    }
  }),
  command(
    "billing.cancel",
    "unchanged",
    ({ acme }, organizationId) => {
      const seats = { organizationId, product: "organization" }
      return { input: { organizationId }, refused: { actor: acme.admin, input: seats, code: "forbidden" } }
    },
    { as: "with the end of its period", options: { payments: patient } },
  ),
  own(
    "billing.cancel",
    "unchanged",
    () => ({ input: { product: "api" } }),
    () => ({ input: { product: "API" }, code: "invalid_input" }),
  ),
]
