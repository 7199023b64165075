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
    { path: '/approvals', component: () => import('./pages/Approvals.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/approvals/new', component: () => import('./pages/ApprovalTemplates.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/approvals/new/:template', component: () => import('./pages/ApprovalNew.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/approvals/:sp_no', component: () => import('./pages/Approval.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/calendar', component: () => import('./pages/Calendar.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/calendar/new', component: () => import('./pages/ScheduleEdit.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/calendar/:id', component: () => import('./pages/Schedule.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/calendar/:id/edit', component: () => import('./pages/ScheduleEdit.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/rooms', component: () => import('./pages/Rooms.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/journals', component: () => import('./pages/Journals.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/journals/new/:template', component: () => import('./pages/JournalNew.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/journals/:uuid', component: () => import('./pages/Journal.vue'), meta: { tab: 'workbench', deep: true } },
    { path: '/me', component: () => import('./pages/Me.vue'), meta: { tab: 'me' } },
    { path: '/scan', component: () => import('./pages/Scan.vue'), meta: { tab: 'me', deep: true } },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
