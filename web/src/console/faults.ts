// What can go wrong on purpose, as the page of test controls offers it.

import { say } from '@/shared/words'
import type { Pair } from '@/shared/words'

export type Target = 'path' | 'bot' | 'callback'
export type Fault = { id?: string; path?: string; bot?: string; at?: string; callback?: string; times?: number; chance?: number; hits: number; skip?: number; script?: object[]; [act: string]: unknown }

/** One thing that can happen: value is the one to begin with, where it has one. */
export type Act = { name: string; words: Pair; value?: string; unit?: Pair; choices?: string[]; done?: boolean }

export const targets: { name: Target; words: Pair; hint: Pair }[] = [
  { name: 'path', words: ['接口', 'Calls'], hint: ['接口路径（可用 * 结尾，或单独一个 *）', 'Path (may end in *, or be * alone)'] },
  { name: 'bot', words: ['机器人长连接', "Robots' connections"], hint: ['bot_id，或 *', 'bot_id, or *'] },
  { name: 'callback', words: ['回调', 'Callbacks'], hint: ['事件，如 change_contact/*', 'Event, such as change_contact/*'] },
]

export const moments: { name: string; words: Pair }[] = [
  { name: 'now', words: ['立即，对已建立的连接', 'now, to those that are open'] },
  { name: 'connect', words: ['建立连接前', 'before it connects'] },
  { name: 'accepted', words: ['刚建立时', 'as soon as it has connected'] },
  ...['aibot_subscribe', 'ping', 'aibot_send_msg', 'aibot_respond_msg', 'aibot_respond_welcome_msg', 'aibot_respond_update_msg', 'aibot_msg_callback', 'aibot_event_callback', '*'].map((name) => ({ name, words: [name, name] as Pair })),
]

const ms: Pair = ['毫秒', 'Milliseconds']
const errcode: Act = { name: 'errcode', words: ['返回 errcode', 'answers an errcode'], value: '45009', unit: ['errcode', 'errcode'], done: true }
const delay: Act = { name: 'delay', words: ['延迟', 'is late'], value: '2000', unit: ms }
const drop: Act = { name: 'drop', words: ['断开连接', 'drops the connection'], done: true }
const reset: Act = { name: 'reset', words: ['重置连接（RST）', 'resets the connection (RST)'], done: true }
const status: Act = { name: 'status', words: ['返回 HTTP 状态码', 'answers an HTTP status'], value: '502', unit: ['状态码', 'Status'] }

const ofCalls: Act[] = [
  errcode,
  { ...status, done: true },
  { name: 'body', words: ['返回指定正文', 'answers this body'], value: '<html>502 Bad Gateway</html>', unit: ['正文（可为空）', 'Body (may be empty)'], done: true },
  { name: 'content_type', words: ['错误的 Content-Type', 'announces another type'], value: 'text/html', unit: ['Content-Type', 'Content-Type'] },
  { name: 'cut', words: ['正文中断', 'breaks off in the body'], value: '10', unit: ['字节之后', 'After bytes'] },
  { name: 'slow', words: ['正文很慢', 'sends the body slowly'], value: '3000', unit: ms },
  delay,
  drop,
  reset,
]
const states: Act[] = [
  { name: 'disconnected', words: ['发 disconnected_event，不关连接', 'disconnected_event, and stays open'] },
  { name: 'taken', words: ['被另一个程序顶替', 'another program takes over'] },
  { ...drop, words: ['断开（1006）', 'drops it (1006)'] },
  reset,
  { name: 'close', words: ['以状态码关闭', 'closes it with a status'], value: '1011', unit: ['状态码', 'Status'] },
  { name: 'silent', words: ['沉默：只读不答', 'is silent: reads, and answers nothing'] },
  { name: 'half_open', words: ['半开：不读不写', 'is half-open: neither reads nor writes'] },
]
const lost: Act = { name: 'lost', words: ['回执丢失', 'loses the acknowledgement'] }
const toRobot: Act[] = [{ ...lost, words: ['丢失', 'loses it'] }, { name: 'twice', words: ['发两次', 'sends it twice'] }, delay]
const fromRobot: Act[] = [{ ...errcode, value: '846609' }, lost, delay]
const ofCallbacks: Act[] = [
  { name: 'copies', words: ['重复发送', 'sends it several times'], value: '3', unit: ['次数', 'Frequency'] },
  delay,
  { name: 'hold', words: ['乱序：排到下一个之后', 'out of order: after the next one'] },
  { name: 'same_time', words: ['与上一个同 FromUserName 和 CreateTime', 'with FromUserName and CreateTime of the one before'] },
  { name: 'forge', words: ['伪造', 'wrong'], value: 'signature', choices: ['signature', 'token', 'key', 'receiveid', 'timestamp', 'body'] },
]

