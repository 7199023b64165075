// Requests to this server's own JSON: what came back, or a Refusal that says why not.

import { lang, say } from './words'

/** What the server says about a request that it refused. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** WeCom's error code, where there is one. */
    readonly errcode = 0,
    /** Errors by the name of the form's field that they are about. */
    readonly fields: Record<string, string> = {},
    /** A word for the page, not for the person: stale, gone, inspector-off, … */
    readonly reason = '',
  ) {
    super(message)
  }
}

type Body = { error?: string; errcode?: number; fields?: Record<string, string>; reason?: string }

/** Called when nobody is signed in any more; a page says what is to happen then. */
export const signedOut = { call: () => {} }

export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: {
        'Accept-Language': lang.value,
        ...(body === undefined ? {} : { 'Content-Type': body instanceof Blob ? body.type || 'application/octet-stream' : 'application/json' }),
      },
      body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
      credentials: 'same-origin',
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Refusal(0, say(['连接不上服务器，请检查服务是否在运行', 'The server cannot be reached. Is it running?']))
  }
  const text = await answer.text()
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new Refusal(answer.status, text.slice(0, 200) || answer.statusText)
  }
  if (answer.ok) return value as T
  if (answer.status === 401) signedOut.call()
  const said = (value ?? {}) as Body
  throw new Refusal(answer.status, said.error || answer.statusText || String(answer.status), said.errcode, said.fields, said.reason)
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body: unknown = {}) => request<T>('POST', path, body)
export const put = <T>(path: string, body: unknown = {}) => request<T>('PUT', path, body)
export const del = <T>(path: string) => request<T>('DELETE', path)

/** path with a query of the values that are not empty. */
export function withQuery(path: string, values: Record<string, string | number | boolean | undefined>): string {
  const q = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') q.set(name, String(value))
  const text = q.toString()
  return text === '' ? path : `${path}?${text}`
}
