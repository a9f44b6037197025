import { describe, expect, it } from 'vitest'
import { groupByDate, headingFor, neighbour } from '@/conversations/groups'
import { conversation } from './samples'

const now = new Date(2026, 10, 23, 9, 30)
const at = (month: number, day: number, hour = 12) => new Date(2026, month - 1, day, hour).toISOString()

describe('headings', () => {
  it.each([
    [new Date(2026, 10, 23, 0, 1), 'Today'],
    [new Date(2026, 10, 22, 23, 59), 'Yesterday'],
    [new Date(2026, 10, 16), 'Previous 7 days'],
    [new Date(2026, 9, 28), 'Previous 30 days'],
    [new Date(2026, 5, 3), 'June'],
    [new Date(2024, 5, 3), 'June 2024'],
    [new Date(2026, 10, 24), 'Today'],
  ])('%s stands under %s', (moment, heading) => {
    expect(headingFor(moment, now)).toBe(heading)
  })

  it('counts days and not hours when the clocks change', () => {
    expect(headingFor(new Date(2026, 9, 24, 23), new Date(2026, 9, 25, 23, 30))).toBe('Yesterday')
  })
})

it('lays out favourites first, then days, newest first, each heading once', () => {
  const rows = groupByDate(
    [
      conversation('old', { updated_at: at(6, 1) }),
      conversation('early', { updated_at: at(11, 23, 7) }),
      conversation('star', { updated_at: at(6, 2), favorite: true }),
      conversation('late', { updated_at: at(11, 23, 9) }),
    ],
    now,
  )

  expect(rows.map((row) => (row.kind === 'heading' ? `# ${row.text}` : row.key))).toEqual([
    '# Favourites',
    'star',
    '# Today',
    'late',
    'early',
    '# June',
    'old',
  ])
})

it('walks over headings and stays at the ends', () => {
  const rows = groupByDate([conversation('a', { updated_at: at(11, 23) }), conversation('b', { updated_at: at(6, 1) })], now)

  expect(neighbour(rows, 1, 1)).toBe(3)
  expect(neighbour(rows, 3, -1)).toBe(1)
  expect(neighbour(rows, 3, 1)).toBe(3)
  expect(neighbour(rows, 1, -1)).toBe(1)
})
