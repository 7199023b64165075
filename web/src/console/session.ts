// Who is signed in, and what they may do. The server decides; the pages only do not
// offer what it would refuse.

import { reactive } from 'vue'
import { del, get, signedOut } from '@/shared/request'

export type Right = 'look' | 'read-directory' | 'edit-directory' | 'read-corp' | 'edit-corp' | 'read-customers' | 'edit-customers' | 'secrets' | 'rule'

export type Corp = { corpid: string; name: string }

export type State = {
  dev: boolean
  version: string
  signed_in: boolean
  corp?: Corp
  admin?: { userid: string; name: string; avatar?: string }
  role?: 'super' | 'ranged' | 'reader' | 'archive'
  rights?: Partial<Record<Right, boolean>>
  range?: number[]
  provider?: boolean
  corps?: Corp[]
  empty?: boolean // there is no enterprise yet
  member?: { userid: string; name: string }
}

export const session = reactive<{ state: State | null; trouble: string }>({ state: null, trouble: '' })

export async function loadSession() {
  try {
    session.state = await get<State>('/console/api/session')
    session.trouble = ''
  } catch (e) {
    session.trouble = (e as Error).message
  }
}

export const may = (right: Right) => session.state?.rights?.[right] === true

export async function signOut() {
  await del('/console/api/session')
  await loadSession()
}

signedOut.call = () => {
  if (session.state?.signed_in) void loadSession()
}
