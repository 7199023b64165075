// The fields of a request: those that WeCom's page of the call documents, and after them those that the server knows
// beside, such as the parts of messages, which WeCom documents on pages of their own.

export type Field = { name: string; type: string; need: string }
export type Schema = { type?: string | string[]; $ref?: string; properties?: Record<string, Schema>; items?: Schema; allOf?: Schema[] }
export type Schemas = Record<string, Schema>

const typeOf = (s: Schema) => [s.type ?? ''].flat().find((t) => t !== 'null') ?? ''

/** The fields of a schema, with their places, such as news.articles[].title; what contains itself is named once. */
export function fieldsOf(schema: Schema | undefined, all: Schemas): Field[] {
  const out: Field[] = []
  const walk = (s: Schema | undefined, at: string, above: string[]) => {
    if (s?.$ref) {
      if (above.includes(s.$ref)) return
      return walk(all[s.$ref.replace('#/components/schemas/', '')], at, [...above, s.$ref])
    }
    for (const part of s?.allOf ?? []) walk(part, at, above)
    for (const [name, field] of Object.entries(s?.properties ?? {})) put(field, at ? `${at}.${name}` : name, above)
  }
  const put = (field: Schema, name: string, above: string[]) => {
    const known = field.$ref ? all[field.$ref.replace('#/components/schemas/', '')] : field
    const type = known ? typeOf(known) || (known.properties ? 'object' : '') : ''
    const items = known?.items
    const inner = items?.$ref ? all[items.$ref.replace('#/components/schemas/', '')] : items
    const ofObjects = !!inner?.properties
    out.push({ name, type: type === 'array' && inner && !ofObjects ? `array of ${typeOf(inner) || 'any'}` : type, need: '' })
    if (ofObjects) walk(items, `${name}[]`, above)
    else walk(field, name, above)
  }
  walk(schema, '', [])
  return out
}

/** The documented fields, and after them the others. */
export function merged(documented: Field[], others: Field[]): Field[] {
  const have = new Set(documented.map((f) => f.name))
  return [...documented, ...others.filter((f) => !have.has(f.name))]
}
