// Takes pictures of every page of the console, at three widths, in both languages, light and dark, and lays them out on
// sheets to look over:
//   node e2e/console_gallery.mjs FOLDER [part of a name …]
// A name is page-width-language, with -dark at the end: calls-390-zh-dark.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { settled, World } from './world.mjs'
import { fill } from './messages.mjs'

const [folder = 'gallery', ...only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

// The pages are those that the router names: a new one is in the pictures by itself.
const router = readFileSync(new URL('../src/console/router.ts', import.meta.url), 'utf8')
const paths = [...router.matchAll(/\{ path: '(\/[^']*)', name: '([^']+)'/g)].map(([, path, name]) => ({ name, path: path.replace(/\/:\w+\?$/, '') }))

const wanted = (file) => only.length === 0 || only.some((o) => file.includes(o))
const acrossAndDown = { 1440: [3, 4], 1024: [4, 3], 390: [8, 2] }

async function sheet(w, files, width, name) {
  const [across, down] = acrossAndDown[width]
  for (let at = 0, no = 1; at < files.length; at += across * down, no++) {
    const page = await w.page({ viewport: { width: 1920, height: 600 } })
    const cells = files.slice(at, at + across * down).map(({ file, shot }) => `<figure><img src="data:image/jpeg;base64,${shot.toString('base64')}"><figcaption>${file}</figcaption></figure>`)
    await page.setContent(`<style>body{margin:0;display:grid;grid-template-columns:repeat(${across},1fr);gap:6px;background:#888;font:12px sans-serif}figure{margin:0}img{width:100%;display:block}</style>${cells.join('')}`)
    await page.screenshot({ path: join(folder, `sheet-${name}-${no}.png`), fullPage: true })
    await page.context().close()
  }
}

const w = await World.start()
try {
  await w.listen()
  await fill(w, 'lisi')
  for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
    for (const lang of ['zh', 'en']) {
      for (const dark of [false, true]) {
        const end = `-${width}-${lang}${dark ? '-dark' : ''}`
        const pages = paths.map((p) => ({ ...p, file: p.name + end })).filter((p) => wanted(p.file))
        if (pages.length === 0) continue
        const page = await w.console({ width, height, lang, dark })
        const shots = []
        for (const { path, file } of pages) {
          await page.goto(`${w.url}/console${path.replace(':agentid', w.app.agentid).replace(':template', 'new')}`)
          await settled(page)
          await page.waitForTimeout(150)
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          if (wide > 0) console.log(`${file}: ${wide} px too wide`)
          const shot = await page.screenshot({ type: 'jpeg', quality: 80, path: join(folder, `${file}.jpg`) })
          shots.push({ file, shot })
        }
        if (page.problems.length > 0) console.log(end, page.problems)
        if (page.outside.length > 0) console.log('outside:', page.outside)
        await page.context().close()
        await sheet(w, shots, width, end.slice(1))
      }
    }
  }
} finally {
  await w.stop()
}
