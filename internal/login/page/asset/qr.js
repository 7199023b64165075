// The QR page: asks how far the scan has come, and hands the answer to whoever
// opened the page. In a window that is a navigation; in a frame it depends on
// the widget around it:
//
//   wwLogin 1.0.0, 1.2.x   the parent says "ask_usePostMessage" when the frame
//                          has loaded, and gets the whole redirect address
//   createWWLoginPanel     ww-iframe-handle: init, ready, set-port, call
//
// Whoever gets the address or the code can sign in as the member. So both are
// posted only to the origins that the server lists (data-parents); a page that
// frames us without being one of them sees the top window navigate instead.

const box = document.getElementById("qr");
const d = box.dataset;
const status = box.querySelector(".status");
const onward = document.getElementById("onward");
const framed = window.parent !== window;
const parents = d.parents.split(" ").filter(Boolean);

if (framed) document.body.classList.add("framed");
if (d.phase === "waiting" || d.phase === "scanned") poll();

/* ---- how far the scan has come ---- */

async function poll() {
  let last = "";
  let failures = 0;
  for (;;) {
    const started = Date.now();
    let now;
    try {
      now = await ask(last);
      failures = 0;
    } catch {
      failures++;
      if (failures > 1) status.textContent = d.offline;
      await pause(Math.min(1000 * 2 ** failures, 15000));
      continue;
    }
    switch (now.status) {
      case "QRCODE_SCAN_SUCC":
        show("approved");
        return approved(now.auth_code);
      case "QRCODE_SCAN_FAIL":
      case "QRCODE_SCAN_CANCEL":
        show("declined");
        return declined();
      case "QRCODE_SCAN_ERR":
      case "QRCODE_SCAN_TIMEOUT":
      case "QRCODE_SCAN_OVERDUE":
        return show("overdue");
      case "QRCODE_SCAN_ING":
        show("scanned");
        break;
      default: // QRCODE_SCAN_NEVER, and what is not known
        show("waiting");
    }
    // A server that answers at once instead of waiting must not be asked without pause.
    if (now.status === last && Date.now() - started < 1000) await pause(1000);
    last = now.status;
  }
}

async function ask(last) {
  const options = { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout?.(90000) };
  if (d.how === "json") {
    const res = await fetch(`${d.poll}&random=${Math.floor(Math.random() * 1e6)}`, {
      ...options,
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ webKey: d.key, lastStatus: last, openDataSid: d.sid }),
    });
    if (!res.ok) throw new Error(res.status);
    const { data } = await res.json();
    d.sid = data.openDataSid ?? data.open_data_sid ?? d.sid;
    return data;
  }
  const prev = last ? `&lastStatus=${last}` : "";
  const res = await fetch(`${d.poll}${prev}&_=${Date.now()}`, options);
  if (!res.ok) throw new Error(res.status);
  // jsonpCallback({…}): read, never run.
  const said = await res.text();
  return JSON.parse(said.slice(said.indexOf("(") + 1, said.lastIndexOf(")")));
}

function show(phase) {
  d.phase = phase;
  status.textContent = d[phase];
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/* ---- handing over the answer ---- */

let asked = ""; // origin of a parent that said ask_usePostMessage
let handle = ""; // origin of a parent that speaks ww-iframe-handle
let port = null;

function approved(code) {
  if (framed && d.redirect === "callback") {
    if (handle && trusted(handle)) {
      status.textContent = d.given;
      call("onLoginSuccess", { code });
    } else {
      show("untrusted");
      // Which codes WeCom gives here is unverified.
      call("onLoginFail", { errCode: -1, errMsg: "the embedding page is not on a trusted domain" });
    }
    return;
  }
  if (d.life) return arrive([["auth_code", code], ["expires_in", d.life], ["state", d.state]]);
  arrive([["code", code], ["state", d.state], ...(d.echo ? [["appid", d.echo]] : [])]);
}

function declined() {
  if (framed && handle) call("onLoginFail", { errCode: -1, errMsg: "cancelled by the member" });
  if (framed && d.redirect === "callback") return;
  arrive([["state", d.state]]);
}

function arrive(pairs) {
  if (!/^https?:\/\//i.test(d.target)) return;
  const url = complete(d.target, pairs);
  if (!framed || d.redirect === "self") {
    location.replace(url);
    return;
  }
  // The link is for a browser that lets no frame navigate its top window
  // without a click, and for a widget that ignores us because of our host.
  onward.href = url;
  setTimeout(() => {
    status.textContent = d.onward;
    onward.hidden = false;
  }, 3000);
  if (asked && trusted(asked)) {
    parent.postMessage(url, asked === "null" ? "*" : asked);
    return;
  }
  try {
    window.top.location.href = url;
  } catch {
    status.textContent = d.onward;
    onward.hidden = false;
  }
}

// complete adds to the query and keeps what is there; a fragment stays last.
function complete(target, pairs) {
  const [, address, fragment] = /^([^#]*)(#.*)?$/s.exec(target);
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`).join("&");
  const joint = !address.includes("?") ? "?" : /[?&]$/.test(address) ? "" : "&";
  return address + joint + query + (fragment ?? "");
}

function trusted(origin) {
  return parents.includes("*") || parents.includes(origin);
}

addEventListener("message", (e) => {
  if (!framed || e.source !== window.parent) return;
  if (e.data === "ask_usePostMessage") {
    asked = e.origin;
    return;
  }
  const m = message(e.data);
  switch (m?.type) {
    case "ww-iframe-handle:init":
      handle = e.origin;
      post({ type: "ww-iframe-handle:ready", supportChannel: typeof MessageChannel === "function" }, handle);
      // Without a desktop client there is none to sign in with. Said once the
      // parent has had time to hand over its port.
      setTimeout(() => call("onCheckWeComLogin", { isWeComLogin: false }), 300);
      break;
    case "ww-iframe-handle:set-port":
      // A port names no origin when it is used, so it is looked at here.
      if (!trusted(e.origin)) break;
      port = m.port ?? e.ports[0] ?? null;
      if (port) port.onmessage = (pe) => answer(message(pe.data));
      break;
    default:
      answer(m);
  }
});

// answer refuses the parent's calls: this page offers it nothing to call.
function answer(m) {
  if (m?.type !== "ww-iframe-handle:call" || !m.uid) return;
  const text = { type: "ww-iframe-handle:response", uid: m.uid, kind: "reject", args: "unknown call" };
  if (port) port.postMessage(JSON.stringify(text));
  else if (handle) post(text, handle);
}

let calls = 0;

// call tells the parent, whoever it is: with a code in the payload the caller
// has to have looked at its origin.
function call(name, payload) {
  const m = { type: "ww-iframe-handle:call", uid: `qiwei-${calls++}`, args: { type: "call", name, payload } };
  if (port) port.postMessage(JSON.stringify(m));
  else if (handle) post(m, handle);
}

function post(m, origin) {
  window.parent.postMessage(JSON.stringify(m), origin === "null" ? "*" : origin);
}

function message(data) {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
