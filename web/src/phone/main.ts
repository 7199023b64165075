import { createApp } from 'vue'
import '@/shared/theme'
import './phone.css'
import App from './App.vue'

createApp(App).mount('#app')
