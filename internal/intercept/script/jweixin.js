// The JS-SDK under its older name, wx: config and agentConfig with their
// signatures really checked. What needs the phone's client fails, in words.
(() => {
  "use strict";
  const src = new URL((document.currentScript && document.currentScript.src) || "https://res.wx.qq.com/");
  const official = /(^|\.)(weixin\.qq\.com|qqmail\.com|wx\.qq\.com)$/.test(src.hostname);
  const service = official ? "https://open.work.weixin.qq.com" : src.origin;
  // Pages load two scripts, jweixin and jwxwork: the second adds nothing here.
  if (window.wx && window.wx.qiwei) return;

  let settled = null; // what config came to: {errMsg, errCode}
  let debug = false;
  const ready = [];
  let onError = () => {};

  async function check(name, params) {
    const url = location.href.split("#")[0];
    const query = new URLSearchParams({ url });
    for (const [k, v] of Object.entries(params)) if (v !== undefined) query.set(k, String(v));
    try {
      const res = await fetch(`${service}/wwopen/js/qiwei-signature?${query}`, { credentials: "omit", cache: "no-store" });
      const { errcode, errmsg } = await res.json();
      return errcode === 0 ? { errMsg: `${name}:ok`, errCode: 0 } : { errMsg: `${name}:fail, ${errmsg}`, errCode: errcode };
    } catch (err) {
      return { errMsg: `${name}:fail, ${err}`, errCode: -1 };
    }
  }

  async function config(options) {
    const o = options || {};
    debug = Boolean(o.debug);
    settled = null;
    const res = await check("config", { appid: o.appId, timestamp: o.timestamp, noncestr: o.nonceStr, signature: o.signature });
    settled = res;
    if (debug) console.log(res);
    if (res.errCode !== 0) onError(res);
    // As in the client, ready runs once config has ended, whatever its end.
    for (const f of ready.splice(0)) f();
  }

  async function agentConfig(options) {
    const o = options || {};
    const res = await check("agentConfig", { appid: o.corpid, agentid: o.agentid, timestamp: o.timestamp, noncestr: o.nonceStr, signature: o.signature });
    finish(o, res);
  }

  function finish(o, res) {
    if (debug) console.log(res);
    const f = res.errCode === 0 ? o.success : o.fail;
    if (typeof f === "function") f(res);
    if (typeof o.complete === "function") o.complete(res);
  }

  function absent(name, params) {
    finish(params || {}, { errMsg: `${name}:fail, not built in qiwei: there is no WeCom client behind this page`, errCode: -1 });
  }

  const names =
    "onMenuShareTimeline onMenuShareAppMessage onMenuShareQQ onMenuShareWeibo onMenuShareQZone onMenuShareWechat startRecord stopRecord onVoiceRecordEnd playVoice pauseVoice stopVoice onVoicePlayEnd uploadVoice downloadVoice translateVoice chooseImage previewImage uploadImage downloadImage getLocalImgData previewFile getNetworkType openLocation getLocation startAutoLBS stopAutoLBS onLocationChange hideOptionMenu showOptionMenu hideMenuItems showMenuItems hideAllNonBaseMenuItem showAllNonBaseMenuItem closeWindow onHistoryBack scanQRCode openEnterpriseChat openEnterpriseContact selectEnterpriseContact selectExternalContact getCurExternalContact getCurExternalChat openUserProfile shareAppMessage shareWechatMessage shareToExternalContact shareToExternalChat sendChatMessage getContext openDefaultBrowser setClipboardData getClipboardData onUserCaptureScreen chooseInvoice launchMiniprogram".split(" ");

  const wx = {
    qiwei: true,
    config,
    agentConfig,
    ready(f) {
      if (settled) f();
      else ready.push(f);
    },
    error(f) {
      onError = f;
      if (settled && settled.errCode !== 0) f(settled);
    },
    checkJsApi(params) {
      const p = params || {};
      finish(p, { errMsg: "checkJsApi:ok", errCode: 0, checkResult: Object.fromEntries((p.jsApiList || []).map((n) => [n, false])) });
    },
    invoke(name, params, callback) {
      const err = { err_msg: `${name}:fail, not built in qiwei: there is no WeCom client behind this page` };
      if (typeof callback === "function") callback(err);
    },
    on() {},
  };
  for (const name of names) wx[name] = (params) => absent(name, params);
  window.wx = window.jWeixin = wx;
})();
