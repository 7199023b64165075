// The JS-SDK under its newer name, ww: signatures, and the sign-in panel of a page
// at a desk. What needs the phone's client is refused in the call itself.
(() => {
  "use strict";
  const src = new URL((document.currentScript && document.currentScript.src) || "https://wwcdn.weixin.qq.com/");
  const official = /(^|\.)(weixin\.qq\.com|qqmail\.com|wx\.qq\.com)$/.test(src.hostname);
  const login = official ? "https://login.work.weixin.qq.com" : src.origin;
  const service = official ? "https://open.work.weixin.qq.com" : src.origin;
  const SDK_VERSION = (/wecom-jssdk-(\d[\w.]*)\.js$/.exec(src.pathname) || [])[1] || "2.4.4";

  const WWLoginType = { serviceApp: "ServiceApp", corpApp: "CorpApp" };
  const WWLoginLangType = { zh: "zh", en: "en" };
  const WWLoginRedirectType = { top: "top", callback: "callback", self: "self" };
  const WWLoginPanelSizeType = { middle: "middle", small: "small" };
  const ColorScheme = { Light: "light", Dark: "dark", Auto: "auto" };
  const sizes = { middle: [480, 416], small: [320, 380] };

  /* ---- the sign-in panel ---- */

  function createWWLoginPanel(options) {
    const o = options || {};
    const params = o.params || {};
    const box = typeof o.el === "string" ? document.querySelector(o.el) : o.el;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...params, version: SDK_VERSION })) {
      if (value !== undefined && value !== null) query.set(name, String(value));
    }
    const frame = document.createElement("iframe");
    const [width, height] = sizes[params.panel_size] || sizes.middle;
    Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, border: "none" });
    frame.referrerPolicy = "origin";
    frame.allow = "local-network-access";
    if (params.redirect_type === WWLoginRedirectType.top && originOf(params.redirect_uri) !== topOrigin()) {
      frame.setAttribute("sandbox", "allow-top-navigation allow-scripts allow-same-origin");
    }
    frame.src = `${login}/wwlogin/sso/login?${query}`;

    let port = null;
    const say = (m) => (port ? port.postMessage(JSON.stringify(m)) : frame.contentWindow && frame.contentWindow.postMessage(JSON.stringify(m), login));
    frame.onload = () => frame.contentWindow.postMessage(JSON.stringify({ type: "ww-iframe-handle:init" }), login);

    const calls = { onCheckWeComLogin: o.onCheckWeComLogin, onLoginSuccess: o.onLoginSuccess, onLoginFail: o.onLoginFail, onOpenInWecom: o.onOpenInWecom };
    const heard = (data) => {
      const m = message(data);
      if (!m) return;
      if (m.type === "ww-iframe-handle:ready" && m.supportChannel && !port && typeof MessageChannel === "function") {
        const channel = new MessageChannel();
        channel.port1.onmessage = (e) => heard(e.data);
        frame.contentWindow.postMessage({ type: "ww-iframe-handle:set-port", port: channel.port2 }, login, [channel.port2]);
        port = channel.port1;
        return;
      }
      if (m.type !== "ww-iframe-handle:call") return;
      const answer = (kind, args) => m.uid && say({ type: "ww-iframe-handle:response", uid: m.uid, kind, args });
      const call = m.args || {};
      if (call.type !== "call") return answer("reject", `unknown type ${call.type}`);
      if (!(call.name in calls)) return answer("reject", `unknown call ${call.name}`);
      try {
        if (calls[call.name]) calls[call.name](call.payload !== undefined ? call.payload : call.data);
        answer("resolve");
      } catch (err) {
        answer("reject", String(err));
        throw err;
      }
    };
    const arrived = (e) => {
      if (e.source === frame.contentWindow && e.origin === login) heard(e.data);
    };
    window.addEventListener("message", arrived);
    if (box) box.appendChild(frame);
    return {
      el: frame,
      unmount() {
        window.removeEventListener("message", arrived);
        if (port) port.close();
        frame.remove();
      },
    };
  }

  function message(data) {
    if (typeof data !== "string") return data;
    try {
      return JSON.parse(data);
    } catch {
      return null;
    }
  }

  function originOf(address) {
    try {
      return new URL(address, location.href).origin;
    } catch {
      return "";
    }
  }

  function topOrigin() {
    try {
      return window.top.location.origin;
    } catch {
      return ""; // somebody else's page is on top
    }
  }

  /* ---- signatures ---- */

  const nobody = () => Promise.reject(fail("config", "ww.register comes first"));
  let corpReady = nobody;
  let agentReady = nobody;

  function register(options) {
    const o = options || {};
    const url = location.href.split("#")[0];
    const once = (factory, name, params, said) => {
      if (!factory) return () => Promise.reject(fail(name, "ww.register was given no signature for it"));
      const result = (async () => {
        const sig = await factory(url);
        await check(name, { appid: o.corpId, ...params, url, timestamp: sig.timestamp, noncestr: sig.nonceStr, signature: sig.signature });
        return { errMsg: `${name}:ok`, errCode: 0, url, ...sig, corpId: o.corpId, ...(params.agentid ? { agentId: params.agentid } : {}) };
      })();
      result.then(
        (res) => (said.ok && said.ok(res), said.end && said.end(res)),
        (err) => (said.bad && said.bad(err), said.end && said.end(err)),
      );
      return () => result;
    };
    corpReady = once(o.getConfigSignature, "config", {}, { ok: o.onConfigSuccess, bad: o.onConfigFail, end: o.onConfigComplete });
    agentReady = once(o.getAgentConfigSignature, "agentConfig", { agentid: o.agentId }, { ok: o.onAgentConfigSuccess, bad: o.onAgentConfigFail, end: o.onAgentConfigComplete });
  }

  async function check(name, params) {
    const query = new URLSearchParams(Object.entries(params).filter(([, v]) => v !== undefined).map(([k, v]) => [k, String(v)]));
    const res = await fetch(`${service}/wwopen/js/qiwei-signature?${query}`, { credentials: "omit", cache: "no-store" });
    const { errcode, errmsg } = await res.json();
    if (errcode !== 0) throw fail(name, errmsg, errcode);
  }

  function fail(name, why, code = -1) {
    return Object.assign(new Error(`${name}:fail, ${why}`), { errMsg: `${name}:fail, ${why}`, errCode: code });
  }

  /* ---- what the client would do ---- */

  const names =
    "addCard addDevice checkSchedule chooseCard chooseImage chooseInvoice chooseMessageFile chooseWXPay claimClassAdmin closeBLEConnection closeBluetoothAdapter closeWindow connectWifi consumeAndShareCard createBLEConnection createChatWithMsg createCorpGroupChat createDoc createExternalPayment createSchoolPayment createTodo discoverDevice downloadImage downloadLivingReplay downloadVoice enterHWOpenTalk enterpriseVerify getApprovalSelectedItems getBLEDeviceCharacteristics getBLEDeviceServices getBeacons getBluetoothAdapterState getBluetoothDevices getClipboardData getConnectedBluetoothDevices getConnectedWifi getContext getCurCorpGroupChat getCurCorpGroupContact getCurExternalChat getCurExternalContact getLocalFileData getLocalImgData getLocation getNetworkType getShareInfo getWifiList hideAllNonBaseMenuItem hideChatAttachmentMenu hideMenuItems hideOptionMenu launchMiniprogram navigateToAddCustomer navigateToKfChat notifyBLECharacteristicValueChange openAddress openAppComment openAppDeviceDataAuth openAppManage openAppPurchase openBluetoothAdapter openBusinessView openCard openDefaultBrowser openDeviceProfile openEnterpriseChat openEnterpriseRedPacket openExistedChatWithMsg openLocation openProductSpecificView openThirdAppServiceChat openUserProfile pauseVoice playVoice previewFile previewImage printFile queryCurrHWOpenTalk readBLECharacteristicValue refundExternalPayment replayLiving saveApprovalSelectedItems scanQRCode selectCorpGroupContact selectDatazoneDoc selectDatazoneFile selectEnterpriseContact selectExternalChat selectExternalContact selectPrivilegedContact sendChatMessage setClipboardData setKeepScreenOn setShareAttr shareAppMessage shareToExternalChat shareToExternalContact shareToExternalMoments shareWechatMessage showAllNonBaseMenuItem showMenuItems showOptionMenu startAutoLBS startBeaconDiscovery startBluetoothDevicesDiscovery startLiving startMeeting startRecord startSearchBeacons startWecast startWifi stopAutoLBS stopBeaconDiscovery stopBluetoothDevicesDiscovery stopRecord stopSearchBeacons stopVoice stopWifi thirdPartyOpenPage translateVoice updateCorpGroupChat updateEnterpriseChat updateMomentsSetting uploadImage uploadVoice viewTodo wedocSelectDoc wedriveSelectDir wedriveSelectFile wedriveSelectFileForDownload wedriveSelectFileForShare writeBLECharacteristicValue".split(" ");

  function absent(name, params) {
    const err = fail(name, "not built in qiwei: there is no WeCom client behind this page");
    const p = params || {};
    if (typeof p.fail === "function") p.fail(err);
    if (typeof p.complete === "function") p.complete(err);
    return Promise.reject(err);
  }

  const ww = {
    SDK_VERSION,
    IS_WECOM_SDK: true,
    env: { isWeChat: false, isWeCom: false },
    WWLoginType,
    WWLoginLangType,
    WWLoginRedirectType,
    WWLoginPanelSizeType,
    ColorScheme,
    createWWLoginPanel,
    register,
    ensureConfigReady: () => (agentReady === nobody ? corpReady() : agentReady().catch(() => corpReady())),
    ensureCorpConfigReady: () => corpReady(),
    ensureAgentConfigReady: () => agentReady(),
    checkJsApi(params) {
      const p = params || {};
      const res = { errMsg: "checkJsApi:ok", errCode: 0, checkResult: Object.fromEntries((p.jsApiList || []).map((n) => [n, false])) };
      if (typeof p.success === "function") p.success(res);
      if (typeof p.complete === "function") p.complete(res);
      return Promise.resolve(res);
    },
    invoke: (name, params, callback) => {
      const refused = absent(name, params);
      if (typeof callback === "function") refused.catch((err) => callback({ err_msg: err.errMsg, errMsg: err.errMsg, errCode: err.errCode }));
      return refused;
    },
  };
  for (const name of names) ww[name] = (params) => absent(name, params);
  window.ww = ww;
})();
