// The pages speak Chinese and English. A component keeps its own words beside
// itself, each as the pair [Chinese, English]: nothing can be left untranslated,
// and a page brings only the words that it shows.
//
//   const w = useWords({ save: ['保存', 'Save'], many: ['共 {n} 人', '{n} members'] })
//   {{ w.save }}   {{ fill(w.many, { n: 12 }) }}

import { computed, reactive, ref, watchEffect } from 'vue'

export type Lang = 'zh' | 'en'
export type Pair = readonly [zh: string, en: string]

const kept = 'qiwei.lang'

/** The language of the pages: what was chosen, else the browser's. */
export const lang = ref<Lang>(initial())

function initial(): Lang {
  const asked = globalThis.location ? new URLSearchParams(location.search).get('lang') : null
  const chosen = asked ?? read(kept) ?? globalThis.navigator?.language ?? 'zh'
  return chosen.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export function setLang(to: Lang) {
  lang.value = to
  write(kept, to)
}

if (globalThis.document) watchEffect(() => (document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en'))

/** The pair's text in the language of the pages. */
export function say(pair: Pair): string {
  return pair[lang.value === 'zh' ? 0 : 1]
}

/** The words of a component in the language of the pages; they follow its changes. */
export function useWords<K extends string>(words: Record<K, Pair>): Record<K, string> {
  const out = {} as Record<K, unknown>
  for (const key in words) out[key] = computed(() => say(words[key]))
  return reactive(out) as Record<K, string>
}

/** text with each {name} replaced by its value. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all))
}

// A browser may refuse to keep anything; the pages work without.
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // not kept, then
  }
}
