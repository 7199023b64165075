// The member by whom a list is filtered. The address has the userid, and the chip the name.

import { ref, watch, type Ref } from 'vue'
import { get } from '@/shared/request'
import type { Person } from '../customers'

/** The member that a filter names, for a MemberPicker: nobody or one. What is picked goes into the filter. */
export function useMember<K extends string>(values: Record<K, string>, name: K): Ref<Person[]> {
  const chosen = ref<Person[]>([])
  watch(chosen, (now) => (values[name] = now[0]?.userid ?? ''))
  watch(
    () => values[name],
    async (userid) => {
      if (userid === (chosen.value[0]?.userid ?? '')) return
      chosen.value = userid ? [{ userid, name: userid }] : []
      if (!userid) return
      // Somebody who has left keeps the userid for a name.
      const known = await get<Person>(`/console/api/members/${encodeURIComponent(userid)}`).catch(() => undefined)
      if (known && values[name] === userid) chosen.value = [{ userid, name: known.name }]
    },
    { immediate: true },
  )
  return chosen
}
