/**
 * Tests that need a server.
 *
 * @module
 */
import { describe, it } from "vitest"

/**
 * Describes what holds with a server, which is null where none answers: then it is skipped and says so, or fails where
 * everything must be tested.
 */
export function describeWith<Server>(name: string, server: Server | null, work: (server: Server) => void): void {
  if (server !== null) {
    describe(name, () => work(server))
  } else if (process.env["CI"] === "true") {
    it(`${name}: a server answers`, () => {
      throw new Error("no server answers, and CI is to have one")
    })
  } else {
    describe.skip(`${name}: SKIPPED, no server answers there`, () => {
      it("is not tested", () => {})
    })
  }
}
