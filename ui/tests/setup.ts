/** What jsdom lacks and the page asks for. */
if (typeof window !== 'undefined') {
  window.matchMedia = (query: string) =>
    Object.assign(new EventTarget(), { matches: false, media: query, onchange: null }) as unknown as MediaQueryList
  Element.prototype.scrollIntoView = () => undefined
}
