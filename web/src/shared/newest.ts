/**
 * Questions that overtake each other, such as those of a filter that is changed while a list is on its way: of an
 * answer to any question but the last, nothing is told.
 */
export function newest() {
  let asked = 0
  return async <T>(answer: Promise<T>): Promise<T | undefined> => {
    const mine = ++asked
    const got = await answer
    return mine === asked ? got : undefined
  }
}
