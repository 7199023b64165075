// Short words to the person: what was done, what went wrong, and a question before
// something that cannot be undone.

import { DialogPlugin } from 'tdesign-vue-next/es/dialog'
import { MessagePlugin } from 'tdesign-vue-next/es/message'
import { say } from '@/shared/words'

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
    const close = (answer: boolean) => {
      dialog.destroy()
      resolve(answer)
    }
    const dialog = DialogPlugin.confirm({
      header,
      body,
      theme: danger ? 'warning' : 'info',
      confirmBtn: { content: button, theme: danger ? 'danger' : 'primary' },
      cancelBtn: say(['取消', 'Cancel']),
      onConfirm: () => close(true),
      onCancel: () => close(false),
      onClose: () => close(false),
    })
  })
}
