import { createApp } from 'vue'
import '@/shared/theme'
import 'tdesign-vue-next/es/style/index.css'
import './console.css'
import App from './App.vue'
import { router } from './router'
import { loadSession } from './session'

void loadSession().finally(() => createApp(App).use(router).mount('#app'))
