import { describe, expect, it, vi } from 'vitest'
import { ApiError, createApi, errorText } from '@/api'
import { tokens } from './samples'

interface Call {
  path: string
  token: string | null
}

/** A server that takes one access token and renews with `next`. */
function server({ good, next }: { good: string; next: string | null }) {
  const calls: Call[] = []
  let valid = good
  const fetcher = (async (path: string, init: RequestInit) => {
    const token = new Headers(init.headers).get('Authorization')?.slice('Bearer '.length) ?? null
    calls.push({ path, token })
    await Promise.resolve()
    if (path === '/api/v1/auth/refresh') {
      if (next === null) return json(401, { title: 'Signed out' })
      valid = next
      return json(200, tokens(next))
    }
    return token === valid ? json(200, { path }) : json(401, { title: 'The token has expired' })
  }) as typeof fetch
  const renewals = () => calls.filter((call) => call.path.endsWith('/auth/refresh')).length
  return { fetcher, calls, renewals }
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

describe('an expired token', () => {
  it('is renewed once for all calls that meet it, and each call is asked again', async () => {
    const { fetcher, renewals } = server({ good: 'nobody', next: 'second' })
    const api = createApi(fetcher)
    api.setAccess('first')

    const answers = await Promise.all(['/a', '/b', '/c'].map((path) => api.get<{ path: string }>(path)))

    expect(answers.map((answer) => answer.path)).toEqual(['/api/v1/a', '/api/v1/b', '/api/v1/c'])
    expect(renewals()).toBe(1)
  })

  it('is not renewed again for a call that was on its way when another renewed it', async () => {
    const { fetcher, calls, renewals } = server({ good: 'nobody', next: 'second' })
    let release: () => void = () => undefined
    const slow = new Promise<void>((resolve) => (release = resolve))
    const api = createApi((async (path: string, init: RequestInit) => {
      const answer = await fetcher(path, init)
      if (path === '/api/v1/slow' && answer.status === 401) await slow
      return answer
    }) as typeof fetch)
    api.setAccess('first')

    const late = api.get('/slow')
    await api.get('/quick')
    release()
    await late

    expect(renewals()).toBe(1)
    expect(calls.at(-1)).toEqual({ path: '/api/v1/slow', token: 'second' })
  })

  it('that cannot be renewed signs the person out and says so', async () => {
    const signedOut = vi.fn()
    const api = createApi(server({ good: 'nobody', next: null }).fetcher)
    api.setAccess('first')
    api.whenSignedOut(signedOut)

    await expect(api.get('/a')).rejects.toMatchObject({ status: 401 })

    expect(signedOut).toHaveBeenCalledOnce()
  })
})

it('does not renew when signing in is refused', async () => {
  const { fetcher, renewals } = server({ good: 'x', next: 'y' })

  await expect(createApi(fetcher).post('/auth/login', {}, { bare: true })).rejects.toBeInstanceOf(ApiError)

  expect(renewals()).toBe(0)
})

it('tells a problem with its fields and when to try again', async () => {
  const errors = [{ where: ['body', 'email'], what: 'This address is taken', code: 'x' }]
  const api = createApi((async () => json(429, { title: 'Slow down', detail: 'Two a second', errors }, { 'Retry-After': '3' })) as typeof fetch)

  const error = await api.get('/a').catch((caught: unknown) => caught as ApiError)

  expect(error).toMatchObject({ status: 429, fields: { email: 'This address is taken' }, retryAfter: 3, offline: false })
  expect(errorText(error)).toBe('Slow down: Two a second')
})

it('says that the server cannot be reached, but lets an abort be an abort', async () => {
  const away = createApi((() => Promise.reject(new TypeError('failed'))) as typeof fetch)
  const aborted = createApi((() => Promise.reject(new DOMException('Aborted', 'AbortError'))) as typeof fetch)

  await expect(away.get('/a')).rejects.toMatchObject({ offline: true })
  await expect(aborted.get('/a')).rejects.toMatchObject({ name: 'AbortError' })
})

it('leaves what was not asked out of the query', async () => {
  const { fetcher, calls } = server({ good: 'first', next: null })
  const api = createApi(fetcher)
  api.setAccess('first')

  await api.get('/list', { query: { q: 'a b', cursor: null, archived: false, tag: '' } })

  expect(calls[0]?.path).toBe('/api/v1/list?q=a+b&archived=false')
})
