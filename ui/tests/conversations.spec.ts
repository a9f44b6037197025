import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useConversations } from '@/stores/conversations'
import { useToasts } from '@/stores/toasts'
import type { Conversation, ListedConversation } from '@/wire'
import { conversation, ME } from './samples'

const moment = (minute: number) => `2026-11-23T09:${String(minute).padStart(2, '0')}:00Z`

/** The conversations of one person behind the API's own words. */
class Shelf {
  items: Conversation[] = []
  asked: Record<string, string>[] = []
  broken = false

  fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(address, 'http://here')
    await Promise.resolve()
    if (init.method === 'GET') return json(this.page(Object.fromEntries(searchParams)))
    if (this.broken) return json({ title: 'No' }, 500)
    if (init.method === 'PATCH') return json(this.change(pathname, JSON.parse(String(init.body)) as object))
    return new Response(null, { status: 204 })
  }

  private page(query: Record<string, string>): { conversations: Omit<ListedConversation, 'match'>[]; next_cursor: string | null } {
    this.asked.push(query)
    const size = 3
    const from = Number(query.cursor ?? 0)
    const wanted = this.items.filter(
      (item) =>
        (query.archived === undefined || String(item.archived) === query.archived) &&
        (query.favorite === undefined || String(item.favorite) === query.favorite) &&
        (query.q === undefined || item.title?.includes(query.q)),
    )
    const next = from + size < wanted.length ? String(from + size) : null
    return { conversations: wanted.slice(from, from + size), next_cursor: next }
  }

  private change(path: string, body: object): Conversation {
    const id = path.split('/').at(-1)
    const found = this.items.find((item) => item.id === id) ?? expect.fail('unknown')
    Object.assign(found, body)
    return { ...found }
  }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

let shelf: Shelf
let store: ReturnType<typeof useConversations>
const ids = () => store.items.map((item) => item.id)

beforeEach(async () => {
  setActivePinia(createPinia())
  shelf = new Shelf()
  vi.stubGlobal('fetch', shelf.fetch)
  shelf.items = ['a', 'b', 'c', 'd', 'e'].map((id, at) => conversation(id, { updated_at: moment(50 - at) }))
  store = useConversations()
  store.live(ME)
  await vi.waitFor(() => expect(store.loaded).toBe(true))
})

it('reads on page by page, none twice', async () => {
  await store.loadMore()
  await store.loadMore()

  expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e'])
})

it('shows favourites that lie further down than was read', async () => {
  Object.assign(shelf.items[4] ?? {}, { favorite: true })
  store.live(ME)

  await vi.waitFor(() => expect(ids()).toContain('e'))
})

describe('a change', () => {
  it('is seen at once and taken back when the server refuses', async () => {
    shelf.broken = true

    const done = store.change('a', { title: 'New' })

    expect(store.find('a')?.title).toBe('New')
    await done
    expect(store.find('a')?.title).toBe('a')
    expect(useToasts().toasts).toHaveLength(1)
  })

  it('that archives takes it from the list, and Undo brings it back', async () => {
    await store.archive('a', true)
    expect(ids()).not.toContain('a')

    await useToasts().toasts[0]?.action?.run()

    expect(ids()).toContain('a')
  })
})

describe('deleting', () => {
  it('takes it away at once, and Undo brings it back', async () => {
    const done = store.remove('b')
    expect(ids()).not.toContain('b')
    await done

    await useToasts().toasts[0]?.action?.run()

    expect(ids()).toContain('b')
  })

  it('puts it back when the server refuses', async () => {
    shelf.broken = true

    await store.remove('b')

    expect(ids()).toContain('b')
  })
})

it('searches once for what was typed quickly', async () => {
  for (const text of ['d', 'd ', ' d']) store.search = text

  await vi.waitFor(() => expect(ids()).toEqual(['d']))
  expect(shelf.asked.filter((query) => 'q' in query)).toHaveLength(1)
  store.search = ''
  await vi.waitFor(() => expect(ids()).toContain('a'))
})
