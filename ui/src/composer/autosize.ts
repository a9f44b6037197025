/** Makes a text field as high as its text; its style says how high at most. */
export function growWithText(field: HTMLTextAreaElement): void {
  field.style.height = 'auto'
  field.style.height = `${String(field.scrollHeight)}px`
}
