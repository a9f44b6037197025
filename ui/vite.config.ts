import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = `http://127.0.0.1:${process.env.APEX_PORT ?? '8000'}`

/** What changes with us is one file, what changes with its publisher another: an update of ours leaves the big ones cached. */
const CHUNKS: [name: string, packages: RegExp][] = [
  ['katex', /node_modules\/katex\//],
  ['highlight', /node_modules\/highlight\.js\//],
  ['markdown', /node_modules\/(markdown-it|linkify-it|mdurl|uc\.micro|entities|punycode|dompurify)/],
  ['vue', /node_modules\/(@vue|vue|vue-router|pinia)\//],
]

export default defineConfig({
  plugins: [vue(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 600,
    assetsInlineLimit: 2048,
    rolldownOptions: {
      output: { codeSplitting: { groups: CHUNKS.map(([name, test]) => ({ name, test })) } },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server, ws: true },
      '/openapi.json': { target: server },
      '/docs': { target: server },
    },
  },
  test: { environment: 'jsdom', include: ['tests/**/*.spec.ts', 'src/**/*.spec.ts'], setupFiles: ['tests/setup.ts'], unstubGlobals: true, testTimeout: 30_000 },
})
