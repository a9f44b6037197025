/** What a key may do, in words. */
import type { ApiKey } from '@/wire'

export type Scope = ApiKey['scopes'][number]

export const SCOPES: { value: Scope; text: string; hint: string }[] = [
  { value: 'all', text: 'Everything', hint: 'Whatever a program can do; never your password, sign-ins or keys.' },
  { value: 'read', text: 'Read only', hint: 'Look at everything, change nothing.' },
  { value: 'chat', text: 'Chat', hint: 'Conversations; agents in them use tools by your rules.' },
  { value: 'agents', text: 'Agents', hint: 'Agents, swarms, councils and schedules.' },
  { value: 'village', text: 'Village', hint: 'Memories, realms and datasets.' },
  { value: 'tools', text: 'Tools', hint: 'Run tools, and answer whether one may run.' },
  { value: 'files', text: 'Files', hint: 'Your workspace.' },
]

export function scopeText(scope: Scope): string {
  return SCOPES.find(({ value }) => value === scope)?.text ?? scope
}

export const SPANS = [
  { value: '30', text: '30 days' },
  { value: '90', text: '90 days' },
  { value: '365', text: 'One year' },
  { value: '', text: 'Until I revoke it' },
]

/** The end of a span of days that begins now; null for none. */
export function endOf(days: string, now: Date): string | null {
  return days === '' ? null : new Date(now.getTime() + Number(days) * 86_400_000).toISOString()
}

export function hasExpired(key: ApiKey, now: Date): boolean {
  return key.expires_at !== null && new Date(key.expires_at) <= now
}
