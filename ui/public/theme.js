// Runs before the first paint, so that a dark page never flashes white. src/theme.ts keeps the choice.
;(function () {
  var choice = 'system'
  try {
    choice = localStorage.getItem('apex.theme') || 'system'
  } catch {
    // Storage can be forbidden; the system's choice is then as good as any.
  }
  var dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
