/**
 * The storage port's specification, as cases that any test runner can run.
 *
 * @module
 */
import { accountCases } from "./account-cases.ts"
import { type ConformanceCase, casesOver } from "./case.ts"
import { commitCases } from "./commit-cases.ts"
import { contextCases } from "./context-cases.ts"
import { holdCases } from "./hold-cases.ts"
import { hostTransactionCases } from "./host-transaction-cases.ts"
import { invitationCases } from "./invitation-cases.ts"
import { keyCases } from "./key-cases.ts"
import { keyRowCases } from "./key-row-cases.ts"
import { membershipCases } from "./membership-cases.ts"
import { outboxCases } from "./outbox-cases.ts"
import { platformCases } from "./platform-cases.ts"
import { projectCases } from "./project-cases.ts"
import { projectOfferCases } from "./project-offer-cases.ts"
import { raceCases } from "./race-cases.ts"
import { rowCases } from "./row-cases.ts"
import type { Check, OpenStore } from "./scene.ts"
import { secretCases } from "./secret-cases.ts"
import { tenantCases } from "./tenant-cases.ts"
import { transactionCases } from "./transaction-cases.ts"
import { usageCases } from "./usage-cases.ts"
import { usageRaces } from "./usage-races.ts"
import { userCases } from "./user-cases.ts"

const CHECKS: readonly Check[] = [
  ...rowCases,
  ...commitCases,
  ...raceCases,
  ...transactionCases,
  ...hostTransactionCases,
  ...membershipCases,
  ...invitationCases,
  ...projectCases,
  ...projectOfferCases,
  ...contextCases,
  ...tenantCases,
  ...outboxCases,
  ...keyRowCases,
  ...keyCases,
  ...secretCases,
  ...accountCases,
  ...usageCases,
  ...usageRaces,
  ...holdCases,
  ...platformCases,
  ...userCases,
]

/**
 * Every case, over stores that `open` opens anew for each: its storage must be empty. Skip a case whose `needs` the
 * store cannot meet; an adapter is right when all others pass.
 *
 * ```ts
 * for (const { name, run } of storeConformance(open)) test(name, run)
 * ```
 */
export const storeConformance = (open: () => Promise<OpenStore>): readonly ConformanceCase[] => casesOver(CHECKS, open)
