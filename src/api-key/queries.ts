/**
 * Reads of API keys, inside an organization or on one's own account.
 *
 * @module
 */
import * as z from "zod"
import { UserId } from "../kernel/actor.ts"
import { idSchema } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { accountQuery, inEither } from "../pipeline/account.ts"
import { found } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { inProject, isHolder, ofProject, ownSurrounding, surroundingOf, surroundingWants } from "./key-commands.ts"
import { apiKeyView } from "./key-view.ts"

const getHere = query({
  name: "apiKeys.get",
  input: () => inOrganization({ apiKeyId: idSchema("key"), ...inProject }),
  actors: ["user", "apiKey", "system"],
  evenWithoutSource: true,
  project: ({ input }) => input.projectId,
  wants: (asked) => ({
    apiKey: asked.input.apiKeyId,
    ...surroundingWants(asked),
  }),
  allow: ({ loaded, actor, caller }) => (isHolder(loaded.apiKey?.key, actor, caller) ? "inside" : "apiKeys.read"),
  answer: (context) => apiKeyView(found(ofProject(context.loaded.apiKey, context.input)), surroundingOf(context)),
})

const getOwn = accountQuery({
  name: "apiKeys.get",
  input: () => z.strictObject({ apiKeyId: idSchema("key") }),
  wants: ({ input, at }) => ({ apiKey: input.apiKeyId, billed: { at } }),
  answer: (context) => apiKeyView(found(context.loaded.apiKey), ownSurrounding(context)),
})

export const getKey = inEither(getHere, getOwn)

const listHere = query({
  name: "apiKeys.list",
  input: (limits) => inOrganization({ userId: UserId.optional(), ...inProject, ...pageFields(limits) }),
  actors: ["user", "apiKey", "system"],
  evenWithoutSource: true,
  project: ({ input }) => input.projectId,
  wants: (asked) => {
    const { userId: holder = null, projectId = null } = asked.input
    return {
      apiKeys: { holder, projectId, ...keyset(asked.input, asked.settings.limits) },
      ...surroundingWants(asked),
    }
  },
  allow: ({ input, actor }) => (actor.type === "user" && input.userId === actor.id ? "inside" : "apiKeys.read"),
  answer: (context) => {
    const surrounding = surroundingOf(context)
    return page(
      context.loaded.apiKeys,
      keyset(context.input, context.settings.limits),
      ({ key }) => key.id,
      (listed) => apiKeyView(listed, surrounding),
    )
  },
})

const listOwn = accountQuery({
  name: "apiKeys.list",
  input: (limits) => z.strictObject(pageFields(limits)),
  wants: ({ input, settings, at }) => ({
    apiKeys: { holder: null, projectId: null, ...keyset(input, settings.limits) },
    billed: { at },
  }),
  answer: (context) => {
    const surrounding = ownSurrounding(context)
    return page(
      context.loaded.apiKeys,
      keyset(context.input, context.settings.limits),
      ({ key }) => key.id,
      (listed) => apiKeyView(listed, surrounding),
    )
  },
})

export const listKeys = inEither(listHere, listOwn)
