// What is decided without a page: how inputs are read, where items stand, how they are painted, what is said.
import { describe, expect, it, vi } from 'vitest'

import { Board } from './board'
import { csvRows, guessFormat, MOST, readInputs, taskFor } from './inputs'
import { cellAt, gridKey, layoutOf, placeAt } from './layout'
import { paintCell, type Palette } from './paint'
import { item, swarm, TROUBLE } from './samples'
import { fileName } from './save'
import { deedsOf, inputText, itemText, paceText, progressText, reasonsOf } from './words'

describe('inputs', () => {
  it('are lines, without the empty ones', () => {
    expect(readInputs('one\r\n\n two \n', 'lines')).toEqual({ inputs: ['one', 'two'], failure: null, columns: [], skipped: 1 })
    expect(readInputs('  \n', 'lines').inputs).toEqual([])
  })

  it('are JSON, a value a line or an array; a bad line is named', () => {
    expect(readInputs('{"a": 1}\n"two"\n3\n', 'jsonl').inputs).toEqual([{ a: 1 }, 'two', 3])
    expect(readInputs('[1,\n 2]', 'jsonl').inputs).toEqual([1, 2])
    expect(readInputs('1\n\n{oops\n', 'jsonl')).toMatchObject({ inputs: [], failure: 'Line 3 is not JSON' })
  })

  it('are the rows of a table with the names of its columns, or one column', () => {
    const table = '\ufeffname,said\r\nAda,"Hello, ""world"""\r\nBo,"two\nlines"\r\n,\r\n'

    expect(readInputs(table, 'csv').inputs).toEqual([
      { name: 'Ada', said: 'Hello, "world"' },
      { name: 'Bo', said: 'two\nlines' },
    ])
    expect(readInputs(table, 'csv')).toMatchObject({ columns: ['name', 'said'], skipped: 1 })
    expect(readInputs(table, 'csv', 'name').inputs).toEqual(['Ada', 'Bo'])
  })

  it('may be separated by semicolons or tabs; an open quotation is found', () => {
    expect(csvRows('a;b\n1,5;2')).toEqual([['a', 'b'], ['1,5', '2']])
    expect(csvRows('a\tb\n1\t2\n')).toEqual([['a', 'b'], ['1', '2']])
    expect(csvRows('a,b\n"1,2')).toBeNull()
    expect(readInputs('a,b\n"1,2', 'csv').failure).toBe('A quotation mark is never closed')
  })

  it('are read quickly, ten thousand rows of them, and no more', () => {
    const rows = Array.from({ length: MOST }, (_, at) => `${at},"text ${at}, with ""marks"""`)
    const begun = performance.now()

    expect(readInputs(['n,text', ...rows].join('\n'), 'csv').inputs).toHaveLength(MOST)
    expect(performance.now() - begun).toBeLessThan(2000)
    expect(readInputs([...rows, 'one more'].join('\n'), 'lines').failure).toBe('10,001 inputs are too many: 10,000 at most')
  })

  it('are guessed by name and by look', () => {
    expect(['a.csv', 'a.jsonl', 'a.txt'].map((name) => guessFormat('x', name))).toEqual(['csv', 'jsonl', 'lines'])
    expect(['{"a":1}\n{"a":2}', '[1,\n2]', '[not json', 'plain'].map((text) => guessFormat(text))).toEqual(['jsonl', 'jsonl', 'lines', 'lines'])
  })

  it('take their place in the task, as the server has it', () => {
    expect(taskFor('Sort {input}, then {input}', '$& it')).toBe('Sort $& it, then $& it')
    expect(taskFor('Sort', { a: 1 })).toBe('Sort\n\n{\n  "a": 1\n}')
  })
})

describe('the grid', () => {
  it('has large cells for few items and small ones for many, all within its width', () => {
    expect([12, 300, 10_000].map((count) => layoutOf(count, 1000).pitch)).toEqual([40, 24, 10])
    expect(layoutOf(10_000, 1000)).toMatchObject({ columns: 100, rows: 100, width: 1000, height: 1000 })
    expect(layoutOf(10_000, 330).width).toBeLessThanOrEqual(330)
    expect(layoutOf(5, 0).columns).toBe(1)
  })

  it('finds the item under a point', () => {
    const layout = layoutOf(10, 200)
    const { x, y } = cellAt(layout, 7)

    expect(placeAt(layout, 10, x + 3, y + 3)).toBe(7)
    expect(placeAt(layout, 10, 199, 199)).toBeNull()
    expect(placeAt(layout, 10, -1, 3)).toBeNull()
  })

  it('is walked by keys, and not left', () => {
    const go = (key: string, at: number) => gridKey(key, at, 10, 4)

    expect([go('ArrowRight', 9), go('ArrowLeft', 0), go('ArrowDown', 1), go('ArrowDown', 7), go('ArrowUp', 2)]).toEqual([9, 0, 5, 7, 2])
    expect([go('Home', 5), go('End', 5), go('PageDown', 1), go('Tab', 1)]).toEqual([0, 9, 9, null])
  })

  it('paints each status in a shape of its own', () => {
    const palette: Palette = { ground: '', mark: 'mark', pending: 'p', running: 'r', completed: 'c', failed: 'f', cancelled: 'x' }
    const shapeOf = (status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled') => {
      const calls: string[] = []
      const noted = (name: string) => vi.fn(() => void calls.push(name))
      const names = ['beginPath', 'clearRect', 'fill', 'fillRect', 'lineTo', 'moveTo', 'stroke', 'strokeRect']
      const brush = { lineWidth: 1, fillStyle: '', strokeStyle: '', ...Object.fromEntries(names.map((name) => [name, noted(name)])) }
      paintCell(brush as unknown as CanvasRenderingContext2D, status, layoutOf(10_000, 1000), 5, palette)
      return calls.join(' ')
    }
    const shapes = (['pending', 'running', 'completed', 'failed', 'cancelled'] as const).map(shapeOf)

    expect(new Set(shapes).size).toBe(5)
    expect(shapes.every((shape) => shape.startsWith('clearRect'))).toBe(true)
  })
})

