/** A server for tests: what was asked of it is noted, its events come when the test says so. */
import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'

import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import { useAuth } from '@/stores/auth'

import { MOMENT } from './samples'

export const ME = '00000000-0000-0000-0000-0000000000aa'

type Answer = (body: Record<string, unknown>, query: URLSearchParams) => unknown

export class FakeServer {
  /** What was asked, as `METHOD /path ?query body`. */
  readonly asked: string[] = []
  /** Answers by `METHOD /path`. */
  readonly answers: Record<string, Answer> = {
    'GET /tools/presets': () => ({ default: 'standard', presets: [] }),
    'GET /models': () => ({ models: [], default: null }),
    'GET /village/agents': () => ({ agents: [] }),
    'GET /agents/types': () => ({ types: [], usual: {}, usual_of_many: {} }),
  }
  private readonly followers = new Map<string, Set<(event: ChannelEvent) => void>>()

  constructor() {
    localStorage.clear()
    setActivePinia(createPinia())
    useAuth().user = { id: ME, email: 'ada@example.org', display_name: 'Ada', created_at: MOMENT, admin: false }
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => Promise.resolve(this.answer(new URL(path, 'http://here'), init)))
    vi.spyOn(socket, 'follow').mockImplementation((channel, _after, run) => {
      const runs = this.followers.get(channel) ?? new Set()
      this.followers.set(channel, runs.add(run))
      return () => {
        runs.delete(run)
        if (!runs.size) this.followers.delete(channel)
      }
    })
  }

  get channels(): string[] {
    return [...this.followers.keys()]
  }

  tell(channel: string, event: ChannelEvent): void {
    this.followers.get(channel)?.forEach((run) => run(event))
  }

  times(what: string): number {
    return this.asked.filter((one) => one === what || one.startsWith(`${what} `)).length
  }

  private answer(url: URL, init: RequestInit): Response {
    const what = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`
    this.asked.push([what, decodeURIComponent(url.search), init.body ?? ''].filter(Boolean).join(' '))
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    const answer = this.answers[what]?.(body, url.searchParams)
    if (answer instanceof Response) return answer
    if (answer !== undefined) return Response.json(answer)
    return init.method === 'DELETE' ? new Response(null, { status: 204 }) : Response.json({ title: `Nothing at ${what}` }, { status: 404 })
  }
}
