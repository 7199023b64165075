// The answers as a language without types sees them: the letter case of every key, and numbers that
// are numbers. What a client library forgives is not forgiven here.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { app, baseUrl, browser, call, consented, corp, token, unique } from './server.js';

const selfBuilt = app('self_built');
let own, sync;
before(async () => {
  own = await token('self_built');
  sync = await token('contact_sync');
});

/** Checks the answer's envelope, and the JSON type of each of its members that is named. */
function shaped({ status, type, answer }, shape) {
  assert.equal(status, 200);
  assert.match(type, /^application\/json; charset=utf-8$/i);
  assert.equal(answer.errcode, 0, JSON.stringify(answer));
  assert.equal(typeof answer.errmsg, 'string');
  fits(answer, shape, '');
  return answer;
}

/** A shape is a typeof, or an array of one shape, or an object of shapes; a key ending in ? may be missing. */
function fits(value, shape, at) {
  if (typeof shape === 'string') {
    assert.equal(value === null ? 'null' : typeof value, shape, `${at}: ${JSON.stringify(value)}`);
  } else if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value), `${at}: ${JSON.stringify(value)} is no array`);
    value.forEach((v, i) => fits(v, shape[0], `${at}[${i}]`));
  } else {
    assert.equal(Object.prototype.toString.call(value), '[object Object]', `${at}: ${JSON.stringify(value)}`);
    for (const [name, inner] of Object.entries(shape)) {
      const key = name.replace(/\?$/, '');
      if (!name.endsWith('?') || key in value) {
        fits(value[key], inner, `${at}.${key}`);
      }
    }
  }
}

const member = {
  userid: 'string', name: 'string', department: ['number'], order: ['number'], is_leader_in_dept: ['number'],
  direct_leader: ['string'], main_department: 'number', status: 'number', position: 'string', alias: 'string',
  telephone: 'string', gender: 'string', extattr: { attrs: [{ type: 'number', name: 'string' }] },
  'external_profile?': { 'external_attr?': [{ type: 'number', name: 'string' }] },
  'external_position?': 'string', 'thumb_avatar?': 'string', 'avatar?': 'string', 'mobile?': 'string', 'email?': 'string',
  'biz_mail?': 'string', 'address?': 'string', 'qr_code?': 'string', 'enable?': 'number', 'hide_mobile?': 'number',
};

test('tokens', async () => {
  shaped(await call('GET', 'gettoken', { corpid: corp.corpid, corpsecret: selfBuilt.secret }),
    { access_token: 'string', expires_in: 'number' });
});

test('errors', async () => {
  for (const [code, query] of [
    [41001, {}],
    [40014, { access_token: 'spoilt' }],
    [60111, { access_token: own, userid: 'nobody_at_all' }],
    [48009, { access_token: sync, userid: corp.members[0] }],
  ]) {
    const { status, type, answer } = await call('GET', 'user/get', query);
    assert.equal(status, 200);
    assert.match(type, /^application\/json/);
    assert.equal(answer.errcode, code, JSON.stringify(answer));
    if (code === 40014) { // without the hint, as seen live
      assert.equal(answer.errmsg, 'invalid access_token');
      continue;
    }
    assert.match(answer.errmsg, new RegExp(`, hint: \\[\\d{25}\\], from ip: [0-9a-f.:]*, more info at https://open\\.work\\.weixin\\.qq\\.com/devtool/query\\?e=${code}$`));
  }
  assert.equal((await fetch(`${baseUrl}/cgi-bin/no/such/path?access_token=${own}`)).status, 404);
});

test('directory', async () => {
  const userid = unique('Wire_');
  const { id } = shaped(await call('POST', 'department/create', { access_token: sync }, { name: unique('线'), parentid: 1 }), { id: 'number' });
  shaped(await call('POST', 'user/create', { access_token: sync },
    { userid, name: '线上', department: [id], email: `${userid}@corp.example`, to_invite: false }), {});

  const got = shaped(await call('GET', 'user/get', { access_token: own, userid: userid.toLowerCase() }), member);
  assert.equal(got.userid, userid, 'the letters that it was created with');
  // A call documented as GET works as POST too, with the parameters in the address.
  const posted = await call('POST', 'user/get', { access_token: own, userid });
  assert.deepEqual(posted.answer, got);
  const list = shaped(await call('GET', 'user/list', { access_token: own, department_id: id }), { userlist: [member] });
  assert.equal(list.userlist.length, 1);
  shaped(await call('GET', 'user/simplelist', { access_token: own, department_id: id }),
    { userlist: [{ userid: 'string', name: 'string', department: ['number'] }] });
  shaped(await call('POST', 'user/list_id', { access_token: sync }, { limit: 10000 }),
    { next_cursor: 'string', dept_user: [{ userid: 'string', department: 'number' }] });

  const department = { id: 'number', name: 'string', parentid: 'number', order: 'number', 'name_en?': 'string', department_leader: ['string'] };
  shaped(await call('GET', 'department/get', { access_token: own, id }), { department });
  shaped(await call('GET', 'department/list', { access_token: own }), { department: [department] });
  shaped(await call('GET', 'department/simplelist', { access_token: sync }),
    { department_id: [{ id: 'number', parentid: 'number', order: 'number' }] });

  const deleted = await call('GET', 'user/delete', { access_token: sync, userid });
  assert.deepEqual(deleted.answer, { errcode: 0, errmsg: 'deleted' });
  const empty = await call('GET', 'user/list', { access_token: own, department_id: id });
  assert.deepEqual(empty.answer.userlist, [], 'an empty list is a list');
  await call('GET', 'department/delete', { access_token: sync, id });
});

