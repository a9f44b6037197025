/** The colours of the village by day and by night: stone and sage under the sun, slate and gold under the lamps. */
import type { Daylight } from '../daylight'

export interface Palette {
  readonly ground: string
  readonly meadow: string
  readonly road: string
  readonly curb: string
  readonly wall: string
  readonly wallShade: string
  readonly trim: string
  readonly roof: string
  readonly roofShade: string
  readonly door: string
  readonly window: string
  readonly leaf: string
  readonly leafShade: string
  readonly water: string
  readonly gold: string
  readonly lamp: string
  readonly shadow: string
  readonly label: string
  readonly labelGround: string
  readonly bubble: string
  readonly bubbleInk: string
  readonly bubbleFaint: string
  readonly bubbleLine: string
  readonly harmony: string
  readonly consensus: string
  readonly echo: string
}

const DAY: Palette = {
  ground: '#dfe0d0',
  meadow: '#d3d7c1',
  road: '#ece5d3',
  curb: '#cdc4ac',
  wall: '#f5efe1',
  wallShade: '#e2d9c4',
  trim: '#b9a67c',
  roof: '#5f6f86',
  roofShade: '#4c5b71',
  door: '#6d5636',
  window: '#93a8bf',
  leaf: '#8fa67c',
  leafShade: '#74906a',
  water: '#a9c6d4',
  gold: '#d0a031',
  lamp: 'rgb(255 224 150 / 0.35)',
  shadow: 'rgb(52 56 48 / 0.2)',
  label: '#39404b',
  labelGround: 'rgb(250 248 241 / 0.88)',
  bubble: '#ffffff',
  bubbleInk: '#1b222d',
  bubbleFaint: '#5b6473',
  bubbleLine: '#cfc8b6',
  harmony: '#a5760c',
  consensus: '#8a5a00',
  echo: '#5f6f86',
}

const NIGHT: Palette = {
  ground: '#161d28',
  meadow: '#1a2430',
  road: '#283342',
  curb: '#34414f',
  wall: '#3a4657',
  wallShade: '#2d3847',
  trim: '#8d7742',
  roof: '#2e3b53',
  roofShade: '#232e42',
  door: '#1b1710',
  window: '#f0c765',
  leaf: '#2b4342',
  leafShade: '#233837',
  water: '#2e4d66',
  gold: '#e2b64c',
  lamp: 'rgb(240 190 90 / 0.3)',
  shadow: 'rgb(0 0 0 / 0.35)',
  label: '#e3e7ee',
  labelGround: 'rgb(13 17 23 / 0.78)',
  bubble: '#222b38',
  bubbleInk: '#eef0f4',
  bubbleFaint: '#a9b3c3',
  bubbleLine: '#435065',
  harmony: '#e8c266',
  consensus: '#ffdf8f',
  echo: '#8ea0ba',
}

export const PALETTES: Readonly<Record<Daylight, Palette>> = { day: DAY, night: NIGHT }
