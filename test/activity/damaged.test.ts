/** An entry whose stored text is no longer what it was: lists and exports fail by name, verification says where. */
import { describe, expect, it } from "vitest"
import { platformAdmin } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const root = platformAdmin({ id: "u_root" })

/** A store that answers that in place of the third entry's text. */
function damaged(body: string): Store {
  const store = memoryStore()
  const spoil = <Row extends { seq: number; body: string }>(rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => (row.seq === 3 ? { ...row, body } : row))
  const load = async (...[id, wants]: Parameters<Store["load"]>) => {
    const found = await store.load(id, wants)
    return found?.entries === undefined ? found : { ...found, entries: spoil(found.entries) }
  }
  const entries: Store["platform"]["entries"] = async (by) => spoil(await store.platform.entries(by))
  return { ...store, load: load as Store["load"], platform: { ...store.platform, entries } }
}

describe.each(["{cut", "null", "[]", '{"actor":null}', '{"actor":{},"target":{}}'])("an entry that says %s", (body) => {
  it("is shown to nobody, and is named by verification", async () => {
    const { tenantry } = world(customRoles, { store: damaged(body) })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.platform.organizations.update(root, { organizationId, name: "Acme Inc." })
    const unavailable = refusal("unavailable")
    await expect(tenantry.activity.list(ada, { organizationId })).rejects.toMatchObject(unavailable)
    await expect(tenantry.platform.activity.list(root, {})).rejects.toMatchObject(unavailable)
    for (const format of ["jsonl", "csv"] as const) {
      const lines = async () => {
        for await (const line of await tenantry.activity.export(ada, { organizationId, format }))
          expect(line).toBeTruthy()
      }
      await expect(lines()).rejects.toMatchObject(unavailable)
    }
    expect(await tenantry.activity.verify(ada, { organizationId })).toMatchObject({ ok: false, brokenAt: 3 })
    const { data } = await tenantry.activity.list(ada, { organizationId, actions: ["organization.created"] })
    expect(data).toMatchObject([{ seq: 1 }])
  })
})