test('tags', async () => {
  const { tagid } = shaped(await call('POST', 'tag/create', { access_token: own }, { tagname: unique('标签') }), { tagid: 'number' });
  const none = await call('GET', 'tag/get', { access_token: own, tagid });
  assert.deepEqual([none.answer.userlist, none.answer.partylist], [[], []]);
  shaped(await call('POST', 'tag/addtagusers', { access_token: own }, { tagid, userlist: [corp.members[0]], partylist: [1] }), {});
  shaped(await call('GET', 'tag/get', { access_token: own, tagid }),
    { tagname: 'string', userlist: [{ userid: 'string', name: 'string' }], partylist: ['number'] });
  shaped(await call('GET', 'tag/list', { access_token: own }), { taglist: [{ tagid: 'number', tagname: 'string' }] });
  await call('GET', 'tag/delete', { access_token: own, tagid });
});

test('sign-in, in both spellings', async () => {
  const open = await browser(corp.members[0]);
  const code = async (state) => {
    const back = await open(`${baseUrl}/connect/oauth2/authorize?` + new URLSearchParams({
      appid: corp.corpid, redirect_uri: `https://${selfBuilt.redirect_domain}/?a=b`, response_type: 'code', scope: 'snsapi_base',
      state, agentid: selfBuilt.agentid,
    }));
    assert.equal(back.searchParams.get('state'), state, 'the state comes back letter by letter');
    assert.equal(back.searchParams.get('a'), 'b');
    return back.searchParams.get('code');
  };
  const state = 'aGVsbG8/d29ybGQ+eQ==.x-y_z~' + 'k'.repeat(2048);
  const older = shaped(await call('GET', 'user/getuserinfo', { access_token: own, code: await code(state) }),
    { UserId: 'string', DeviceId: 'string' });
  assert.ok(!('userid' in older) && !('OpenId' in older), JSON.stringify(older));
  const newer = shaped(await call('GET', 'auth/getuserinfo', { access_token: own, code: await code('') }), { userid: 'string' });
  assert.ok(!('UserId' in newer) && !('openid' in newer) && !('user_ticket' in newer), JSON.stringify(newer));

  // A failure for the token's sake leaves the code as it was: clients fetch a token and try again.
  const kept = await code('s');
  assert.equal((await call('GET', 'auth/getuserinfo', { access_token: 'spoilt', code: kept })).answer.errcode, 40014);
  assert.equal((await call('GET', 'auth/getuserinfo', { access_token: own, code: kept })).answer.errcode, 0);
  assert.equal((await call('GET', 'auth/getuserinfo', { access_token: own, code: kept })).answer.errcode, 40029);
});

test('details', { skip: !consented && 'withserver makes the member who shows them' }, async () => {
  const open = await browser(consented);
  const back = await open(`${baseUrl}/connect/oauth2/authorize?` + new URLSearchParams({
    appid: corp.corpid, redirect_uri: `https://${selfBuilt.redirect_domain}/`, response_type: 'code',
    scope: 'snsapi_privateinfo', state: 's', agentid: selfBuilt.agentid,
  }));
  const { user_ticket } = shaped(await call('GET', 'auth/getuserinfo', { access_token: own, code: back.searchParams.get('code') }),
    { userid: 'string', user_ticket: 'string' });
  shaped(await call('POST', 'auth/getuserdetail', { access_token: own }, { user_ticket }),
    { userid: 'string', gender: 'string', avatar: 'string', mobile: 'string', email: 'string', 'qr_code?': 'string', 'biz_mail?': 'string', 'address?': 'string' });
});

test('tickets', async () => {
  const ofCorp = shaped(await call('GET', 'get_jsapi_ticket', { access_token: own }), { ticket: 'string', expires_in: 'number' });
  const ofApp = shaped(await call('GET', 'ticket/get', { access_token: own, type: 'agent_config' }), { ticket: 'string', expires_in: 'number' });
  assert.notEqual(ofCorp.ticket, ofApp.ticket);
  // One library writes its query as ?&type=…
  const odd = await (await fetch(`${baseUrl}/cgi-bin/ticket/get?&type=agent_config&access_token=${own}`)).json();
  assert.equal(odd.ticket, ofApp.ticket);
  const again = await call('GET', 'get_jsapi_ticket', { access_token: own });
  assert.equal(again.answer.ticket, ofCorp.ticket, 'asked again within its life');
});

test('the app', async () => {
  const got = shaped(await call('GET', 'agent/get', { access_token: own, agentid: selfBuilt.agentid }), {
    agentid: 'number', name: 'string', square_logo_url: 'string', description: 'string', close: 'number', redirect_domain: 'string',
    report_location_flag: 'number', isreportenter: 'number', home_url: 'string',
    'allow_userinfos?': { user: [{ userid: 'string' }] }, 'allow_partys?': { partyid: ['number'] }, 'allow_tags?': { tagid: ['number'] },
  });
  assert.equal(got.agentid, selfBuilt.agentid);
  shaped(await call('GET', 'agent/list', { access_token: own }), { agentlist: [{ agentid: 'number', name: 'string', square_logo_url: 'string' }] });
  shaped(await call('GET', 'getcallbackip', { access_token: own }), { ip_list: ['string'] });
});
