/**
 * The mark on this library's statements, in a host's logs too.
 *
 * @module
 */
const MARK = "/* tenantry */ "

/** A statement of ours, so marked. */
export const marked = (text: string): string => MARK + text

/** Whether a statement is one of ours. */
export const isMarked = (text: string): boolean => text.startsWith(MARK)
