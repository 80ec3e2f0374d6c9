/** The memory store does what the model says. */
import { describe } from "vitest"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { agrees } from "./agrees.ts"

describe("over the memory store", () => agrees(async () => ({ store: memoryStore() })))
