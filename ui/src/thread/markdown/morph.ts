/**
 * Makes an element's content be some HTML with as few changes as will do: a growing block keeps its text selection, its scroll position
 * and what was highlighted or typeset in it.
 */

/** The TeX that an element was typeset from. */
export const typesetFrom = new WeakMap<Element, string>()

/** `html` has gone through `sanitize`. */
export function morph(target: Element, html: string): void {
  const template = document.createElement('template')
  template.innerHTML = html
  morphChildren(target, template.content)
}

function morphChildren(target: Node, wanted: Node): void {
  let old = target.firstChild
  for (const next of [...wanted.childNodes]) {
    if (!old) {
      target.appendChild(next)
      continue
    }
    const following: ChildNode | null = old.nextSibling
    if (!morphNode(old, next)) target.replaceChild(next, old)
    old = following
  }
  while (old) {
    const following: ChildNode | null = old.nextSibling
    old.remove()
    old = following
  }
}

/** False when `old` can't become `next` and has to give way to it. */
function morphNode(old: ChildNode, next: ChildNode): boolean {
  if (old instanceof Text && next instanceof Text) {
    growText(old, next.data)
    return true
  }
  if (!(old instanceof Element && next instanceof Element) || old.tagName !== next.tagName) return false
  if (next.hasAttribute('data-tex')) return typesetFrom.get(old) === next.textContent
  if (next.hasAttribute('data-language')) return morphCode(old, next)
  if (old.hasAttribute('data-tex')) return false
  morphAttributes(old, next)
  morphChildren(old, next)
  return true
}

function growText(old: Text, data: string): void {
  if (old.data === data) return
  if (data.startsWith(old.data)) old.appendData(data.slice(old.data.length))
  else old.data = data
}

/** Code grows at its end; what is highlighted stays so until it is highlighted anew. */
function morphCode(old: Element, next: Element): boolean {
  const had = old.textContent ?? ''
  const wanted = next.textContent ?? ''
  if (old.getAttribute('data-language') !== next.getAttribute('data-language') || !wanted.startsWith(had)) return false
  if (wanted === had) return true
  const rest = wanted.slice(had.length)
  const last = old.lastChild
  if (last instanceof Text) last.appendData(rest)
  else old.append(rest)
  old.removeAttribute('data-lit')
  return true
}

function morphAttributes(old: Element, next: Element): void {
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
}
