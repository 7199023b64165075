// Where the points of a chart lie.

export type Series = { name: string; values: number[]; colour: string }

/** Round steps from 0 up to at least the largest value: at most five lines. */
export function scale(max: number): number[] {
  if (max <= 0) return [0, 1]
  const rough = max / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!)
  const out = [0]
  while (out[out.length - 1]! < max) out.push(out[out.length - 1]! + step)
  return out
}

/** The points of a line in a box, left to right, for an SVG polyline. */
export function points(values: number[], top: number, width: number, height: number): string {
  const dx = values.length > 1 ? width / (values.length - 1) : 0
  return values.map((v, i) => `${(i * dx).toFixed(1)},${(height - (v / top) * height).toFixed(1)}`).join(' ')
}

/** The days that are written below a chart: the first, the last, and some between. */
export function labelled(count: number, most: number): number[] {
  if (count <= most) return [...Array(count).keys()]
  const out: number[] = []
  for (let i = 0; i < most; i++) out.push(Math.round((i * (count - 1)) / (most - 1)))
  return out
}

export const percent = (part: number, all: number) => (all > 0 ? `${((100 * part) / all).toFixed(part === all || part === 0 ? 0 : 1)}%` : '–')
