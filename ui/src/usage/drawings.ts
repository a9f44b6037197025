/** What the dashboard draws, as ECharts understands it. */
import { axisLines, plain, type ChartOption, type Palette } from '@/charts/palette'
import type { Measure, Series } from './cuts'
import { dayName, dollars, shortNumber, type Day } from './days'

type Write = (value: number) => string

export function stacked(series: readonly Series[], dates: readonly string[], write: Write, palette: Palette): ChartOption {
  const axis = axisLines(palette)
  const common = plain(palette)
  return {
    ...common,
    tooltip: { ...common.tooltip, valueFormatter: (value) => write(Number(value)) },
    xAxis: { ...axis, type: 'category', data: dates.map(dayName), splitLine: { show: false } },
    yAxis: { ...axis, type: 'value', splitNumber: 4, axisLabel: { ...axis.axisLabel, formatter: write } },
    series: series.map(({ name, values }) => ({ name, type: 'bar', stack: 'all', barMaxWidth: 28, data: [...values] })),
  }
}

export const writer = (measure: Measure) => (measure === 'cost' ? dollars : shortNumber)

/** What became of the tokens of prompts, day by day. */
export function promptSeries(days: readonly Day[]): Series[] {
  return [
    { name: 'Read from cache', values: days.map(({ read }) => read) },
    { name: 'Written to cache', values: days.map(({ written }) => written) },
    { name: 'Plain', values: days.map(({ plain: tokens }) => tokens) },
  ]
}
