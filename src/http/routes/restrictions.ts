/**
 * Routes of restrictions: from where, and for what, keys may be used.
 *
 * @module
 */
import * as z from "zod"
import { restrictions } from "../../registry.ts"
import { type Answers, list } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { IpRule } from "./keys.ts"

/** The revision is the level's, of both kinds of its rules. */
const IpRules = z.object({ rules: list(IpRule), revision: z.int() })
const EndpointRules = z.object({ rules: list(z.string()), revision: z.int() })

export const restrictionAnswers: Answers = { IpRule, IpRules, EndpointRules }

const params = { memberId: "membershipId" }
const everyone = { without: ["membershipId"], answer: EndpointRules } as const
const example = { rules: ["GET /v1/cars/:vin", "* /v1/reports/**"] }

export const restrictionRoutes: readonly Route[] = [
  route("GET /organizations/ip-rules", restrictions.ipRules.list, {
    summary: "The addresses that keys may be used from; none restrict nothing",
    answer: IpRules,
  }),
  route("PUT /organizations/ip-rules", restrictions.ipRules.set, {
    summary: "Put a list of addresses in place of the one before",
    row: "organizationId",
    answer: IpRules,
    example: { rules: [{ cidr: "203.0.113.0/24" }], allowLockout: true },
  }),
  route("GET /organizations/endpoint-rules", restrictions.endpointRules.list, {
    summary: "The endpoints that keys may call, but for whoever owns the organization",
    ...everyone,
  }),
  route("PUT /organizations/endpoint-rules", restrictions.endpointRules.set, {
    summary: "Put a list of endpoints in place of the one before",
    row: "organizationId",
    ...everyone,
    example,
  }),
  route("GET /organizations/members/{memberId}/endpoint-rules", restrictions.endpointRules.list, {
    summary: "The endpoints that one member's keys may call",
    params,
    answer: EndpointRules,
  }),
  route("PUT /organizations/members/{memberId}/endpoint-rules", restrictions.endpointRules.set, {
    summary: "Put a list of one member's endpoints in place of the one before",
    params,
    row: "membershipId",
    answer: EndpointRules,
    example,
  }),
]
