CREATE TABLE activity (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day    TEXT NOT NULL, -- YYYY-MM-DD
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, day, member)
) WITHOUT ROWID;
CREATE TABLE app (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid          TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    agentid         BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    secret          BLOB NOT NULL, -- sealed
    secret_mac      BLOB NOT NULL,
    callback_keys   BLOB NOT NULL, -- sealed token and EncodingAESKey
    trusted_ips     TEXT NOT NULL,
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds
    version         BIGINT NOT NULL DEFAULT 1,
    token_round     BIGINT NOT NULL DEFAULT 1, -- raised when all tokens end
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds; 0 is never
);
CREATE TABLE app_gone (
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    agentid BIGINT NOT NULL,
    PRIMARY KEY (corpid, agentid)
) WITHOUT ROWID;
CREATE TABLE corp (
    corpid       TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   BIGINT NOT NULL, -- Unix milliseconds
    member_limit BIGINT NOT NULL,
    creator      TEXT NOT NULL,  -- userid in lower case, or empty
    settings     TEXT NOT NULL    -- JSON
) WITHOUT ROWID;
CREATE TABLE department (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    id       BIGINT NOT NULL,
    parentid BIGINT NOT NULL, -- 0 for the root
    name     TEXT NOT NULL,
    name_en  TEXT NOT NULL DEFAULT '',
    ord      BIGINT NOT NULL, -- larger first
    nodes    BIGINT NOT NULL DEFAULT 0, -- departments and members directly below
    PRIMARY KEY (corpid, id)
) WITHOUT ROWID;
CREATE TABLE directory_size (
    corpid      TEXT PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    departments BIGINT NOT NULL DEFAULT 0,
    members     BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE event (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL,
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL, -- Unix milliseconds
    by_kind TEXT NOT NULL,
    by_app  BIGINT NOT NULL,
    payload TEXT NOT NULL    -- JSON
);
CREATE TABLE gate_pass (
    mac        BLOB PRIMARY KEY,
    site       TEXT NOT NULL REFERENCES gate_site (host) ON DELETE CASCADE,
    session    BLOB NOT NULL REFERENCES login_session (mac) ON DELETE CASCADE,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE gate_site (
    host       TEXT PRIMARY KEY, -- lower case, with a port that is not the scheme's own
    origin     TEXT NOT NULL,     -- scheme and host, as browsers write it
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    -- whose visible range may enter; NULL is the whole corp. With the application
    -- the site goes, too: without it, it would be open to more than it was.
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE,
    created_at BIGINT NOT NULL    -- Unix milliseconds, like all times here
) WITHOUT ROWID;
CREATE TABLE gate_ticket (
    mac        BLOB PRIMARY KEY,
    site       TEXT NOT NULL REFERENCES gate_site (host) ON DELETE CASCADE,
    session    BLOB NOT NULL REFERENCES login_session (mac) ON DELETE CASCADE,
    browser    BLOB NOT NULL, -- digest of what the browser holds that has asked
    next       TEXT NOT NULL,   -- path on the site
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE jsapi_ticket (
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app       BIGINT NOT NULL, -- 0 for the corp's own
    scope     TEXT NOT NULL,
    issued_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (corpid, app, scope)
) WITHOUT ROWID;
CREATE TABLE login_challenge (
    mac        BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL   -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE login_code (
    mac        BLOB PRIMARY KEY,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,   -- what it may be exchanged for
    scope      TEXT NOT NULL,
    app        BIGINT NOT NULL, -- that the link named; 0 where it named none
    origin     TEXT NOT NULL,   -- scheme and host of the redirect address
    device     TEXT NOT NULL,   -- DeviceId of the browser
    session    BLOB REFERENCES login_session (mac) ON DELETE CASCADE, -- of a second verification
    expires_at BIGINT NOT NULL, -- Unix milliseconds
    used_at    BIGINT NOT NULL  -- 0 until then
) WITHOUT ROWID;
CREATE TABLE login_consent (
    app        BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    fields     TEXT NOT NULL,   -- wire names separated by spaces
    decided_at BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (app, member)
) WITHOUT ROWID;
CREATE TABLE login_guess (
    subject      TEXT PRIMARY KEY,
    fails        BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,  -- Unix milliseconds
    locked_until BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE login_invitation (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    mac        BLOB NOT NULL,  -- of the code
    expires_at BIGINT NOT NULL,  -- Unix milliseconds
    used_at    BIGINT NOT NULL   -- 0 until then
) WITHOUT ROWID;
CREATE TABLE login_passkey (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    credential BLOB NOT NULL,  -- the id that the authenticator made
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    record     BLOB NOT NULL,  -- public key, counter and flags, sealed
    created_at BIGINT NOT NULL,  -- Unix milliseconds
    used_at    BIGINT NOT NULL   -- 0 until then
);
CREATE TABLE login_password (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    hash       BLOB NOT NULL,  -- argon2id in PHC form, sealed
    changed_at BIGINT NOT NULL   -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE login_scan (
    id           TEXT PRIMARY KEY, -- the key in the QR code: 16 hexadecimal digits
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    state        TEXT NOT NULL,     -- as written in the address of the page
    browser      TEXT NOT NULL,     -- the waiting one, in words
    status       SMALLINT NOT NULL, -- 0 shown, 1 scanned, 2 confirmed, 3 declined
    member       BIGINT REFERENCES member (no) ON DELETE CASCADE, -- who decided
    code         BLOB,            -- sealed, once confirmed
    expires_at   BIGINT NOT NULL    -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE login_session (
    mac         BLOB PRIMARY KEY,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member      BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    way         TEXT NOT NULL,     -- how he signed in
    pending     SMALLINT NOT NULL, -- 1 until the second verification is passed
    presented   SMALLINT NOT NULL, -- 1 once the code of the verification was redeemed
    next        TEXT NOT NULL,     -- where he was going, while pending
    created_at  BIGINT NOT NULL,   -- Unix milliseconds, like all times here
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE member (
    no                INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid            TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid            TEXT NOT NULL,   -- as written
    userkey           TEXT NOT NULL,   -- in lower case
    name              TEXT NOT NULL,
    alias             TEXT NOT NULL,
    mobile            TEXT NOT NULL,   -- canonical: digits, or + and digits
    email             TEXT NOT NULL,
    biz_mail          TEXT NOT NULL,
    biz_mail_changes  SMALLINT NOT NULL, -- how often it may still be changed
    position          TEXT NOT NULL,
    gender            SMALLINT NOT NULL,
    telephone         TEXT NOT NULL,
    address           TEXT NOT NULL,
    avatar            TEXT NOT NULL,    -- path on this server, or empty
    external_position TEXT NOT NULL,
    main_department   BIGINT NOT NULL,
    places            TEXT NOT NULL,    -- department:order:leader,…
    leader            BIGINT REFERENCES member (no) ON DELETE SET NULL,
    enabled           SMALLINT NOT NULL,
    activated         SMALLINT NOT NULL,
    generated         SMALLINT NOT NULL, -- the userid is the system's and may be changed
    extattr           TEXT NOT NULL,    -- JSON
    external_profile  TEXT NOT NULL,    -- JSON
    mail_aliases      TEXT NOT NULL,    -- separated by spaces
    created_by        BIGINT NOT NULL,  -- application
    created_at        BIGINT NOT NULL,  -- Unix milliseconds
    invited_at        BIGINT NOT NULL   -- Unix milliseconds, 0 for never
);
CREATE TABLE member_department (
    corpid     TEXT NOT NULL,
    department BIGINT NOT NULL,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    ord        BIGINT NOT NULL,
    is_leader  SMALLINT NOT NULL,
    PRIMARY KEY (corpid, department, member),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id)
) WITHOUT ROWID;
CREATE TABLE member_mail_alias (
    corpid TEXT NOT NULL,
    alias  TEXT NOT NULL,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, alias)
) WITHOUT ROWID;
CREATE TABLE tag (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    tagid  BIGINT NOT NULL,
    name   TEXT NOT NULL,
    owner  BIGINT NOT NULL, -- application that made it; 0 for the administrators
    PRIMARY KEY (corpid, tagid)
) WITHOUT ROWID;
CREATE TABLE tag_department (
    corpid     TEXT NOT NULL,
    tagid      BIGINT NOT NULL,
    department BIGINT NOT NULL,
    PRIMARY KEY (corpid, tagid, department),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE tag_member (
    corpid TEXT NOT NULL,
    tagid  BIGINT NOT NULL,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, tagid, member),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX activity_member ON activity (member);
CREATE UNIQUE INDEX app_agent ON app (corpid, agentid);
CREATE UNIQUE INDEX app_secret ON app (secret_mac, corpid);
CREATE UNIQUE INDEX department_name ON department (corpid, parentid, name);
CREATE UNIQUE INDEX department_name_en ON department (corpid, parentid, name_en) WHERE name_en <> '';
CREATE INDEX department_order ON department (corpid, parentid, ord);
CREATE INDEX event_corp ON event (corpid, no);
CREATE INDEX gate_pass_session ON gate_pass (session);
CREATE INDEX gate_pass_site ON gate_pass (site);
CREATE INDEX gate_site_app ON gate_site (app);
CREATE INDEX gate_site_corp ON gate_site (corpid);
CREATE INDEX gate_ticket_expiry ON gate_ticket (expires_at);
CREATE INDEX gate_ticket_session ON gate_ticket (session);
CREATE INDEX gate_ticket_site ON gate_ticket (site);
CREATE INDEX login_challenge_expiry ON login_challenge (expires_at);
CREATE INDEX login_code_expiry ON login_code (expires_at);
CREATE INDEX login_code_member ON login_code (member);
CREATE INDEX login_code_session ON login_code (session);
CREATE INDEX login_consent_member ON login_consent (member);
CREATE INDEX login_guess_last ON login_guess (last_at);
CREATE UNIQUE INDEX login_passkey_credential ON login_passkey (credential);
CREATE INDEX login_passkey_member ON login_passkey (member);
CREATE INDEX login_scan_app ON login_scan (app);
CREATE INDEX login_scan_expiry ON login_scan (expires_at);
CREATE INDEX login_scan_member ON login_scan (member);
CREATE INDEX login_session_expiry ON login_session (expires_at);
CREATE INDEX login_session_member ON login_session (member);
CREATE UNIQUE INDEX member_biz_mail ON member (corpid, biz_mail) WHERE biz_mail <> '';
CREATE INDEX member_corp ON member (corpid, no);
CREATE INDEX member_department_leader ON member_department (corpid, department) WHERE is_leader = 1;
CREATE INDEX member_department_member ON member_department (member);
CREATE UNIQUE INDEX member_email ON member (corpid, email) WHERE email <> '';
CREATE INDEX member_leader ON member (leader) WHERE leader IS NOT NULL;
CREATE INDEX member_mail_alias_member ON member_mail_alias (member);
CREATE UNIQUE INDEX member_mobile ON member (corpid, mobile) WHERE mobile <> '';
CREATE UNIQUE INDEX member_userkey ON member (corpid, userkey);
CREATE INDEX tag_department_department ON tag_department (corpid, department);
CREATE INDEX tag_member_member ON tag_member (member);
CREATE UNIQUE INDEX tag_name ON tag (corpid, name);

