// The sign-in panel of a page at a desk: new WwLogin({id, appid, agentid,
// redirect_uri, state, ...}). redirect_uri comes URL-encoded already, and every
// option is handed on as it is written, since pages rely on that.
(() => {
  "use strict";
  const src = new URL((document.currentScript && document.currentScript.src) || "https://wwcdn.weixin.qq.com/");
  const official = /(^|\.)(weixin\.qq\.com|qqmail\.com|wx\.qq\.com)$/.test(src.hostname);
  const origin = official ? "https://open.work.weixin.qq.com" : src.origin;
  const version = (/wwLogin-(\d[\w.]*)\.js$/.exec(src.pathname) || [])[1] || "1.2.7";
  const old = /^1\.0/.test(version);
  const paths = { sso: "/wwopen/sso/qrConnect", tww: "/login/wwLogin/sso/qrConnect", twxg: "/login/wwLogin/sso/qrConnect", native: "/native/sso/qrConnect" };

  function WwLogin(options) {
    const o = options || {};
    const box = document.getElementById(o.id);
    if (!box) throw new Error(`WwLogin: the page has no element with the id ${o.id}`);
    const pairs = [];
    for (const [name, value] of Object.entries(o)) {
      if (name !== "id" && name !== "business_type" && ["string", "number", "boolean"].includes(typeof value)) pairs.push(`${name}=${value}`);
    }
    pairs.push("login_type=jssdk");
    if (!old) pairs.push(`version=${version}`);

    const frame = document.createElement("iframe");
    frame.src = `${origin}${(!old && paths[o.business_type]) || paths.sso}?${pairs.join("&")}`;
    frame.width = "300px";
    frame.height = "400px";
    frame.frameBorder = "0";
    frame.scrolling = "no";
    frame.setAttribute("allowtransparency", "true");
    frame.onload = () => frame.contentWindow.postMessage("ask_usePostMessage", "*");
    box.innerHTML = "";
    box.appendChild(frame);

    const arrived = (e) => {
      if (e.source !== frame.contentWindow || e.origin !== origin) return;
      if (typeof e.data === "string" && /^https?:\/\//.test(e.data)) window.location.href = e.data;
    };
    window.addEventListener("message", arrived);
    this.frame = frame;
    this.destroyed = () => {
      window.removeEventListener("message", arrived);
      frame.remove();
    };
  }
  window.WwLogin = WwLogin;
})();
