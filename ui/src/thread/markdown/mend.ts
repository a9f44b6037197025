/** Makes the unfinished end of a streaming text presentable: no markers that flash and vanish a moment later. */

const FENCE = /^ {0,3}(`{3,}|~{3,})/gm
/** A last line of markers only may yet become a list, a heading, a rule or a table: it is held back. */
const UNDECIDED = /(?:^|\n)[ \t>]*(?:[-*+=_#|:~`>\\$ \t]+|\d{1,9}[.)]?[ \t]*|[-*+] \[[ xX]?\]?)$/
const OPEN_LINK = /!?\[([^[\]\n]*)\]?(?:\([^()\s]*)?$/

/** `tail` is the text of the last, still open block. */
export function mend(tail: string): string {
  if (inFence(tail)) return tail.replace(/\n[ \t]*[`~]+$/, '')
  const text = tail.replace(UNDECIDED, '')
  return closeInline(text)
}

function inFence(text: string): boolean {
  let open = ''
  for (const [, marker = ''] of text.matchAll(FENCE)) {
    if (!open) open = marker
    else if (marker[0] === open[0] && marker.length >= open.length) open = ''
  }
  return open !== ''
}

/** Closes what the last line has opened: `**bold` is shown bold from its first letter on. */
function closeInline(text: string): string {
  const start = text.lastIndexOf('\n\n') + 1
  const paragraph = text.slice(start)
  const code = paragraph.split('`').length % 2 === 0
  if (code) return /`$/.test(text) ? text.slice(0, -1) : `${text}\``
  const plain = paragraph.replace(/`[^`]*`/g, '')
  const linked = OPEN_LINK.exec(plain) ? text.replace(OPEN_LINK, (_all, label: string) => label) : text
  return closeEmphasis(linked, plain)
}

function closeEmphasis(text: string, plain: string): string {
  for (const marker of ['**', '~~', '__']) {
    if (plain.split(marker).length % 2 === 1) continue
    return text.endsWith(marker) ? text.slice(0, -marker.length) : text.replace(/\s*$/, '') + marker
  }
  return text.replace(/(^|\s)[*_]$/, '$1')
}
