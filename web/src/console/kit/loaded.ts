// What a page shows was asked of the server: it is on its way, it has come, or it was refused. A later question
// overtakes an earlier one.

import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

export type Loader<T> = {
  value: ShallowRef<T | undefined>
  loading: Ref<boolean>
  error: Ref<string>
  load: () => Promise<void>
}

export function useLoaded<T>(ask: (signal: AbortSignal) => Promise<T>, now = true): Loader<T> {
  const value = shallowRef<T>()
  const loading = ref(false)
  const error = ref('')
  let running: AbortController | undefined
  async function load() {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    try {
      const got = await ask(mine.signal)
      if (running !== mine) return
      value.value = got
      error.value = ''
    } catch (e) {
      if (running !== mine || mine.signal.aborted) return
      error.value = (e as Error).message
    }
    loading.value = false
  }
  onScopeDispose(() => running?.abort())
  if (now) void load()
  return { value, loading, error, load }
}

/** A list that is read page by page: more() adds the next one. */
export function usePaged<Row, Answer>(ask: (after: Row | undefined, signal: AbortSignal) => Promise<Answer>, rowsOf: (a: Answer) => Row[], hasMore: (a: Answer) => boolean) {
  const rows: ShallowRef<Row[]> = shallowRef([])
  const last = shallowRef<Answer>()
  const more = ref(false)
  const loading = ref(false)
  const error = ref('')
  const loaded = ref(false)
  let running: AbortController | undefined
  async function fetchFrom(after: Row | undefined) {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    try {
      const answer = await ask(after, mine.signal)
      if (running !== mine) return
      const got = rowsOf(answer)
      rows.value = after === undefined ? got : [...rows.value, ...got]
      last.value = answer
      more.value = hasMore(answer)
      error.value = ''
      loaded.value = true
    } catch (e) {
      if (running !== mine || mine.signal.aborted) return
      error.value = (e as Error).message
    }
    loading.value = false
  }
  onScopeDispose(() => running?.abort())
  return { rows, last, more, loading, error, loaded, load: () => fetchFrom(undefined), next: () => fetchFrom(rows.value[rows.value.length - 1]) }
}
