// Light or dark: as the system has it, until somebody chooses. TDesign looks at
// the attribute theme-mode of the document.

import { computed, ref, watchEffect } from 'vue'
import { read, write } from './words'

export type Theme = 'system' | 'light' | 'dark'

const kept = 'qiwei.theme'
const system = globalThis.matchMedia?.('(prefers-color-scheme: dark)')
const systemDark = ref(system?.matches ?? false)
system?.addEventListener('change', (e) => (systemDark.value = e.matches))

const stored = read(kept)
export const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')
export const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value))

export function setTheme(to: Theme) {
  theme.value = to
  write(kept, to)
}

if (globalThis.document) {
  watchEffect(() => {
    document.documentElement.setAttribute('theme-mode', dark.value ? 'dark' : 'light')
    document.documentElement.style.colorScheme = dark.value ? 'dark' : 'light'
  })
}
