// What the page of trends makes of the answer: labels of its steps, and sums.

export type Point = {
  at: string
  calls: number
  refused: number
  p50_ms: number
  p95_ms: number
  p99_ms: number
  delivered: number
  retried: number
  failed: number
  entered: number
  turned: number
}
export type Errors = { code: number; text: string; total: number; values: number[] }
export type Trends = { step_minutes: number; points: Point[]; errors: Errors[] }

const two = (n: number) => String(n).padStart(2, '0')

/** When a step begins, by the reader's clock: "12-01 06:30". */
export function labelOf(at: string): string {
  const d = new Date(at)
  return `${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`
}

/** What stands below the chart: the time where all is of one day or so, otherwise the day. */
export const shortOf = (minutes: number) => (label: string) => (minutes > 15 ? label.slice(0, 5).replace('-', '/') : label.slice(6))

export function total(points: Point[], key: Exclude<keyof Point, 'at'>): number {
  return points.reduce((n, p) => n + p[key], 0)
}
