/** What a tool does beyond answering, in words. */
import type { ToolFacts, ToolPreset } from '@/wire'

export function factsOf(facts: ToolFacts): string[] {
  const told: [boolean, string][] = [
    [facts.side_effect, 'Changes something'],
    [!facts.side_effect, 'Only answers'],
    [facts.reads_untrusted, 'May return text by strangers'],
    [facts.exfiltrates, 'Can send data out'],
    [!facts.idempotent, 'Counts each time it runs'],
    [facts.in_conversation, 'Works on a conversation'],
  ]
  return [...told.filter(([holds]) => holds).map(([, text]) => text), `At most ${facts.seconds} s`]
}

export function presetHint(preset: ToolPreset): string {
  const size = (preset.bytes / 1000).toLocaleString('en', { maximumFractionDigits: 1 })
  return `${preset.description} ${preset.tools.length} ${preset.tools.length === 1 ? 'tool' : 'tools'}, ${size} kB in each request.`
}
