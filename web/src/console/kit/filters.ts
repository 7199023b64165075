// The filter of a list is in the address, so that a page can be kept, sent on and gone back to.

import { reactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** The values of names in a query, with what is missing left as it is at first. */
export function fromQuery<K extends string>(query: Record<string, unknown>, initial: Record<K, string>): Record<K, string> {
  const out = { ...initial }
  for (const name in initial) {
    const value = query[name]
    if (typeof value === 'string') out[name] = value
  }
  return out
}

/** The query with these values instead of the old ones. What is as it is at first is left out. */
export function toQuery<K extends string>(query: Record<string, unknown>, initial: Record<K, string>, values: Record<K, string>): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(query)) if (!(name in initial) && typeof value === 'string') out[name] = value
  for (const name in initial) if (values[name] !== initial[name]) out[name] = values[name]
  return out
}

/** A filter with these values at first. changed is called whenever it has become another one. */
export function useFilters<K extends string>(initial: Record<K, string>, changed: () => void) {
  const route = useRoute()
  const router = useRouter()
  const here = route.name
  const values = reactive(fromQuery(route.query, initial)) as Record<K, string>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(values, () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (route.name !== here) return
      void router.replace({ query: toQuery(route.query, initial, values), params: route.params })
      changed()
    }, 200)
  })
  // Back and forward.
  watch(
    () => route.query,
    (query) => {
      if (route.name !== here) return
      const now = fromQuery(query, initial)
      for (const name in initial) if (values[name] !== now[name]) values[name] = now[name]
    },
  )
  const active = () => Object.keys(initial).some((name) => values[name as K] !== initial[name as K])
  const clear = () => Object.assign(values, initial)
  return { values, active, clear }
}
