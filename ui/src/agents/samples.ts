/** Whole wire objects of agents and swarms, of which a test only says what matters to it. */
import type { Agent, AgentType, AgentUpdate, AgentView, Budget } from '@/wire'

export const MOMENT = '2026-11-23T09:00:00Z'

export function agent(id: string, part: Partial<Agent> = {}): Agent {
  return {
    ...{ id, conversation_id: id, parent_id: null, root_id: part.parent_id ?? id, swarm_id: null, council_id: null, place: null },
    ...{ level: part.parent_id ? 1 : 0, agent_type: 'general', task: `Do ${id}`, model: null, status: 'running', waits_for: null, paused: false },
    ...{ retries: null, attempt: 1, result: null, error: null, steps: 1, tokens: 1000, cost_usd: 0.01 },
    ...{ created_at: MOMENT, started_at: MOMENT, completed_at: null },
    ...part,
  }
}

export function budget(part: Partial<Budget> = {}): Budget {
  return {
    ...{ usd: 1, usd_spent: 0.2, usd_held: 0, usd_asked: 0, usd_doubted: 0 },
    ...{ tokens: 100_000, tokens_spent: 20_000, tokens_held: 0, tokens_asked: 0, tokens_doubted: 0, calls_doubted: 0 },
    ...{ agents: 20, agents_made: 0, depth: 2, fan_out: 5, children: 0, deadline: '2026-11-23T10:00:00Z' },
    ...part,
  }
}

export function agentView(top: Agent, below: Agent[] = [], part: Partial<Budget> = {}): AgentView {
  return { agent: top, budget: budget(part), below }
}

export function update(told: Agent): AgentUpdate {
  return { type: 'agent_update', seq: '1-0', agent_id: told.id, status: told.status, agent: told }
}

export function agentType(name: string, part: Partial<AgentType> = {}): AgentType {
  return { name, built_in: true, description: `Is ${name}`, persona: '', model: null, tools: null, agent: null, budget: {}, ...part }
}

export const FAILED = { code: 'too_many_steps', title: 'It took too many steps.', detail: null, retryable: true }
