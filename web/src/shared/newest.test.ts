import { expect, it } from 'vitest'
import { newest } from './newest'

it('tells nothing of an answer that comes after a later question', async () => {
  const last = newest()
  let answer = (_: string) => {}
  const slow = last(new Promise<string>((done) => (answer = done)))
  const quick = last(Promise.resolve('tomorrow'))
  expect(await quick).toBe('tomorrow')
  answer('today')
  expect(await slow).toBeUndefined()
})

it('hands on what went wrong', async () => {
  await expect(newest()(Promise.reject(new Error('refused')))).rejects.toThrow('refused')
})
