// Takes pictures of every page of the phone, at two widths and in both languages:
//   node e2e/gallery.mjs FOLDER [part of a name …]

import { mkdirSync } from 'node:fs'
import { World } from './world.mjs'
import { fill } from './messages.mjs'

const [folder = 'gallery', ...only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const w = await World.start()
try {
  await w.listen()
  await fill(w, 'lisi')
  for (const [width, height] of [
    [390, 844],
    [1280, 800],
  ]) {
    for (const lang of ['zh', 'en']) {
      for (const dark of lang === 'zh' ? [false, true] : [false]) {
        const page = await w.phone('lisi', { width, height, lang, dark })
        await page.waitForSelector('.rows')
        for (const [name, path, act] of [
          ['messages', '/phone/', undefined],
          ['chat', `/phone/a/${w.app.agentid}`, undefined],
          ['contacts', '/phone/contacts', undefined],
          ['contact', '/phone/contacts/of/zhangsan', undefined],
          ['workbench', '/phone/workbench', undefined],
          ['me', '/phone/me', undefined],
          ['scan', '/phone/scan', undefined],
        ]) {
          const file = `${name}-${width}-${lang}${dark ? '-dark' : ''}`
          if (only.length > 0 && !only.some((o) => file.includes(o))) continue
          await page.goto(w.url + path)
          await page.waitForLoadState('load')
          await page.waitForTimeout(700)
          await act?.(page)
          if (name === 'chat') {
            // The whole conversation, screen by screen.
            const list = page.locator('.messages')
            const { all, one } = await list.evaluate((e) => ({ all: e.scrollHeight, one: e.clientHeight }))
            for (let i = 0, at = 0; at < all && i < 14; i++, at += one - 40) {
              await list.evaluate((e, y) => (e.scrollTop = y), at)
              await page.waitForTimeout(120)
              await page.screenshot({ path: `${folder}/${file}-${String(i).padStart(2, '0')}.png` })
            }
          } else await page.screenshot({ path: `${folder}/${file}.png` })
        }
        if (page.problems.length > 0) console.log(width, lang, page.problems)
        if (page.outside.length > 0) console.log('outside:', page.outside)
        await page.context().close()
      }
    }
  }
} finally {
  await w.stop()
}
