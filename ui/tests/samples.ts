/** Whole wire objects of which a test only says what matters to it. */
import type { Conversation, Token, Tokens } from '@/wire'

export const ME = '00000000-0000-0000-0000-0000000000aa'

export function conversation(id: string, part: Partial<Conversation> = {}): Conversation {
  const moment = '2026-11-23T09:00:00Z'
  const plain = {
    ...{ id, title: id, model: null, agent: null, favorite: false, archived: false, tags: [], leaf_id: null },
    waiting: false,
  }
  return { ...plain, created_at: moment, updated_at: moment, ...part }
}

export function token(seq: string, content = seq, conversation_id = 'c'): Token {
  return { type: 'token', seq, conversation_id, turn_id: 't', message_id: 'm', content }
}

export function tokens(access: string): Tokens {
  const user = { id: ME, email: 'ada@example.org', display_name: 'Ada', created_at: '2026-11-23T09:00:00Z', admin: false }
  return { access_token: access, token_type: 'Bearer', expires_in: 900, refresh_token: null, user }
}
