// A form: its values, what is wrong with them by field, and whether anything was changed.

import { computed, reactive, ref } from 'vue'
import { Refusal } from '@/shared/request'
import { tell } from '../parts/ask'

export function useForm<T extends object>(initial: () => T, save: (values: T) => Promise<unknown>) {
  const values = reactive(initial()) as T
  let before = JSON.stringify(values)
  const touched = ref(0)
  const errors = ref<Record<string, string>>({})
  const error = ref('')
  const busy = ref(false)
  const dirty = computed(() => touched.value >= 0 && JSON.stringify(values) !== before)
  function reset() {
    Object.assign(values, initial())
    before = JSON.stringify(values)
    touched.value++
    errors.value = {}
    error.value = ''
  }
  /** Saves, and says whether that was done. A refusal stays beside the fields that it is about. */
  async function submit(done?: string): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    errors.value = {}
    error.value = ''
    try {
      await save(values)
      before = JSON.stringify(values)
      touched.value++
      if (done) tell(done)
      return true
    } catch (e) {
      if (e instanceof Refusal) errors.value = e.fields
      error.value = (e as Error).message
      return false
    } finally {
      busy.value = false
    }
  }
  return { values, errors, error, busy, dirty, reset, submit }
}
