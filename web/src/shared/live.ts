// Server-sent events with reconnection. The browser's own EventSource gives up on
// some errors and tells nobody that the line is down; this one says so and heals.

import { onScopeDispose, ref, type Ref } from 'vue'

export type Line = 'connecting' | 'open' | 'lost'

/**
 * Listens to path for as long as the component is there. Each message is handed to
 * got with its id; the server is told the last one when the line is made anew.
 */
export function useLive(path: () => string, got: (data: string, id: string, kind: string) => void, kinds: string[] = []): { line: Ref<Line>; restart: () => void } {
  const line = ref<Line>('connecting')
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = 500
  let last = ''
  let ended = false

  function open() {
    source?.close()
    if (ended) return
    const at = path()
    const url = last === '' ? at : at + (at.includes('?') ? '&' : '?') + 'after=' + encodeURIComponent(last)
    const now = (source = new EventSource(url))
    const hear = (e: MessageEvent) => {
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
  onScopeDispose(() => {
    ended = true
    clearTimeout(timer)
    source?.close()
    removeEventListener('online', hurry)
  })
  return {
    line,
    restart: () => {
      last = ''
      clearTimeout(timer)
      open()
    },
  }
}
