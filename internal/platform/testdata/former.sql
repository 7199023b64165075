INSERT INTO corp (corpid, name, created_at, member_limit, creator, settings) VALUES ('ww1', '丙', 1, 1000, 'boss', '{}'), ('ww2', '戊', 1, 1000, '', '{}');
INSERT INTO app (corpid, agentid, kind, secret, secret_mac, callback_keys, trusted_ips, settings, created_at)
VALUES ('ww1', 1000002, 'self_built', '', 'a', '', '', '{"name":"甲","customer_callable":true}', 1),
       ('ww1', 1000003, 'self_built', '', 'b', '', '', '{"name":"乙"}', 1);
INSERT INTO member (corpid, userid, userkey, name, alias, mobile, email, biz_mail, biz_mail_changes, position, gender, telephone, address, avatar,
    external_position, main_department, places, enabled, activated, generated, extattr, external_profile, mail_aliases, created_by, created_at, invited_at)
VALUES ('ww1', 'boss', 'boss', '老板', '', '', '', '', 1, '', 0, '', '', '', '', 1, '1:0:0', 1, 1, 0, '', '', '', 0, 1, 0);
INSERT INTO console_admin (member, corpid, role, range, created_at) VALUES (1, 'ww1', 'super', '{}', 1);
INSERT INTO console_session (mac, corpid, member, way, created_at, seen_at) VALUES ('m', 'ww1', 1, 'password', 1, 1);
INSERT INTO console_audit (corpid, at, userid, address, action, target, detail) VALUES ('ww1', 1000, 'boss', '', 'member.update', '李四', '{}');
INSERT INTO event (corpid, name, at, by_kind, by_app, payload)
VALUES ('ww1', 'member.updated', 1000, 'admin', 0, '{}'), ('ww1', 'member.updated', 1001, 'admin', 0, '{}'),
       ('ww1', 'member.updated', 1000, 'self_built', 1, '{}'), ('ww2', 'member.updated', 1000, 'admin', 0, '{}');
INSERT INTO login_guess (subject, fails, last_at, locked_until) VALUES ('x', 3, 1, 2);
INSERT INTO oidc_client (id, corpid, app, earlier_until, settings, created_at) VALUES ('oc1', 'ww1', 1, 0, '{"backchannel_logout_uri":"https://a.example/out","algorithm":"ES256"}', 1), ('oc2', 'ww1', 1, 0, '{}', 1);
INSERT INTO oidc_logout (corpid, client, subject, session, tries, due_at, created_at) VALUES ('ww1', 'oc1', 'boss', 's', 3, 7, 1), ('ww1', 'oc2', 'boss', 's', 0, 1, 1);
INSERT INTO customer (corpid, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile, created_at)
VALUES ('ww1', 1, '林', '', 0, '', '', '', '', '', 1), ('ww1', 1, '何', '', 0, '', '', '', '', '', 1), ('ww1', 1, '顾', '', 0, '', '', '', '', '', 1);
INSERT INTO customer_day (corpid, member, day, applied, added, removals) VALUES ('ww1', 1, 1700150400, 0, 1, 0);
INSERT INTO customer_message (corpid, customer, member, author, content, at)
VALUES ('ww1', 1, 1, 'welcome', '{}', 1700150400000), ('ww1', 1, 1, 'customer', '{}', 1700150400000), ('ww1', 1, 1, 'member', '{}', 1700150460000), ('ww1', 1, 1, 'member', '{}', 1700236799999),
       ('ww1', 1, 1, 'customer', '{}', 1700236800000), ('ww1', 2, 1, 'member', '{}', 1700150400001), ('ww1', 2, 1, 'customer', '{}', 1700150400002), ('ww1', 3, 1, 'customer', '{}', 1700200000000);
