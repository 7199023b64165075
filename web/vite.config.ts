import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The pages share one build, and with it what both load. Their files are below
// /web/assets/ with a digest in each name, so that a browser may keep them for ever.
export default defineConfig({
  base: '/web/',
  plugins: [vue({ template: { transformAssetUrls: false } })],
  resolve: { alias: { '@': at('./src') } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: scripts, and a file is cached
    modulePreload: { polyfill: false }, // an inline script otherwise
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: { console: at('./console/index.html'), phone: at('./phone/index.html'), wechat: at('./wechat/index.html') },
      output: {
        codeSplitting: {
          groups: [{ name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router)[\\/]/ }],
        },
      },
    },
  },
  server: {
    // `npm run dev` shows the pages while they are written, against a running server.
    proxy: Object.fromEntries(
      ['/console/api', '/phone/api', '/cgi-bin', '/account', '/_qiwei', '/openapi.json', '/wwhead', '/devtool'].map((path) => [
        path,
        { target: process.env.QIWEI_URL ?? 'http://127.0.0.1:7993', changeOrigin: false },
      ]),
    ),
  },
  // The codec of voice messages calls eval where nothing of ours reaches it.
  worker: { format: 'es', rolldownOptions: { checks: { eval: false } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