/** What can happen to a target; of a connection it depends on when. */
export function actsOf(of: Target, at: string): Act[] {
  if (of === 'path') return ofCalls
  if (of === 'callback') return ofCallbacks
  switch (at) {
    case 'now':
    case 'accepted':
      return states
    case 'connect':
      return [status, drop, reset, delay]
    case '*':
      return [{ ...errcode, value: '846609' }, delay, ...states]
    case 'aibot_msg_callback':
    case 'aibot_event_callback':
      return [...toRobot, ...states]
    case 'aibot_respond_msg':
      return [...fromRobot, { name: 'unfinished', words: ['流的结尾丢失', 'loses the end of a stream'] }, ...states]
  }
  return [...fromRobot, ...states]
}

export type Form = { of: Target; target: string; at: string; act: string; value: string; status: string; type: string; delay: string; done: boolean; skip: string; times: string; chance: string }

/** The request that sets what the form says. */
export function body(f: Form): Record<string, unknown> {
  const act = actsOf(f.of, f.at).find((a) => a.name === f.act)
  const out: Record<string, unknown> = { [f.of]: f.target.trim() }
  if (f.of === 'bot') out.at = f.at
  if (act?.value === undefined) out[f.act] = true
  else if (['delay', 'slow'].includes(f.act)) out[f.act] = `${f.value}ms`
  else if (['body', 'content_type', 'forge'].includes(f.act)) out[f.act] = f.value
  else out[f.act] = Number(f.value)
  if (f.act === 'body') {
    if (f.status) out.status = Number(f.status)
    if (f.type.trim()) out.content_type = f.type.trim()
  }
  if (f.of === 'bot' && f.at === 'now') return out
  if (f.delay && f.act !== 'delay') out.delay = `${f.delay}ms`
  if (f.done && act?.done) out.done = true
  if (f.skip) out.skip = Number(f.skip)
  if (f.times) out.times = Number(f.times)
  if (f.chance) out.chance = Number(f.chance) / 100
  return out
}

const all = [...ofCalls, ...states, ...toRobot, ...fromRobot, ...ofCallbacks, { name: 'unfinished', words: ['流的结尾丢失', 'loses the end of a stream'] as Pair }]

/** A fault in few words. */
export function summary(f: Fault): string {
  const steps = f.script as Fault[] | undefined
  if (steps?.length) return steps.map((s) => (summary(s) || '✓') + (s.times && s.times > 1 ? ` ×${s.times}` : '')).join(' → ')
  const out: string[] = []
  if (f.errcode) out.push(`errcode ${f.errcode}`)
  if (f.status) out.push(`HTTP ${f.status}`)
  for (const name of ['body', 'content_type', 'cut', 'slow', 'close', 'copies', 'forge']) {
    if (f[name] !== undefined) out.push(`${say(all.find((a) => a.name === name)!.words)} ${String(f[name]).slice(0, 40)}`)
  }
  for (const name of ['drop', 'reset', 'lost', 'twice', 'unfinished', 'silent', 'half_open', 'disconnected', 'taken', 'hold', 'same_time']) {
    if (f[name]) out.push(say(all.find((a) => a.name === name)!.words))
  }
  if (f.delay) out.push(`+${String(f.delay)}`)
  if (f.chance) out.push(`${Math.round(f.chance * 100)} %`)
  return out.join(' · ')
}
