"""What is run in a page: functions in JavaScript that find elements and tell of them."""

LOCATE = """async (selector, state, ms, text) => {
  const seen = (e) => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e)
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && style.display !== 'none'
  }
  const ends = performance.now() + ms
  for (;;) {
    const e = text && !selector
      ? (document.body && document.body.innerText.includes(text) ? document.body : null)
      : document.querySelector(selector)
    const holds = { attached: !!e, detached: !e, visible: !!e && seen(e), hidden: !e || !seen(e) }[state]
    if (holds) {
      if (!e) return {}
      if (state === 'visible' && selector) e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
      const box = e.getBoundingClientRect()
      return { x: box.x + box.width / 2, y: box.y + box.height / 2,
        left: box.x + scrollX, top: box.y + scrollY, width: box.width, height: box.height }
    }
    if (performance.now() > ends) return null
    await new Promise((done) => setTimeout(done, 50))
  }
}"""
"""Where an element is once it is in that state; null if it took too long."""

FILL = """(selector, value) => {
  const e = document.querySelector(selector)
  e.focus()
  if (e.isContentEditable) e.textContent = value
  else if (e instanceof HTMLSelectElement) {
    const option = [...e.options].find((o) => o.value === value || o.label.trim() === value)
    const labels = [...e.options].slice(0, 30).map((o) => o.label.trim())
    if (!option) return 'has no such option; it has: ' + labels.join(', ')
    e.value = option.value
  } else if (e.type === 'checkbox' || e.type === 'radio') {
    const on = !['', 'false', 'off', 'no', '0'].includes(value.toLowerCase())
    if (e.checked !== on) e.click()
    return null
  } else if (e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement) {
    if (e.type === 'file') return 'takes files: use browser_upload_file'
    if (e.disabled || e.readOnly) return 'cannot be changed'
    const kind = e instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(e, value)
  } else return 'is not a field'
  e.dispatchEvent(new InputEvent('input', { bubbles: true }))
  e.dispatchEvent(new Event('change', { bubbles: true }))
  return null
}"""
"""Puts a value into a field; what is wrong, or null."""

ELEMENTS = """(most) => {
  const path = (e) => {
    if (e.id && document.querySelectorAll('#' + CSS.escape(e.id)).length === 1) return '#' + CSS.escape(e.id)
    const name = e.getAttribute('name')
    const named = name && e.localName + '[name="' + CSS.escape(name) + '"]'
    if (named && document.querySelectorAll(named).length === 1) return named
    const parent = e.parentElement
    if (!parent) return e.localName
    const same = [...parent.children].filter((c) => c.localName === e.localName)
    return path(parent) + ' > ' + e.localName + (same.length > 1 ? `:nth-of-type(${same.indexOf(e) + 1})` : '')
  }
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [onclick], '
    + '[contenteditable=true]'
  return [...document.querySelectorAll(all)].filter((e) => e.getClientRects().length).slice(0, most).map((e) => ({
    selector: path(e),
    kind: e.localName + (e.type ? ':' + e.type : ''),
    text: (e.innerText || e.value || e.getAttribute('aria-label') || e.placeholder || '').trim().slice(0, 80),
  }))
}"""
"""What can be clicked or filled, with a selector for each."""

SCRAPE = """(most, longest) => {
  const meta = (name) => document.querySelector(`meta[name="${name}"], meta[property="${name}"]`)?.content ?? null
  return {
    url: location.href, title: document.title, description: meta('description'),
    html: document.documentElement.outerHTML.slice(0, longest),
    links: [...document.links].slice(0, most)
      .map((a) => ({ url: a.href.slice(0, 2000), text: a.innerText.trim().slice(0, 200) })),
    language: document.documentElement.lang || null,
    og_title: meta('og:title'), og_description: meta('og:description'), og_image: meta('og:image'),
    status_code: performance.getEntriesByType('navigation')[0]?.responseStatus ?? null,
  }
}"""

MEASURE = """() => {
  if (window.__measured) return
  const seen = window.__measured = { lcp: null, cls: 0, inp: null, long_tasks: 0 }
  const watch = (type, note, more) => {
    try { new PerformanceObserver((l) => l.getEntries().forEach(note)).observe({ type, buffered: true, ...more }) }
    catch { /* not every browser measures everything */ }
  }
  watch('largest-contentful-paint', (e) => { seen.lcp = Math.round(e.startTime) })
  watch('layout-shift', (e) => { if (!e.hadRecentInput) seen.cls += e.value })
  watch('event', (e) => { seen.inp = Math.max(seen.inp ?? 0, e.duration) }, { durationThreshold: 16 })
  watch('longtask', () => { seen.long_tasks += 1 })
}"""
"""Begins to measure the speed of a page."""

MEASURED = """async () => {
  const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))
  for (let n = 0; n < 40 && !performance.getEntriesByName('first-contentful-paint').length; n++) await later(25)
  await later(50)
  const way = performance.getEntriesByType('navigation')[0]
  const round = (value) => value === undefined ? null : Math.round(value)
  const resources = performance.getEntriesByType('resource')
  const paint = performance.getEntriesByName('first-contentful-paint')[0]
  return {
    ...(window.__measured ?? {}), url: location.href, fcp: round(paint?.startTime), ttfb: round(way?.responseStart),
    dom_content_loaded: round(way?.domContentLoadedEventEnd), load: round(way?.loadEventEnd),
    resources: {
      count: resources.length,
      bytes: resources.reduce((sum, r) => sum + (r.transferSize || 0), way?.transferSize || 0),
      slowest: resources.sort((a, b) => b.duration - a.duration).slice(0, 10)
        .map((r) => ({ url: r.name.slice(0, 300), milliseconds: Math.round(r.duration), kind: r.initiatorType })),
    },
  }
}"""
