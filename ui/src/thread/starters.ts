/** Ways to begin a conversation. */

export interface Starter {
  readonly title: string
  readonly hint: string
  /** Put into the composer; the person completes it. */
  readonly text: string
}

export const STARTERS: readonly Starter[] = [
  { title: 'Think a decision through', hint: 'Options, trade-offs, what to find out first', text: 'Help me think a decision through. I have to decide whether ' },
  { title: 'Explain something', hint: 'From the ground up, with an example', text: 'Explain to me, from the ground up and with an example, ' },
  { title: 'Write with me', hint: 'A letter, a plan, a page', text: 'Help me write ' },
  { title: 'Remember this', hint: 'What you tell me stays for later', text: 'Remember this for our later conversations: ' },
]

export function greeting(hour: number, name: string | null): string {
  const time = hour < 5 ? 'Good night' : hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening'
  const first = name?.trim().split(/\s+/)[0]
  return first ? `${time}, ${first}` : `${time}`
}
