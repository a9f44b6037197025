/** Councils at a server for tests: what was asked of it is noted, its events come when the test says so. */
import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'

import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import type { Council } from '@/wire'

import { council, listed } from './samples'

export class FakeCouncils {
  council: Council = council()
  /** What was asked, as `METHOD /path body`. */
  readonly asked: string[] = []
  /** Answers by `METHOD /path`. */
  readonly answers: Record<string, (body: Record<string, unknown>) => unknown> = {
    'GET /councils': () => ({ councils: [listed('c1', { status: 'running', winner: null }), listed('c2')], next_cursor: null }),
    'GET /councils/c1': () => this.council,
    'GET /models': () => ({ models: [], default: 'scripted' }),
    'GET /village/agents': () => ({ agents: [] }),
    'GET /tools/presets': () => ({ presets: [] }),
  }
  private readonly followers = new Map<string, (event: ChannelEvent) => void>()

  constructor() {
    setActivePinia(createPinia())
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => Promise.resolve(this.answer(new URL(path, 'http://here'), init)))
    vi.stubGlobal('ResizeObserver', class {
      observe = () => undefined
      unobserve = () => undefined
      disconnect = () => undefined
    })
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

  count(what: string): number {
    return this.asked.filter((one) => one === what).length
  }

  private answer(url: URL, init: RequestInit): Response {
    const what = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`
    this.asked.push([what, init.body ?? ''].filter(Boolean).join(' '))
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    const answer = this.answers[what]?.(body)
    if (answer instanceof Response) return answer
    if (answer !== undefined) return Response.json(answer)
    return Response.json({ title: `Nothing at ${what}` }, { status: 404 })
  }
}
