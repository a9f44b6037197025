/** Whole wire objects of swarms, of which a test only says what matters to it. */
import { budget, MOMENT } from '@/agents/samples'
import type { Swarm, SwarmItem, SwarmUpdate } from '@/wire'

export function swarm(id: string, part: Partial<Swarm> = {}): Swarm {
  return {
    ...{ id, name: `Swarm ${id}`, task: 'Sort {input}', agent_type: 'general', model: null, parallelism: 20, status: 'running', paused: false },
    ...{ closed: true, total: 4, completed: 0, failed: 0, reduce: null, reduce_agent_id: null, result: null, error: null, cost_usd: 0 },
    ...{ budget: budget(), created_at: MOMENT, started_at: MOMENT, completed_at: null },
    ...part,
  }
}

export function item(n: number, part: Partial<SwarmItem> = {}): SwarmItem {
  const plain = { status: 'pending', attempts: 0, agent_id: null, result: null, error: null, cost_usd: 0, completed_at: null } as const
  return { n, input: `input ${n}`, ...plain, ...part }
}

export function told(of: Swarm, one: SwarmItem | null = null, seq = '5-0'): SwarmUpdate {
  const { id, status, total, completed, failed, cost_usd } = of
  return { type: 'swarm_update', seq, swarm_id: id, status, total, completed, failed, cost_usd, item: one }
}

export const TROUBLE = { code: 'busy', title: 'The provider is busy.', detail: null, retryable: true }
