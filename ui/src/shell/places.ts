/** Where the sidebar leads to, beside the conversations. */
import type { IconName } from '@/parts/icons'

export const PLACES: readonly { to: string; text: string; icon: IconName }[] = [
  { to: '/village', text: 'Village', icon: 'village' },
  { to: '/agents', text: 'Agents', icon: 'agents' },
  { to: '/swarms', text: 'Swarms', icon: 'swarm' },
  { to: '/councils', text: 'Councils', icon: 'council' },
]
