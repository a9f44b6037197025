/** Lays out the reply graph of a thread: time goes down, who answers stands to the right of what they answer. */
import type { Knowledge, ThreadReply } from '@/wire'

export interface Node {
  readonly statement: Knowledge
  /** Its number in the order of the thread, from 1. */
  readonly number: number
  readonly column: number
  readonly row: number
  /** Numbers of the statements that it answers. */
  readonly answers: readonly number[]
}

export interface Edge {
  readonly key: string
  readonly from: Node
  readonly to: Node
}

export interface Graph {
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
  readonly columns: number
}

/** Deeper answers stay in the last column, so that a long exchange fits a phone. */
export const MOST_COLUMNS = 6

export function layOut(statements: readonly Knowledge[], replies: readonly ThreadReply[]): Graph {
  const nodes = new Map<string, Node>()
  for (const [row, statement] of statements.entries()) {
    const answered = replies.filter(({ from_id }) => from_id === statement.id).flatMap(({ to_id }) => nodes.get(to_id) ?? [])
    const column = answered.length ? Math.min(MOST_COLUMNS - 1, Math.max(...answered.map((node) => node.column)) + 1) : 0
    nodes.set(statement.id, { statement, number: row + 1, column, row, answers: answered.map(({ number }) => number) })
  }
  const edges = replies.flatMap(({ from_id, to_id }) => {
    const [from, to] = [nodes.get(from_id), nodes.get(to_id)]
    return from && to && from !== to ? [{ key: `${from_id} ${to_id}`, from, to }] : []
  })
  return { nodes: [...nodes.values()], edges, columns: Math.max(1, ...[...nodes.values()].map(({ column }) => column + 1)) }
}

export const COLUMN = 44
export const ROW = 44

export function placeOf({ column, row }: Pick<Node, 'column' | 'row'>): { x: number; y: number } {
  return { x: column * COLUMN + COLUMN / 2, y: row * ROW + ROW / 2 }
}

/** A curve from an answer up to what it answers. */
export function curveOf({ from, to }: Edge): string {
  const [a, b] = [placeOf(from), placeOf(to)]
  const bend = from.column === to.column ? COLUMN / 2 : 0
  return `M${a.x} ${a.y}C${a.x + bend} ${(a.y + b.y) / 2} ${b.x + bend} ${(a.y + b.y) / 2} ${b.x} ${b.y}`
}
