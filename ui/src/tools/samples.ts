/** Whole wire objects of tools, of which a test only says what matters to it. */
import type { ListedTool, ToolFacts, ToolPreset, Tools, ToolSchema } from '@/wire'

export function facts(part: Partial<ToolFacts> = {}): ToolFacts {
  const plain = { reads_untrusted: false, side_effect: false, exfiltrates: false, idempotent: true, in_conversation: false }
  return { ...plain, seconds: 5, ...part }
}

export function listed(name: string, part: Partial<ListedTool> = {}): ListedTool {
  return { name, family: 'utility', summary: `What ${name} does.`, missing: null, facts: facts(), ...part }
}

export function tools(...all: ListedTool[]): Tools {
  const family = { name: 'utility', title: 'Utility', description: 'Everyday tools.', tools: all.length }
  return { tools: all, families: all.length ? [family] : [], total: all.length, next_cursor: null }
}

export function schema(properties: object, part: Partial<ToolSchema> = {}): ToolSchema {
  const parameters = { type: 'object', properties, required: [] }
  return { ...listed('greet'), description: 'Greet somebody.', parameters, example: null, ...part }
}

export function preset(name: ToolPreset['name'], part: Partial<ToolPreset> = {}): ToolPreset {
  return { name, title: name, description: 'Some tools.', tools: ['calculator'], bytes: 1234, ...part }
}
