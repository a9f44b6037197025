/** Who is signed in. The refresh token lies in an HttpOnly cookie; the page only ever holds the access token, in memory. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, ApiError } from '@/api'
import { socket } from '@/socket'
import type { Login, ProfileChange, Register, Tokens, User } from '@/wire'

const otherTabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('apex.auth')

export const useAuth = defineStore('auth', () => {
  const user = ref<User | null>(null)
  const status = ref<'unknown' | 'in' | 'out'>('unknown')
  const unreachable = ref(false)
  const name = computed(() => user.value?.display_name?.trim() || user.value?.email.split('@')[0] || '')

  /** Find out, once, whether the cookie still opens the door. */
  async function restore(): Promise<void> {
    unreachable.value = false
    try {
      enter(await api.refresh())
    } catch (error) {
      if (error instanceof ApiError && (error.offline || error.status >= 500)) unreachable.value = true
      else status.value = 'out'
    }
  }

  async function login(asked: Omit<Login, 'cookie'>): Promise<void> {
    enter(await api.post<Tokens>('/auth/login', { ...asked, cookie: true }, { bare: true }))
  }

  async function register(asked: Omit<Register, 'cookie'>): Promise<void> {
    enter(await api.post<Tokens>('/auth/register', { ...asked, cookie: true }, { bare: true }))
  }

  async function logout(): Promise<void> {
    await api.post('/auth/logout', {})
    otherTabs?.postMessage('out')
    leave('/login')
  }

  async function changeProfile(change: ProfileChange): Promise<void> {
    user.value = await api.put<User>('/user/profile', change)
  }

  function enter(tokens: Tokens): void {
    api.setAccess(tokens.access_token)
    user.value = tokens.user
    status.value = 'in'
    socket.start()
  }

  /** A fresh page: nothing that one person saw is left in memory for the next. */
  function leave(path: string): void {
    socket.end()
    location.assign(path)
  }

  api.whenSignedOut(() => {
    if (status.value === 'in') leave(`/login?next=${encodeURIComponent(location.pathname)}`)
  })
  otherTabs?.addEventListener('message', () => leave('/login'))

  return { user, status, unreachable, name, restore, login, register, logout, changeProfile }
})
