/** Removes a memory and offers the way back. */
import { useToasts } from '@/stores/toasts'
import type { Knowledge } from '@/wire'

import { removeKnowledge, restoreKnowledge } from '../api'
import { opening } from './texts'

export function useRemoval(changed: () => unknown) {
  const toasts = useToasts()

  async function restore(id: string): Promise<void> {
    try {
      await restoreKnowledge(id)
      toasts.show({ text: 'The memory is back' })
    } catch (error) {
      toasts.fail(error)
    }
    await changed()
  }

  async function remove({ id, content }: Pick<Knowledge, 'id' | 'content'>): Promise<boolean> {
    try {
      await removeKnowledge(id)
      toasts.show({ text: `Removed: ${opening(content, 40)}`, action: { label: 'Undo', run: () => restore(id) }, seconds: 12 })
      return true
    } catch (error) {
      toasts.fail(error)
      return false
    } finally {
      await changed()
    }
  }

  return { remove, restore }
}
