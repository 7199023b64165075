// What the palette finds: pages, members, departments, applications and calls, the best of each kind.

import type { Pair } from '@/shared/words'

export type Kind = 'page' | 'app' | 'member' | 'department' | 'call'
export type Found = { kind: Kind; name: string; note: string; to: string }

/** How many of a kind are shown. */
export const most = 6

/**
 * How well a text fits the words: the sum of where each word stands, less for an earlier place; undefined where one is
 * missing. A word at the beginning, or after a sign, counts as early.
 */
export function fits(text: string, words: string[]): number | undefined {
  const low = text.toLowerCase()
  let sum = 0
  for (const word of words) {
    const at = low.indexOf(word)
    if (at < 0) return undefined
    const begins = at === 0 || /[\s/_.·-]/.test(low[at - 1]!)
    sum += begins ? Math.min(at, 20) / 20 : 2 + at / 100
  }
  return sum + low.length / 1000
}

/** The best of a list, by the text of each. */
export function best<T>(list: T[], text: (one: T) => string, query: string, n = most): T[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return list
    .flatMap((one) => {
      const score = fits(text(one), words)
      return score === undefined ? [] : [{ one, score }]
    })
    .sort((a, b) => a.score - b.score)
    .slice(0, n)
    .map((x) => x.one)
}

/** A page by its title in both languages, for those who know it by the other. */
export const pageText = (title: Pair, path: string) => `${title[0]} ${title[1]} ${path}`
