/** A name for a command that no other will have: sent twice under it, it runs once. */
export function newCommandId(): string {
  // `crypto.randomUUID` is missing where a page comes over plain HTTP from another machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
