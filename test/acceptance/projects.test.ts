/** Organizations with administrators, developers, billing managers and viewers. */
import { beforeEach, describe, expect, it } from "vitest"
import { projects } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const ana = person("ana")
const [second, dev, bill, view] = [person("second"), person("dev"), person("bill"), person("view")]

async function organization() {
  const here = world(projects)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(ana, { name: "Client One" })
  const invite = async (who: typeof ana, role: "administrator" | "developer" | "billingManager" | "viewer") => {
    await tenantry.invitations.send(ana, { organizationId, email: who.email, role })
    return tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
  }
  return { ...here, organizationId, invite }
}

let at: Awaited<ReturnType<typeof organization>>
beforeEach(async () => {
  at = await organization()
})
