/** The one way to the server's HTTP: keeps the access token in memory, renews it, and turns problem+json into `ApiError`. */
import type { Problem, Tokens } from './wire'

const ROOT = '/api/v1'

export interface Asked {
  query?: Record<string, string | number | boolean | null | undefined>
  signal?: AbortSignal
  idempotencyKey?: string
  /** Ask without a token and without renewing one: sign-in itself. */
  bare?: boolean
}

export interface Upload extends Asked {
  /** The name of the form's field. */
  field?: string
  onProgress?: (share: number) => void
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null = null,
    readonly fields: Record<string, string> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(detail ?? title)
    this.name = 'ApiError'
  }

  /** The server could not be reached at all. */
  get offline(): boolean {
    return this.status === 0
  }
}

/** A sentence for people. */
export function errorText(error: unknown): string {
  if (error instanceof Error && 'title' in error && typeof error.title === 'string') {
    const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : null
    return detail && detail !== error.title ? `${error.title}: ${detail}`.replace(/([.!?]):/, '$1') : error.title
  }
  return error instanceof Error ? error.message : 'Something went wrong.'
}

export function createApi(fetcher: typeof fetch = (...call) => fetch(...call)) {
  let access: string | null = null
  let renewing: Promise<Tokens> | null = null
  let onSignedOut: () => void = () => undefined

  /** Renew the access token with the cookie. However many ask at once, one request goes out: the cookie is good for one. */
  function refresh(): Promise<Tokens> {
    renewing ??= acrossTabs(() => request<Tokens>('POST', '/auth/refresh', {}, { bare: true }))
      .then((tokens) => {
        access = tokens.access_token
        return tokens
      })
      .finally(() => {
        renewing = null
      })
    return renewing
  }

  async function request<T>(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<T> {
    const response = await authorised(path, asked, () => {
      const headers: Record<string, string> = { Accept: 'application/json' }
      if (body !== undefined) headers['Content-Type'] = 'application/json'
      return { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }
    })
    if (response.status === 204) return undefined as T
    return (await response.json()) as T
  }

  async function authorised(path: string, asked: Asked, make: () => RequestInit & { headers: Record<string, string> }) {
    const used = access
    let response = await send(path, asked, make())
    if (response.status === 401 && !asked.bare) {
      await renewAfter(used)
      response = await send(path, asked, make())
    }
    if (!response.ok) throw await problemOf(response)
    return response
  }

  /** Another call may have renewed the token while this one was on its way: then it only has to be used. */
  async function renewAfter(used: string | null): Promise<void> {
    if (access !== null && access !== used) return
    try {
      await refresh()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        access = null
        onSignedOut()
      }
      throw error
    }
  }

  async function send(path: string, asked: Asked, init: RequestInit & { headers: Record<string, string> }) {
    if (access && !asked.bare) init.headers.Authorization = `Bearer ${access}`
    if (asked.idempotencyKey) init.headers['Idempotency-Key'] = asked.idempotencyKey
    try {
      return await fetcher(ROOT + path + queryString(asked.query), { credentials: 'same-origin', signal: asked.signal, ...init })
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new ApiError(0, 'The server cannot be reached', 'Check your connection and try again.')
    }
  }

  async function sendAgain(send: (token: string | null) => Promise<FileAnswer>): Promise<FileAnswer> {
    const used = access
    const answer = await send(access)
    if (answer.status !== 401) return answer
    await renewAfter(used)
    return send(access)
  }

  return {
    get: <T>(path: string, asked?: Asked) => request<T>('GET', path, undefined, asked),
    post: <T>(path: string, body?: unknown, asked?: Asked) => request<T>('POST', path, body, asked),
    put: <T>(path: string, body?: unknown, asked?: Asked) => request<T>('PUT', path, body, asked),
    patch: <T>(path: string, body?: unknown, asked?: Asked) => request<T>('PATCH', path, body, asked),
    delete: <T>(path: string, asked?: Asked) => request<T>('DELETE', path, undefined, asked),
    async blob(path: string, asked: Asked = {}): Promise<Blob> {
      return (await authorised(path, asked, () => ({ method: 'GET', headers: {} }))).blob()
    },
    /** Send bytes as they are. */
    async putBytes<T>(path: string, data: Blob, asked: Asked = {}): Promise<T> {
      const response = await authorised(path, asked, () => ({ method: 'PUT', headers: { 'Content-Type': 'application/octet-stream' }, body: data }))
      return (await response.json()) as T
    },
    /** Send a file as multipart; `onProgress` gets the share that has gone out. */
    async upload<T>(path: string, file: File, asked: Upload = {}): Promise<T> {
      const form = new FormData()
      form.append(asked.field ?? 'file', file, file.name)
      return settled<T>(await sendAgain((token) => sendBody(ROOT + path + queryString(asked.query), form, token, asked)))
    },
    /** Post a file as it is; `onProgress` gets the share that has gone out. */
    async send<T>(path: string, file: Blob, asked: Upload = {}): Promise<T> {
      return settled<T>(await sendAgain((token) => sendBody(ROOT + path + queryString(asked.query), file, token, asked)))
    },
    refresh,
    setAccess(token: string | null): void {
      access = token
    },
    whenSignedOut(run: () => void): void {
      onSignedOut = run
    },
  }
}

