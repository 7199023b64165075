import { createRouter, createWebHistory } from 'vue-router'
import Messages from './pages/Messages.vue'

export const router = createRouter({
  history: createWebHistory('/phone/'),
  routes: [
    {
      path: '/',
      component: Messages,
      meta: { tab: 'messages' },
      children: [
        { path: 'a/:agentid', component: () => import('./pages/Chat.vue'), meta: { deep: true } },
        { path: 'a/:agentid/c/:chatid', component: () => import('./pages/Chat.vue'), meta: { deep: true } },
        { path: 'b/:bot', component: () => import('./pages/Chat.vue'), meta: { deep: true } },
        { path: 'b/:bot/c/:chatid', component: () => import('./pages/Chat.vue'), meta: { deep: true } },
        { path: 'm/:id', component: () => import('./pages/Talk.vue'), meta: { deep: true, room: 'm' } },
        { path: 'g/:id', component: () => import('./pages/Talk.vue'), meta: { deep: true, room: 'g' } },
        { path: 'c/:id', component: () => import('./pages/Talk.vue'), meta: { deep: true, room: 'c' } },
        { path: 'r/:id', component: () => import('./pages/Talk.vue'), meta: { deep: true, room: 'r' } },
        { path: 'r/:id/about', component: () => import('./pages/CustomerGroup.vue'), meta: { deep: true } },
        { path: 'k/:open/:external', component: () => import('./pages/Session.vue'), meta: { deep: true } },
        { path: 'g/:id/about', component: () => import('./pages/Group.vue'), meta: { deep: true } },
      ],
    },
    { path: '/a/:agentid/article/:no/:index', component: () => import('./pages/Article.vue'), meta: { tab: 'messages', deep: true } },
    {
      path: '/contacts',
      component: () => import('./pages/Contacts.vue'),
      meta: { tab: 'contacts' },
      children: [{ path: 'of/:userid', component: () => import('./pages/Contact.vue'), meta: { deep: true } }],
    },
    { path: '/workbench', component: () => import('./pages/Workbench.vue'), meta: { tab: 'workbench' } },
    { path: '/checkin', component: () => import('./pages/CheckIn.vue'), meta: { tab: 'workbench', deep: true } },
    {
      path: '/customers',
      component: () => import('./pages/Customers.vue'),
      meta: { tab: 'customers' },
      children: [{ path: 'of/:id', component: () => import('./pages/Customer.vue'), meta: { deep: true } }],
    },
    { path: '/todo', component: () => import('./pages/Todo.vue'), meta: { tab: 'customers', deep: true } },
    { path: '/moments', component: () => import('./pages/Moments.vue'), meta: { tab: 'customers', deep: true } },
    { path: '/desk', component: () => import('./pages/Desk.vue'), meta: { tab: 'customers', deep: true } },
    { path: '/me', component: () => import('./pages/Me.vue'), meta: { tab: 'me' } },
    { path: '/scan', component: () => import('./pages/Scan.vue'), meta: { tab: 'me', deep: true } },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
