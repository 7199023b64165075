import { chromium } from 'playwright-core'
const [out, w, ...files] = process.argv.slice(2)
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--allow-file-access-from-files'] })
const p = await b.newPage({ viewport: { width: 1560, height: 400 } })
import { readFileSync } from 'node:fs'
await p.setContent('<style>body{margin:0;background:#888;display:flex;flex-wrap:wrap;gap:6px}img{width:'+w+'px}</style>' + files.map(f => `<img src="data:image/png;base64,${readFileSync(f).toString('base64')}">`).join(''))
await p.waitForTimeout(300)
await p.screenshot({ path: out, fullPage: true })
await b.close()
