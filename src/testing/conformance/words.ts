/**
 * Text that is easily spoiled on its way into a store and back.
 *
 * @module
 */
export const WORDS = `Ünïcode 🏢 "quoted" 'single' \\ back\\slash; drop -- % _ \u2028 e\u0301`
