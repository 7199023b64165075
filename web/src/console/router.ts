import { createRouter, createWebHistory } from 'vue-router'
import type { Pair } from '@/shared/words'
import type { Right } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    title?: Pair // every page of the console has one; those of the phone have none
    right?: Right
  }
}

// Each page is a file of its own that is fetched when it is first opened.
export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/Home.vue'), meta: { title: ['首页', 'Home'] } },
    { path: '/calls/:no?', name: 'calls', component: () => import('./pages/Calls.vue'), meta: { title: ['接口调用', 'Calls'], right: 'read-corp' } },
    { path: '/directory', name: 'directory', component: () => import('./pages/Directory.vue'), meta: { title: ['通讯录', 'Directory'], right: 'read-directory' } },
    { path: '/tags', name: 'tags', component: () => import('./pages/Tags.vue'), meta: { title: ['标签', 'Tags'], right: 'read-directory' } },
    { path: '/apps', name: 'apps', component: () => import('./pages/Apps.vue'), meta: { title: ['应用', 'Applications'], right: 'read-corp' } },
    { path: '/apps/:agentid', name: 'app', component: () => import('./pages/Application.vue'), meta: { title: ['应用', 'Application'], right: 'read-corp' } },
    { path: '/market', name: 'market', component: () => import('./pages/Market.vue'), meta: { title: ['应用市场', 'Market'], right: 'read-corp' } },
    { path: '/provider', name: 'provider', component: () => import('./pages/Provider.vue'), meta: { title: ['服务商', 'Provider'], right: 'read-corp' } },
    { path: '/permissions', name: 'permissions', component: () => import('./pages/Permissions.vue'), meta: { title: ['接口权限', 'Permissions'], right: 'read-corp' } },
    { path: '/callbacks/:no?', name: 'callbacks', component: () => import('./pages/Callbacks.vue'), meta: { title: ['回调', 'Callbacks'], right: 'read-corp' } },
    { path: '/messages', name: 'messages', component: () => import('./pages/Messages.vue'), meta: { title: ['消息', 'Messages'], right: 'read-corp' } },
    { path: '/explorer', name: 'explorer', component: () => import('./pages/Explorer.vue'), meta: { title: ['接口调试', 'API explorer'], right: 'edit-corp' } },
    { path: '/control', name: 'control', component: () => import('./pages/Control.vue'), meta: { title: ['测试控制', 'Test controls'], right: 'edit-corp' } },
    { path: '/audit', name: 'audit', component: () => import('./pages/Audit.vue'), meta: { title: ['操作日志', 'Audit log'], right: 'read-corp' } },
    { path: '/admins', name: 'admins', component: () => import('./pages/Admins.vue'), meta: { title: ['管理员', 'Admins'], right: 'rule' } },
    { path: '/approvals', name: 'approvals', component: () => import('./pages/Approvals.vue'), meta: { title: ['审批', 'Approvals'], right: 'read-corp' } },
    { path: '/approvals/templates/new', name: 'approval-template-new', component: () => import('./pages/ApprovalTemplate.vue'), meta: { title: ['审批模板', 'Approval template'], right: 'edit-corp' } },
    { path: '/approvals/templates/:template', name: 'approval-template', component: () => import('./pages/ApprovalTemplate.vue'), meta: { title: ['审批模板', 'Approval template'], right: 'read-corp' } },
    { path: '/leave', name: 'leave', component: () => import('./pages/Leave.vue'), meta: { title: ['假期', 'Leave'], right: 'read-corp' } },
    { path: '/journals', name: 'journals', component: () => import('./pages/Journals.vue'), meta: { title: ['汇报', 'Reports'], right: 'read-corp' } },
    { path: '/calendars', name: 'calendars', component: () => import('./pages/Calendars.vue'), meta: { title: ['日程', 'Calendars'], right: 'read-corp' } },
    { path: '/rooms', name: 'rooms', component: () => import('./pages/Rooms.vue'), meta: { title: ['会议室', 'Meeting rooms'], right: 'read-corp' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.name === from.name ? undefined : { top: 0 }),
})
