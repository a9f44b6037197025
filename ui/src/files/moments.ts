/** Moments as a list shows them: today's by the clock, others by the day. */

export function momentText(iso: string, now = new Date()): string {
  const moment = new Date(iso)
  if (moment.toDateString() === now.toDateString()) return moment.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false })
  const year = moment.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return moment.toLocaleDateString('en', { day: 'numeric', month: 'short', year })
}

export function exactText(iso: string): string {
  return new Date(iso).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium', hour12: false })
}
