/** The screens and who may see them. */
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { useAuth } from './stores/auth'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    /** Screens for people who are not signed in yet. */
    door?: boolean
    /** Screens for everybody, signed in or not. */
    open?: boolean
    /** Screens for administrators. */
    admin?: boolean
  }
}

const NAME = 'ApexAurum'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', component: () => import('./accounts/LoginView.vue'), meta: { title: 'Sign in', door: true } },
    { path: '/register', component: () => import('./accounts/RegisterView.vue'), meta: { title: 'Create your account', door: true } },
    {
      path: '/shared/councils/:token',
      alias: '/shared/council/:token',
      component: () => import('./councils/SharedView.vue'),
      props: true,
      meta: { title: 'A council', open: true },
    },
    {
      path: '/',
      component: () => import('./shell/AppShell.vue'),
      children: [
        { path: '', name: 'new', component: () => import('./thread/ThreadView.vue') },
        { path: 'c/:id', name: 'conversation', component: () => import('./thread/ThreadView.vue'), props: true },
        { path: 'settings', component: () => import('./settings/SettingsView.vue'), meta: { title: 'Settings' } },
        { path: 'device', component: () => import('./accounts/DeviceView.vue'), meta: { title: 'Connect a program' } },
        { path: 'usage', component: () => import('./usage/UsageView.vue'), meta: { title: 'Usage' } },
        { path: 'files', component: () => import('./files/FilesView.vue'), meta: { title: 'Files' } },
        { path: 'village/join', component: () => import('./village/realms/JoinView.vue'), meta: { title: 'An invitation' } },
        { path: 'village/:tab?', component: () => import('./village/VillagePage.vue'), props: true, meta: { title: 'Village' } },
        { path: 'agents', component: () => import('./agents/AgentsView.vue'), meta: { title: 'Agents' } },
        { path: 'agents/types', component: () => import('./agents/TypesView.vue'), meta: { title: 'Kinds of agents' } },
        { path: 'agents/:id', component: () => import('./agents/AgentPage.vue'), props: true, meta: { title: 'Agent' } },
        { path: 'agents/:id/steps', component: () => import('./agents/StepsView.vue'), props: true, meta: { title: 'Steps' } },
        { path: 'swarms', component: () => import('./swarms/SwarmsView.vue'), meta: { title: 'Swarms' } },
        { path: 'swarms/new', component: () => import('./swarms/NewSwarmView.vue'), meta: { title: 'New swarm' } },
        { path: 'swarms/:id', component: () => import('./swarms/SwarmPage.vue'), props: true, meta: { title: 'Swarm' } },
        { path: 'councils', component: () => import('./councils/CouncilsView.vue'), meta: { title: 'Councils' } },
        { path: 'councils/new', component: () => import('./councils/NewCouncilView.vue'), meta: { title: 'New council' } },
        { path: 'councils/:id', component: () => import('./councils/CouncilPage.vue'), props: true, meta: { title: 'Council' } },
        { path: 'tools', component: () => import('./tools/ToolsView.vue'), meta: { title: 'Tools' } },
        { path: 'runtime', component: () => import('./runtime/RuntimeView.vue'), meta: { title: 'Runtime', admin: true } },
        { path: ':path(.*)*', component: () => import('./shell/LostView.vue'), meta: { title: 'Nothing here' } },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const auth = useAuth()
  if (auth.status === 'unknown' && !auth.unreachable) await auth.restore()
  if (auth.status === 'out' && !to.meta.door) return { path: '/login', query: to.path === '/' ? {} : { next: to.fullPath } }
  if (auth.status === 'in' && to.meta.door) return nextPath(to)
  if (to.meta.admin && auth.user?.admin === false) return { path: '/' }
  return true
})

router.afterEach((to) => {
  if (to.meta.title) setTitle(to.meta.title)
  else if (to.name === 'new') setTitle(null)
})

/** The page a person wanted before signing in; only ever one of ours. */
export function nextPath(to: RouteLocationNormalized): string {
  const next = to.query.next
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

export function setTitle(title: string | null): void {
  document.title = title ? `${title} · ${NAME}` : NAME
}
