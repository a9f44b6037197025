/** A form's errors: after the first leaving of a field for that field, after sending for all; the server's word comes last. */
import { computed, nextTick, reactive, ref } from 'vue'
import { ApiError, errorText } from '@/api'

export type Check = () => string | null

export function useForm<Name extends string>(checks: Record<Name, Check>, send: () => Promise<void>) {
  const names = Object.keys(checks) as Name[]
  const touched = reactive(new Set<string>())
  const refused = reactive<Record<string, string>>({})
  const busy = ref(false)
  const failure = ref<string | null>(null)

  const errors = computed(() => {
    const entries = names.map((name) => [name, refused[name] ?? (touched.has(name) ? checks[name]() : null)] as const)
    return Object.fromEntries(entries) as Record<Name, string | null>
  })

  function touch(name: Name): void {
    touched.add(name)
  }

  /** The person changes what the server refused: its word is about what stood there before. */
  function changed(name: Name): void {
    Reflect.deleteProperty(refused, name)
    failure.value = null
  }

  async function submit(event: Event): Promise<void> {
    if (busy.value) return
    const form = event.currentTarget as HTMLFormElement
    names.forEach(touch)
    if (names.every((name) => errors.value[name] === null)) await run()
    await nextTick()
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }

  async function run(): Promise<void> {
    busy.value = true
    failure.value = null
    try {
      await send()
    } catch (error) {
      const told = error instanceof ApiError ? names.filter((name) => error.fields[name]) : []
      for (const name of told) refused[name] = (error as ApiError).fields[name] ?? ''
      if (told.length === 0) failure.value = errorText(error)
    } finally {
      busy.value = false
    }
  }

  return { errors, busy, failure, touch, changed, submit }
}
