/** Two organizations that want one slug. */
import { expect, it } from "vitest"
import { workspace } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { layouts, stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]

const two = () =>
  stage(workspace, async ({ tenantry }) => ({
    acme: (await tenantry.organizations.create(ada, { name: "Acme", slug: "acme" })).id,
    beta: (await tenantry.organizations.create(bob, { name: "Beta", slug: "beta" })).id,
  }))

it.each(Object.entries(layouts))(
  "gives a slug to one of two organizations that rename to it (%s)",
  async (_, layout) => {
    const { found, race } = await two()
    await race(
      [
        ({ organizations }) => organizations.update(ada, { organizationId: found.acme, slug: "gamma" }),
        ({ organizations }) => organizations.update(bob, { organizationId: found.beta, slug: "gamma" }),
      ],
      ({ outcomes }) => expect(outcomes.toSorted()).toEqual(["done", "slug_taken"]),
      layout,
    )
  },
)

it("gives a slug to one that is renamed or to one that begins", async () => {
  const { found, race } = await two()
  await race(
    [
      ({ organizations }) => organizations.update(ada, { organizationId: found.acme, slug: "gamma" }),
      ({ organizations }) => organizations.create(cyd, { name: "Gamma", slug: "gamma" }),
    ],
    ({ outcomes }) => expect(outcomes.toSorted()).toEqual(["done", "slug_taken"]),
  )
})

it("hands a slug on only once it is free", async () => {
  const { found, race } = await two()
  await race([
    ({ organizations }) => organizations.update(ada, { organizationId: found.acme, slug: "gamma" }),
    ({ organizations }) => organizations.update(bob, { organizationId: found.beta, slug: "acme" }),
    ({ organizations }) => organizations.create(cyd, { name: "Cyd", slug: "beta" }),
  ])
})

it("lets two people rename one organization at once", async () => {
  const { found, race } = await two()
  await race(
    [
      ({ organizations }) => organizations.update(ada, { organizationId: found.acme, slug: "gamma", name: "Gamma" }),
      ({ organizations }) => organizations.update(ada, { organizationId: found.acme, slug: "delta" }),
    ],
    ({ outcomes, organizations }) => {
      expect(outcomes).toEqual(["done", "done"])
      expect(organizations.map(({ organization }) => organization.name)).toEqual(["Beta", "Gamma"])
    },
  )
})

it("keeps the slug of an organization that is deleted", async () => {
  const { found, race } = await two()
  await race(
    [
      ({ organizations }) => organizations.delete(ada, { organizationId: found.acme }),
      ({ organizations }) => organizations.create(cyd, { name: "Cyd", slug: "acme" }),
    ],
    ({ outcomes }) => expect(outcomes).toEqual(["done", "slug_taken"]),
  )
})
