/** What a person writes of an MCP server, as it is sent, and what is said of one. */
import type { McpServer } from '@/wire'

/** A command line in its words; quotes keep words together. */
export function commandOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '')
}

/** Lines of `NAME: value` or `NAME=value`; null where one is neither. */
export function secretsOf(text: string): Record<string, string> | null {
  const found: Record<string, string> = {}
  for (const line of text.split('\n').filter((each) => each.trim())) {
    const parts = /^\s*([A-Za-z0-9_-]+)\s*[:=]\s*(.*?)\s*$/.exec(line)
    if (!parts) return null
    found[parts[1] ?? ''] = parts[2] ?? ''
  }
  return found
}

export function toolsText(server: McpServer): string {
  const count = server.tools.length
  const shown = count === 1 ? '1 tool' : `${count} tools`
  return server.left_out ? `${shown}, ${server.left_out} that no model can be given` : shown
}

/** Where it is asked. */
export function placeText(server: McpServer): string {
  return server.url ?? (server.command ?? []).join(' ')
}
