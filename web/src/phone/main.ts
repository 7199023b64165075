import { createApp } from 'vue'
import '@/shared/theme'
import './phone.css'
import App from './App.vue'
import { router } from './router'

createApp(App).use(router).mount('#app')

// The shell opens without the network; what is in it always comes from the server.
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker.register('/phone/sw.js', { scope: '/phone/' }).catch(() => {})
}
