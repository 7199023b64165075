// The department tree in memory: 30,000 departments come as one list, and a page
// shows the few rows of them that are on the screen.

import { reactive, shallowRef } from 'vue'
import { get } from '@/shared/request'

export type Department = { id: number; parent: number; name: string; order: number; own: number; all: number; children: Department[]; depth: number }

type Row = [id: number, parent: number, name: string, order: number, members: number]

/** Builds the tree. A department whose parent is not in the list, outside the admin's range, is a root. */
export function build(rows: Row[]): { roots: Department[]; byID: Map<number, Department> } {
  const byID = new Map<number, Department>()
  for (const [id, parent, name, order, own] of rows) byID.set(id, { id, parent, name, order, own, all: own, children: [], depth: 0 })
  const roots: Department[] = []
  for (const d of byID.values()) {
    const up = byID.get(d.parent)
    if (up) up.children.push(d)
    else roots.push(d)
  }
  const settle = (list: Department[], depth: number) => {
    list.sort((a, b) => b.order - a.order || a.id - b.id)
    for (const d of list) {
      d.depth = depth
      settle(d.children, depth + 1)
      for (const c of d.children) d.all += c.all
    }
  }
  settle(roots, 0)
  return { roots, byID }
}

/** The rows that are visible: open departments with what is below them; with words, all that match and their way up. */
export function visible(roots: Department[], open: Set<number>, words: string): Department[] {
  const out: Department[] = []
  if (words === '') {
    const walk = (list: Department[]) => {
      for (const d of list) {
        out.push(d)
        if (open.has(d.id)) walk(d.children)
      }
    }
    walk(roots)
    return out
  }
  const want = words.toLowerCase()
  const walk = (d: Department): boolean => {
    const at = out.length
    out.push(d)
    let found = d.name.toLowerCase().includes(want) || String(d.id) === want
    for (const c of d.children) found = walk(c) || found
    if (!found) out.length = at
    return found
  }
  roots.forEach(walk)
  return out
}

const tree = shallowRef<{ roots: Department[]; byID: Map<number, Department> }>({ roots: [], byID: new Map() })
export const departments = reactive({ tree, loaded: false })

export async function loadDepartments() {
  const answer = await get<{ departments: Row[]; members: number }>('/console/api/departments')
  const built = build(answer.departments)
  // Who sits in several departments counts once in the whole.
  if (answer.members && built.roots.length === 1) built.roots[0]!.all = answer.members
  tree.value = built
  departments.loaded = true
}

export function departmentName(id: number): string {
  return tree.value.byID.get(id)?.name ?? `#${id}`
}

/** The department with those above it: 晴川科技 / 研发中心. */
export function departmentPath(id: number): string {
  const names: string[] = []
  for (let d = tree.value.byID.get(id); d; d = tree.value.byID.get(d.parent)) names.unshift(d.name)
  return names.join(' / ')
}
