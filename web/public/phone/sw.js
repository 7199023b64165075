// Keeps the shell of the phone, so that it opens without the network and says so. It
// keeps nothing that is a member's: messages, files and pictures always come from the
// server.
const kept = 'qiwei-phone-shell'

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== self.location.origin) return
  // Files with a digest in their name never change.
  if (url.pathname.startsWith('/web/assets/')) {
    e.respondWith(
      caches.open(kept).then(async (cache) => {
        const before = await cache.match(e.request)
        if (before) return before
        const answer = await fetch(e.request)
        if (answer.ok) await cache.put(e.request, answer.clone())
        return answer
      }),
    )
    return
  }
  // The page itself is asked for anew; what was kept stands in when there is no network.
  if (e.request.mode === 'navigate' && url.pathname.startsWith('/phone/') && !url.pathname.startsWith('/phone/api/')) {
    e.respondWith(
      caches.open(kept).then(async (cache) => {
        try {
          const answer = await fetch(e.request)
          if (answer.ok) {
            await cache.put('/phone/', answer.clone())
            await tidy(cache, await answer.clone().text())
          }
          return answer
        } catch (lost) {
          const before = await cache.match('/phone/')
          if (before) return before
          throw lost
        }
      }),
    )
  }
})

// With a new build the files of the old one go, once the page names others.
async function tidy(cache, page) {
  const named = page.match(/\/web\/assets\/[^"']+/g) ?? []
  const before = await cache.match('named')
  const text = named.join('\n')
  if (before && (await before.text()) === text) return
  for (const key of await cache.keys()) if (new URL(key.url).pathname.startsWith('/web/assets/')) await cache.delete(key)
  await cache.put('named', new Response(text))
}
