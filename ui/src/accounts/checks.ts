/** What the forms can say before asking the server. Each answers a sentence, or null when all is well. */
export const PASSWORD_LEAST = 8

export function emailProblem(email: string): string | null {
  if (email.trim() === '') return 'Enter your email address.'
  return /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(email.trim()) ? null : 'This is not an email address.'
}

export function newPasswordProblem(password: string): string | null {
  if (password === '') return 'Choose a password.'
  if (password.length < PASSWORD_LEAST) return `Use at least ${PASSWORD_LEAST} characters.`
  return password.length > 256 ? 'Use at most 256 characters.' : null
}

export function passwordProblem(password: string): string | null {
  return password === '' ? 'Enter your password.' : null
}