export const api = createApi()

/** Two tabs that renew with the same cookie at once would look like a stolen one: the browser lets one tab in at a time. */
function acrossTabs<T>(run: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
  return locks ? (locks.request('apex.refresh', run) as Promise<T>) : run()
}

function queryString(query: Asked['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return given.length ? `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}` : ''
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => null)) as Problem | null
  const retry = Number(response.headers.get('Retry-After'))
  const title = problem?.title ?? (response.status >= 500 ? 'The server had a problem' : 'The request was refused')
  return new ApiError(response.status, title, problem?.detail ?? null, fieldErrors(problem), retry > 0 ? retry : null)
}

/** `errors` are {where: ["body", "email"], what} (serve/errors.py): one sentence a field. */
function fieldErrors(problem: Problem | null): Record<string, string> {
  const found: Record<string, string> = {}
  for (const error of problem?.errors ?? []) {
    const place = Array.isArray(error.where) ? error.where : []
    const name = String(place.at(-1) ?? '')
    const said = error.what
    if (name && typeof said === 'string') found[name] ??= said
  }
  return found
}

interface FileAnswer {
  status: number
  text: string
  retryAfter: string | null
}

async function settled<T>(answer: FileAnswer): Promise<T> {
  if (answer.status === 0) throw new ApiError(0, 'The server cannot be reached', 'Check your connection and try again.')
  const headers = { 'Content-Type': 'application/json', ...(answer.retryAfter ? { 'Retry-After': answer.retryAfter } : {}) }
  const response = new Response(answer.text, { status: answer.status, headers })
  if (!response.ok) throw await problemOf(response)
  return (await response.json()) as T
}

/** XMLHttpRequest, since fetch cannot tell how much of a body has gone out. */
function sendBody(url: string, body: Blob | FormData, token: string | null, asked: Upload) {
  return new Promise<FileAnswer>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    if (body instanceof Blob) request.setRequestHeader('Content-Type', 'application/octet-stream')
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`)
    if (asked.idempotencyKey) request.setRequestHeader('Idempotency-Key', asked.idempotencyKey)
    request.upload.onprogress = (event) => asked.onProgress?.(event.total ? event.loaded / event.total : 0)
    request.onload = () => resolve({ status: request.status, text: request.responseText || '{}', retryAfter: request.getResponseHeader('Retry-After') })
    request.onerror = () => resolve({ status: 0, text: '', retryAfter: null })
    request.onabort = () => reject(new DOMException('Aborted', 'AbortError'))
    asked.signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}
