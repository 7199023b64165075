import { createApp } from 'vue'
import '@/shared/theme'
import 'tdesign-vue-next/es/style/index.css'
import './console.css'
import App from './App.vue'
import { router } from './router'
import { fail } from './parts/ask'
import { loadSession } from './session'
import { say } from '@/shared/words'

// Where a page's own file cannot be fetched, the menu would do nothing and say nothing.
router.onError((e) => fail(/import|fetch|module/i.test(String(e)) ? new Error(say(['页面加载失败：服务器没有响应，或已升级。请刷新页面。', 'The page could not be loaded: the server is away, or was upgraded. Reload the page.'])) : e))

void loadSession().finally(() => createApp(App).use(router).mount('#app'))
