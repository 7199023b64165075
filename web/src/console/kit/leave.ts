// Leaving a page with something unsaved on it is asked about, whether by the menu or by closing the window.

import { onBeforeUnmount, onMounted } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'
import { say } from '@/shared/words'
import { confirm } from '../parts/ask'

export function useLeaveGuard(dirty: () => boolean) {
  onBeforeRouteLeave(() => !dirty() || confirm(say(['放弃未保存的修改？', 'Leave without saving?']), say(['这里的修改还没有保存。', 'What you have changed here is not saved.']), say(['放弃修改', 'Discard'])))
  const closing = (e: BeforeUnloadEvent) => dirty() && e.preventDefault()
  onMounted(() => window.addEventListener('beforeunload', closing))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', closing))
}
