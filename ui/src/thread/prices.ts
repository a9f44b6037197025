/** Figures as people read them. */

export function tokensText(tokens: number): string {
  if (tokens < 1000) return String(tokens)
  if (tokens < 1_000_000) return `${(tokens / 1000).toFixed(tokens < 10_000 ? 1 : 0).replace(/\.0$/, '')}k`
  return `${(tokens / 1_000_000).toFixed(2).replace(/\.?0+$/, '')}M`
}

export function costText(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.0001) return '< $0.0001'
  return `$${usd < 0.1 ? usd.toFixed(4).replace(/0+$/, '') : usd.toFixed(2)}`
}

export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 1) return `${Math.max(0.1, seconds).toFixed(1)} s`
  if (seconds < 60) return `${String(Math.round(seconds))} s`
  return `${String(Math.floor(seconds / 60))} min ${String(Math.round(seconds % 60))} s`
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`
  if (bytes < 1024 * 1024) return `${String(Math.round(bytes / 1024))} KB`
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MB`
  return `${(bytes / 1024 ** 3).toFixed(1).replace(/\.0$/, '')} GB`
}
