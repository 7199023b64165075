// A line at the bottom that says for some seconds what happened.

import { ref } from 'vue'

export const toast = ref<{ text: string; bad: boolean }>()
let timer: ReturnType<typeof setTimeout> | undefined

export function tell(text: string, bad = false) {
  toast.value = { text, bad }
  clearTimeout(timer)
  timer = setTimeout(() => (toast.value = undefined), bad ? 6000 : 3000)
}

/** Runs something that a press began, and says what went wrong. */
export async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run()
    return true
  } catch (e) {
    tell((e as Error).message, true)
    return false
  }
}
