import { describe, expect, it } from 'vitest'
import { follow, pieces } from './links'
import { partsOf } from './parts/TextCard'

const base = 'http://127.0.0.1:7993'

describe('follow', () => {
  const cases: [string, string, string | undefined][] = [
    ['another site', 'https://a.example/x?y=1', 'https://a.example/x?y=1'],
    ['this server', 'http://127.0.0.1:7993/wwpic/1', '/wwpic/1'],
    ['a path', '/phone/api/pictures/1', '/phone/api/pictures/1'],
    ['web authorisation at WeCom', 'https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww1#wechat_redirect', '/connect/oauth2/authorize?appid=ww1#wechat_redirect'],
    ['a QR sign-in at WeCom', 'https://login.work.weixin.qq.com/wwlogin/sso/login?appid=ww1', '/wwlogin/sso/login?appid=ww1'],
    ['the rest of WeCom', 'https://open.weixin.qq.com/other', 'https://open.weixin.qq.com/other'],
    ['a script', 'javascript:alert(1)', undefined],
    ['a script in capitals and spaces', '  JaVaScRiPt:alert(1)', undefined],
    ['data', 'data:text/html,<script>1</script>', undefined],
    ['another host by slashes', '//evil.example/x', undefined],
    ['another host by a backslash', '/\\evil.example', undefined],
    ['another host by a tab', '/\t/evil.example', undefined],
    ['a name that begins like ours', 'http://127.0.0.1.evil.example:7993/', 'http://127.0.0.1.evil.example:7993/'],
    ['nothing', '', undefined],
  ]
  it.each(cases)('%s', (_, url, want) => expect(follow(url, base)).toBe(want))
})

describe('pieces', () => {
  it('finds links and addresses', () => {
    expect(pieces('见<a href="https://a.example/1">这里</a>，或 https://b.example/2。')).toEqual([
      { text: '见' },
      { text: '这里', href: 'https://a.example/1' },
      { text: '，或 ' },
      { text: 'https://b.example/2', href: 'https://b.example/2' },
      { text: '。' },
    ])
  })
  it('leaves other elements as they are written', () => {
    expect(pieces('<b onclick=x>a</b><script>1</script>')).toEqual([{ text: '<b onclick=x>a</b><script>1</script>' }])
  })
  it('does not follow a script', () => {
    expect(pieces('<a href="javascript:alert(1)">x</a>')).toEqual([{ text: 'x', href: undefined }])
  })
})

describe('the description of a text card', () => {
  it('has its three tones and line breaks', () => {
    expect(partsOf('<div class="gray">日期</div> <div class="normal">正文<br>二</div><div class="highlight">急</div>尾')).toEqual([
      { class: 'gray', text: '日期' },
      { class: 'normal', text: '正文\n二' },
      { class: 'highlight', text: '急' },
      { class: '', text: '尾' },
    ])
  })
  it('leaves every other element out', () => {
    expect(partsOf('a<img src=x onerror=1><script>b</script>')).toEqual([{ class: '', text: 'ab' }])
  })
})
