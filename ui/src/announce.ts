/** Says a sentence to screen readers through the one polite live region of the shell. */
import { readonly, ref } from 'vue'

const said = ref('')
export const announcement = readonly(said)

export function announce(text: string): void {
  // The same sentence twice is only read twice when it differs: a trailing no-break space makes it so.
  said.value = said.value === text ? `${text}\u00a0` : text
}
