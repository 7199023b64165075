import { createRouter, createWebHistory } from 'vue-router'
import type { Pair } from '@/shared/words'
import type { Right } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    title?: Pair // every page of the console has one; those of the phone have none
    short?: Pair // what it is called among pages that belong together, if not by its title
    right?: Right
    under?: string // name of the entry in the menu that it belongs to, if it has none of its own
  }
}

// Each page is a file of its own that is fetched when it is first opened.
export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/Home.vue'), meta: { title: ['首页', 'Home'] } },
    { path: '/calls/:no?', name: 'calls', component: () => import('./pages/Calls.vue'), meta: { title: ['接口调用', 'Calls'], right: 'read-corp' } },
    { path: '/trends', name: 'trends', component: () => import('./pages/Trends.vue'), meta: { title: ['趋势', 'Trends'], right: 'read-corp' } },
    { path: '/directory', name: 'directory', component: () => import('./pages/Directory.vue'), meta: { title: ['通讯录', 'Directory'], right: 'read-directory' } },
    { path: '/org', name: 'org', component: () => import('./pages/OrgChart.vue'), meta: { title: ['组织架构图', 'Org chart'], right: 'read-directory', under: 'directory' } },
    { path: '/tags', name: 'tags', component: () => import('./pages/Tags.vue'), meta: { title: ['标签', 'Tags'], right: 'read-directory' } },
    { path: '/apps', name: 'apps', component: () => import('./pages/Apps.vue'), meta: { title: ['应用', 'Applications'], right: 'read-corp' } },
    { path: '/apps/:agentid', name: 'app', component: () => import('./pages/Application.vue'), meta: { title: ['应用', 'Application'], right: 'read-corp' } },
    { path: '/market', name: 'market', component: () => import('./pages/Market.vue'), meta: { title: ['应用市场', 'Market'], right: 'read-corp' } },
    { path: '/provider', name: 'provider', component: () => import('./pages/Provider.vue'), meta: { title: ['服务商', 'Provider'], right: 'read-corp' } },
    { path: '/permissions', name: 'permissions', component: () => import('./pages/Permissions.vue'), meta: { title: ['接口权限', 'Permissions'], right: 'read-corp' } },
    { path: '/callbacks/:no?', name: 'callbacks', component: () => import('./pages/Callbacks.vue'), meta: { title: ['回调', 'Callbacks'], right: 'read-corp' } },
    { path: '/callback-doctor', name: 'callback-doctor', component: () => import('./pages/CallbackDoctor.vue'), meta: { title: ['回调体检', 'Callback doctor'], right: 'edit-corp', under: 'callbacks' } },
    { path: '/messages', name: 'messages', component: () => import('./pages/Messages.vue'), meta: { title: ['消息', 'Messages'], right: 'read-corp' } },
    { path: '/checkin', name: 'checkin', component: () => import('./pages/CheckIn.vue'), meta: { title: ['打卡', 'Check-in'], right: 'read-corp' } },
    { path: '/archive', name: 'archive', component: () => import('./pages/Archive.vue'), meta: { title: ['会话存档', 'Chat archive'] } },
    { path: '/archive/read', name: 'archive-read', component: () => import('./pages/ArchiveRead.vue'), meta: { title: ['会话存档', 'Chat archive'] } },
    { path: '/archive/keep', name: 'archive-keep', component: () => import('./pages/ArchiveKeep.vue'), meta: { title: ['会话存档', 'Chat archive'] } },
    { path: '/archive/reads', name: 'archive-reads', component: () => import('./pages/ArchiveReads.vue'), meta: { title: ['会话存档', 'Chat archive'] } },
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
    { path: '/todos/:todo?', name: 'todos', component: () => import('./pages/Todos.vue'), meta: { title: ['待办', 'To-dos'], right: 'read-corp' } },
    { path: '/livings/:living?', name: 'livings', component: () => import('./pages/Livings.vue'), meta: { title: ['直播', 'Live broadcasts'], right: 'read-corp' } },
    { path: '/roster/:userid?', name: 'roster', component: () => import('./pages/Roster.vue'), meta: { title: ['花名册', 'Roster'], right: 'read-corp' } },
    { path: '/health/:job?', name: 'health', component: () => import('./pages/Health.vue'), meta: { title: ['健康上报', 'Health reports'], right: 'read-corp' } },
    { path: '/invoices/:no?', name: 'invoices', component: () => import('./pages/Invoices.vue'), meta: { title: ['电子发票', 'Invoices'], right: 'read-corp' } },
    { path: '/dial', name: 'dial', component: () => import('./pages/Dial.vue'), meta: { title: ['公费电话', 'Telephone'], right: 'read-corp' } },
    { path: '/security/:view?', name: 'security', component: () => import('./pages/Security.vue'), meta: { title: ['安全与管理', 'Security'], right: 'read-corp' } },
    { path: '/tools/:bot?', name: 'tools', component: () => import('./pages/RobotTools.vue'), meta: { title: ['机器人工具', 'Robots’ tools'], right: 'read-corp' } },
    { path: '/customers/:external?', name: 'customers', component: () => import('./pages/Customers.vue'), meta: { title: ['客户', 'Customers'], right: 'read-customers' } },
    { path: '/customer-groups/:chat?', name: 'customer-groups', component: () => import('./pages/CustomerGroups.vue'), meta: { title: ['客户群', 'Customer groups'], short: ['客户群', 'Groups'], right: 'read-customers', under: 'customers' } },
    { path: '/customer-tags', name: 'customer-tags', component: () => import('./pages/CustomerTags.vue'), meta: { title: ['客户标签', 'Customer tags'], short: ['标签', 'Tags'], right: 'read-customers', under: 'customers' } },
    { path: '/customer-trends', name: 'customer-trends', component: () => import('./pages/CustomerTrends.vue'), meta: { title: ['客户统计', 'Trends of customers'], short: ['统计', 'Trends'], right: 'read-customers', under: 'customers' } },
    { path: '/contact-ways/:config?', name: 'contact-ways', component: () => import('./pages/ContactWays.vue'), meta: { title: ['联系我', 'Contact ways'], right: 'read-corp' } },
    { path: '/join-ways/:config?', name: 'join-ways', component: () => import('./pages/JoinWays.vue'), meta: { title: ['加入群聊', 'Join ways'], right: 'read-corp', under: 'contact-ways' } },
    { path: '/acquisition/:link?', name: 'acquisition', component: () => import('./pages/Acquisition.vue'), meta: { title: ['获客链接', 'Acquisition links'], right: 'read-corp', under: 'contact-ways' } },
    { path: '/mass/:msgid?', name: 'mass', component: () => import('./pages/MassMessages.vue'), meta: { title: ['客户群发', 'Mass messages'], right: 'read-corp' } },
    { path: '/moments/:moment?', name: 'moments', component: () => import('./pages/Moments.vue'), meta: { title: ['客户朋友圈', 'Moments'], right: 'read-corp', under: 'mass' } },
    { path: '/group-welcomes', name: 'group-welcomes', component: () => import('./pages/GroupWelcomes.vue'), meta: { title: ['入群欢迎语', 'Group welcomes'], right: 'read-corp', under: 'mass' } },
    { path: '/products', name: 'products', component: () => import('./pages/Products.vue'), meta: { title: ['商品图册', 'Products'], right: 'read-corp', under: 'mass' } },
    { path: '/service/:kf?', name: 'service', component: () => import('./pages/ServiceAccounts.vue'), meta: { title: ['微信客服', 'Customer service'], right: 'read-corp' } },
    { path: '/customer-scope', name: 'customer-scope', component: () => import('./pages/CustomerScope.vue'), meta: { title: ['客户联系权限', 'Customer contact: who may'], short: ['权限', 'Who may'], right: 'read-corp' } },
    { path: '/sensitive', name: 'sensitive', component: () => import('./pages/Sensitive.vue'), meta: { title: ['聊天敏感词', 'Sensitive words'], right: 'read-corp', under: 'customer-scope' } },
    { path: '/provider/editions', name: 'editions', component: () => import('./pages/Editions.vue'), meta: { title: ['付费版本', 'Paid editions'], short: ['版本', 'Editions'], right: 'read-corp', under: 'provider' } },
    { path: '/provider/orders', name: 'orders', component: () => import('./pages/Orders.vue'), meta: { title: ['应用订单', 'Orders of applications'], short: ['订单', 'Orders'], right: 'read-corp', under: 'provider' } },
    { path: '/provider/licences', name: 'licences', component: () => import('./pages/Licences.vue'), meta: { title: ['接口许可', 'Licences'], right: 'read-corp', under: 'provider' } },
    { path: '/provider/registrations', name: 'registrations', component: () => import('./pages/Registrations.vue'), meta: { title: ['企业注册', 'Registration'], short: ['注册', 'Registration'], right: 'read-corp', under: 'provider' } },
    { path: '/purchases', name: 'purchases', component: () => import('./pages/Purchases.vue'), meta: { title: ['购买与订单', 'Purchases'], right: 'read-corp', under: 'market' } },
    { path: '/checkup', name: 'checkup', component: () => import('./pages/Checkup.vue'), meta: { title: ['检查', 'Checks'], right: 'read-corp' } },
    { path: '/enterprise', name: 'enterprise', component: () => import('./pages/Enterprise.vue'), meta: { title: ['企业设置', 'Enterprise'], right: 'read-corp' } },
    { path: '/sign-on', name: 'sign-on', component: () => import('./pages/SignOn.vue'), meta: { title: ['单点登录', 'Single sign-on'], right: 'read-corp' } },
    { path: '/connections', name: 'connections', component: () => import('./pages/Connections.vue'), meta: { title: ['LDAP、SCIM 与站点', 'LDAP, SCIM, sites'], right: 'read-corp' } },
    { path: '/robots', name: 'robots', component: () => import('./pages/Robots.vue'), meta: { title: ['机器人', 'Robots'], right: 'read-corp' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.name === from.name ? undefined : { top: 0 }),
})
