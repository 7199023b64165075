// Packs the built pages: the program carries them, and a browser is sent them, as
// gzip. A file that gains nothing stays as it is.
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = new URL('./dist/', import.meta.url).pathname
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.startsWith('.') || entry.name.endsWith('.gz')) continue
  const path = join(entry.parentPath ?? entry.path, entry.name)
  const plain = readFileSync(path)
  const packed = gzipSync(plain, { level: 9 })
  if (packed.length >= plain.length) continue
  writeFileSync(path + '.gz', packed)
  unlinkSync(path)
}
