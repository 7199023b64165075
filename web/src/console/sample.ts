// A body to begin with: what most calls of the path look like, or else the fields of
// its schema.

export type Schema = { type?: string | string[]; properties?: Record<string, Schema>; items?: Schema; $ref?: string; oneOf?: Schema[]; anyOf?: Schema[]; allOf?: Schema[]; examples?: unknown[]; enum?: unknown[] }

type Known = { userid: string; agentid: number }

const samples: Record<string, (k: Known) => unknown> = {
  '/cgi-bin/message/send': (k) => ({ touser: k.userid, msgtype: 'text', agentid: k.agentid, text: { content: 'Hello' } }),
  '/cgi-bin/user/create': () => ({ userid: 'newmember', name: '新成员', mobile: '+85251234567', department: [1] }),
  '/cgi-bin/user/update': (k) => ({ userid: k.userid, position: '工程师' }),
  '/cgi-bin/department/create': () => ({ name: '新部门', parentid: 1 }),
  '/cgi-bin/tag/create': () => ({ tagname: '新标签' }),
  '/cgi-bin/appchat/create': (k) => ({ name: '项目群', owner: k.userid, userlist: [k.userid] }),
}

export function sampleOf(path: string, schema: Schema, all: Record<string, Schema>, known: Known): unknown {
  const made = samples[path]?.(known)
  return made ?? build(schema, all, known, 0)
}

function build(schema: Schema, all: Record<string, Schema>, known: Known, depth: number): unknown {
  if (schema.$ref) return build(all[schema.$ref.split('/').pop()!] ?? {}, all, known, depth)
  const some = schema.oneOf?.[0] ?? schema.anyOf?.[0] ?? schema.allOf?.[0]
  if (some) return build(some, all, known, depth)
  if (schema.examples?.length) return schema.examples[0]
  if (schema.enum?.length) return schema.enum[0]
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'object': {
      const out: Record<string, unknown> = {}
      if (depth > 2) return out
      for (const [name, s] of Object.entries(schema.properties ?? {})) {
        if (name === 'agentid') out[name] = known.agentid
        else if (name === 'userid') out[name] = known.userid
        else out[name] = build(s, all, known, depth + 1)
      }
      return out
    }
    case 'array':
      return depth > 2 || !schema.items ? [] : [build(schema.items, all, known, depth + 1)]
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
  }
  return ''
}
