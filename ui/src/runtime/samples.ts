/** Whole wire objects of the runtime, of which a test only says what matters to it. */
import type { RuntimeHost, RuntimeState, RuntimeTurn, Timeline, TimelineSpan } from '@/wire'

const MOMENT = '2026-11-23T09:00:00Z'

export function host(part: Partial<RuntimeHost> = {}): RuntimeHost {
  const load = { cpu: 0.2, lag: 0.002, actors: 40, capacity: 5000, lease_seconds: 8.2, draining: false, alive: true }
  return { id: 'h', name: 'host/6f2a9c01d2e3/0', node: '6f2a9c01d2e3', pid: 4711, version: 2, started_at: MOMENT, ...load, ...part }
}

export function turn(part: Partial<RuntimeTurn> = {}): RuntimeTurn {
  const times = { age_seconds: 2.5, created_at: MOMENT, started_at: MOMENT, ended_at: null }
  return { id: 'turn-000001', conversation_id: 'conversation-000002', status: 'running', attempts: 1, ...times, ...part }
}

export function state(part: Partial<RuntimeState> = {}): RuntimeState {
  return {
    at: MOMENT,
    nodes: [{ node: '6f2a9c01d2e3', hosts: 1, actors: 40, capacity: 5000, cpu: 0.2, lag: 0.002 }],
    hosts: [host()],
    kinds: [{ kind: 'session', awake: 40, pending: 3, orphaned: 0 }],
    turns: [turn()],
    turns_in_flight: 1,
    recoveries: [],
    dashboard_url: null,
    ...part,
  }
}

export function part(kind: TimelineSpan['kind'], begin: number, end: number | null, more: Partial<TimelineSpan> = {}): TimelineSpan {
  return { kind, name: kind, step: null, begin, end, first_token: null, failed: false, ...more }
}

export function timeline(spans: TimelineSpan[], more: Partial<Timeline> = {}): Timeline {
  const seconds = Math.max(...spans.map((each) => each.end ?? each.begin))
  const turn = { turn_id: 't', conversation_id: 'c', status: 'completed' as const, attempts: 1, accepted_at: MOMENT }
  return { ...turn, seconds, spans, marks: [], whole: true, ...more }
}
