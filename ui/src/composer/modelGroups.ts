/** How models are listed and described. */
import type { Model } from '@/wire'

export interface ModelGroup {
  readonly name: string
  readonly models: readonly Model[]
}

const NAMES: Record<Model['provider'], string> = { anthropic: 'Claude', local: 'On this server', scripted: 'For testing' }

export function modelGroups(models: readonly Model[]): ModelGroup[] {
  return (Object.keys(NAMES) as Model['provider'][])
    .map((provider) => ({ name: NAMES[provider], models: models.filter((model) => model.provider === provider) }))
    .filter((group) => group.models.length > 0)
}

/** For a million tokens in and out. */
export function priceText(model: Model): string {
  if (!model.input_usd_per_million && !model.output_usd_per_million) return 'Free'
  return `$${trim(model.input_usd_per_million)} in · $${trim(model.output_usd_per_million)} out per million tokens`
}

function trim(usd: number): string {
  return usd.toFixed(2).replace(/\.?0+$/, '')
}

/** The word of caution under the composer: what the model is, where that is not what people expect. */
export function modelNotice(model: Model | null): string {
  if (model?.provider === 'scripted') return `${model.name} answers from a script, for trying things out.`
  if (model?.demo) return `${model.name} is a small demo model: it often gets things wrong. A provider key brings real ones.`
  return 'AI can be wrong. Check what matters.'
}
