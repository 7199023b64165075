// Short words to the person: what was done, what went wrong, and a question before
// something that cannot be undone.

import { createApp } from 'vue'
import { MessagePlugin } from 'tdesign-vue-next/es/message'
import Confirm from '../kit/Confirm.vue'

export const tell = (text: string) => void MessagePlugin.success({ content: text, duration: 2500 })
export const fail = (e: unknown) => void MessagePlugin.error({ content: (e as Error).message, duration: 6000 })

/** Runs what may be refused, and says why if it was. */
export async function tryTo<T>(what: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const out = await what()
    if (done) tell(done)
    return out
  } catch (e) {
    fail(e)
    return undefined
  }
}

export function confirm(header: string, body: string, button: string, danger = true): Promise<boolean> {
  return new Promise((resolve) => {
    const box = createApp(Confirm, {
      header,
      body,
      button,
      danger,
      onAnswer: (yes: boolean) => {
        box.unmount()
        resolve(yes)
      },
    })
    box.mount(document.createElement('div'))
  })
}
