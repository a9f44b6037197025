/** Colours for charts: the tokens of the theme, and those that series take in turn. */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'

type Lines = BarSeriesOption | LineSeriesOption
export type ChartOption = ComposeOption<Lines | GridComponentOption | TooltipComponentOption> & { series?: Lines[] }

export interface Palette {
  readonly ink: string
  readonly soft: string
  readonly faint: string
  readonly line: string
  readonly surface: string
  readonly mark: string
  readonly font: string
  /** Told apart also by those who see few colours: they differ in lightness, too. */
  readonly series: readonly string[]
}

const LIGHT = ['#b27f10', '#33608f', '#2f8f6b', '#a3476f', '#6c5bb5', '#70675a', '#c26a3d', '#4f97a8']
const DARK = ['#e2b64c', '#6fa3dc', '#74d6a4', '#e08bb0', '#a99bf0', '#a9a294', '#e79a6f', '#86cad9']

export function readPalette(root: HTMLElement = document.documentElement): Palette {
  const style = getComputedStyle(root)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: token('ink'),
    soft: token('ink-soft'),
    faint: token('ink-faint'),
    line: token('line'),
    surface: token('surface'),
    mark: token('mark'),
    font: style.fontFamily,
    series: root.dataset.theme === 'dark' ? DARK : LIGHT,
  }
}

/** What all our charts have in common. */
export function plain(palette: Palette): ChartOption {
  return {
    color: [...palette.series],
    textStyle: { fontFamily: palette.font, color: palette.soft },
    animationDuration: 300,
    grid: { left: 0, right: 8, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12.5 },
      axisPointer: { type: 'shadow' },
    },
  }
}

/** What the colours mean. */
export function legendOf({ series = [] }: ChartOption, palette: Palette): { name: string; color: string }[] {
  return series.map(({ name, itemStyle }, at) => {
    const own = itemStyle?.color
    return { name: String(name), color: typeof own === 'string' ? own : (palette.series[at % palette.series.length] ?? palette.mark) }
  })
}

export const axisLines = (palette: Palette) => ({
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: palette.faint, fontSize: 11 },
  splitLine: { lineStyle: { color: palette.line } },
})
