import { createRouter, createWebHistory } from 'vue-router'

// Each page is a file of its own that is fetched when it is first opened.
export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/Home.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
