/** Agreement over the rounds, as ECharts understands it. */
import { axisLines, plain, type ChartOption, type Palette } from '@/charts/palette'
import type { Round } from '@/wire'

const percent = (value: number) => `${Math.round(value)}%`
const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 39)}…` : text)
/** More would not be told apart. */
const MOST = 6

export interface Agreement {
  readonly rounds: readonly number[]
  /** Of the votes, in percent. */
  readonly greatest: readonly number[]
  readonly options: readonly { option: string; shares: readonly number[] }[]
}

/** Of the rounds that are open to see. */
export function agreementOf(rounds: readonly Round[]): Agreement {
  const shown = rounds.filter(({ open }) => !open)
  const total = (round: Round) => round.tallies.reduce((sum, { votes }) => sum + votes, 0)
  const sums = new Map<string, number>()
  for (const { option, votes } of shown.flatMap(({ tallies }) => tallies)) sums.set(option, (sums.get(option) ?? 0) + votes)
  const names = [...sums].filter(([, votes]) => votes > 0).sort(([, one], [, other]) => other - one).map(([name]) => name)
  const shareOf = (round: Round, option: string) => {
    const votes = round.tallies.find((tally) => tally.option === option)?.votes ?? 0
    return total(round) ? (votes / total(round)) * 100 : 0
  }
  return {
    rounds: shown.map(({ round }) => round),
    greatest: shown.map(({ agreement }) => (agreement ?? 0) * 100),
    options: names.map((option) => ({ option, shares: shown.map((round) => shareOf(round, option)) })),
  }
}

/** The greatest share as a line, over what each option had. */
export function agreementOption({ rounds, greatest, options }: Agreement, palette: Palette): ChartOption {
  const axis = axisLines(palette)
  const common = plain(palette)
  const others = palette.series.slice(1)
  return {
    ...common,
    tooltip: { ...common.tooltip, valueFormatter: (value) => percent(Number(value)) },
    xAxis: { ...axis, type: 'category', data: rounds.map((round) => `Round ${round}`), splitLine: { show: false } },
    yAxis: { ...axis, type: 'value', min: 0, max: 100, interval: 25, axisLabel: { ...axis.axisLabel, formatter: percent } },
    series: [
      ...options.slice(0, MOST).map(({ option, shares }, at) => ({
        ...{ name: shorten(option), type: 'bar' as const, stack: 'votes', barMaxWidth: 44, data: [...shares] },
        itemStyle: { color: others[at % others.length], opacity: 0.75 },
      })),
      {
        ...{ name: 'Agreement', type: 'line', data: [...greatest], symbol: 'circle', symbolSize: 9 },
        lineStyle: { color: palette.mark, width: 2.5 },
        itemStyle: { color: palette.mark, borderColor: palette.surface, borderWidth: 2 },
      },
    ],
  }
}
