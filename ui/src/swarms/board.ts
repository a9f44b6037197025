/** The items of a swarm, ten thousand of them: no object of Vue's, so that an event costs no more than itself. */
import { shallowRef, type ShallowRef } from 'vue'

import type { SwarmItem } from '@/wire'

export type ItemStatus = SwarmItem['status']
export type Counts = Readonly<Record<ItemStatus, number>>

const NOTHING: Counts = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }

export class Board {
  /** Raised once for all that happened in a frame: who shows the items looks again then. */
  readonly version: ShallowRef<number> = shallowRef(0)
  readonly counts: ShallowRef<Counts> = shallowRef(NOTHING)
  /** Numbers that changed since `painted` was last called. */
  private readonly fresh = new Set<number>()
  private readonly items: (SwarmItem | undefined)[] = []
  /** What was told while the items were being read: it is newer than what is read. */
  private told: Map<number, SwarmItem> | null = null
  private first: number | null = null
  private frame = 0

  get size(): number {
    return this.items.length
  }

  at(place: number): SwarmItem | undefined {
    return this.items[place]
  }

  status(place: number): ItemStatus {
    return this.items[place]?.status ?? 'pending'
  }

  /** There are this many, known or not. */
  grow(total: number): void {
    if (total <= this.items.length) return
    for (let at = this.items.length; at < total; at += 1) this.fresh.add(at)
    this.items.length = total
    this.changed()
  }

  reading(): void {
    this.told ??= new Map()
  }

  /** Items in order; the very first tells from which number they are counted. */
  read(items: readonly SwarmItem[]): void {
    this.first ??= items[0]?.n ?? null
    for (const item of items) this.put(this.told?.get(item.n) ?? item)
    this.changed()
  }

  done(): void {
    for (const item of this.told?.values() ?? []) this.put(item)
    this.told = null
    this.changed()
  }

  tell(item: SwarmItem): void {
    this.told?.set(item.n, item)
    if (this.first === null) return
    this.put(item)
    this.changed()
  }

  /** The places that are to be painted anew. */
  painted(): number[] {
    const places = [...this.fresh]
    this.fresh.clear()
    return places
  }

  where(status: ItemStatus | null): number[] {
    const places: number[] = []
    for (let at = 0; at < this.items.length; at += 1) if (status === null || this.status(at) === status) places.push(at)
    return places
  }

  /** The next one of a status, round the end. */
  next(from: number, status: ItemStatus): number | null {
    for (let step = 1; step <= this.size; step += 1) {
      const at = (from + step) % this.size
      if (this.status(at) === status) return at
    }
    return null
  }

  stop(): void {
    cancelAnimationFrame(this.frame)
    this.frame = 0
  }

  /** An event leaves out an input that is long: it does not change. */
  private put(item: SwarmItem): void {
    const at = item.n - (this.first ?? 0)
    if (at < 0) return
    if (at >= this.items.length) this.grow(at + 1)
    this.items[at] = item.input === null ? { ...item, input: this.items[at]?.input ?? null } : item
    this.fresh.add(at)
  }

  private changed(): void {
    if (this.frame) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      this.counts.value = this.count()
      this.version.value += 1
    })
  }

  private count(): Counts {
    const counts = { ...NOTHING }
    for (let at = 0; at < this.items.length; at += 1) counts[this.status(at)] += 1
    return counts
  }
}
