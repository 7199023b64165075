// The org chart: which of its boxes are drawn, in the order in which the arrow keys go through them. Of 30,000 departments only
// those that have been opened are in the page, and of a department with very many below it as many as were asked for.

import type { Department } from './departments'

/** How many departments below one are drawn at once. */
export const some = 40

export type Chart = {
  open: Set<number> // departments whose sub-departments are drawn
  peopled: Set<number> // departments whose members are drawn
  wide: Map<number, number> // how many are drawn below a department, where that is more than some
}

export const emptyChart = (): Chart => ({ open: new Set(), peopled: new Set(), wide: new Map() })

/** The departments that are drawn below one. */
export function drawn(chart: Chart, d: Department): Department[] {
  return chart.open.has(d.id) ? d.children.slice(0, chart.wide.get(d.id) ?? some) : []
}

/** How many more there are below a department than are drawn. */
export function left(chart: Chart, d: Department): number {
  return chart.open.has(d.id) ? Math.max(0, d.children.length - (chart.wide.get(d.id) ?? some)) : 0
}

/** All departments that are drawn, from the top to the bottom. */
export function walk(chart: Chart, roots: Department[]): Department[] {
  const out: Department[] = []
  const go = (d: Department) => {
    out.push(d)
    drawn(chart, d).forEach(go)
  }
  roots.forEach(go)
  return out
}

/** Opens the way to a department, however far down the list of its neighbours it stands. */
export function reveal(chart: Chart, byID: Map<number, Department>, id: number) {
  for (let d = byID.get(id), up = d && byID.get(d.parent); d && up; d = up, up = byID.get(up.parent)) {
    chart.open.add(up.id)
    const at = up.children.indexOf(d)
    if (at >= (chart.wide.get(up.id) ?? some)) chart.wide.set(up.id, Math.ceil((at + 1) / some) * some)
  }
}

/** The departments whose names have all of the words, those nearest to the top first. */
export function find(byID: Map<number, Department>, words: string, most = 8): Department[] {
  const want = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (!want.length) return []
  const out: Department[] = []
  for (const d of byID.values()) if (want.every((x) => d.name.toLowerCase().includes(x)) || String(d.id) === words.trim()) out.push(d)
  return out.sort((a, b) => a.depth - b.depth || b.all - a.all || a.id - b.id).slice(0, most)
}
