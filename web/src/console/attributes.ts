// The attributes of a member: which names there are the enterprise has declared, and what each holds is the member's.

import type { DirectoryAttribute as Attribute } from '@/shared/api'

export type AttributeField = Required<Attribute>

const blank = (name: string): AttributeField => ({ Type: 0, Name: name, Text: '', URL: '', Title: '', AppID: '', PagePath: '' })

/** A field for every name that is declared, filled in with what the member has. */
export function attributeFields(names: string[], held: Attribute[]): AttributeField[] {
  return names.map((name) => ({ ...blank(name), ...held.find((a) => a.Name === name) }))
}

/** What the fields say, of each only what its type has. A field without a value removes what was there. */
export function attributeValues(fields: AttributeField[]): Attribute[] {
  return fields.map(({ Type, Name, Text, URL, Title, AppID, PagePath }) => {
    if (Type === 1) return { Type, Name, URL: URL.trim(), Title: Title.trim() }
    if (Type === 2) return { Type, Name, AppID: AppID.trim(), PagePath: PagePath.trim(), Title: Title.trim() }
    return { Type: 0, Name, Text: Text.trim() }
  })
}