describe('the board', () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))

  it('counts from the number that the server counts from', async () => {
    const board = new Board()
    board.grow(3)
    board.reading()
    board.read([item(1), item(2)])
    board.tell(item(3, { status: 'failed' }))
    board.done()
    await frame()

    expect(board.size).toBe(3)
    expect(board.at(2)?.n).toBe(3)
    expect(board.counts.value).toMatchObject({ pending: 2, failed: 1 })
  })

  it('lets what was told while it read stand against what was read', async () => {
    const board = new Board()
    board.reading()
    board.tell(item(0, { status: 'completed' }))
    board.tell(item(1, { status: 'running' }))
    board.read([item(0, { status: 'running' })])
    expect(board.status(0)).toBe('completed')
    board.done()
    await frame()

    expect([board.status(0), board.status(1)]).toEqual(['completed', 'running'])
  })

  it('keeps an input that an event leaves out', () => {
    const board = new Board()
    board.read([item(0, { input: 'long' })])
    board.tell(item(0, { input: null, status: 'completed' }))

    expect(board.at(0)).toMatchObject({ input: 'long', status: 'completed' })
  })

  it('tells the screen once a frame, and paints what changed only', async () => {
    const board = new Board()
    board.read(Array.from({ length: 10_000 }, (_, n) => item(n)))
    await frame()
    board.painted()
    const before = board.version.value
    for (let n = 0; n < 500; n += 1) board.tell(item(n, { status: 'completed' }))
    await frame()

    expect(board.version.value).toBe(before + 1)
    expect(board.painted()).toHaveLength(500)
    expect(board.counts.value.completed).toBe(500)
  })

  it('finds the next one of a status, round the end', () => {
    const board = new Board()
    board.read([item(0, { status: 'failed' }), item(1), item(2)])

    expect([board.next(0, 'failed'), board.next(1, 'failed'), board.next(0, 'running')]).toEqual([0, 0, null])
    expect([board.where('pending'), board.where(null)]).toEqual([[1, 2], [0, 1, 2]])
  })
})

describe('words', () => {
  it('say how far it is and how fast it went', () => {
    expect(progressText(swarm('s', { total: 1200, completed: 30, failed: 2 }))).toBe('30 of 1,200 done, 2 failed')
    const done = swarm('s', { completed: 28, failed: 2, started_at: '2026-11-23T09:00:00Z', completed_at: '2026-11-23T09:04:00Z' })
    expect(paceText(done, 0)).toBe('7.5 a minute')
    expect(paceText(swarm('s'), Date.now())).toBeNull()
    expect(paceText(swarm('s', { completed: 1 }), Date.parse('2026-11-23T11:00:00Z'))).toBe('0.5 an hour')
  })

  it('offer what makes sense', () => {
    expect(deedsOf(swarm('s'))).toEqual(['pause', 'cancel'])
    expect(deedsOf(swarm('s', { status: 'paused', paused: true }))).toEqual(['resume', 'cancel'])
    expect(deedsOf(swarm('s', { status: 'completed' }))).toEqual([])
  })

  it('describe an item, and why items failed', () => {
    expect(itemText(3, item(3, { status: 'failed', error: TROUBLE }))).toBe('Item 4, failed: The provider is busy. input 3')
    expect(itemText(3, undefined)).toBe('Item 4, not read yet')
    expect([inputText({ a: 1 }), inputText(null)]).toEqual(['{"a":1}', 'a long input'])
    const other = { ...TROUBLE, title: 'Other' }
    const failed = [item(1, { error: other }), item(2, { error: TROUBLE }), item(3, { error: TROUBLE })]
    expect(reasonsOf(failed).map(({ reason, places }) => [reason, places])).toEqual([
      ['The provider is busy.', [2, 3]], ['Other', [1]],
    ])
  })

  it('name a file', () => {
    expect([fileName('Über alle: Reviews!', 'jsonl'), fileName('…', 'jsonl')]).toEqual(['u-ber-alle-reviews.jsonl', 'results.jsonl'])
  })
})
