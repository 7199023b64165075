// What a script adds to the forms: showing a password, comparing the new one
// with its repetition, and passkeys (WebAuthn, https://www.w3.org/TR/webauthn-3/).

for (const eye of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(eye.dataset.reveal);
  const show = eye.textContent;
  eye.setAttribute("aria-controls", input.id);
  eye.setAttribute("aria-pressed", "false");
  eye.hidden = false;
  eye.addEventListener("click", () => {
    const open = input.type === "password";
    input.type = open ? "text" : "password";
    eye.textContent = open ? eye.dataset.hide : show;
    eye.setAttribute("aria-pressed", String(open));
    input.focus();
  });
  // Browsers offer to save what was a password field when the form left.
  input.form.addEventListener("submit", () => (input.type = "password"));
}

for (const again of document.querySelectorAll("[data-same]")) {
  const first = document.getElementById(again.dataset.same);
  const compare = () =>
    again.setCustomValidity(again.value && again.value !== first.value ? again.dataset.different : "");
  again.addEventListener("input", compare);
  first.addEventListener("input", compare);
}

const able = window.isSecureContext && "PublicKeyCredential" in window && navigator.credentials;

for (const box of document.querySelectorAll("[data-passkey]")) {
  if (!able) break;
  box.hidden = false;
  for (const p of document.querySelectorAll("[data-without-passkey]")) p.hidden = true;
  const form = document.getElementById(box.dataset.form);
  const told = box.querySelector(".told");
  const button = box.querySelector("[data-go]");
  let running = false;

  const go = async () => {
    if (running) return;
    running = true;
    tell(told, box.dataset.working);
    button.setAttribute("aria-busy", "true");
    try {
      location.assign(await ceremony(box.dataset, new FormData(form)));
    } catch (err) {
      tell(told, reason(err, box.dataset), true);
      button.removeAttribute("aria-busy");
      running = false;
    }
  };

  if (box === form) {
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      go();
    });
  } else {
    button.addEventListener("click", go);
  }
}

// What the reader has typed as a password does not travel with a passkey.
const secrets = ["password", "old", "new", "again"];

// ceremony uses or makes a passkey and returns where to go then.
async function ceremony(d, data) {
  const hidden = {};
  for (const [name, value] of data) if (!secrets.includes(name)) hidden[name] = value;

  const begun = await ask(d.begin, hidden);
  const options = begun.publicKey;
  const credential =
    d.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creation(options) })
      : await navigator.credentials.get({ publicKey: request(options), ...(begun.mediation && { mediation: begun.mediation }) });

  const done = await ask(d.finish, { ...plain(credential), session: begun.session, name: hidden.name, form: hidden });
  const next = new URL(done.next, location.href);
  if (next.protocol !== "https:" && next.protocol !== "http:") throw new Error("next is no web address");
  return next.href;
}

class Refusal extends Error {}

async function ask(url, body) {
  const res = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await res.json();
  if (answer.error) throw new Refusal(String(answer.error));
  if (!res.ok) throw new Error(`status ${res.status}`);
  return answer;
}

function reason(err, d) {
  if (err instanceof Refusal) return err.message;
  if (err.name === "NotAllowedError" || err.name === "AbortError") return d.stopped;
  if (err.name === "InvalidStateError" && d.already) return d.already;
  return d.failed;
}

function tell(p, text, bad = false) {
  p.textContent = text;
  p.classList.toggle("bad", bad);
}

// Options arrive with their bytes in base64url, as JSON has none.
function creation(o) {
  return {
    ...o,
    challenge: bytes(o.challenge),
    user: { ...o.user, id: bytes(o.user.id) },
    excludeCredentials: (o.excludeCredentials ?? []).map(descriptor),
  };
}

function request(o) {
  return { ...o, challenge: bytes(o.challenge), allowCredentials: (o.allowCredentials ?? []).map(descriptor) };
}

function descriptor(c) {
  return { ...c, id: bytes(c.id) };
}

// plain is the credential with its bytes in base64url, in the shape of
// PublicKeyCredential.toJSON, which not every browser has yet.
function plain(c) {
  const r = c.response;
  const response = { clientDataJSON: text(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = text(r.attestationObject);
    response.transports = r.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(r.authenticatorData);
    response.signature = text(r.signature);
    if (r.userHandle) response.userHandle = text(r.userHandle);
  }
  return {
    id: c.id,
    rawId: text(c.rawId),
    type: c.type,
    authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    clientExtensionResults: c.getClientExtensionResults(),
    response,
  };
}

function bytes(s) {
  const b = atob(s.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(b, (ch) => ch.charCodeAt(0));
}

function text(buffer) {
  let s = "";
  for (const b of new Uint8Array(buffer)) s += String.fromCharCode(b);
  return btoa(s).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
