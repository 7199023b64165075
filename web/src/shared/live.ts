// Server-sent events with reconnection. The browser's own EventSource gives up on
// some errors and tells nobody that the line is down; this one says so and heals.

import { onScopeDispose, ref, type Ref } from 'vue'

export type Line = 'connecting' | 'open' | 'lost'

/**
 * Listens to path for as long as the component is there. Each message is handed to
 * got with its id; the server is told the last one when the line is made anew. A
 * line that has been silent for quiet milliseconds is taken for dead; 0: never.
 */
export function useLive(
  path: () => string,
  got: (data: string, id: string, kind: string) => void,
  kinds: string[] = [],
  quiet = 0,
): { line: Ref<Line>; restart: () => void; stop: () => void } {
  const line = ref<Line>('connecting')
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = 500
  let last = ''
  let ended = false
  let dog: ReturnType<typeof setTimeout> | undefined

  // Networks die without a word, above all when a machine wakes up.
  function heard() {
    clearTimeout(dog)
    if (quiet > 0) dog = setTimeout(() => source?.onerror?.(new Event('error')), quiet)
  }
  function open() {
    source?.close()
    if (ended) return
    const at = path()
    const url = last === '' ? at : at + (at.includes('?') ? '&' : '?') + 'after=' + encodeURIComponent(last)
    const now = (source = new EventSource(url))
    heard()
    const hear = (e: MessageEvent) => {
      heard()
      if (e.lastEventId !== '') last = e.lastEventId
      got(e.data as string, e.lastEventId, e.type)
    }
    now.onopen = () => {
      line.value = 'open'
      pause = 500
    }
    now.onmessage = hear
    for (const kind of kinds) now.addEventListener(kind, hear as EventListener)
    now.onerror = () => {
      if (source !== now || ended) return
      now.close()
      line.value = 'lost'
      clearTimeout(timer)
      timer = setTimeout(open, pause)
      pause = Math.min(pause * 2, 10_000)
    }
  }
  const hurry = () => {
    if (line.value === 'lost') {
      clearTimeout(timer)
      open()
    }
  }
  addEventListener('online', hurry)
  open()
  function stop() {
    ended = true
    clearTimeout(timer)
    clearTimeout(dog)
    source?.close()
  }
  onScopeDispose(() => {
    stop()
    removeEventListener('online', hurry)
  })
  return {
    line,
    stop,
    restart: () => {
      last = ''
      ended = false
      clearTimeout(timer)
      open()
    },
  }
}
