/** Agents and whom they made, as the rows of a tree. */
import type { Agent } from '@/wire'

export interface TreeRow {
  readonly agent: Agent
  /** From 1, as screen readers count. */
  readonly level: number
  readonly place: number
  readonly siblings: number
  /** How many agents are below it, at any depth. */
  readonly below: number
  /** Null for one without agents of its own. */
  readonly open: boolean | null
  readonly parent: string | null
}

/** The rows that are to be seen. One whose maker is not known stands under the first: nobody is lost. */
export function treeRows(top: Agent, below: readonly Agent[], folded: ReadonlySet<string>): TreeRow[] {
  const children = childrenOf(top, below)
  const rows: TreeRow[] = []
  const visit = (agent: Agent, level: number, place: number, siblings: number, parent: string | null) => {
    const own = children.get(agent.id) ?? []
    const open = own.length ? !folded.has(agent.id) : null
    rows.push({ agent, level, place, siblings, below: countBelow(agent.id, children), open, parent })
    if (open) own.forEach((child, at) => visit(child, level + 1, at + 1, own.length, agent.id))
  }
  visit(top, 1, 1, 1, null)
  return rows
}

function childrenOf(top: Agent, below: readonly Agent[]): Map<string, Agent[]> {
  const known = new Set([top.id, ...below.map(({ id }) => id)])
  const children = new Map<string, Agent[]>()
  for (const agent of below) {
    const parent = agent.parent_id !== null && known.has(agent.parent_id) && agent.parent_id !== agent.id ? agent.parent_id : top.id
    children.set(parent, [...(children.get(parent) ?? []), agent])
  }
  return children
}

function countBelow(id: string, children: ReadonlyMap<string, readonly Agent[]>): number {
  return (children.get(id) ?? []).reduce((sum, child) => sum + 1 + countBelow(child.id, children), 0)
}

/** Where a key leads: to a row, or to a fold that opens or closes. Null: the key is none of the tree's. */
export function treeKey(key: string, rows: readonly TreeRow[], at: number): { to: number } | { fold: string } | null {
  const row = rows[at]
  if (!row) return null
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(at + 1, rows.length - 1) }
    case 'ArrowUp':
      return { to: Math.max(at - 1, 0) }
    case 'Home':
      return { to: 0 }
    case 'End':
      return { to: rows.length - 1 }
    case 'ArrowRight':
      return row.open === false ? { fold: row.agent.id } : { to: row.open ? at + 1 : at }
    case 'ArrowLeft':
      return row.open ? { fold: row.agent.id } : { to: Math.max(0, rows.findIndex(({ agent }) => agent.id === row.parent)) }
    default:
      return null
  }
}

/** What the whole tree has come to. */
export function totals(top: Agent, below: readonly Agent[]): { agents: number; steps: number; tokens: number; usd: number } {
  const all = [top, ...below]
  const sum = (of: (agent: Agent) => number) => all.reduce((so, agent) => so + of(agent), 0)
  return { agents: all.length, steps: sum(({ steps }) => steps), tokens: sum(({ tokens }) => tokens), usd: sum(({ cost_usd }) => cost_usd) }
}
