import { createRouter, createWebHistory } from 'vue-router'
import { defineComponent } from 'vue'

// App.vue shows all of it, side by side where there is room; the address says what is open.
const none = defineComponent({ render: () => null })

export const router = createRouter({
  history: createWebHistory('/wechat/'),
  routes: [
    { path: '/', component: none },
    { path: '/way/:config', name: 'way', component: none }, // where a contact way's QR code leads
    { path: '/join/:config', name: 'join', component: none }, // and a join way's
    { path: '/scan', name: 'scan', component: none }, // every other link, as ?link=
    { path: '/of/:person', name: 'person', component: none },
    { path: '/of/:person/moments', name: 'moments', component: none },
    { path: '/of/:person/:corp/g/:chat', name: 'group', component: none },
    { path: '/of/:person/:corp/k/:open', name: 'service', component: none },
    { path: '/of/:person/:corp/:member', name: 'talk', component: none },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
