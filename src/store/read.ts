/**
 * The shape of one read: what is asked, what is found.
 *
 * @module
 */

/** A read's question and its answer, in types only. */
export type Read<Want, Found> = Readonly<{ want: Want; found: Found }>
