import { describe, expect, it } from 'vitest'
import { best, fits } from './finds'

describe('fits', () => {
  it('wants every word, in any order and letter case', () => {
    expect(fits('POST /cgi-bin/user/create', ['create', 'user'])).toBeDefined()
    expect(fits('/cgi-bin/user/create', ['user', 'delete'])).toBeUndefined()
  })
  it('prefers the beginning of a word', () => {
    expect(fits('/cgi-bin/user/get', ['get'])!).toBeLessThan(fits('/cgi-bin/forget', ['get'])!)
  })
})

describe('best', () => {
  const names = ['标签 Tags', '成员 Members', '会话存档 Chat archive', 'Chat groups']
  it('finds by both languages, and no more than asked', () => {
    expect(best(names, (n) => n, '会话')).toEqual(['会话存档 Chat archive'])
    expect(best(names, (n) => n, 'chat', 1)).toHaveLength(1)
  })
  it('finds nothing where nothing fits, and the first where nothing is asked', () => {
    expect(best(names, (n) => n, 'zzz')).toEqual([])
    expect(best(names, (n) => n, '', 2)).toHaveLength(2)
  })
})
