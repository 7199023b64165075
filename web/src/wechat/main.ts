import { createApp } from 'vue'
import '@/shared/theme'
import './wechat.css'
import App from './App.vue'
import { router } from './router'

createApp(App).use(router).mount('#app')
