/** A village for tests: what was asked of it is noted, its events come when the test says so. */
import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'

import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import { useAuth } from '@/stores/auth'
import type { Realm } from '@/wire'

import { ME, MOMENT, realm } from './samples'

export class FakeVillage {
  realms: Realm[] = [realm('home', { name: 'Home', home: true })]
  /** What was asked, as `METHOD /path ?query body`. */
  readonly asked: string[] = []
  /** Answers by `METHOD /path`. */
  readonly answers: Record<string, (body: Record<string, unknown>, query: URLSearchParams) => unknown> = {
    'GET /realms': () => ({ realms: this.realms }),
    'GET /agents': () => ({ agents: [] }),
    'GET /threads': () => ({ threads: [] }),
  }
  private readonly followers = new Map<string, (event: ChannelEvent) => void>()

  constructor() {
    localStorage.clear()
    setActivePinia(createPinia())
    useAuth().user = { id: ME, email: 'ada@example.org', display_name: 'Ada', created_at: MOMENT, admin: false }
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => Promise.resolve(this.answer(new URL(path, 'http://here'), init)))
    vi.spyOn(socket, 'follow').mockImplementation((channel, _after, run) => {
      this.followers.set(channel, run)
      return () => void this.followers.delete(channel)
    })
  }

  get channels(): string[] {
    return [...this.followers.keys()]
  }

  tell(channel: string, event: ChannelEvent): void {
    this.followers.get(channel)?.(event)
  }

  private answer(url: URL, init: RequestInit): Response {
    const what = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1/village', '')}`
    this.asked.push([what, decodeURIComponent(url.search), init.body ?? ''].filter(Boolean).join(' '))
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    const answer = this.answers[what]?.(body, url.searchParams)
    if (answer instanceof Response) return answer
    if (answer !== undefined) return Response.json(answer)
    return init.method === 'DELETE' ? new Response(null, { status: 204 }) : Response.json({ title: `Nothing at ${what}` }, { status: 404 })
  }
}
