CREATE TABLE acquisition_bill (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    suite    TEXT NOT NULL,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     BIGINT NOT NULL, -- our number
    state    TEXT NOT NULL,
    price    BIGINT NOT NULL, -- in fen
    at       BIGINT NOT NULL, -- Unix seconds
    once_key TEXT NOT NULL UNIQUE
);
CREATE TABLE acquisition_component (
    app    BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    payer  BIGINT NOT NULL, -- 0 the corp, 1 the provider
    price  BIGINT NOT NULL, -- in fen, of somebody for whom the provider pays
    mode   BIGINT NOT NULL, -- 0 the links that are listed, 1 those that the applications have made
    apps   TEXT NOT NULL,   -- JSON, numbers
    links  TEXT NOT NULL    -- JSON, numbers
);
CREATE TABLE acquisition_component_day (
    app    BIGINT NOT NULL REFERENCES acquisition_component (app) ON DELETE CASCADE,
    link   BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    clicks BIGINT NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (app, link, day)
) WITHOUT ROWID;
CREATE TABLE acquisition_customer (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    customer BIGINT NOT NULL, -- our number
    kind     BIGINT NOT NULL, -- the customer's
    member   BIGINT NOT NULL, -- our number
    state    TEXT NOT NULL,
    added_at BIGINT NOT NULL, -- Unix seconds; 0 while the member has not confirmed
    messages BIGINT NOT NULL, component BIGINT NOT NULL DEFAULT 0, once_key TEXT NOT NULL DEFAULT '', -- that the member has received
    UNIQUE (corpid, customer, member)
);
CREATE TABLE acquisition_day (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link   BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    clicks BIGINT NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (corpid, link, day)
) WITHOUT ROWID;
CREATE TABLE acquisition_link (
    no             INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid         TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link_id        TEXT NOT NULL,
    app            BIGINT NOT NULL, -- who made it; 0 is an administrator
    name           TEXT NOT NULL,
    members        TEXT NOT NULL,   -- JSON, numbers
    departments    TEXT NOT NULL,   -- JSON
    skip_verify    BIGINT NOT NULL,
    mark_source    BIGINT NOT NULL,
    priority       BIGINT NOT NULL, -- who comes first of those who know the customer: 0 nobody, 1 anybody in the corp, 2 those named
    priority_users TEXT NOT NULL,   -- JSON, numbers
    created_at     BIGINT NOT NULL, -- Unix seconds
    turns          BIGINT NOT NULL, -- how many customers have been led
    unavailable    BIGINT NOT NULL, -- 1 once it was told that nobody of the link can be added
    UNIQUE (corpid, link_id)
);
CREATE TABLE acquisition_permit (
    app    BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    people TEXT NOT NULL -- JSON
);
CREATE TABLE acquisition_quota (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    balance    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- Unix seconds
    next_at    BIGINT NOT NULL  -- Unix seconds: when it is told next that it expires, or does; 0 if never more
);
CREATE TABLE acquisition_service (
    partner TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    balance BIGINT NOT NULL
);
CREATE TABLE acquisition_use (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    used   BIGINT NOT NULL
);
CREATE TABLE activity (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day    TEXT NOT NULL, -- YYYY-MM-DD
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, day, member)
) WITHOUT ROWID;
CREATE TABLE advanced_holding (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    edition   BIGINT NOT NULL, -- 0 a trial
    people    BIGINT NOT NULL, -- 0 after all were upgraded
    begins_at BIGINT NOT NULL, -- Unix seconds
    ends_at   BIGINT NOT NULL,
    ended     BIGINT NOT NULL  -- the provider has been told
);
CREATE TABLE advanced_order (
    no             INTEGER PRIMARY KEY AUTOINCREMENT,
    provider       BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid         TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    orderid        TEXT NOT NULL UNIQUE,
    kind           BIGINT NOT NULL, -- 0 new, 1 more people, 2 renewal, 3 upgrade
    status         BIGINT NOT NULL, -- 0 unpaid, 1 paid, 2 cancelled, 4 refund asked for, 5 refunded, 6 refund refused
    edition        BIGINT NOT NULL, -- 2 conversations inside and outside, 3 calls as well
    people         BIGINT NOT NULL,
    begins_at      BIGINT NOT NULL, -- Unix seconds
    ends_at        BIGINT NOT NULL,
    holding        BIGINT NOT NULL, -- that is extended or upgraded, 0 if there is none
    price          BIGINT NOT NULL, -- fen
    original_price BIGINT NOT NULL, -- of an upgrade, before what the older edition has left
    from_balance   BIGINT NOT NULL, -- it was paid from the balance
    buyer          TEXT NOT NULL,
    created_at     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE album (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL, -- who made it; 0 is an administrator
    description TEXT NOT NULL,
    price       BIGINT NOT NULL, -- in fen
    product_sn  TEXT NOT NULL,
    images      TEXT NOT NULL,   -- JSON, media_ids that stay
    created_at  BIGINT NOT NULL, -- Unix seconds
    deleted_at  BIGINT NOT NULL  -- 0 if it is there
);
CREATE TABLE album_size (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    albums BIGINT NOT NULL -- how many there are
);
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
, listens SMALLINT NOT NULL DEFAULT 0, token_life BIGINT NOT NULL DEFAULT 0, token_given BLOB);
CREATE TABLE app_gone (
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    agentid BIGINT NOT NULL,
    PRIMARY KEY (corpid, agentid)
) WITHOUT ROWID;
CREATE TABLE app_menu (
    app     BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    buttons TEXT NOT NULL -- JSON
);
CREATE TABLE app_workbench (
    app      BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    template TEXT NOT NULL,    -- JSON
    replaces SMALLINT NOT NULL -- replace_user_data, as it was given
);
CREATE TABLE app_workbench_data (
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    data   TEXT NOT NULL, -- JSON
    PRIMARY KEY (app, member)
) WITHOUT ROWID;
CREATE TABLE approval_account (
    corpid   TEXT NOT NULL,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    vacation BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (member, vacation)
) WITHOUT ROWID;
CREATE TABLE approval_account_change (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    vacation BIGINT NOT NULL,
    at       BIGINT NOT NULL, -- Unix milliseconds
    seconds  BIGINT NOT NULL, -- what was left afterwards
    app      BIGINT NOT NULL,
    remark   TEXT NOT NULL
);
CREATE TABLE approval_case (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    sp_no       TEXT NOT NULL,
    template_id TEXT NOT NULL,
    app         BIGINT NOT NULL, -- as in approval_template
    status      BIGINT NOT NULL,
    record_type BIGINT NOT NULL,
    applied_at  BIGINT NOT NULL, -- Unix seconds
    creator     TEXT NOT NULL,  -- userid in lower case
    department  BIGINT NOT NULL,
    body        TEXT NOT NULL,   -- JSON
    version     BIGINT NOT NULL
);
CREATE TABLE approval_day (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day    TEXT NOT NULL, -- 20060102 in China
    last   BIGINT NOT NULL,
    PRIMARY KEY (corpid, day)
) WITHOUT ROWID;
CREATE TABLE approval_file (
    owner    BIGINT NOT NULL REFERENCES approval_case (no) ON DELETE CASCADE,
    media_id TEXT NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    blob     TEXT NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) WITHOUT ROWID;
CREATE TABLE approval_open (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL,
    app      BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    third_no TEXT NOT NULL, -- as the application names it
    body     TEXT NOT NULL,
    version  BIGINT NOT NULL
);
CREATE TABLE approval_open_template (
    corpid      TEXT NOT NULL,
    app         BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    template_id TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (app, template_id)
) WITHOUT ROWID;
CREATE TABLE approval_person (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey  TEXT NOT NULL,  -- userid in lower case
    role     BIGINT NOT NULL, -- 1 applied, 2 is to decide, 3 has decided or will, 4 was told
    approval BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, role, approval)
) WITHOUT ROWID;
CREATE TABLE approval_provider_template (
    no               INTEGER PRIMARY KEY AUTOINCREMENT,
    suite            TEXT NOT NULL, -- suite_id
    open_template_id TEXT NOT NULL UNIQUE,
    body             TEXT NOT NULL
);
CREATE TABLE approval_span (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey  TEXT NOT NULL,
    start_at BIGINT NOT NULL, -- Unix seconds
    end_at   BIGINT NOT NULL, -- the first second after it
    kind     BIGINT NOT NULL, -- 1 leave, 3 trip, 4 outing, 5 overtime
    approval BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, start_at, approval, kind)
) WITHOUT ROWID;
CREATE TABLE approval_template (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    template_id TEXT NOT NULL,
    app         BIGINT NOT NULL, -- the third party's application that it belongs to, 0 for the corp's own
    maker       BIGINT NOT NULL, -- the application that has made it by the API, 0 for none
    source      TEXT NOT NULL,  -- what it is a copy of: a provider's open_template_id, or "system" and a name
    name        TEXT NOT NULL,
    record_type BIGINT NOT NULL,
    body        TEXT NOT NULL    -- JSON: names, controls, process
);
CREATE TABLE approval_vacation (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    body   TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE archive_agree (
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number; 0 in a room
    roomid     TEXT NOT NULL,  -- empty in a conversation of two
    external   TEXT NOT NULL,  -- external_userid
    status     TEXT NOT NULL,  -- Agree, Disagree or Default_Agree
    changed_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (corpid, member, roomid, external)
) WITHOUT ROWID;
CREATE TABLE archive_block (
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    block    BIGINT NOT NULL,
    first_at BIGINT NOT NULL, -- Unix milliseconds
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (archive, block)
) WITHOUT ROWID;
CREATE TABLE archive_chain (
    archive   BIGINT NOT NULL PRIMARY KEY REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    seq       BIGINT NOT NULL, -- of the newest record
    hash      BLOB NOT NULL, -- of the newest record
    notify_at BIGINT NOT NULL, -- Unix seconds: when msgaudit_notify is due; 0 if it is not
    holder    TEXT NOT NULL,
    until     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_conversation (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name     TEXT NOT NULL,  -- r and the roomid; p and the two, in order
    roomid   TEXT NOT NULL,  -- empty in one of two
    external BIGINT NOT NULL, -- somebody outside takes part
    records  BIGINT NOT NULL,
    last_seq BIGINT NOT NULL, -- of the newest record
    last_at  BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_corp (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL UNIQUE REFERENCES corp (corpid) ON DELETE CASCADE,
    settings TEXT NOT NULL -- JSON
);
CREATE TABLE archive_day (
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- days since 1970
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    records  BIGINT NOT NULL,
    external BIGINT NOT NULL, -- of these, in conversations with somebody outside
    PRIMARY KEY (archive, day)
) WITHOUT ROWID;
CREATE TABLE archive_erasure (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    report    TEXT NOT NULL,  -- JSON, as it was signed
    signature BLOB NOT NULL -- Ed25519
);
CREATE TABLE archive_export (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,   -- of the case
    question   TEXT NOT NULL,   -- JSON: which records
    formats    TEXT NOT NULL,   -- JSON
    asked_by   TEXT NOT NULL,  -- userid
    asked_at   BIGINT NOT NULL, -- Unix milliseconds, as all times here
    state      TEXT NOT NULL,  -- asked, approved, refused, done, failed or expired
    decided_by TEXT NOT NULL,  -- userid
    decided_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    blob       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    records    BIGINT NOT NULL,
    sum        TEXT NOT NULL,  -- SHA-256 of the file, hexadecimal
    error      TEXT NOT NULL,
    holder     TEXT NOT NULL,
    until      BIGINT NOT NULL
);
CREATE TABLE archive_file (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid   TEXT NOT NULL,  -- of the message that names it
    blob    TEXT NOT NULL,  -- where its content is kept
    size    BIGINT NOT NULL,
    name    TEXT NOT NULL,
    kept_at BIGINT NOT NULL, -- Unix milliseconds
    erased  BIGINT NOT NULL  -- number of the erasure; 0 if it is there
);
CREATE TABLE archive_gap (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    pull     BIGINT NOT NULL REFERENCES archive_pull (no) ON DELETE CASCADE,
    from_seq BIGINT NOT NULL, -- there; the first that is missing
    to_seq   BIGINT NOT NULL, -- the last
    why      TEXT NOT NULL,  -- missing, key, unreadable or file
    detail   TEXT NOT NULL,
    found_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_hold (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    people      TEXT NOT NULL,   -- JSON: who takes part; empty: anybody
    rooms       TEXT NOT NULL,   -- JSON: where; empty: anywhere
    since       BIGINT NOT NULL, -- Unix milliseconds, of the message
    until       BIGINT NOT NULL, -- 0 is without end
    created_at  BIGINT NOT NULL, -- Unix milliseconds
    released_at BIGINT NOT NULL  -- 0 if it holds
);
CREATE TABLE archive_hook (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    url      TEXT NOT NULL,
    secret   BLOB NOT NULL, -- sealed; signs what is sent
    words    TEXT NOT NULL,   -- JSON; one of them must be said; none is every record
    seq      BIGINT NOT NULL, -- up to which records were sent or passed over
    failures BIGINT NOT NULL, -- in a row
    error    TEXT NOT NULL,   -- of the last failure
    holder   TEXT NOT NULL,
    until    BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_index (
    archive BIGINT NOT NULL PRIMARY KEY REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    blocks  BIGINT NOT NULL, -- that are in it
    holder  TEXT NOT NULL,
    until   BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_key (
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    version    BIGINT NOT NULL,
    public_key TEXT NOT NULL,   -- PEM
    created_at BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (corpid, version)
) WITHOUT ROWID;
CREATE TABLE archive_participant (
    archive      BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    person       TEXT NOT NULL,
    conversation BIGINT NOT NULL REFERENCES archive_conversation (no) ON DELETE CASCADE,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (archive, person, conversation)
) WITHOUT ROWID;
CREATE TABLE archive_pending (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    head    TEXT NOT NULL, -- JSON
    plain   TEXT NOT NULL  -- the plaintext, as clients decrypt it
);
CREATE TABLE archive_picture (
    file    BIGINT NOT NULL PRIMARY KEY REFERENCES archive_file (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    content BLOB NOT NULL
);
CREATE TABLE archive_plain (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq     BIGINT NOT NULL,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    plain   TEXT NOT NULL,
    PRIMARY KEY (archive, seq)
) WITHOUT ROWID;
CREATE TABLE archive_posting (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    gram    BIGINT NOT NULL,
    block   BIGINT NOT NULL, -- seq / 1024
    places  BLOB NOT NULL,
    PRIMARY KEY (archive, gram, block)
) WITHOUT ROWID;
CREATE TABLE archive_pull (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    source    TEXT NOT NULL,  -- corpid of the archive there, and its server
    seq       BIGINT NOT NULL, -- there, of the newest that was taken
    records   BIGINT NOT NULL,
    files     BIGINT NOT NULL,
    pulled_at BIGINT NOT NULL, -- Unix milliseconds
    holder    TEXT NOT NULL,
    until     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE archive_read (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL, -- Unix milliseconds
    app     BIGINT NOT NULL,
    address TEXT NOT NULL,
    what    TEXT NOT NULL,
    asked   TEXT NOT NULL
, userid TEXT NOT NULL DEFAULT '');
CREATE TABLE archive_record (
    archive    BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid      TEXT NOT NULL,
    at         BIGINT NOT NULL, -- Unix milliseconds, of the message
    kept_at    BIGINT NOT NULL, -- Unix milliseconds; grows with seq
    action     TEXT NOT NULL,
    msgtype    TEXT NOT NULL,
    sender     TEXT NOT NULL,
    peer       TEXT NOT NULL,  -- the other one of two
    roomid     TEXT NOT NULL,
    external   BIGINT NOT NULL, -- somebody outside takes part
    version    BIGINT NOT NULL, -- of the key
    sealed_key TEXT NOT NULL,   -- encrypt_random_key
    sealed_msg TEXT NOT NULL,   -- encrypt_chat_msg
    plain_sum  BLOB NOT NULL, -- SHA-256 of the plaintext if that is kept
    digest     BLOB NOT NULL,
    hash       BLOB NOT NULL,
    erased     BIGINT NOT NULL, conversation BIGINT NOT NULL DEFAULT 0, -- number of the erasure; 0 if it is there
    PRIMARY KEY (archive, seq)
) WITHOUT ROWID;
CREATE TABLE archive_revoked (
    archive    BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    revoked_by BIGINT NOT NULL, -- seq
    PRIMARY KEY (archive, seq)
) WITHOUT ROWID;
CREATE TABLE archive_role (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    role   TEXT NOT NULL,  -- reader, officer or auditor
    range  TEXT NOT NULL,   -- JSON: whose conversations a reader reads
    since  BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (corpid, member)
) WITHOUT ROWID;
CREATE TABLE archive_rule (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    conversation TEXT NOT NULL,  -- internal, external, or empty: any
    msgtype      TEXT NOT NULL,  -- empty: any
    departments  TEXT NOT NULL,   -- JSON: of the sender; empty: any
    days         BIGINT NOT NULL  -- 0 is for ever
);
CREATE TABLE archive_shared (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid  TEXT NOT NULL,
    file   BIGINT NOT NULL REFERENCES archive_file (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, msgid, file)
) WITHOUT ROWID;
CREATE TABLE archive_speaker (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    robot_id TEXT NOT NULL, -- wb…
    kind     TEXT NOT NULL, -- application, robot or bot
    no       BIGINT NOT NULL, -- our number among those of its kind
    name     TEXT NOT NULL,
    PRIMARY KEY (corpid, robot_id)
) WITHOUT ROWID;
CREATE TABLE archive_sweep (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    day    BIGINT NOT NULL -- days since 1970
);
CREATE TABLE batch_doomed (
    corpid     TEXT NOT NULL,
    department BIGINT NOT NULL,
    PRIMARY KEY (corpid, department),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE blob (
    key    TEXT PRIMARY KEY,
    corpid TEXT NOT NULL,
    refs   BIGINT NOT NULL, -- rows that need it; 0: not yet, or no longer; -1: being deleted
    since  BIGINT NOT NULL  -- Unix milliseconds: when refs became 0
) WITHOUT ROWID;
CREATE TABLE bot (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    botid       TEXT NOT NULL, -- aibotid, BotID
    mode        TEXT NOT NULL,  -- callback or websocket
    keys_sealed BLOB NOT NULL, -- Token, EncodingAESKey and Secret
    settings    TEXT NOT NULL,  -- JSON
    created_at  BIGINT NOT NULL, -- Unix milliseconds
    -- The long connection that is the robot's now; empty without one.
    conn        TEXT NOT NULL,
    conn_at     BIGINT NOT NULL
);
CREATE TABLE bot_card (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    message  BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- 0 for everybody
    body     TEXT NOT NULL,
    feedback TEXT NOT NULL
);
CREATE TABLE bot_chat (
    bot  BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    chat BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    PRIMARY KEY (bot, chat)
) WITHOUT ROWID;
CREATE TABLE bot_code (
    mac        BLOB PRIMARY KEY,
    turn       BIGINT NOT NULL REFERENCES bot_turn (no) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE bot_feedback (
    message BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    type    SMALLINT NOT NULL, -- 1 right, 2 wrong
    PRIMARY KEY (message, member)
) WITHOUT ROWID;
CREATE TABLE bot_message (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    chat     BIGINT REFERENCES chat (no) ON DELETE CASCADE,
    member   BIGINT REFERENCES member (no) ON DELETE CASCADE, -- whose conversation it is; NULL in a chat
    sender   BIGINT NOT NULL,  -- member who wrote it; 0 for the robot
    turn     BIGINT NOT NULL,  -- that it answers; 0 for none
    msgtype  TEXT NOT NULL,
    body     TEXT NOT NULL,    -- JSON: the object of the msgtype
    quote    TEXT NOT NULL,    -- JSON of what was quoted; empty for nothing
    stream   TEXT NOT NULL,   -- id of a stream
    open     SMALLINT NOT NULL, -- 1 while the stream grows
    task_id  TEXT NOT NULL,
    feedback TEXT NOT NULL,    -- id under which it can be judged
    sent_at  BIGINT NOT NULL
);
CREATE TABLE bot_picture (
    message BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    place   SMALLINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (message, place)
);
CREATE TABLE bot_turn (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    chat     BIGINT REFERENCES chat (no) ON DELETE CASCADE, -- NULL in a conversation of two
    kind     TEXT NOT NULL,    -- message, enter, card, feedback
    message  BIGINT NOT NULL,  -- that it is about; 0 where the member has come in
    task_id  TEXT NOT NULL,    -- of the card
    req_id   TEXT NOT NULL,
    began_at BIGINT NOT NULL,  -- Unix milliseconds, as all times here
    state    SMALLINT NOT NULL, -- 0 not answered, 1 a stream is not finished, 2 at its end
    stream   TEXT NOT NULL,    -- id of the stream that was answered with last
    ends_at  BIGINT NOT NULL,  -- when an unfinished stream is ended
    look_at  BIGINT NOT NULL,  -- when to ask for more of the stream, or end it; 0 never
    carded   SMALLINT NOT NULL, -- 1 once a card was answered
    -- What the long connection is still to be told: waiting is 1 until it was.
    waiting  SMALLINT NOT NULL,
    push     TEXT NOT NULL
);
CREATE TABLE bot_visit (
    bot    BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    day    TEXT NOT NULL,
    PRIMARY KEY (bot, member)
) WITHOUT ROWID;
CREATE TABLE caldav_key (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    feed       SMALLINT NOT NULL, -- 1 for a feed
    name       TEXT NOT NULL,    -- for the member
    mac        BLOB NOT NULL,
    created_at BIGINT NOT NULL,   -- Unix milliseconds
    used_on    TEXT NOT NULL DEFAULT '' -- the last day, YYYY-MM-DD
);
CREATE TABLE calendar (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    cal_id     TEXT NOT NULL,
    app        BIGINT NOT NULL,         -- our number; 0 for a member's own
    owner      TEXT NOT NULL DEFAULT '', -- userid of that member
    owner_key  TEXT NOT NULL DEFAULT '', -- in lower case
    body       TEXT NOT NULL,           -- JSON: title, colour, description, departments of the public range
    public     SMALLINT NOT NULL DEFAULT 0,
    corp_wide  SMALLINT NOT NULL DEFAULT 0, -- 全员日历
    chosen     SMALLINT NOT NULL DEFAULT 0, -- 1 for the application's default
    sequence   BIGINT NOT NULL DEFAULT 0,   -- raised by each change of a schedule in it
    changed_at BIGINT NOT NULL,             -- Unix milliseconds
    deleted_at BIGINT NOT NULL DEFAULT 0    -- 0 while it exists
);
CREATE TABLE calendar_attendee (
    schedule BIGINT NOT NULL REFERENCES calendar_schedule (no) ON DELETE CASCADE,
    corpid   TEXT NOT NULL,
    userkey  TEXT NOT NULL,
    userid   TEXT NOT NULL,
    answer   BIGINT NOT NULL DEFAULT 0, -- 0 none, 1 tentative, 2 accepted, 3 accepted once, 4 declined
    admin    SMALLINT NOT NULL DEFAULT 0,
    place    BIGINT NOT NULL,
    PRIMARY KEY (schedule, userkey)
) WITHOUT ROWID;
CREATE TABLE calendar_day (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app    BIGINT NOT NULL,
    day    TEXT NOT NULL, -- YYYY-MM-DD in China
    made   BIGINT NOT NULL,
    PRIMARY KEY (corpid, app, day)
) WITHOUT ROWID;
CREATE TABLE calendar_person (
    calendar   BIGINT NOT NULL REFERENCES calendar (no) ON DELETE CASCADE,
    corpid     TEXT NOT NULL,
    role       TEXT NOT NULL,   -- "share" or "public"
    userkey    TEXT NOT NULL,   -- userid in lower case
    userid     TEXT NOT NULL,
    permission BIGINT NOT NULL,  -- 1 sees all, 3 sees busy times only; 0 in the public range
    admin      SMALLINT NOT NULL DEFAULT 0,
    place      BIGINT NOT NULL,  -- order
    PRIMARY KEY (calendar, role, userkey)
) WITHOUT ROWID;
CREATE TABLE calendar_schedule (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    calendar    BIGINT NOT NULL REFERENCES calendar (no) ON DELETE CASCADE,
    schedule_id TEXT NOT NULL,
    app         BIGINT NOT NULL,        -- as in calendar
    creator     TEXT NOT NULL DEFAULT '', -- userid of the member who made it; empty for an application
    starts      BIGINT NOT NULL,        -- Unix seconds
    ends        BIGINT NOT NULL,
    last_ends   BIGINT NOT NULL,        -- when the last repetition ends
    body        TEXT NOT NULL,          -- JSON: the rest of what was set
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    sequence    BIGINT NOT NULL,        -- the calendar's when it was last changed
    number      BIGINT NOT NULL,        -- the calendar's when it was made
    rooms       BIGINT NOT NULL DEFAULT 0, -- bookings of meeting rooms that depend on its time
    parent      BIGINT NOT NULL DEFAULT 0, -- the repeating schedule that it was split from for one day
    instead_of  BIGINT NOT NULL DEFAULT 0, -- the start of that day's repetition, Unix seconds
    name        TEXT NOT NULL DEFAULT '', -- of the CalDAV resource; empty for schedule_id.ics
    uid         TEXT NOT NULL DEFAULT '', -- of the iCalendar object; empty for schedule_id
    remind_at   BIGINT NOT NULL DEFAULT 0, -- Unix seconds; 0 for never
    created_at  BIGINT NOT NULL,           -- Unix milliseconds
    changed_at  BIGINT NOT NULL
);
CREATE TABLE callback_attempt (
    delivery BIGINT NOT NULL,
    n        SMALLINT NOT NULL, -- from 1
    at       BIGINT NOT NULL,   -- Unix milliseconds
    took     BIGINT NOT NULL,   -- microseconds
    status   SMALLINT NOT NULL, -- of HTTP, 0 where there was no answer
    problem  TEXT NOT NULL,     -- empty where there was none
    seal     TEXT NOT NULL,     -- what the encryption drew: prefix, nonce, timestamp, signature
    response BLOB NOT NULL,   -- its beginning
    PRIMARY KEY (delivery, n)
) WITHOUT ROWID;
CREATE TABLE callback_delivery (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver  BIGINT NOT NULL REFERENCES callback_receiver (no) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    body      TEXT NOT NULL,     -- in the clear
    queued_at BIGINT NOT NULL,   -- Unix milliseconds
    state     SMALLINT NOT NULL DEFAULT 0, -- 0 waits, 1 delivered, 2 failed
    attempts  SMALLINT NOT NULL DEFAULT 0, -- so far
    chances   SMALLINT NOT NULL, -- attempts left before it fails
    due       BIGINT NOT NULL DEFAULT 0,   -- Unix milliseconds of the next attempt
    within    BIGINT NOT NULL,   -- milliseconds for an answer
    reply     TEXT NOT NULL,     -- who is given the answer
    ref       TEXT NOT NULL
);
CREATE TABLE callback_lease (
    receiver BIGINT PRIMARY KEY REFERENCES callback_receiver (no) ON DELETE CASCADE,
    owner    TEXT NOT NULL,
    until    BIGINT NOT NULL -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE callback_receiver (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT REFERENCES corp (corpid) ON DELETE CASCADE, -- null for one that belongs to no corp
    app      BIGINT REFERENCES app (no) ON DELETE CASCADE,     -- null for one that is no application's
    book     TEXT NOT NULL,   -- who knows its address
    key      TEXT NOT NULL,  -- and under what
    endpoint BLOB NOT NULL  -- sealed URL, token and key of the book "endpoint", else empty
);
CREATE TABLE chat (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    chatid     TEXT NOT NULL,
    name       TEXT NOT NULL,
    owner      BIGINT REFERENCES member (no) ON DELETE SET NULL,
    created_at BIGINT NOT NULL -- Unix milliseconds
);
CREATE TABLE chat_group (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chatid     TEXT NOT NULL,
    name       TEXT NOT NULL,
    notice     TEXT NOT NULL,
    owner      BIGINT NOT NULL, -- our number of the member; 0 once everybody has left
    creator    TEXT NOT NULL,  -- userid at the time
    created_at BIGINT NOT NULL, -- Unix milliseconds
    UNIQUE (corpid, chatid)
);
CREATE TABLE chat_group_member (
    chat_group BIGINT NOT NULL REFERENCES chat_group (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    joined_at  BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (chat_group, member)
) WITHOUT ROWID;
CREATE TABLE chat_launch (
    mark     TEXT PRIMARY KEY, -- SHA-256 of the code
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    operator BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    peer     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    made_at  BIGINT NOT NULL -- Unix milliseconds
);
CREATE TABLE chat_member (
    chat   BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (chat, member)
) WITHOUT ROWID;
CREATE TABLE chat_message (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid      TEXT NOT NULL,
    at         BIGINT NOT NULL, -- Unix milliseconds
    chat_group BIGINT NOT NULL, -- 0 is a conversation of two
    sender     BIGINT NOT NULL, -- our number of the member; 0 is a robot
    sender_id  TEXT NOT NULL,  -- the id at the time
    receiver   BIGINT NOT NULL, -- of a conversation of two
    msgtype    TEXT NOT NULL,
    content    TEXT NOT NULL,   -- JSON
    revoked_at BIGINT NOT NULL, -- Unix milliseconds; 0 if it was not
    UNIQUE (corpid, msgid)
);
CREATE TABLE chat_robot (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    robot_id   TEXT NOT NULL,
    chat_group BIGINT NOT NULL REFERENCES chat_group (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    creator    BIGINT NOT NULL, -- our number of the member
    UNIQUE (corpid, robot_id)
);
CREATE TABLE checkin_count (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    last   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE checkin_face (
    corpid  TEXT NOT NULL,
    member  BIGINT NOT NULL PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    digest  TEXT NOT NULL,  -- SHA-256 of the picture, hexadecimal
    size    BIGINT NOT NULL,
    at      BIGINT NOT NULL  -- Unix seconds
) WITHOUT ROWID;
CREATE TABLE checkin_file (
    owner    BIGINT NOT NULL REFERENCES checkin_record (no) ON DELETE CASCADE,
    media_id TEXT NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    blob     TEXT NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) WITHOUT ROWID;
CREATE TABLE checkin_record (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey TEXT NOT NULL,  -- userid in lower case
    at      BIGINT NOT NULL, -- Unix seconds
    due     BIGINT NOT NULL, -- of a correction: the time that it stands for, Unix seconds; otherwise 0
    source  BIGINT NOT NULL, -- 1 phone, 2 device, 3 the API, 4 a correction by the API, 5 a correction by approval
    flaws   BIGINT NOT NULL, -- bits: 1 place, 2 Wi-Fi, 4 device, 8 field work, 16 outing
    sp_no   TEXT NOT NULL,  -- the approval of a correction
    body    TEXT NOT NULL    -- JSON
);
CREATE TABLE checkin_rule (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    groupid    BIGINT NOT NULL, -- counted in each corp
    app        BIGINT NOT NULL, -- the application that has made it, 0 for an administrator
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE TABLE checkin_rule_version (
    corpid   TEXT NOT NULL,
    rule     BIGINT NOT NULL REFERENCES checkin_rule (no) ON DELETE CASCADE,
    from_day BIGINT NOT NULL, -- a midnight in China, Unix seconds
    body     TEXT NOT NULL,   -- JSON; empty: the rule is deleted
    PRIMARY KEY (rule, from_day)
) WITHOUT ROWID;
CREATE TABLE checkin_shift (
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey     TEXT NOT NULL,  -- userid in lower case
    day         BIGINT NOT NULL, -- a midnight in China, Unix seconds
    groupid     BIGINT NOT NULL,
    schedule_id BIGINT NOT NULL, -- 0: rest
    PRIMARY KEY (corpid, userkey, day)
) WITHOUT ROWID;
CREATE TABLE console_admin (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    role       TEXT NOT NULL,  -- super, ranged or reader
    range      TEXT NOT NULL,   -- JSON; of a ranged one
    created_at BIGINT NOT NULL  -- Unix milliseconds, like all times here
) WITHOUT ROWID;
CREATE TABLE console_audit (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userid  TEXT NOT NULL,
    address TEXT NOT NULL,   -- IP that it came from
    action  TEXT NOT NULL,   -- such as member.update
    target  TEXT NOT NULL,   -- what it was done to, as a person would name it
    detail  TEXT NOT NULL    -- JSON
);
CREATE TABLE console_session (
    mac        BLOB PRIMARY KEY,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    way        TEXT NOT NULL,   -- how he signed in
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
, device TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE contact_rule (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    type   SMALLINT NOT NULL, -- 1 hides, 2 shows the own departments alone, 3 shows nobody
    body   TEXT NOT NULL      -- JSON: ranges of whom it is for, and of whom not
);
CREATE TABLE corp (
    corpid       TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   BIGINT NOT NULL, -- Unix milliseconds
    member_limit BIGINT NOT NULL,
    creator      TEXT NOT NULL,  -- userid in lower case, or empty
    settings     TEXT NOT NULL    -- JSON
) WITHOUT ROWID;
CREATE TABLE customer (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind       BIGINT NOT NULL, -- 1 a WeChat user, 2 a member of another corp
    name       TEXT NOT NULL,
    avatar     TEXT NOT NULL,
    gender     BIGINT NOT NULL, -- 0 unknown, 1 male, 2 female
    unionid    TEXT NOT NULL,  -- empty if it is not known
    position   TEXT NOT NULL,
    corp_name  TEXT NOT NULL,
    full_name  TEXT NOT NULL,   -- of the other corp
    profile    TEXT NOT NULL,   -- JSON, what a member of another corp shows
    created_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE customer_content (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    content TEXT NOT NULL -- JSON
);
CREATE TABLE customer_day (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- our number
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    applied  BIGINT NOT NULL, -- customers whom the member asked
    added    BIGINT NOT NULL, -- new customers
    removals BIGINT NOT NULL, chats    BIGINT NOT NULL DEFAULT 0, messages BIGINT NOT NULL DEFAULT 0, asked    BIGINT NOT NULL DEFAULT 0, replied  BIGINT NOT NULL DEFAULT 0, waited   BIGINT NOT NULL DEFAULT 0, -- customers who have removed the member
    PRIMARY KEY (corpid, member, day)
) WITHOUT ROWID;
CREATE TABLE customer_follow (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer    BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    kind        BIGINT NOT NULL, -- the customer's
    member      BIGINT NOT NULL,
    standing    BIGINT NOT NULL, -- 1 friends, 2 the member has not confirmed, 3 the customer has removed the member
    created_at  BIGINT NOT NULL, -- Unix milliseconds; when they last became friends
    remark      TEXT NOT NULL,
    description TEXT NOT NULL,
    company     TEXT NOT NULL,
    mobiles     TEXT NOT NULL,   -- JSON
    picture     TEXT NOT NULL,  -- of the remark: where its content is kept
    tags        TEXT NOT NULL,   -- JSON, numbers; those that are deleted stay and count for nothing
    add_way     BIGINT NOT NULL,
    oper        BIGINT NOT NULL, -- the member who asked; 0 is the customer
    state       TEXT NOT NULL,
    channel     TEXT NOT NULL,   -- nickname of the video channel
    source      BIGINT NOT NULL, -- in it
    chatted_at  BIGINT NOT NULL, -- when they began to chat; 0 if they have not
    handing     BIGINT NOT NULL, blocked BIGINT NOT NULL DEFAULT 0, -- the transfer that is under way; 0 if none is
    UNIQUE (corpid, customer, member)
);
CREATE TABLE customer_group (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    notice       TEXT NOT NULL,
    owner        BIGINT NOT NULL, -- member, our number
    left_userid  TEXT NOT NULL,  -- of an owner who has left the corp; empty otherwise
    status       BIGINT NOT NULL, -- 0 normal, 1 the owner has left, 3 another has it since
    version      TEXT NOT NULL,  -- changes with every change of who is in it
    capacity     BIGINT NOT NULL, -- how many may be in it
    template     BIGINT NOT NULL, -- that welcomes customers; 0 if none does
    created_at   BIGINT NOT NULL, -- Unix seconds
    dismissed_at BIGINT NOT NULL  -- 0 if it is there
);
CREATE TABLE customer_group_member (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat      BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    kind      BIGINT NOT NULL, -- 1 a member, 2 somebody outside of the corp
    person    BIGINT NOT NULL, -- number of the member, or of the customer
    admin     BIGINT NOT NULL,
    scene     BIGINT NOT NULL, -- 1 invited, 2 by an invitation's link, 3 by a QR code
    invitor   BIGINT NOT NULL, -- member, our number; 0 if none invited them
    state     TEXT NOT NULL,   -- of the join way that they came by
    nickname  TEXT NOT NULL,
    joined_at BIGINT NOT NULL, -- Unix seconds
    left_at   BIGINT NOT NULL  -- 0 if they are in it
);
CREATE TABLE customer_group_message (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat    BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    kind    BIGINT NOT NULL, -- of who said it, as in customer_group_member
    person  BIGINT NOT NULL,
    author  TEXT NOT NULL,  -- customer, member, welcome or mass
    content TEXT NOT NULL,   -- JSON
    at      BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE customer_group_transfer (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat     BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    handover BIGINT NOT NULL, -- members, our numbers
    takeover BIGINT NOT NULL,
    resigned BIGINT NOT NULL, -- the first has left
    at       BIGINT NOT NULL  -- Unix seconds
);
CREATE TABLE customer_group_welcome (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL, -- who made it
    content    TEXT NOT NULL,   -- JSON
    picture    TEXT NOT NULL,   -- path of its image, if it came by media_id
    notify     BIGINT NOT NULL, -- members are told to use it
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE TABLE customer_join_way (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    config_id   TEXT NOT NULL,
    app         BIGINT NOT NULL, -- who made it
    scene       BIGINT NOT NULL, -- 1 a mini program, 2 a QR code
    remark      TEXT NOT NULL,
    auto_create BIGINT NOT NULL, -- makes a new group when the others are full
    room_name   TEXT NOT NULL,   -- of new groups, before their number
    room_number BIGINT NOT NULL, -- of the first new group
    made        BIGINT NOT NULL, -- how many it has made
    chats       TEXT NOT NULL,   -- JSON, numbers of the groups that it was given
    state       TEXT NOT NULL,
    mark_source BIGINT NOT NULL,
    created_at  BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, config_id)
);
CREATE TABLE customer_join_way_made (
    way    BIGINT NOT NULL REFERENCES customer_join_way (no) ON DELETE CASCADE,
    chat   BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (way, chat)
) WITHOUT ROWID;
CREATE TABLE customer_left (
    member  BIGINT NOT NULL PRIMARY KEY, -- our number
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid  TEXT NOT NULL,
    left_at BIGINT NOT NULL -- Unix seconds
);
CREATE TABLE customer_message (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL,
    author   TEXT NOT NULL, -- customer, member or welcome
    content  TEXT NOT NULL,  -- JSON
    at       BIGINT NOT NULL -- Unix milliseconds
, shared BIGINT NOT NULL DEFAULT 0);
CREATE TABLE customer_session (
    follow  BIGINT NOT NULL PRIMARY KEY REFERENCES customer_follow (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    way     BIGINT NOT NULL, -- whose conclusion is said at the end; it may have been deleted since
    ends_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE customer_size (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    ways   BIGINT NOT NULL -- how many there are
, temporary_day BIGINT NOT NULL DEFAULT 0, temporary     BIGINT NOT NULL DEFAULT 0);
CREATE TABLE customer_tag (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    tag_group  BIGINT NOT NULL REFERENCES customer_tag_group (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sort       BIGINT NOT NULL,
    app        BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL
);
CREATE TABLE customer_tag_group (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sort       BIGINT NOT NULL, -- larger ones first
    app        BIGINT NOT NULL, -- who made it; 0 is an administrator
    created_at BIGINT NOT NULL, -- Unix seconds
    deleted_at BIGINT NOT NULL  -- 0 if it is there
, strategy BIGINT NOT NULL DEFAULT 0);
CREATE TABLE customer_talk (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- our number
    customer BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    asked    BIGINT NOT NULL, -- Unix milliseconds, when the customer began; 0 if the member did
    wrote    BIGINT NOT NULL, -- the member has
    PRIMARY KEY (corpid, member, customer)
) WITHOUT ROWID;
CREATE TABLE customer_transfer (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer   BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    kind       BIGINT NOT NULL, -- the customer's
    handover   BIGINT NOT NULL, -- members, our numbers
    takeover   BIGINT NOT NULL,
    resigned   BIGINT NOT NULL, -- the first has left
    status     BIGINT NOT NULL, -- 1 done, 2 waiting, 3 the customer has refused, 4 the taker has too many
    message    TEXT NOT NULL,   -- for the customer, once it is done
    created_at BIGINT NOT NULL, -- Unix seconds
    due        BIGINT NOT NULL  -- Unix seconds: when it is done, or was
);
CREATE TABLE customer_way (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    config_id   TEXT NOT NULL,
    app         BIGINT NOT NULL, -- who made it
    kind        BIGINT NOT NULL, -- 1 one member, 2 several
    scene       BIGINT NOT NULL, -- 1 a mini program, 2 a QR code
    style       BIGINT NOT NULL,
    remark      TEXT NOT NULL,
    skip_verify BIGINT NOT NULL,
    state       TEXT NOT NULL,
    members     TEXT NOT NULL,   -- JSON, numbers
    departments TEXT NOT NULL,   -- JSON
    exclusive   BIGINT NOT NULL, -- people of one corp go to one member
    created_at  BIGINT NOT NULL, -- Unix seconds
    turns       BIGINT NOT NULL, temporary TEXT NOT NULL DEFAULT '', mark_source BIGINT NOT NULL DEFAULT 1, -- how many customers have come through it
    UNIQUE (corpid, config_id)
);
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
CREATE TABLE dial_record (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    call_time BIGINT NOT NULL, -- Unix seconds
    caller    TEXT NOT NULL,  -- userid, kept when the member has left
    minutes   BIGINT NOT NULL, -- of the caller
    callees   TEXT NOT NULL    -- JSON
);
CREATE TABLE directory_size (
    corpid      TEXT PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    departments BIGINT NOT NULL DEFAULT 0,
    members     BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE emergency_call (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    callid    TEXT NOT NULL UNIQUE,
    member    BIGINT NOT NULL, -- our number
    called_at BIGINT NOT NULL, -- Unix seconds
    talked    BIGINT NOT NULL, -- the member answered
    talk_time BIGINT NOT NULL, -- seconds
    reason    BIGINT NOT NULL  -- doc 91628; 1 while it rings
);
CREATE TABLE emergency_corp (
    corpid   TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    disabled BIGINT NOT NULL,
    balance  BIGINT NOT NULL -- calls that are left; below 0 there is no end of them
);
CREATE TABLE event (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL,
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL, -- Unix milliseconds
    by_kind TEXT NOT NULL,
    by_app  BIGINT NOT NULL,
    payload TEXT NOT NULL    -- JSON
, by_user TEXT NOT NULL DEFAULT '');
CREATE TABLE founding_link (
    target     TEXT PRIMARY KEY, -- a corpid; empty for the first enterprise
    mac        BLOB NOT NULL,   -- of the key in the link
    sealed     BLOB NOT NULL,   -- the key, so that a restart shows the same link
    expires_at BIGINT NOT NULL    -- Unix milliseconds
) WITHOUT ROWID;
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
CREATE TABLE hardware_common (
    provider      BIGINT PRIMARY KEY REFERENCES provider (no) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    callback_keys BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE hardware_device (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    model           BIGINT NOT NULL REFERENCES hardware_model (no) ON DELETE CASCADE,
    sn              TEXT NOT NULL,
    snkey           TEXT NOT NULL,  -- in lower case
    secret_no       BLOB NOT NULL, -- sealed
    seeded          SMALLINT NOT NULL, -- 1 until it has exchanged the model's seed for a secret_no of its own
    registered      SMALLINT NOT NULL DEFAULT 0, -- 1 once it has got an active_code
    created_at      BIGINT NOT NULL,
    round           BIGINT NOT NULL DEFAULT 1, -- raised by each binding; secrets and tokens of earlier ones end
    token_issued_at BIGINT NOT NULL DEFAULT 0, -- Unix seconds
    corpid          TEXT REFERENCES corp (corpid) ON DELETE SET NULL,
    bound           SMALLINT NOT NULL DEFAULT 0, -- 1 bound, 2 the provider is asked
    bound_at        BIGINT NOT NULL DEFAULT 0,
    bound_by        TEXT NOT NULL DEFAULT '', -- userid
    code_at         BIGINT NOT NULL DEFAULT 0, -- when its auth_code was made; 0 once that is used
    remark          TEXT NOT NULL DEFAULT '',
    people          TEXT NOT NULL DEFAULT '{}', -- JSON: the range of those who use it
    perm_version    BIGINT NOT NULL DEFAULT 0,
    visitor_version BIGINT NOT NULL DEFAULT 0,
    state           TEXT NOT NULL DEFAULT '{}', -- JSON: what the device reports of itself
    conn            TEXT NOT NULL DEFAULT '',  -- its long connection
    conn_at         BIGINT NOT NULL DEFAULT 0,  -- when that was last heard of
    conn_from       TEXT NOT NULL DEFAULT ''   -- address
);
CREATE TABLE hardware_enrolment (
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    user_type SMALLINT NOT NULL,
    userkey   TEXT NOT NULL, -- userid in lower case, or a visitor's id
    fp_ver    BIGINT NOT NULL DEFAULT 0,
    fa_ver    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, corpid, user_type, userkey)
) WITHOUT ROWID;
CREATE TABLE hardware_feature (
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    user_type SMALLINT NOT NULL,
    userkey   TEXT NOT NULL,
    kind      SMALLINT NOT NULL, -- 1 fingerprint, 2 face
    algorithm TEXT NOT NULL,
    part      BIGINT NOT NULL,   -- which finger, which picture
    data      BLOB NOT NULL,   -- sealed
    PRIMARY KEY (provider, corpid, user_type, userkey, kind, algorithm, part)
) WITHOUT ROWID;
CREATE TABLE hardware_file (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    device  BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userid  TEXT NOT NULL, -- who gets the scan; empty for a log
    name    TEXT NOT NULL,
    mediaid TEXT NOT NULL
);
CREATE TABLE hardware_grant (
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    PRIMARY KEY (device, app)
) WITHOUT ROWID;
CREATE TABLE hardware_job (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    jobid     TEXT NOT NULL,
    device    BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid    TEXT NOT NULL,
    at        BIGINT NOT NULL,
    submitted SMALLINT NOT NULL, -- 1 after a scan
    state     TEXT NOT NULL,     -- of the code that was scanned
    status    SMALLINT NOT NULL DEFAULT 0, -- 1 printed, 2 failed
    errcode   BIGINT NOT NULL DEFAULT 0,
    errmsg    TEXT NOT NULL DEFAULT '',
    name      TEXT NOT NULL,
    size      BIGINT NOT NULL,
    content   TEXT NOT NULL,    -- key of the file
    settings  TEXT NOT NULL,     -- JSON
    version   BIGINT NOT NULL,   -- of the settings
    aeskey    BLOB NOT NULL,   -- sealed
    waiting   SMALLINT NOT NULL, -- 1 while it is being converted
    pages     TEXT NOT NULL      -- JSON: what it was converted to
);
CREATE TABLE hardware_model (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    provider        BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    partner         TEXT NOT NULL,  -- the provider's corpid
    modelid         TEXT NOT NULL,
    secrets         BLOB NOT NULL, -- sealed model_secret and seed of the secret_no
    callback_keys   BLOB NOT NULL, -- sealed Token and EncodingAESKey
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds, as the others
    tickets         TEXT NOT NULL,   -- JSON: when each ticket was made that may still be good, newest first
    ticket_due      BIGINT NOT NULL, -- when the next is made; 0 for none
    token_round     BIGINT NOT NULL DEFAULT 1,
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds
);
CREATE TABLE hardware_operation (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    operid     TEXT NOT NULL,
    device     BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    userid     TEXT NOT NULL,
    user_type  SMALLINT NOT NULL,
    detail     TEXT NOT NULL,    -- page_type; before a firmware's upgrade the version
    at         BIGINT NOT NULL,
    outcome    SMALLINT NOT NULL DEFAULT 0, -- 1 done, 2 failed
    errcode    BIGINT NOT NULL DEFAULT 0,
    errmsg     TEXT NOT NULL DEFAULT '',
    code       TEXT NOT NULL DEFAULT ''    -- auth_code for a scan; empty once it is used
);
CREATE TABLE hardware_push (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    at     BIGINT NOT NULL,
    frame  TEXT NOT NULL
);
CREATE TABLE hardware_record (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    device      BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    kind        SMALLINT NOT NULL, -- 1 check-in, 2 pass, 4 temperature
    userid      TEXT NOT NULL,    -- kept when the member has left
    userkey     TEXT NOT NULL,
    user_type   SMALLINT NOT NULL,
    at          BIGINT NOT NULL,   -- Unix seconds, as the device says
    uploaded_at BIGINT NOT NULL,   -- Unix seconds
    pass_type   SMALLINT NOT NULL,
    pass_method SMALLINT NOT NULL,
    temperature TEXT NOT NULL,
    status      SMALLINT NOT NULL
);
CREATE TABLE hardware_rename (
    device       BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    perm_version BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    data         TEXT NOT NULL, -- JSON, the push
    PRIMARY KEY (device, perm_version)
) WITHOUT ROWID;
CREATE TABLE hardware_rule (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT REFERENCES app (no) ON DELETE SET NULL, -- that made it; none for an administrator's
    name        TEXT NOT NULL,
    effect_time BIGINT NOT NULL, -- Unix seconds
    pass        TEXT NOT NULL,   -- JSON: when the door opens to them; empty for no such rule
    remote      TEXT NOT NULL    -- JSON: when they may open it from afar
);
CREATE TABLE hardware_rule_device (
    rule   BIGINT NOT NULL REFERENCES hardware_rule (no) ON DELETE CASCADE,
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    PRIMARY KEY (rule, device)
) WITHOUT ROWID;
CREATE TABLE hardware_rule_person (
    rule      BIGINT NOT NULL REFERENCES hardware_rule (no) ON DELETE CASCADE,
    remote    SMALLINT NOT NULL,
    user_type SMALLINT NOT NULL,
    userkey   TEXT NOT NULL,
    userid    TEXT NOT NULL,
    PRIMARY KEY (rule, remote, user_type, userkey)
) WITHOUT ROWID;
CREATE TABLE hardware_visitor (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    device  BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    visitor TEXT NOT NULL, -- userid/agentid
    name    TEXT NOT NULL,
    rules   TEXT NOT NULL,  -- JSON
    at      BIGINT NOT NULL
);
CREATE TABLE health_answer (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    job     BIGINT NOT NULL REFERENCES health_job (no) ON DELETE CASCADE,
    day     TEXT NOT NULL, -- in China
    userkey TEXT NOT NULL, -- userid in lower case
    userid  TEXT NOT NULL, -- kept when the member has left
    at      BIGINT NOT NULL, -- Unix seconds
    body    TEXT NOT NULL   -- JSON
);
CREATE TABLE health_job (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    jobid      TEXT NOT NULL,
    ended      SMALLINT NOT NULL DEFAULT 0,
    body       TEXT NOT NULL -- JSON
);
CREATE TABLE health_use (
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day     TEXT NOT NULL,
    userkey TEXT NOT NULL,
    times   BIGINT NOT NULL,
    PRIMARY KEY (corpid, day, userkey)
) WITHOUT ROWID;
CREATE TABLE hr_staff (
    member BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    body   TEXT NOT NULL -- JSON: the values of each field; of a repeated group one after another
);
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE invoice (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    card_id TEXT NOT NULL,
    code    TEXT NOT NULL,           -- encrypt_code
    status  SMALLINT NOT NULL,        -- 0 free, 1 locked, 2 reimbursed
    outside SMALLINT NOT NULL DEFAULT 0, -- 1 if another account than this enterprise has locked it
    body    TEXT NOT NULL             -- JSON: what is on it
);
CREATE TABLE job (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,    -- as callers know it
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL,   -- who asked for it
    caller     TEXT NOT NULL,     -- JSON: as whom it runs
    kind       TEXT NOT NULL,
    lane       TEXT NOT NULL,    -- of a corp's jobs on one lane one runs at a time; '' is none
    state      SMALLINT NOT NULL, -- 0 queued, 1 running, 2 done, 3 failed, 4 done and cleaned
    input      BLOB NOT NULL,   -- sealed JSON
    place      TEXT NOT NULL,     -- JSON: how far it has come
    done       BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    errcode    BIGINT NOT NULL,
    errmsg     TEXT NOT NULL,
    failures   BIGINT NOT NULL,   -- in a row, other than refusals
    holder     TEXT NOT NULL,    -- the worker that has it
    lease      BIGINT NOT NULL,   -- Unix milliseconds; until then nobody else takes it
    created_at BIGINT NOT NULL    -- Unix milliseconds
);
CREATE TABLE job_file (
    job     BIGINT PRIMARY KEY REFERENCES job (no) ON DELETE CASCADE,
    content BLOB NOT NULL
);
CREATE TABLE job_piece (
    job     BIGINT NOT NULL REFERENCES job (no) ON DELETE CASCADE,
    block   BIGINT NOT NULL,
    at      BIGINT NOT NULL, -- bytes of the block before it
    content BLOB NOT NULL,
    PRIMARY KEY (job, block, at)
);
CREATE TABLE journal_file (
    owner    BIGINT NOT NULL REFERENCES journal_record (no) ON DELETE CASCADE,
    media_id TEXT NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    blob     TEXT NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) WITHOUT ROWID;
CREATE TABLE journal_person (
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey TEXT NOT NULL,  -- userid in lower case
    role    BIGINT NOT NULL, -- 1 has written it, 2 receives it, 3 is named in it otherwise
    journal BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, role, journal)
) WITHOUT ROWID;
CREATE TABLE journal_record (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    uuid        TEXT NOT NULL,
    template_id TEXT NOT NULL,
    report_at   BIGINT NOT NULL, -- Unix seconds
    submitter   TEXT NOT NULL,  -- userid in lower case
    department  BIGINT NOT NULL,
    body        TEXT NOT NULL,   -- JSON
    version     BIGINT NOT NULL
);
CREATE TABLE journal_template (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    template_id TEXT NOT NULL,
    name        TEXT NOT NULL,
    body        TEXT NOT NULL -- JSON
);
CREATE TABLE jsapi_ticket (
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app       BIGINT NOT NULL, -- 0 for the corp's own
    scope     TEXT NOT NULL,
    issued_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (corpid, app, scope)
) WITHOUT ROWID;
CREATE TABLE kf_account (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    avatar     TEXT NOT NULL,   -- path of a picture; empty for the usual one
    created_at BIGINT NOT NULL, -- Unix milliseconds
    deleted_at BIGINT NOT NULL, -- 0 if it is there
    seq        BIGINT NOT NULL  -- of its newest message
);
CREATE TABLE kf_code (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    session BIGINT NOT NULL REFERENCES kf_session (no) ON DELETE CASCADE,
    run     BIGINT NOT NULL, -- of the session
    kind    BIGINT NOT NULL, -- 1 entered, 2 in the pool, 3 served, 4 ended
    at      BIGINT NOT NULL, -- Unix milliseconds
    used    BIGINT NOT NULL
);
CREATE TABLE kf_component (
    app      BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts TEXT NOT NULL -- JSON: numbers of accounts that are given to it
) WITHOUT ROWID;
CREATE TABLE kf_corp (
    corpid      TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts    BIGINT NOT NULL, -- how many there are
    members     TEXT NOT NULL,   -- JSON, numbers: specialists to upgrade to
    departments TEXT NOT NULL    -- JSON, of specialists
, chats TEXT NOT NULL DEFAULT '[]');
CREATE TABLE kf_day (
    account  BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    session  BIGINT NOT NULL,
    run      BIGINT NOT NULL,
    member   BIGINT NOT NULL, -- our number
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    messages BIGINT NOT NULL, -- of the customer
    assigned BIGINT NOT NULL, -- 1 if the session was the servicer's, or the assistant's
    moved    BIGINT NOT NULL, -- 1 if it went from the assistant to a servicer
    asked    BIGINT NOT NULL, -- Unix milliseconds of the customer's first message; 0 if there is none
    replied  BIGINT NOT NULL, -- Unix milliseconds of the first answer to it
    invited  BIGINT NOT NULL, -- specialists whose card was sent
    joined   BIGINT NOT NULL, -- specialists whom the customer has added since
    refused  BIGINT NOT NULL, invited_chat BIGINT NOT NULL DEFAULT 0, joined_chat  BIGINT NOT NULL DEFAULT 0, component BIGINT NOT NULL DEFAULT 0, -- 1 if the servicer would take no more messages
    PRIMARY KEY (account, day, session, run, member)
) WITHOUT ROWID;
CREATE TABLE kf_group (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    usual  BIGINT NOT NULL, -- 1 for the one that the platform makes
    UNIQUE (corpid, name)
);
CREATE TABLE kf_intent (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    part     BIGINT NOT NULL REFERENCES kf_group (no) ON DELETE CASCADE,
    question TEXT NOT NULL,
    similar_questions TEXT NOT NULL, -- JSON
    answers  TEXT NOT NULL, -- JSON
    UNIQUE (corpid, question)
);
CREATE TABLE kf_invitation (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    session  BIGINT NOT NULL REFERENCES kf_session (no) ON DELETE CASCADE,
    servicer BIGINT NOT NULL, -- member, our number
    chat     BIGINT NOT NULL, -- our number
    at       BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE kf_manager (
    account BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    app     BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (account, app)
) WITHOUT ROWID;
CREATE TABLE kf_message (
    account  BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    seq      BIGINT NOT NULL,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid    TEXT NOT NULL,
    customer BIGINT NOT NULL, -- 0 for what concerns none
    origin   BIGINT NOT NULL, -- 1 the API, 2 the API on an event, 3 the customer, 4 an event, 5 a servicer
    servicer TEXT NOT NULL,  -- userid
    other    TEXT NOT NULL,  -- userid of a former servicer, or on a card
    msgtype  TEXT NOT NULL,
    content  TEXT NOT NULL,   -- JSON, without ids
    at       BIGINT NOT NULL, -- Unix milliseconds
    failed   BIGINT NOT NULL, -- 1 if it has not reached the customer
    recalled BIGINT NOT NULL, -- 1 if its author has taken it back
    PRIMARY KEY (account, seq)
) WITHOUT ROWID;
CREATE TABLE kf_rest (
    account BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    stop    BIGINT NOT NULL, -- 0 stopped, 1 suspended
    PRIMARY KEY (account, member)
) WITHOUT ROWID;
CREATE TABLE kf_servicer (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    account    BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number; 0 for a department
    department BIGINT NOT NULL, -- 0 for a member
    UNIQUE (account, member, department)
);
CREATE TABLE kf_session (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    account     BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    customer    BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    run         BIGINT NOT NULL, -- how many sessions they have had
    state       BIGINT NOT NULL, -- 0 to 4
    servicer    BIGINT NOT NULL, -- the last one; 0 if there was none
    asked_at    BIGINT NOT NULL, -- Unix milliseconds of the customer's last message; 0 if there is none
    sent        BIGINT NOT NULL, -- messages of the API since then
    pooled      BIGINT NOT NULL, -- 1 once this session has been in the pool
    served      BIGINT NOT NULL, -- 1 once it has had a servicer
    entered_at  BIGINT NOT NULL, -- Unix milliseconds of the last entering by a link; 0 if there is none
    entry       TEXT NOT NULL,   -- JSON: how they entered
    welcomed_at BIGINT NOT NULL, -- Unix milliseconds of the last welcome
    refused     BIGINT NOT NULL, -- 1 if servicers take no messages of the customer
    fail        BIGINT NOT NULL, -- what becomes of messages to the customer: a fail_type, or -1
    advice      TEXT NOT NULL, component BIGINT NOT NULL DEFAULT 0,   -- JSON: whom an application recommends; empty if nobody
    UNIQUE (account, customer)
);
CREATE TABLE ldap_account (
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    secret_mac BLOB NOT NULL,
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE, -- whose range and rights it has; NULL for a range of its own
    visible    TEXT NOT NULL,                                -- JSON
    created_at BIGINT NOT NULL,                              -- Unix milliseconds
    PRIMARY KEY (corpid, name)
) WITHOUT ROWID;
CREATE TABLE ldap_corp (
    corpid     TEXT PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    suffix     TEXT NOT NULL,  -- as written; empty for the one made of the corpid
    suffixkey  TEXT NOT NULL, -- as compared
    attributes TEXT NOT NULL   -- JSON
) WITHOUT ROWID;
CREATE TABLE licence_code (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE, -- whose members may have it
    order_no    BIGINT NOT NULL,
    code        TEXT NOT NULL,
    type        SMALLINT NOT NULL, -- 1 basic, 2 external
    days        BIGINT NOT NULL,   -- bought
    state       SMALLINT NOT NULL, -- 0 good, 1 merged into another, 2 refunded
    member      BIGINT NOT NULL,   -- our number; 0 until it is bound
    created_at  BIGINT NOT NULL,
    bind_by     BIGINT NOT NULL,   -- until when it can be bound
    active_at   BIGINT NOT NULL,   -- 0 until it is bound
    expire_at   BIGINT NOT NULL,
    moved_at    BIGINT NOT NULL,   -- when it was last given to another member
    idle        SMALLINT NOT NULL, -- 1: its member has left or is out of range, and somebody else may have it
    merged_to   TEXT NOT NULL,
    merged_from TEXT NOT NULL,
    shared_from TEXT NOT NULL     -- the corp that it was given by
);
CREATE TABLE licence_customer (
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    test        SMALLINT NOT NULL DEFAULT 0, -- 1: one of the provider's test corps
    checked_at  BIGINT NOT NULL DEFAULT 0,   -- since when licences are checked, Unix milliseconds as all times here; 0: they are not
    trial       SMALLINT NOT NULL DEFAULT 0, -- 1: an application's first 90 days are free
    auto_active SMALLINT NOT NULL DEFAULT 0,
    night       TEXT NOT NULL DEFAULT '',    -- the last day whose early morning has looked for codes that wait
    PRIMARY KEY (provider, corpid)
) WITHOUT ROWID;
CREATE TABLE licence_first (
    suite        BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    installed_at BIGINT NOT NULL,
    PRIMARY KEY (suite, corpid)
) WITHOUT ROWID;
CREATE TABLE licence_job (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    provider     BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid       TEXT REFERENCES corp (corpid) ON DELETE CASCADE, -- of a renewal
    jobid        TEXT NOT NULL,
    kind         SMALLINT NOT NULL, -- 1 a renewal, 2 a purchase for several corps, 3 a payment
    state        SMALLINT NOT NULL, -- 0 open, 1 submitted, 2 done, 3 failed
    buyer        TEXT NOT NULL,    -- userid in the provider
    order_no     BIGINT NOT NULL,   -- 0 until there is one
    submitted_at BIGINT NOT NULL,
    code         BIGINT NOT NULL    -- why it failed
);
CREATE TABLE licence_order (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      TEXT REFERENCES corp (corpid) ON DELETE CASCADE, -- NULL where it is for several
    parent      BIGINT REFERENCES licence_order (no) ON DELETE CASCADE,
    orderid     TEXT NOT NULL,
    kind        SMALLINT NOT NULL, -- 1 a purchase, 2 a renewal, 8 for several corps
    status      SMALLINT NOT NULL,
    test        SMALLINT NOT NULL,
    job         BIGINT NOT NULL,   -- the renewal that it is; 0 for others
    basic       BIGINT NOT NULL,   -- accounts
    external    BIGINT NOT NULL,
    months      BIGINT NOT NULL,
    days        BIGINT NOT NULL,
    until       BIGINT NOT NULL,   -- Unix seconds: when what is renewed is to end; 0 for others
    price       BIGINT NOT NULL,   -- fen
    buyer       TEXT NOT NULL,
    auto_active SMALLINT NOT NULL, -- what payment sets; -1 for nothing
    method      SMALLINT NOT NULL, -- 0 not chosen, 1 the balance, 2 elsewhere
    made        BIGINT NOT NULL,   -- how far the accounts are made or renewed: their number, or the last one's
    waiting     SMALLINT NOT NULL, -- 1 while some are left
    created_at  BIGINT NOT NULL,
    paid_at     BIGINT NOT NULL    -- 0 until it is
);
CREATE TABLE licence_purchase (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    job         BIGINT NOT NULL REFERENCES licence_job (no) ON DELETE CASCADE,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    basic       BIGINT NOT NULL,
    external    BIGINT NOT NULL,
    months      BIGINT NOT NULL,
    days        BIGINT NOT NULL,
    auto_active SMALLINT NOT NULL,
    code        BIGINT NOT NULL -- why nothing was ordered for it; 0 otherwise
);
CREATE TABLE licence_renewal (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    job    BIGINT NOT NULL REFERENCES licence_job (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL, -- our number
    type   SMALLINT NOT NULL,
    days   BIGINT NOT NULL DEFAULT 0 -- that it was given, once the order is paid
);
CREATE TABLE licence_share (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE, -- the upper one
    lower    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     SMALLINT NOT NULL, -- 0 a chain (上下游), 1 linked corps (企业互联)
    people   BIGINT NOT NULL,   -- of the lower one whom the upper one sees
    app      SMALLINT NOT NULL, -- 1: an application of the provider is shared
    shared   BIGINT NOT NULL,   -- codes that were given
    PRIMARY KEY (provider, corpid, lower, link)
) WITHOUT ROWID;
CREATE TABLE licence_wallet (
    provider BIGINT PRIMARY KEY REFERENCES provider (no) ON DELETE CASCADE,
    balance  BIGINT NOT NULL -- fen
) WITHOUT ROWID;
CREATE TABLE living (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    livingid   TEXT NOT NULL,
    app        BIGINT NOT NULL,            -- our number of the one that made it
    anchor     TEXT NOT NULL,             -- userid, kept when the member has left
    anchor_key TEXT NOT NULL,             -- in lower case
    department BIGINT NOT NULL,            -- the anchor's main department
    reserved   BIGINT NOT NULL,            -- when it is to begin, Unix seconds
    length     BIGINT NOT NULL,            -- for how many seconds it is reserved
    body       TEXT NOT NULL,              -- JSON: the rest of what was set
    status     SMALLINT NOT NULL,          -- 0 reserved, 1 live, 2 ended, 4 cancelled
    started_at BIGINT NOT NULL DEFAULT 0,  -- Unix seconds
    ended_at   BIGINT NOT NULL DEFAULT 0,
    replay     SMALLINT NOT NULL DEFAULT 0, -- 0 none, 1 made, 2 deleted, 3 failed
    remind_at  BIGINT NOT NULL DEFAULT 0   -- Unix seconds; 0 for never
);
CREATE TABLE living_viewer (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    living     BIGINT NOT NULL REFERENCES living (no) ON DELETE CASCADE,
    who        TEXT NOT NULL,              -- userid in lower case, or external_userid
    userid     TEXT NOT NULL DEFAULT '',   -- of a member
    external   TEXT NOT NULL DEFAULT '',   -- of a customer
    kind       SMALLINT NOT NULL DEFAULT 0, -- of a customer: 1 of WeChat, 2 of WeCom
    name       TEXT NOT NULL DEFAULT '',    -- of a customer
    reserved   SMALLINT NOT NULL DEFAULT 0,
    watched    SMALLINT NOT NULL DEFAULT 0,
    entered_at BIGINT NOT NULL DEFAULT 0,   -- Unix seconds; 0 while out
    seconds    BIGINT NOT NULL DEFAULT 0,   -- watched until the last time that they left
    comments   BIGINT NOT NULL DEFAULT 0,
    spoke      SMALLINT NOT NULL DEFAULT 0, -- by microphone
    invitor    TEXT NOT NULL DEFAULT '',   -- userid of who invited them
    invitor_external TEXT NOT NULL DEFAULT ''
);
CREATE TABLE login_challenge (
    mac        BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL   -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE login_code (
    mac        BLOB PRIMARY KEY,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT REFERENCES member (no) ON DELETE CASCADE, -- NULL of somebody who is none
    person     TEXT NOT NULL,   -- that somebody; empty of a member
    purpose    TEXT NOT NULL,   -- what it may be exchanged for
    scope      TEXT NOT NULL,
    app        BIGINT NOT NULL, -- that the link named; 0 where it named none
    suite      BIGINT REFERENCES suite (no) ON DELETE CASCADE,
    provider   BIGINT REFERENCES provider (no) ON DELETE CASCADE,
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
CREATE TABLE login_ending (
    member BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,   -- Unix milliseconds; later ones are greater
    gone   SMALLINT NOT NULL  -- 1 once the member is deleted; such rows are swept
) WITHOUT ROWID;
CREATE TABLE login_familiar (
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    mark    BLOB NOT NULL,  -- digest
    seen_at BIGINT NOT NULL,  -- Unix milliseconds
    PRIMARY KEY (member, mark)
) WITHOUT ROWID;
CREATE TABLE login_guess (
    subject      BLOB PRIMARY KEY,
    empty_at     BIGINT NOT NULL,  -- Unix milliseconds
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
    corpid       TEXT REFERENCES corp (corpid) ON DELETE CASCADE,      -- NULL where members of any corp may answer
    app          BIGINT REFERENCES app (no) ON DELETE CASCADE,          -- with the corp
    suite        BIGINT REFERENCES suite (no) ON DELETE CASCADE,        -- a login authorisation
    provider     BIGINT REFERENCES provider (no) ON DELETE CASCADE,     -- of 3rd_qrConnect
    usertype     TEXT NOT NULL,     -- who may answer a provider's: admin or member
    redirect_uri TEXT NOT NULL,
    state        TEXT NOT NULL,     -- as written in the address of the page
    browser      TEXT NOT NULL,     -- the waiting one, in words
    status       SMALLINT NOT NULL, -- 0 shown, 1 scanned, 2 confirmed, 3 declined
    member       BIGINT REFERENCES member (no) ON DELETE CASCADE, -- who decided
    code         BLOB,            -- sealed, once confirmed
    expires_at   BIGINT NOT NULL,   -- Unix milliseconds
    desk         SMALLINT NOT NULL  -- 1 signs the waiting browser in, 0 takes its member to an application and no further
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
, sid TEXT NOT NULL DEFAULT '', device TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE mass_call (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    provider TEXT NOT NULL, -- its corpid
    PRIMARY KEY (corpid, provider)
) WITHOUT ROWID;
CREATE TABLE mass_day (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind   BIGINT NOT NULL, -- 1 a customer, 2 a group
    target BIGINT NOT NULL,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    n      BIGINT NOT NULL,
    PRIMARY KEY (corpid, kind, target, day)
) WITHOUT ROWID;
CREATE TABLE mass_message (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL, -- who made it; 0 is a person
    creator      BIGINT NOT NULL, -- member, our number; 0 for an application
    personal     BIGINT NOT NULL, -- the member made it alone, and for nobody else
    kind         BIGINT NOT NULL, -- 1 to customers, 2 to groups
    content      TEXT NOT NULL,   -- JSON
    shared       BIGINT NOT NULL, -- the same in customer_content
    allow_select BIGINT NOT NULL, -- members may choose among their customers
    named        BIGINT NOT NULL, -- of one to groups: these were named
    source       TEXT NOT NULL,   -- JSON: whom it is for, as far as that is being found out
    place        BIGINT NOT NULL, -- how far that has come
    state        BIGINT NOT NULL, -- 1 being prepared, 2 ready, 3 cancelled
    created_at   BIGINT NOT NULL  -- Unix seconds
);
CREATE TABLE mass_reminder (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    message BIGINT NOT NULL REFERENCES mass_message (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL -- Unix seconds
);
CREATE TABLE mass_rule (
    corpid TEXT NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    period TEXT NOT NULL -- month, week or day
);
CREATE TABLE mass_target (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task    BIGINT NOT NULL REFERENCES mass_task (no) ON DELETE CASCADE,
    target  BIGINT NOT NULL, -- number of the customer, or of the group
    kind    BIGINT NOT NULL, -- the customer's; 0 for a group
    chosen  BIGINT NOT NULL, -- 0 if the member left them out
    status  BIGINT NOT NULL, -- 0 waiting, 1 sent, 2 no friend any more, 3 has had enough of them
    sent_at BIGINT NOT NULL  -- Unix seconds, if it was sent
, follow BIGINT NOT NULL DEFAULT 0);
CREATE TABLE mass_task (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    message BIGINT NOT NULL REFERENCES mass_message (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL, -- our number
    sent_at BIGINT NOT NULL, -- Unix seconds; when the member confirmed it, 0 before
    sending BIGINT NOT NULL, -- 1 while it is on its way
    UNIQUE (message, member)
);
CREATE TABLE mcp_call (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category TEXT NOT NULL,
    tool     TEXT NOT NULL,
    member   BIGINT NOT NULL, -- 0 if it was refused before one was known
    errcode  BIGINT NOT NULL,
    at       BIGINT NOT NULL  -- Unix milliseconds
);
CREATE TABLE mcp_export (
    task_id TEXT PRIMARY KEY,
    bot     BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL,
    body    TEXT NOT NULL,
    until   BIGINT NOT NULL -- Unix milliseconds
);
CREATE TABLE mcp_grant (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL,
    bot        BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category   TEXT NOT NULL,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    granted_by TEXT NOT NULL, -- userid of the administrator; empty if the member did it
    granted_at BIGINT NOT NULL, -- Unix milliseconds
    until      BIGINT NOT NULL  -- Unix milliseconds; 0 without end
);
CREATE TABLE mcp_key (
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    category TEXT NOT NULL,
    mac      BLOB NOT NULL,
    sealed   BLOB NOT NULL,
    PRIMARY KEY (bot, category)
) WITHOUT ROWID;
CREATE TABLE mcp_nonce (
    bot   BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    nonce TEXT NOT NULL,
    until BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (bot, nonce)
) WITHOUT ROWID;
CREATE TABLE mcp_token (
    mac   BLOB PRIMARY KEY,
    bot   BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    until BIGINT NOT NULL -- Unix milliseconds
);
CREATE TABLE media (
    media_id   TEXT PRIMARY KEY,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind       TEXT NOT NULL,   -- image, voice, video, file
    scene      TEXT NOT NULL,   -- the call it was uploaded by, which says what it is good for
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,   -- content type
    size       BIGINT NOT NULL,
    blob       TEXT NOT NULL REFERENCES blob (key),
    app        BIGINT NOT NULL, -- that uploaded it
    created_at BIGINT NOT NULL, -- Unix milliseconds
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE media_job (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    jobid      TEXT NOT NULL,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL,
    agentid    BIGINT NOT NULL,
    app_kind   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,  -- empty once it is done
    md5        TEXT NOT NULL,
    status     SMALLINT NOT NULL, -- 1 under way, 2 done, 3 failed
    errcode    BIGINT NOT NULL,
    errmsg     TEXT NOT NULL,
    media_id   TEXT NOT NULL,
    created_at BIGINT NOT NULL,   -- Unix milliseconds
    ended_at   BIGINT NOT NULL,   -- Unix milliseconds, 0 before
    worker     TEXT NOT NULL,     -- the process that works on it
    due_at     BIGINT NOT NULL,   -- when a process may take it: that one is given up then
    tries      BIGINT NOT NULL
);
CREATE TABLE media_quota (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL,
    day    BIGINT NOT NULL, -- days since 1970 by UTC
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (corpid, member, day)
) WITHOUT ROWID;
CREATE TABLE meeting (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meetingid   TEXT NOT NULL,
    code        TEXT NOT NULL,              -- the number by which people join, nine digits
    app         BIGINT NOT NULL,             -- our number of the one that made it; 0 for a member
    admin       TEXT NOT NULL,              -- userid of its administrator, kept when the member has left
    admin_key   TEXT NOT NULL,              -- in lower case
    department  BIGINT NOT NULL,             -- the administrator's main department
    starts      BIGINT NOT NULL,             -- of the first, Unix seconds
    length      BIGINT NOT NULL,             -- seconds
    last_ends   BIGINT NOT NULL,             -- when the last is over, Unix seconds
    body        TEXT NOT NULL,               -- JSON: the rest of what was set
    schedule_id TEXT NOT NULL DEFAULT '',   -- of the schedule in its people's calendars
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    retired     SMALLINT NOT NULL DEFAULT 0, -- nobody can join again
    changes     BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL              -- Unix seconds
);
CREATE TABLE meeting_booking (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    booking_id  TEXT NOT NULL,
    room        BIGINT NOT NULL REFERENCES meeting_room (no) ON DELETE CASCADE,
    series      BIGINT NOT NULL DEFAULT 0,
    app         BIGINT NOT NULL,
    booker      TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    starts      BIGINT NOT NULL,          -- Unix seconds
    ends        BIGINT NOT NULL,
    status      BIGINT NOT NULL,          -- 0 booked, 1 cancelled, 2 asked for, 3 being approved
    checked_in  BIGINT NOT NULL DEFAULT 0 -- Unix seconds
, release_at BIGINT NOT NULL DEFAULT 0);
CREATE TABLE meeting_enrolment (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting     BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    enroll_id   TEXT NOT NULL,
    person      BIGINT NOT NULL DEFAULT 0,   -- our number; 0 for one of whom only the telephone is known
    area        TEXT NOT NULL DEFAULT '',
    phone       TEXT NOT NULL DEFAULT '',
    nickname    TEXT NOT NULL DEFAULT '',
    source      SMALLINT NOT NULL,           -- 1 by themselves, 2 imported
    status      SMALLINT NOT NULL,           -- 1 asked, 2 refused, 3 approved
    code        TEXT NOT NULL,              -- for who dials in
    answers     TEXT NOT NULL DEFAULT '[]',  -- JSON
    enrolled_at BIGINT NOT NULL              -- Unix seconds
);
CREATE TABLE meeting_member (
    meeting BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL,
    userkey TEXT NOT NULL,                  -- userid in lower case
    userid  TEXT NOT NULL,
    place   BIGINT NOT NULL,
    invited SMALLINT NOT NULL DEFAULT 0,
    host    SMALLINT NOT NULL DEFAULT 0,
    ring    SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (meeting, userkey)
);
CREATE TABLE meeting_person (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting    BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    who        TEXT NOT NULL,               -- userid in lower case, external_userid, or a name with a sign before it
    userid     TEXT NOT NULL DEFAULT '',
    external   TEXT NOT NULL DEFAULT '',    -- of a customer
    name       TEXT NOT NULL DEFAULT '',     -- of somebody who is neither
    nickname   TEXT NOT NULL DEFAULT '',     -- in the meeting
    tmp_openid TEXT NOT NULL,
    temporary  TEXT NOT NULL,               -- tmp_external_userid
    cohost     SMALLINT NOT NULL DEFAULT 0,
    banned     SMALLINT NOT NULL DEFAULT 0,
    passed     SMALLINT NOT NULL DEFAULT 0   -- was let in from the waiting room
);
CREATE TABLE meeting_room (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    room_id  BIGINT NOT NULL,             -- meetingroom_id, which a corp counts
    body     TEXT NOT NULL,               -- JSON: everything that is set
    city     TEXT NOT NULL DEFAULT '',
    building TEXT NOT NULL DEFAULT '',
    floor    TEXT NOT NULL DEFAULT '',
    booked   BIGINT NOT NULL DEFAULT 0,   -- raised by each booking, so that two do not pass each other
    deleted  SMALLINT NOT NULL DEFAULT 0
);
CREATE TABLE meeting_room_count (
    corpid TEXT PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    last   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE meeting_series (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    booking_id  TEXT NOT NULL,
    room        BIGINT NOT NULL REFERENCES meeting_room (no) ON DELETE CASCADE,
    app         BIGINT NOT NULL,          -- our number; 0 for a member
    booker      TEXT NOT NULL,           -- userid
    schedule_id TEXT NOT NULL,
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    made_until  BIGINT NOT NULL           -- up to when its days are booked, Unix seconds; 0 for all
);
CREATE TABLE meeting_session (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting    BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    sub        BIGINT NOT NULL,              -- start of the repetition, Unix seconds; 0 for one that does not repeat
    starter    TEXT NOT NULL,               -- userid of who came first, or of the administrator where that was somebody outside
    started_at BIGINT NOT NULL,              -- Unix seconds
    ended_at   BIGINT NOT NULL DEFAULT 0     -- 0 while it is held
);
CREATE TABLE meeting_try (
    meeting BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL,
    who     TEXT NOT NULL,  -- as of meeting_person
    tries   BIGINT NOT NULL,
    over    BIGINT NOT NULL, -- Unix milliseconds from which on they no longer count
    PRIMARY KEY (meeting, who)
) WITHOUT ROWID;
CREATE TABLE meeting_visit (
    no            INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid        TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting       BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    sub           BIGINT NOT NULL,           -- as of the session
    session       BIGINT NOT NULL DEFAULT 0, -- our number; 0 in the waiting room
    person        BIGINT NOT NULL REFERENCES meeting_person (no) ON DELETE CASCADE,
    instance      BIGINT NOT NULL,           -- the kind of device (doc 98157)
    waiting       SMALLINT NOT NULL,         -- in the waiting room
    joined_at     BIGINT NOT NULL,           -- Unix milliseconds
    left_at       BIGINT NOT NULL DEFAULT 0, -- Unix milliseconds; 0 while they are there
    audio         SMALLINT NOT NULL DEFAULT 0,
    video         SMALLINT NOT NULL DEFAULT 0,
    screen        SMALLINT NOT NULL DEFAULT 0,
    customer_data TEXT NOT NULL DEFAULT ''   -- of the link that they came by
);
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
, namekey TEXT NOT NULL DEFAULT '', changed_at BIGINT NOT NULL DEFAULT 0, english_name TEXT NOT NULL DEFAULT '');
CREATE TABLE member_count (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    lane   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (corpid, lane)
) WITHOUT ROWID;
CREATE TABLE member_department (
    corpid     TEXT NOT NULL,
    department BIGINT NOT NULL,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    ord        BIGINT NOT NULL,
    is_leader  SMALLINT NOT NULL,
    PRIMARY KEY (corpid, department, member),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id)
) WITHOUT ROWID;
CREATE TABLE member_gone (
    no      BIGINT PRIMARY KEY,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey TEXT NOT NULL,
    left_at BIGINT NOT NULL -- Unix milliseconds
, name TEXT NOT NULL DEFAULT '', departments TEXT NOT NULL DEFAULT '[]', activated SMALLINT NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE member_mail_alias (
    corpid TEXT NOT NULL,
    alias  TEXT NOT NULL,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, alias)
) WITHOUT ROWID;
CREATE TABLE message (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    chat        BIGINT NOT NULL,    -- 0 in the application's own conversation
    robot       BIGINT NOT NULL,    -- that wrote it; else 0
    sender      BIGINT NOT NULL,    -- member who wrote it; else 0
    msgtype     TEXT NOT NULL,
    body        TEXT NOT NULL,      -- JSON: the object of the msgtype
    safe        SMALLINT NOT NULL,
    task_id     TEXT NOT NULL,     -- of a card; else empty
    sent_at     BIGINT NOT NULL,    -- Unix milliseconds
    recalled_at BIGINT NOT NULL,    -- 0 until then
    -- The version of the card that all receivers were given last, see message_card.
    card        BIGINT NOT NULL,
    button      BIGINT NOT NULL,
    -- Receivers who do not have their copy yet: those of the audience with a number
    -- above reached and up to last.
    pending     SMALLINT NOT NULL,
    audience    TEXT NOT NULL,      -- JSON
    reached     BIGINT NOT NULL,
    last        BIGINT NOT NULL
);
CREATE TABLE message_card (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    body    TEXT NOT NULL -- JSON of the card; text of the button
);
CREATE TABLE message_code (
    mac        BLOB PRIMARY KEY,
    message    BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE message_copy (
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    app     BIGINT NOT NULL,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    chat    BIGINT NOT NULL,
    card    BIGINT NOT NULL, -- version that this member was given; 0 for none of his own
    button  BIGINT NOT NULL,
    PRIMARY KEY (member, app, message)
) WITHOUT ROWID;
CREATE TABLE message_count (
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    day    TEXT NOT NULL,
    slot   SMALLINT NOT NULL,
    people BIGINT NOT NULL,
    PRIMARY KEY (app, day, slot)
) WITHOUT ROWID;
CREATE TABLE message_digest (
    app     BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    digest  BLOB NOT NULL,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    PRIMARY KEY (app, digest)
) WITHOUT ROWID;
CREATE TABLE message_file (
    message  BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    media_id TEXT NOT NULL,
    kind     TEXT NOT NULL,   -- image, voice, video, file
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,   -- content type
    size     BIGINT NOT NULL,
    blob     TEXT NOT NULL REFERENCES blob (key),
    picture  TEXT NOT NULL,   -- path that an image also has, for the application; or empty
    PRIMARY KEY (message, media_id)
) WITHOUT ROWID;
CREATE TABLE message_picture (
    message BIGINT PRIMARY KEY REFERENCES message (no) ON DELETE CASCADE,
    content BLOB NOT NULL
);
CREATE TABLE moment (
    no            INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid        TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind          BIGINT NOT NULL, -- 0 the corp's, 1 a member's own
    app           BIGINT NOT NULL, -- that made it; 0 is a person
    creator       BIGINT NOT NULL, -- the member, our number; 0 is an application
    content       TEXT NOT NULL,   -- JSON
    public        BIGINT NOT NULL, -- 1 for all customers of those who publish it, 0 for some
    tags          TEXT NOT NULL,   -- JSON, numbers: of the customers who see it, if it is not for all
    created_at    BIGINT NOT NULL, -- Unix seconds
    dispatched_at BIGINT NOT NULL, -- when all members were asked; 0 while they are
    cancelled_at  BIGINT NOT NULL, -- 0 if it was not
    deleted_at    BIGINT NOT NULL  -- by the member who published it; 0 if it was not
);
CREATE TABLE moment_customer (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task     BIGINT NOT NULL REFERENCES moment_task (no) ON DELETE CASCADE,
    customer BIGINT NOT NULL, -- our number
    sent     BIGINT NOT NULL, -- 1 if they can see it: they have not removed the member
    PRIMARY KEY (corpid, task, customer)
) WITHOUT ROWID;
CREATE TABLE moment_response (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task       BIGINT NOT NULL REFERENCES moment_task (no) ON DELETE CASCADE,
    liked      BIGINT NOT NULL, -- 1 a like, 0 a comment
    customer   BIGINT NOT NULL, -- 0 is the member who published it
    text       TEXT NOT NULL,
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE TABLE moment_task (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    moment       BIGINT NOT NULL REFERENCES moment (no) ON DELETE CASCADE,
    member       BIGINT NOT NULL, -- our number
    published_at BIGINT NOT NULL, -- Unix seconds; 0 if it is not
    UNIQUE (moment, member)
);
CREATE TABLE oidc_client (
    id           TEXT PRIMARY KEY,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    secret_mac   BLOB,          -- none of a public client
    earlier_mac  BLOB,          -- the secret before, good until earlier_until
    earlier_until BIGINT NOT NULL,
    settings     TEXT NOT NULL,   -- JSON
    created_at   BIGINT NOT NULL  -- Unix milliseconds, like all times here
);
CREATE TABLE oidc_consent (
    client     TEXT NOT NULL REFERENCES oidc_client (id) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    scopes     TEXT NOT NULL, -- separated by spaces
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (client, member)
) WITHOUT ROWID;
CREATE TABLE oidc_grant (
    id         TEXT PRIMARY KEY,
    corpid     TEXT NOT NULL,
    client     TEXT NOT NULL REFERENCES oidc_client (id) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    session    TEXT NOT NULL,   -- ID of the session
    scopes     TEXT NOT NULL,    -- granted, separated by spaces
    request    TEXT NOT NULL,    -- JSON: what the token endpoint needs of the request
    auth_at    BIGINT NOT NULL,  -- when the member signed in; Unix milliseconds, like all times here
    way        TEXT NOT NULL,    -- how
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL   -- when nothing of it is good any more
);
CREATE TABLE oidc_key (
    kid        TEXT PRIMARY KEY,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    alg        TEXT NOT NULL,  -- ES256 or RS256
    private    BLOB NOT NULL, -- PKCS #8, sealed
    created_at BIGINT NOT NULL, -- Unix milliseconds, like all times here
    signs_from BIGINT NOT NULL, -- the key of an algorithm that signs is the one with the latest
    expires_at BIGINT NOT NULL  -- published until then; 0 while no later key signs
);
CREATE TABLE oidc_notice (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    client     TEXT NOT NULL,
    uri        TEXT NOT NULL,
    algorithm  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    session    TEXT NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL, -- Unix milliseconds
    created_at BIGINT NOT NULL
, holder TEXT NOT NULL DEFAULT '');
CREATE TABLE oidc_token (
    mac        BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    grant_id   TEXT NOT NULL REFERENCES oidc_grant (id) ON DELETE CASCADE,
    used_at    BIGINT NOT NULL, -- 0 for not yet; a code and a refresh token are good once
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE open_corp (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    openid   TEXT NOT NULL, -- wp…
    PRIMARY KEY (provider, corpid)
) WITHOUT ROWID;
CREATE TABLE paytool_edition (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    suite     BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    editionid TEXT NOT NULL, -- sp…
    name      TEXT NOT NULL,
    fixed     SMALLINT NOT NULL, -- 1: the price is for all users together
    price     BIGINT NOT NULL,   -- fen for 365 days
    least     BIGINT NOT NULL,   -- users; 0 for no bound
    most      BIGINT NOT NULL
);
CREATE TABLE paytool_item (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    order_no  BIGINT NOT NULL REFERENCES paytool_order (no) ON DELETE CASCADE,
    suite     BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    editionid TEXT NOT NULL, -- empty of a proxy-developed application
    users     BIGINT NOT NULL,
    days      BIGINT NOT NULL,
    effect    TEXT NOT NULL,  -- YYYYMMDD, empty for at once
    origin    BIGINT NOT NULL,
    price     BIGINT NOT NULL,
    begin_at  BIGINT NOT NULL, -- 0 until it is paid
    end_at    BIGINT NOT NULL
);
CREATE TABLE paytool_nonce (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    nonce    TEXT NOT NULL,
    used_at  BIGINT NOT NULL,
    PRIMARY KEY (provider, nonce)
) WITHOUT ROWID;
CREATE TABLE paytool_order (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    provider   BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid     TEXT REFERENCES corp (corpid) ON DELETE CASCADE, -- NULL until somebody takes it
    orderid    TEXT NOT NULL,
    business   SMALLINT NOT NULL, -- 1 third-party applications, 2 proxy-developed ones
    kind       SMALLINT NOT NULL, -- 0 new, 1 more users, 2 more time, 3 another edition
    pay_type   SMALLINT NOT NULL, -- 0 the customer pays, 1 the provider, 2 nobody
    source     SMALLINT NOT NULL, -- 1 the customer, 2 the provider
    creator    TEXT NOT NULL,    -- userid, of whose side ordered
    receipt    TEXT NOT NULL,     -- media_id of what the customer has paid elsewhere
    notify     SMALLINT NOT NULL,
    test       SMALLINT NOT NULL,
    status     SMALLINT NOT NULL,
    origin     BIGINT NOT NULL,   -- fen
    price      BIGINT NOT NULL,
    channel    SMALLINT NOT NULL, -- 1 WeChat, 2 a bank; 0 until it is paid
    created_at BIGINT NOT NULL,
    paid_at    BIGINT NOT NULL,   -- 0 until it is
    due_at     BIGINT NOT NULL,   -- when it is confirmed, or refunded, by itself; 0 for never
    invoice    TEXT NOT NULL      -- JSON; empty without one
);
CREATE TABLE paytool_plan (
    suite      BIGINT PRIMARY KEY REFERENCES suite (no) ON DELETE CASCADE,
    trial_days BIGINT NOT NULL -- 0: as long as one likes
) WITHOUT ROWID;
CREATE TABLE paytool_trial (
    suite   BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    ends_at BIGINT NOT NULL, -- Unix milliseconds as all times here; 0 where it was not prolonged
    told    SMALLINT NOT NULL, -- the status that the provider was last told of
    over_at BIGINT NOT NULL, -- since when there are more users than were bought; 0 where there are not
    counted TEXT NOT NULL,   -- the day when users were last counted
    PRIMARY KEY (suite, corpid)
) WITHOUT ROWID;
CREATE TABLE pending_external (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    provider   TEXT NOT NULL, -- its corpid
    unionid    TEXT NOT NULL,
    pending_id TEXT NOT NULL,
    created_at BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, provider, unionid)
);
CREATE TABLE phone_read (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    place  TEXT NOT NULL,  -- key of the conversation
    upto   BIGINT NOT NULL, -- number of the last message that was read
    UNIQUE (member, place)
);
CREATE TABLE picture (
    key        TEXT PRIMARY KEY, -- in its address
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    type       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    square     SMALLINT NOT NULL, -- 1: shown cut to a square
    blob       TEXT NOT NULL REFERENCES blob (key),
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE picture_quota (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    period TEXT NOT NULL, -- 2026-01-31 or 2026-01
    used   BIGINT NOT NULL,
    PRIMARY KEY (corpid, period)
) WITHOUT ROWID;
CREATE TABLE picture_size (
    picture TEXT NOT NULL REFERENCES picture (key) ON DELETE CASCADE,
    width   BIGINT NOT NULL,  -- 0 is the square of full size
    type    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    blob    TEXT NOT NULL REFERENCES blob (key),
    PRIMARY KEY (picture, width)
) WITHOUT ROWID;
CREATE TABLE provider (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid          TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    secret          BLOB NOT NULL, -- sealed provider_secret
    callback_keys   BLOB NOT NULL, -- sealed Token and EncodingAESKey of the system events
    trusted_ips     TEXT NOT NULL,
    settings        TEXT NOT NULL,   -- JSON
    token_round     BIGINT NOT NULL DEFAULT 1, -- raised when all tokens end
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds; 0 is never
);
CREATE TABLE register_code (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    mac          BLOB NOT NULL,
    package      BIGINT NOT NULL REFERENCES register_package (no) ON DELETE CASCADE,
    form         TEXT NOT NULL,   -- JSON: what the page is filled with
    state        TEXT NOT NULL,
    created_at   BIGINT NOT NULL, -- Unix milliseconds, as the others
    used_at      BIGINT NOT NULL, -- 0 until it is
    code         TEXT NOT NULL,  -- once it is used
    corpid       TEXT REFERENCES corp (corpid) ON DELETE CASCADE, -- that was made by it
    admin        TEXT NOT NULL,  -- userid
    unlocked_at  BIGINT NOT NULL  -- when the directory was filled, or was left; 0 until then
);
CREATE TABLE register_package (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    provider   BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    templateid TEXT NOT NULL, -- tpl…
    name       TEXT NOT NULL,
    suites     TEXT NOT NULL,  -- JSON: the suite_ids that a new corp has at once
    migration  SMALLINT NOT NULL -- 1: the provider may fill the new directory (通讯录迁移接口)
);
CREATE TABLE robot (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat       BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    key_mac    BLOB NOT NULL,
    key_sealed BLOB NOT NULL,
    disabled   SMALLINT NOT NULL,
    created_at BIGINT NOT NULL -- Unix milliseconds
);
CREATE TABLE scim_department (
    corpid      TEXT NOT NULL,
    department  BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (corpid, department),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE scim_member (
    member      BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid      TEXT NOT NULL,
    external_id TEXT NOT NULL
);
CREATE TABLE scim_pending (
    target   BIGINT NOT NULL REFERENCES scim_target (no) ON DELETE CASCADE,
    kind     SMALLINT NOT NULL, -- 0 member, 1 department, 2 tag
    ref      BIGINT NOT NULL,
    version  BIGINT NOT NULL,   -- raised by each change
    due_at   BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    error    TEXT NOT NULL,
    PRIMARY KEY (target, kind, ref)
) WITHOUT ROWID;
CREATE TABLE scim_remote (
    target    BIGINT NOT NULL REFERENCES scim_target (no) ON DELETE CASCADE,
    kind      SMALLINT NOT NULL,
    ref       BIGINT NOT NULL,
    remote_id TEXT NOT NULL,
    sum       TEXT NOT NULL,  -- of what it was last told
    userkey   TEXT NOT NULL, -- of a member
    places    TEXT NOT NULL,  -- the groups that a member was in: department and tag ids
    PRIMARY KEY (target, kind, ref)
) WITHOUT ROWID;
CREATE TABLE scim_tag (
    corpid      TEXT NOT NULL,
    tagid       BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (corpid, tagid),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE scim_target (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    url         TEXT NOT NULL,
    token       BLOB NOT NULL, -- sealed
    visible     TEXT NOT NULL,   -- JSON
    groups      SMALLINT NOT NULL,
    on_leave    TEXT NOT NULL,   -- deactivate, delete
    created_at  BIGINT NOT NULL, -- Unix milliseconds, as all below
    retry_at    BIGINT NOT NULL DEFAULT 0,
    failures    BIGINT NOT NULL DEFAULT 0, -- in a row, of the product as a whole
    error       TEXT NOT NULL DEFAULT '',
    holder      TEXT NOT NULL DEFAULT '',  -- the server that works for it
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE scim_token (
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    mac        BLOB NOT NULL,
    created_at BIGINT NOT NULL, -- Unix milliseconds
    used_on    TEXT NOT NULL,  -- the last day, YYYY-MM-DD; empty for never
    PRIMARY KEY (corpid, name)
) WITHOUT ROWID;
CREATE TABLE security_act (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL, -- Unix seconds
    userkey TEXT NOT NULL,  -- userid in lower case
    userid  TEXT NOT NULL,  -- kept when the member has left
    type    BIGINT NOT NULL, -- oper_type
    detail  TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE TABLE security_application (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    apply_id    TEXT NOT NULL UNIQUE,
    userkey     TEXT NOT NULL,  -- userid in lower case
    userid      TEXT NOT NULL,
    business    BIGINT NOT NULL, -- 1 mail, 2 documents, 3 drive, 4 meetings
    reason      TEXT NOT NULL,
    created_at  BIGINT NOT NULL, -- Unix seconds
    status      BIGINT NOT NULL, -- doc 99885
    approval_id TEXT NOT NULL,  -- the application's own; empty until one has set it
    url         TEXT NOT NULL,
    nodes       TEXT NOT NULL    -- JSON, what the application said of its approvers
);
CREATE TABLE security_device (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    code      TEXT NOT NULL,
    status    BIGINT NOT NULL,           -- doc 98920
    source    BIGINT NOT NULL,
    last_user TEXT NOT NULL DEFAULT '', -- userid of who signed in last
    last_key  TEXT NOT NULL DEFAULT '', -- in lower case
    body      TEXT NOT NULL              -- JSON
);
CREATE TABLE security_file (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userkey TEXT NOT NULL,  -- empty for somebody outside
    userid  TEXT NOT NULL,
    type    BIGINT NOT NULL,
    source  BIGINT NOT NULL, -- 0 if it has none
    body    TEXT NOT NULL    -- JSON
);
CREATE TABLE security_mark (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    mark   TEXT NOT NULL,
    device BIGINT NOT NULL REFERENCES security_device (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, mark)
) WITHOUT ROWID;
CREATE TABLE security_quota (
    corpid   TEXT PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts BIGINT NOT NULL
);
CREATE TABLE security_screen (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at         BIGINT NOT NULL,
    userkey    TEXT NOT NULL,
    userid     TEXT NOT NULL,
    department BIGINT NOT NULL, -- the member's main one
    type       BIGINT NOT NULL,
    content    TEXT NOT NULL,
    system     TEXT NOT NULL
);
CREATE TABLE security_vip (
    member BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE
);
CREATE TABLE sensitive_rule (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL, -- who made it
    name        TEXT NOT NULL,
    words       TEXT NOT NULL,   -- JSON
    semantics   TEXT NOT NULL,   -- JSON: 1 telephone numbers, 2 addresses of mail, 3 red packets
    kind        BIGINT NOT NULL, -- 1 intercepts, 2 warns
    departments TEXT NOT NULL,   -- JSON
    created_at  BIGINT NOT NULL, -- Unix seconds
    deleted_at  BIGINT NOT NULL  -- 0 if it is there
);
CREATE TABLE sensitive_rule_member (
    rule   BIGINT NOT NULL REFERENCES sensitive_rule (no) ON DELETE CASCADE,
    member BIGINT NOT NULL, -- our number
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (rule, member)
) WITHOUT ROWID;
CREATE TABLE smart_doc (
    corpid TEXT NOT NULL,
    doc    BIGINT PRIMARY KEY REFERENCES wedoc (no) ON DELETE CASCADE,
    rules  BIGINT NOT NULL                -- the number of the last rule
) WITHOUT ROWID;
CREATE TABLE smart_field (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL,
    sheet    BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    field_id TEXT NOT NULL,
    title    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    position BIGINT NOT NULL,
    body     TEXT NOT NULL                -- JSON: the property of its type
);
CREATE TABLE smart_group (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL,
    sheet    BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    group_id TEXT NOT NULL,
    name     TEXT NOT NULL,
    fields   TEXT NOT NULL                -- JSON: ids
);
CREATE TABLE smart_hook (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid     TEXT NOT NULL,
    sheet      BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    key_mac    BLOB NOT NULL,
    key_sealed BLOB NOT NULL,
    userid     TEXT NOT NULL,   -- of the member who made the key; empty for an administrator
    made       BIGINT NOT NULL,  -- Unix seconds
    used       BIGINT NOT NULL   -- when it was last written by; 0 if never
);
CREATE TABLE smart_record (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL,
    sheet       BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    record_id   TEXT NOT NULL,
    serial      BIGINT NOT NULL,          -- its number in the order of adding
    body        TEXT NOT NULL,            -- JSON: cells by the ids of fields
    created     BIGINT NOT NULL,          -- Unix milliseconds
    updated     BIGINT NOT NULL,
    creator     TEXT NOT NULL,           -- userid; empty for an application
    creator_app BIGINT NOT NULL,          -- our number of the application; 0 for a member
    updater     TEXT NOT NULL,
    updater_app BIGINT NOT NULL
, hooked BIGINT NOT NULL DEFAULT 0);
CREATE TABLE smart_rule (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL,
    doc     BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    rule_id BIGINT NOT NULL,              -- 1 for everybody
    name    TEXT NOT NULL,
    privs   TEXT NOT NULL,                -- JSON: of each sheet that it names
    users   TEXT NOT NULL                 -- JSON: userids
);
CREATE TABLE smart_sheet (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL,
    doc      BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    sheet_id TEXT NOT NULL,
    title    TEXT NOT NULL,
    position BIGINT NOT NULL,
    records  BIGINT NOT NULL DEFAULT 0,   -- how many there are
    serial   BIGINT NOT NULL DEFAULT 0,   -- how many there have ever been
    version  BIGINT NOT NULL DEFAULT 0,   -- raised by each change
    stamp    TEXT NOT NULL               -- drawn anew by each change
);
CREATE TABLE smart_view (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL,
    sheet   BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    view_id TEXT NOT NULL,
    title   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    body    TEXT NOT NULL,                -- JSON: filter, order, grouping, colors
    dates   TEXT NOT NULL                 -- JSON: the fields that a Gantt chart or a calendar goes by
);
CREATE TABLE strategy (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    family      TEXT NOT NULL,  -- customer or moment
    strategy_id BIGINT NOT NULL, -- counted in the corp and the family
    app         BIGINT NOT NULL, -- who made it
    parent      BIGINT NOT NULL, -- a strategy_id; 0 is none
    name        TEXT NOT NULL,
    admins      TEXT NOT NULL,   -- JSON, numbers of members
    privilege   TEXT NOT NULL,   -- JSON, of the topmost one alone
    created_at  BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, family, strategy_id)
);
CREATE TABLE strategy_node (
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    strategy BIGINT NOT NULL REFERENCES strategy (no) ON DELETE CASCADE,
    kind     BIGINT NOT NULL, -- 1 a member, 2 a department
    node     BIGINT NOT NULL, -- our number, or the department's id
    PRIMARY KEY (corpid, strategy, kind, node)
) WITHOUT ROWID;
CREATE TABLE strategy_size (
    corpid TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    family TEXT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (corpid, family)
) WITHOUT ROWID;
CREATE TABLE suite (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    provider        BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    suiteid         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    secret          BLOB NOT NULL, -- sealed suite_secret
    callback_keys   BLOB NOT NULL, -- sealed Token and EncodingAESKey
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds, as the others
    tickets         TEXT NOT NULL,   -- JSON: when each ticket was made that may still be good, newest first
    ticket_due      BIGINT NOT NULL, -- when the next is made; 0 for none
    token_round     BIGINT NOT NULL DEFAULT 1,
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds
, upgrade_chats BIGINT NOT NULL DEFAULT 0);
CREATE TABLE suite_code (
    mac        BLOB PRIMARY KEY,
    suite      BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE, -- of an auth_code
    test       SMALLINT NOT NULL, -- of a pre_auth_code: 1 for a test authorisation
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL    -- 0 until it is
) WITHOUT ROWID;
CREATE TABLE suite_installation (
    app          BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    suite        BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid       TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    installed_by TEXT NOT NULL,  -- userid; empty where nobody is known
    mode         SMALLINT NOT NULL, -- 0 by an administrator, 1 by members
    state        TEXT NOT NULL,   -- of the link that it was installed by
    installed_at BIGINT NOT NULL
, plain_ids SMALLINT NOT NULL DEFAULT 0, plain_external SMALLINT NOT NULL DEFAULT 0, chats_at BIGINT NOT NULL DEFAULT 1) WITHOUT ROWID;
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
CREATE TABLE todo (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid      TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    todo_id     TEXT NOT NULL,
    creator_key TEXT NOT NULL,  -- userid in lower case
    creator     TEXT NOT NULL,
    status      BIGINT NOT NULL, -- 0 done, 1 under way, 2 deleted
    content     TEXT NOT NULL,
    ends_at     BIGINT NOT NULL, -- Unix seconds; 0 for no end
    reminds     TEXT NOT NULL,   -- JSON: the kinds of reminders
    remind_at   BIGINT NOT NULL, -- Unix seconds of the next reminder; 0 for none
    created_at  BIGINT NOT NULL, -- Unix seconds
    updated_at  BIGINT NOT NULL
);
CREATE TABLE todo_follower (
    todo       BIGINT NOT NULL REFERENCES todo (no) ON DELETE CASCADE,
    corpid     TEXT NOT NULL,
    userkey    TEXT NOT NULL,  -- userid in lower case
    userid     TEXT NOT NULL,
    place      BIGINT NOT NULL, -- order of the followers
    status     BIGINT NOT NULL, -- 0 declined, 1 accepted, 2 done
    updated_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (todo, userkey)
) WITHOUT ROWID;
CREATE TABLE trend_code (
    no     INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid TEXT REFERENCES corp (corpid) ON DELETE CASCADE,
    minute BIGINT NOT NULL,
    code   BIGINT NOT NULL, -- 0 for those that are not told apart
    n      BIGINT NOT NULL
);
CREATE TABLE trend_minute (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT REFERENCES corp (corpid) ON DELETE CASCADE,
    minute    BIGINT NOT NULL, -- since 1970
    calls     BIGINT NOT NULL,
    refused   BIGINT NOT NULL, -- calls that were answered with an error
    delivered BIGINT NOT NULL,
    retried   BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    entered   BIGINT NOT NULL, -- sign-ins
    turned    BIGINT NOT NULL, -- sign-ins that were refused
    under1    BIGINT NOT NULL, -- calls that took less than 1 ms
    under2    BIGINT NOT NULL, -- 1 to 2 ms, and so on
    under5    BIGINT NOT NULL,
    under10   BIGINT NOT NULL,
    under20   BIGINT NOT NULL,
    under50   BIGINT NOT NULL,
    under100  BIGINT NOT NULL,
    under200  BIGINT NOT NULL,
    under500  BIGINT NOT NULL,
    under1000 BIGINT NOT NULL,
    under2000 BIGINT NOT NULL,
    under5000 BIGINT NOT NULL,
    longer    BIGINT NOT NULL
);
CREATE TABLE wedoc (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    docid    TEXT NOT NULL,
    kind     BIGINT NOT NULL,             -- 3 text, 4 spreadsheet, 10 smart sheet
    app      BIGINT NOT NULL,             -- our number of the application
    name     TEXT NOT NULL,
    created  BIGINT NOT NULL,             -- Unix seconds
    modified BIGINT NOT NULL,
    version  BIGINT NOT NULL,             -- of a text, raised by each change
    rules    TEXT NOT NULL,               -- JSON: who may see it, and how
    locked   BIGINT NOT NULL DEFAULT 0    -- raised by each change, so that two do not pass each other
);
CREATE TABLE wedoc_answer (
    no        INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid    TEXT NOT NULL,
    form      BIGINT NOT NULL REFERENCES wedoc_form (no) ON DELETE CASCADE,
    round     BIGINT NOT NULL,            -- when the time that it is for began, Unix seconds
    userkey   TEXT NOT NULL,
    userid    TEXT NOT NULL,
    anonymous SMALLINT NOT NULL,
    made      BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    removed   SMALLINT NOT NULL DEFAULT 0,
    body      TEXT NOT NULL               -- JSON: the answers
);
CREATE TABLE wedoc_cell (
    corpid    TEXT NOT NULL,
    sheet     BIGINT NOT NULL REFERENCES wedoc_sheet (no) ON DELETE CASCADE,
    at_row    BIGINT NOT NULL,            -- from 0
    at_column BIGINT NOT NULL,
    body      TEXT NOT NULL,              -- JSON: the value and how it looks
    PRIMARY KEY (sheet, at_row, at_column)
) WITHOUT ROWID;
CREATE TABLE wedoc_file (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    name    TEXT NOT NULL,
    type    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    blob    TEXT NOT NULL,
    used    SMALLINT NOT NULL DEFAULT 0, -- 1 once an answer or a cell names it
    made    BIGINT NOT NULL              -- Unix seconds
);
CREATE TABLE wedoc_form (
    no       INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid   TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    formid   TEXT NOT NULL,
    app      BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    body     TEXT NOT NULL,               -- JSON: the questions and the settings
    answers  BIGINT NOT NULL DEFAULT 0    -- raised by each answer, so that two do not pass each other
);
CREATE TABLE wedoc_member (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid  TEXT NOT NULL,
    doc     BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    userkey TEXT NOT NULL,
    userid  TEXT NOT NULL,
    auth    BIGINT NOT NULL               -- 1 looks, 2 writes, 7 manages
);
CREATE TABLE wedoc_page (
    corpid   TEXT NOT NULL,
    doc      BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    place    BIGINT NOT NULL,
    title    TEXT NOT NULL,
    markdown SMALLINT NOT NULL, -- 1 Markdown, 0 plain text
    body     TEXT NOT NULL,
    PRIMARY KEY (doc, place)
) WITHOUT ROWID;
CREATE TABLE wedoc_sheet (
    no           INTEGER PRIMARY KEY AUTOINCREMENT,
    corpid       TEXT NOT NULL,
    doc          BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    sheet_id     TEXT NOT NULL,
    title        TEXT NOT NULL,
    row_count    BIGINT NOT NULL,
    column_count BIGINT NOT NULL
);
CREATE TABLE wedoc_text (
    corpid TEXT NOT NULL,
    doc    BIGINT PRIMARY KEY REFERENCES wedoc (no) ON DELETE CASCADE,
    body   TEXT NOT NULL,                 -- JSON: its pieces
    edits  TEXT NOT NULL                  -- JSON: what the last hundred versions moved
) WITHOUT ROWID;
CREATE TABLE wedoc_vip (
    corpid  TEXT NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey TEXT NOT NULL,
    userid  TEXT NOT NULL,
    PRIMARY KEY (corpid, userkey)
) WITHOUT ROWID;

CREATE INDEX acquisition_bill_suite ON acquisition_bill (suite, corpid, at, no);
CREATE INDEX acquisition_component_corp ON acquisition_component (corpid, app);
CREATE INDEX acquisition_customer_link ON acquisition_customer (corpid, link, no);
CREATE INDEX acquisition_link_app ON acquisition_link (corpid, app, no);
CREATE INDEX acquisition_quota_corp ON acquisition_quota (corpid, expires_at);
CREATE INDEX acquisition_quota_due ON acquisition_quota (next_at) WHERE next_at > 0;
CREATE INDEX activity_member ON activity (member);
CREATE INDEX advanced_holding_corp ON advanced_holding (corpid, provider);
CREATE INDEX advanced_holding_end ON advanced_holding (ends_at) WHERE ended = 0;
CREATE INDEX advanced_holding_provider ON advanced_holding (provider);
CREATE INDEX advanced_order_corp ON advanced_order (corpid, provider);
CREATE INDEX advanced_order_provider ON advanced_order (provider, no);
CREATE INDEX album_corp ON album (corpid, no);
CREATE UNIQUE INDEX app_agent ON app (corpid, agentid);
CREATE INDEX app_commanded ON app (corpid, no) WHERE kind IN ('third_party', 'third_party_contacts', 'contacts_edit');
CREATE INDEX app_listens ON app (listens, corpid, no) WHERE listens = 1;
CREATE UNIQUE INDEX app_secret ON app (secret_mac, corpid);
CREATE UNIQUE INDEX app_token_given ON app (token_given) WHERE token_given IS NOT NULL;
CREATE INDEX app_workbench_data_member ON app_workbench_data (member);
CREATE INDEX approval_account_change_member ON approval_account_change (member, vacation, no);
CREATE INDEX approval_case_app ON approval_case (corpid, app, applied_at, no) WHERE app <> 0;
CREATE INDEX approval_case_creator ON approval_case (corpid, creator, applied_at, no);
CREATE INDEX approval_case_department ON approval_case (corpid, department, applied_at, no);
CREATE UNIQUE INDEX approval_case_number ON approval_case (corpid, sp_no);
CREATE INDEX approval_case_status ON approval_case (corpid, status, applied_at, no);
CREATE INDEX approval_case_template ON approval_case (corpid, template_id, applied_at, no);
CREATE INDEX approval_case_time ON approval_case (corpid, applied_at, no);
CREATE INDEX approval_case_type ON approval_case (corpid, record_type, applied_at, no) WHERE record_type <> 0;
CREATE UNIQUE INDEX approval_open_number ON approval_open (app, third_no);
CREATE UNIQUE INDEX approval_template_id ON approval_template (corpid, template_id);
CREATE UNIQUE INDEX approval_template_name ON approval_template (corpid, app, name);
CREATE INDEX archive_chain_notify ON archive_chain (notify_at) WHERE notify_at > 0;
CREATE INDEX archive_conversation_last ON archive_conversation (archive, last_seq);
CREATE UNIQUE INDEX archive_conversation_name ON archive_conversation (archive, name);
CREATE INDEX archive_erasure_corp ON archive_erasure (corpid, no);
CREATE INDEX archive_export_corp ON archive_export (corpid, no);
CREATE INDEX archive_export_state ON archive_export (state) WHERE state = 'approved' OR state = 'done';
CREATE INDEX archive_file_message ON archive_file (corpid, msgid);
CREATE INDEX archive_gap_corp ON archive_gap (corpid);
CREATE INDEX archive_gap_pull ON archive_gap (pull, no);
CREATE INDEX archive_hold_corp ON archive_hold (corpid, no);
CREATE INDEX archive_hook_archive ON archive_hook (archive);
CREATE INDEX archive_hook_corp ON archive_hook (corpid, no);
CREATE INDEX archive_participant_conversation ON archive_participant (conversation);
CREATE INDEX archive_pending_of ON archive_pending (archive, no);
CREATE UNIQUE INDEX archive_pull_source ON archive_pull (corpid, source);
CREATE INDEX archive_read_corp ON archive_read (corpid, no);
CREATE INDEX archive_record_at ON archive_record (archive, at, seq) WHERE erased = 0;
CREATE INDEX archive_record_conversation ON archive_record (archive, conversation, seq);
CREATE INDEX archive_record_msgid ON archive_record (archive, msgid);
CREATE INDEX archive_record_sender ON archive_record (archive, sender, seq);
CREATE INDEX archive_role_member ON archive_role (member);
CREATE INDEX archive_rule_corp ON archive_rule (corpid, no);
CREATE INDEX archive_shared_file ON archive_shared (file);
CREATE INDEX blob_corp ON blob (corpid);
CREATE INDEX blob_unused ON blob (since) WHERE refs <= 0;
CREATE UNIQUE INDEX bot_botid ON bot (botid);
CREATE INDEX bot_card_message ON bot_card (message);
CREATE INDEX bot_chat_chat ON bot_chat (chat);
CREATE INDEX bot_code_turn ON bot_code (turn);
CREATE INDEX bot_corp ON bot (corpid);
CREATE INDEX bot_feedback_member ON bot_feedback (member);
CREATE INDEX bot_message_bot ON bot_message (bot);
CREATE INDEX bot_message_chat ON bot_message (chat, bot, no) WHERE chat IS NOT NULL;
CREATE INDEX bot_message_member ON bot_message (member, bot, no) WHERE member IS NOT NULL;
CREATE UNIQUE INDEX bot_message_stream ON bot_message (turn, stream) WHERE stream <> '';
CREATE UNIQUE INDEX bot_message_task ON bot_message (bot, task_id) WHERE task_id <> '';
CREATE INDEX bot_turn_began ON bot_turn (began_at);
CREATE INDEX bot_turn_chat ON bot_turn (chat) WHERE chat IS NOT NULL;
CREATE INDEX bot_turn_look ON bot_turn (look_at) WHERE look_at <> 0;
CREATE INDEX bot_turn_member ON bot_turn (member);
CREATE UNIQUE INDEX bot_turn_req ON bot_turn (bot, req_id);
CREATE INDEX bot_turn_waiting ON bot_turn (bot, no) WHERE waiting = 1;
CREATE INDEX bot_visit_member ON bot_visit (member);
CREATE UNIQUE INDEX caldav_key_mac ON caldav_key (mac);
CREATE INDEX caldav_key_member ON caldav_key (member);
CREATE INDEX calendar_app ON calendar (corpid, app) WHERE app > 0 AND deleted_at = 0;
CREATE INDEX calendar_attendee_user ON calendar_attendee (corpid, userkey);
CREATE UNIQUE INDEX calendar_cal_id ON calendar (corpid, cal_id);
CREATE UNIQUE INDEX calendar_chosen ON calendar (corpid, app) WHERE chosen = 1 AND deleted_at = 0;
CREATE UNIQUE INDEX calendar_owner ON calendar (corpid, owner_key) WHERE owner_key <> '' AND deleted_at = 0;
CREATE INDEX calendar_person_user ON calendar_person (corpid, userkey);
CREATE INDEX calendar_public ON calendar (corpid) WHERE public = 1 AND deleted_at = 0;
CREATE INDEX calendar_schedule_calendar ON calendar_schedule (calendar, number);
CREATE UNIQUE INDEX calendar_schedule_id ON calendar_schedule (corpid, schedule_id);
CREATE INDEX calendar_schedule_name ON calendar_schedule (calendar, name) WHERE name <> '';
CREATE INDEX calendar_schedule_parent ON calendar_schedule (parent) WHERE parent > 0;
CREATE INDEX calendar_schedule_remind ON calendar_schedule (remind_at) WHERE remind_at > 0;
CREATE INDEX calendar_schedule_sequence ON calendar_schedule (calendar, sequence);
CREATE INDEX callback_delivery_failed ON callback_delivery (state, no) WHERE state = 2;
CREATE INDEX callback_delivery_queue ON callback_delivery (state, receiver, no) WHERE state = 0;
CREATE INDEX callback_delivery_receiver ON callback_delivery (receiver, no);
CREATE INDEX callback_receiver_app ON callback_receiver (app);
CREATE INDEX callback_receiver_corp ON callback_receiver (corpid);
CREATE UNIQUE INDEX callback_receiver_key ON callback_receiver (book, key);
CREATE INDEX chat_app ON chat (app);
CREATE UNIQUE INDEX chat_chatid ON chat (corpid, chatid);
CREATE INDEX chat_group_member_of ON chat_group_member (corpid, member, chat_group);
CREATE INDEX chat_launch_made ON chat_launch (corpid, made_at);
CREATE INDEX chat_member_member ON chat_member (member);
CREATE INDEX chat_message_group ON chat_message (corpid, chat_group, no);
CREATE INDEX chat_message_pair ON chat_message (corpid, sender, receiver, no);
CREATE INDEX chat_message_received ON chat_message (corpid, receiver, sender, no);
CREATE INDEX chat_owner ON chat (owner) WHERE owner IS NOT NULL;
CREATE INDEX checkin_face_digest ON checkin_face (corpid, digest);
CREATE INDEX checkin_record_approval ON checkin_record (corpid, sp_no) WHERE sp_no <> '';
CREATE UNIQUE INDEX checkin_record_once ON checkin_record (corpid, userkey, at, source, due);
CREATE UNIQUE INDEX checkin_rule_groupid ON checkin_rule (corpid, groupid);
CREATE INDEX console_admin_corp ON console_admin (corpid);
CREATE INDEX console_audit_corp ON console_audit (corpid, no);
CREATE INDEX console_audit_time ON console_audit (corpid, at);
CREATE INDEX console_session_corp ON console_session (corpid);
CREATE INDEX console_session_member ON console_session (member);
CREATE INDEX console_session_seen ON console_session (seen_at);
CREATE INDEX contact_rule_corp ON contact_rule (corpid, no);
CREATE INDEX customer_corp ON customer (corpid, no);
CREATE INDEX customer_follow_corp ON customer_follow (corpid, no);
CREATE INDEX customer_follow_member ON customer_follow (corpid, member, no);
CREATE INDEX customer_follow_time ON customer_follow (corpid, created_at);
CREATE INDEX customer_group_corp ON customer_group (corpid, no);
CREATE INDEX customer_group_member_chat ON customer_group_member (corpid, chat, no);
CREATE UNIQUE INDEX customer_group_member_in ON customer_group_member (chat, kind, person) WHERE left_at = 0;
CREATE INDEX customer_group_member_person ON customer_group_member (corpid, kind, person);
CREATE INDEX customer_group_message_chat ON customer_group_message (corpid, chat, at);
CREATE INDEX customer_group_message_no ON customer_group_message (corpid, chat, no);
CREATE INDEX customer_group_owner ON customer_group (corpid, owner, no);
CREATE INDEX customer_group_transfer_chat ON customer_group_transfer (corpid, chat, at);
CREATE INDEX customer_group_transfer_pair ON customer_group_transfer (corpid, handover, at);
CREATE INDEX customer_group_welcome_corp ON customer_group_welcome (corpid, no);
CREATE INDEX customer_join_way_app ON customer_join_way (corpid, app, no);
CREATE INDEX customer_left_corp ON customer_left (corpid, left_at, member);
CREATE INDEX customer_message_by ON customer_message (corpid, member, at);
CREATE INDEX customer_message_of ON customer_message (corpid, customer, no);
CREATE INDEX customer_session_corp ON customer_session (corpid);
CREATE INDEX customer_session_end ON customer_session (ends_at);
CREATE INDEX customer_tag_corp ON customer_tag (corpid, no);
CREATE UNIQUE INDEX customer_tag_group_name ON customer_tag_group (corpid, strategy, name) WHERE deleted_at = 0;
CREATE UNIQUE INDEX customer_tag_name ON customer_tag (tag_group, name) WHERE deleted_at = 0;
CREATE INDEX customer_talk_customer ON customer_talk (customer);
CREATE INDEX customer_transfer_customer ON customer_transfer (corpid, customer);
CREATE INDEX customer_transfer_due ON customer_transfer (due) WHERE status = 2;
CREATE INDEX customer_transfer_pair ON customer_transfer (corpid, handover, takeover, no);
CREATE INDEX customer_transfer_taker ON customer_transfer (corpid, takeover, no);
CREATE UNIQUE INDEX customer_unionid ON customer (corpid, unionid) WHERE unionid <> '';
CREATE INDEX customer_way_app ON customer_way (corpid, app, created_at, no);
CREATE UNIQUE INDEX department_name ON department (corpid, parentid, name);
CREATE UNIQUE INDEX department_name_en ON department (corpid, parentid, name_en) WHERE name_en <> '';
CREATE INDEX department_order ON department (corpid, parentid, ord);
CREATE INDEX dial_record_time ON dial_record (corpid, call_time, no);
CREATE INDEX emergency_call_member ON emergency_call (corpid, member, called_at);
CREATE INDEX event_corp ON event (corpid, no);
CREATE UNIQUE INDEX founding_link_mac ON founding_link (mac);
CREATE INDEX gate_pass_session ON gate_pass (session);
CREATE INDEX gate_pass_site ON gate_pass (site);
CREATE INDEX gate_site_app ON gate_site (app);
CREATE INDEX gate_site_corp ON gate_site (corpid);
CREATE INDEX gate_ticket_expiry ON gate_ticket (expires_at);
CREATE INDEX gate_ticket_session ON gate_ticket (session);
CREATE INDEX gate_ticket_site ON gate_ticket (site);
CREATE INDEX hardware_device_corp ON hardware_device (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX hardware_device_model ON hardware_device (model);
CREATE UNIQUE INDEX hardware_device_sn ON hardware_device (snkey);
CREATE INDEX hardware_enrolment_corp ON hardware_enrolment (corpid);
CREATE INDEX hardware_feature_corp ON hardware_feature (corpid);
CREATE INDEX hardware_file_device ON hardware_file (device, at);
CREATE INDEX hardware_grant_app ON hardware_grant (app);
CREATE INDEX hardware_job_at ON hardware_job (at);
CREATE INDEX hardware_job_corp ON hardware_job (corpid);
CREATE INDEX hardware_job_device ON hardware_job (device, no);
CREATE UNIQUE INDEX hardware_job_jobid ON hardware_job (jobid);
CREATE UNIQUE INDEX hardware_model_modelid ON hardware_model (modelid);
CREATE INDEX hardware_model_provider ON hardware_model (provider);
CREATE INDEX hardware_model_ticket_due ON hardware_model (ticket_due) WHERE ticket_due > 0;
CREATE INDEX hardware_operation_at ON hardware_operation (at);
CREATE INDEX hardware_operation_device ON hardware_operation (device);
CREATE UNIQUE INDEX hardware_operation_operid ON hardware_operation (operid);
CREATE INDEX hardware_push_device ON hardware_push (device);
CREATE INDEX hardware_record_device ON hardware_record (device);
CREATE INDEX hardware_record_uploaded ON hardware_record (corpid, kind, uploaded_at, no);
CREATE INDEX hardware_record_user ON hardware_record (corpid, kind, userkey, at);
CREATE INDEX hardware_rename_at ON hardware_rename (at);
CREATE INDEX hardware_rule_app ON hardware_rule (app) WHERE app IS NOT NULL;
CREATE INDEX hardware_rule_corp ON hardware_rule (corpid);
CREATE INDEX hardware_rule_device_device ON hardware_rule_device (device);
CREATE INDEX hardware_rule_person_user ON hardware_rule_person (userkey);
CREATE UNIQUE INDEX hardware_visitor_id ON hardware_visitor (device, visitor);
CREATE UNIQUE INDEX health_answer_day ON health_answer (job, day, userkey);
CREATE INDEX health_answer_user ON health_answer (corpid, userkey);
CREATE UNIQUE INDEX health_job_id ON health_job (corpid, jobid);
CREATE INDEX health_job_running ON health_job (corpid, ended, no);
CREATE INDEX hr_staff_corp ON hr_staff (corpid);
CREATE UNIQUE INDEX invoice_card ON invoice (corpid, card_id, code);
CREATE INDEX invoice_corp ON invoice (corpid, no);
CREATE INDEX invoice_member ON invoice (member, no);
CREATE INDEX invoice_status ON invoice (corpid, status, no);
CREATE INDEX job_ended ON job (corpid, lane, no) WHERE state IN (2, 3);
CREATE UNIQUE INDEX job_id ON job (id);
CREATE UNIQUE INDEX job_lane ON job (corpid, lane) WHERE state < 2 AND lane <> '';
CREATE INDEX job_open ON job (lease) WHERE state < 2;
CREATE INDEX journal_record_department ON journal_record (corpid, department, report_at, no);
CREATE INDEX journal_record_submitter ON journal_record (corpid, submitter, report_at, no);
CREATE INDEX journal_record_template ON journal_record (corpid, template_id, report_at, no);
CREATE INDEX journal_record_time ON journal_record (corpid, report_at, no);
CREATE UNIQUE INDEX journal_record_uuid ON journal_record (corpid, uuid);
CREATE UNIQUE INDEX journal_template_id ON journal_template (corpid, template_id);
CREATE UNIQUE INDEX journal_template_name ON journal_template (corpid, name);
CREATE INDEX kf_account_corp ON kf_account (corpid, no) WHERE deleted_at = 0;
CREATE INDEX kf_code_at ON kf_code (at);
CREATE INDEX kf_component_corp ON kf_component (corpid);
CREATE INDEX kf_day_corp ON kf_day (day);
CREATE INDEX kf_intent_part ON kf_intent (part, no);
CREATE INDEX kf_invitation_at ON kf_invitation (at);
CREATE INDEX kf_invitation_session ON kf_invitation (session, chat, no);
CREATE INDEX kf_manager_app ON kf_manager (app);
CREATE INDEX kf_message_at ON kf_message (corpid, at);
CREATE INDEX kf_message_customer ON kf_message (account, customer, seq);
CREATE INDEX kf_message_id ON kf_message (account, msgid);
CREATE UNIQUE INDEX kf_message_sent ON kf_message (account, msgid) WHERE origin < 3;
CREATE INDEX kf_session_customer ON kf_session (corpid, customer);
CREATE INDEX kf_session_servicer ON kf_session (corpid, servicer, asked_at);
CREATE INDEX ldap_account_app ON ldap_account (app) WHERE app IS NOT NULL;
CREATE UNIQUE INDEX ldap_corp_suffix ON ldap_corp (suffixkey) WHERE suffixkey <> '';
CREATE UNIQUE INDEX licence_code_code ON licence_code (code);
CREATE INDEX licence_code_corp ON licence_code (corpid, provider, no);
CREATE INDEX licence_code_free ON licence_code (provider, corpid, type, bind_by) WHERE member = 0 AND state = 0;
CREATE UNIQUE INDEX licence_code_member ON licence_code (provider, corpid, member, type) WHERE member > 0 AND state = 0;
CREATE INDEX licence_code_order ON licence_code (order_no, no);
CREATE INDEX licence_customer_corp ON licence_customer (corpid);
CREATE INDEX licence_first_corp ON licence_first (corpid);
CREATE INDEX licence_job_corp ON licence_job (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX licence_job_due ON licence_job (no) WHERE state = 1;
CREATE UNIQUE INDEX licence_job_jobid ON licence_job (jobid);
CREATE INDEX licence_job_provider ON licence_job (provider);
CREATE INDEX licence_order_corp ON licence_order (corpid, provider, no) WHERE corpid IS NOT NULL;
CREATE UNIQUE INDEX licence_order_orderid ON licence_order (orderid);
CREATE INDEX licence_order_parent ON licence_order (parent, no) WHERE parent IS NOT NULL;
CREATE INDEX licence_order_provider ON licence_order (provider, no);
CREATE INDEX licence_order_waiting ON licence_order (no) WHERE waiting = 1;
CREATE INDEX licence_purchase_corp ON licence_purchase (corpid);
CREATE UNIQUE INDEX licence_purchase_member ON licence_purchase (job, corpid);
CREATE INDEX licence_renewal_corp ON licence_renewal (corpid);
CREATE UNIQUE INDEX licence_renewal_member ON licence_renewal (job, member, type);
CREATE INDEX licence_share_corp ON licence_share (corpid);
CREATE INDEX licence_share_lower ON licence_share (lower);
CREATE INDEX living_anchor ON living (corpid, app, anchor_key, no);
CREATE INDEX living_corp ON living (corpid, no);
CREATE UNIQUE INDEX living_livingid ON living (corpid, livingid);
CREATE INDEX living_remind ON living (remind_at) WHERE remind_at > 0;
CREATE INDEX living_viewer_invitor ON living_viewer (corpid, invitor);
CREATE INDEX living_viewer_user ON living_viewer (corpid, who);
CREATE UNIQUE INDEX living_viewer_who ON living_viewer (living, who);
CREATE INDEX login_challenge_expiry ON login_challenge (expires_at);
CREATE INDEX login_code_expiry ON login_code (expires_at);
CREATE INDEX login_code_member ON login_code (member);
CREATE INDEX login_code_provider ON login_code (provider) WHERE provider IS NOT NULL;
CREATE INDEX login_code_session ON login_code (session);
CREATE INDEX login_code_suite ON login_code (suite) WHERE suite IS NOT NULL;
CREATE INDEX login_consent_member ON login_consent (member);
CREATE INDEX login_ending_at ON login_ending (at);
CREATE INDEX login_ending_gone ON login_ending (gone, at);
CREATE INDEX login_familiar_mark ON login_familiar (mark);
CREATE INDEX login_familiar_seen ON login_familiar (seen_at);
CREATE INDEX login_guess_empty ON login_guess (empty_at);
CREATE UNIQUE INDEX login_passkey_credential ON login_passkey (credential);
CREATE INDEX login_passkey_member ON login_passkey (member);
CREATE INDEX login_scan_app ON login_scan (app);
CREATE INDEX login_scan_expiry ON login_scan (expires_at);
CREATE INDEX login_scan_member ON login_scan (member);
CREATE INDEX login_scan_provider ON login_scan (provider) WHERE provider IS NOT NULL;
CREATE INDEX login_scan_suite ON login_scan (suite) WHERE suite IS NOT NULL;
CREATE INDEX login_session_expiry ON login_session (expires_at);
CREATE INDEX login_session_member ON login_session (member);
CREATE INDEX mass_message_corp ON mass_message (corpid, kind, no);
CREATE INDEX mass_message_preparing ON mass_message (no) WHERE state = 1;
CREATE INDEX mass_reminder_message ON mass_reminder (corpid, message, at);
CREATE INDEX mass_target_task ON mass_target (corpid, task, no);
CREATE INDEX mass_target_waiting ON mass_target (task, no) WHERE status = 0 AND chosen = 1;
CREATE INDEX mass_task_member ON mass_task (corpid, member, no) WHERE sent_at = 0;
CREATE INDEX mass_task_sending ON mass_task (no) WHERE sending = 1;
CREATE INDEX mcp_call_at ON mcp_call (at);
CREATE INDEX mcp_call_bot ON mcp_call (bot, no);
CREATE INDEX mcp_export_until ON mcp_export (until);
CREATE INDEX mcp_grant_member ON mcp_grant (member);
CREATE UNIQUE INDEX mcp_grant_of ON mcp_grant (bot, category, member);
CREATE UNIQUE INDEX mcp_key_mac ON mcp_key (mac);
CREATE INDEX mcp_nonce_until ON mcp_nonce (until);
CREATE INDEX mcp_token_until ON mcp_token (until);
CREATE INDEX media_blob ON media (blob);
CREATE INDEX media_corp ON media (corpid);
CREATE INDEX media_expiry ON media (expires_at);
CREATE INDEX media_job_corp ON media_job (corpid);
CREATE INDEX media_job_created ON media_job (created_at);
CREATE INDEX media_job_due ON media_job (due_at) WHERE status = 1;
CREATE UNIQUE INDEX media_job_id ON media_job (jobid);
CREATE INDEX media_quota_day ON media_quota (day);
CREATE INDEX meeting_admin ON meeting (corpid, admin_key, no);
CREATE INDEX meeting_app ON meeting (corpid, app, no);
CREATE INDEX meeting_booking_booker ON meeting_booking (corpid, lower(booker), ends) WHERE status <> 1;
CREATE UNIQUE INDEX meeting_booking_id ON meeting_booking (corpid, booking_id);
CREATE INDEX meeting_booking_release ON meeting_booking (release_at) WHERE release_at > 0;
CREATE INDEX meeting_booking_room ON meeting_booking (room, starts) WHERE status <> 1;
CREATE INDEX meeting_booking_schedule ON meeting_booking (corpid, schedule_id) WHERE status <> 1;
CREATE INDEX meeting_booking_series ON meeting_booking (series) WHERE series > 0;
CREATE UNIQUE INDEX meeting_code ON meeting (code);
CREATE UNIQUE INDEX meeting_enrolment_id ON meeting_enrolment (corpid, enroll_id);
CREATE INDEX meeting_enrolment_meeting ON meeting_enrolment (meeting, no);
CREATE UNIQUE INDEX meeting_meetingid ON meeting (corpid, meetingid);
CREATE INDEX meeting_member_user ON meeting_member (corpid, userkey, meeting);
CREATE UNIQUE INDEX meeting_person_openid ON meeting_person (tmp_openid);
CREATE INDEX meeting_person_temporary ON meeting_person (corpid, temporary);
CREATE INDEX meeting_person_user ON meeting_person (corpid, who);
CREATE UNIQUE INDEX meeting_person_who ON meeting_person (meeting, who);
CREATE UNIQUE INDEX meeting_room_id ON meeting_room (corpid, room_id);
CREATE INDEX meeting_schedule ON meeting (corpid, schedule_id);
CREATE UNIQUE INDEX meeting_series_id ON meeting_series (corpid, booking_id);
CREATE INDEX meeting_series_until ON meeting_series (made_until) WHERE made_until > 0 AND cancelled = 0;
CREATE INDEX meeting_session_meeting ON meeting_session (meeting, no);
CREATE INDEX meeting_session_started ON meeting_session (corpid, started_at, no);
CREATE INDEX meeting_visit_meeting ON meeting_visit (meeting, no);
CREATE UNIQUE INDEX member_biz_mail ON member (corpid, biz_mail) WHERE biz_mail <> '';
CREATE INDEX member_corp ON member (corpid, no);
CREATE INDEX member_department_leader ON member_department (corpid, department) WHERE is_leader = 1;
CREATE INDEX member_department_member ON member_department (member);
CREATE UNIQUE INDEX member_email ON member (corpid, email) WHERE email <> '';
CREATE INDEX member_gone_left ON member_gone (corpid, left_at);
CREATE INDEX member_gone_user ON member_gone (corpid, userkey);
CREATE INDEX member_leader ON member (leader) WHERE leader IS NOT NULL;
CREATE INDEX member_mail_alias_member ON member_mail_alias (member);
CREATE UNIQUE INDEX member_mobile ON member (corpid, mobile) WHERE mobile <> '';
CREATE INDEX member_namekey ON member (corpid, namekey);
CREATE UNIQUE INDEX member_userkey ON member (corpid, userkey);
CREATE INDEX message_app ON message (app, sent_at);
CREATE INDEX message_card_message ON message_card (message);
CREATE INDEX message_chat ON message (chat) WHERE chat <> 0;
CREATE INDEX message_code_expiry ON message_code (expires_at);
CREATE INDEX message_code_message ON message_code (message);
CREATE INDEX message_copy_message ON message_copy (message);
CREATE INDEX message_corp ON message (corpid);
CREATE INDEX message_digest_at ON message_digest (at);
CREATE INDEX message_digest_message ON message_digest (message);
CREATE INDEX message_file_blob ON message_file (blob);
CREATE INDEX message_pending ON message (no) WHERE pending = 1;
CREATE UNIQUE INDEX message_task ON message (app, task_id) WHERE task_id <> '';
CREATE INDEX moment_customer_sees ON moment_customer (corpid, customer, task);
CREATE UNIQUE INDEX moment_response_like ON moment_response (task, customer) WHERE liked = 1;
CREATE INDEX moment_response_of ON moment_response (corpid, task, no);
CREATE INDEX moment_task_member ON moment_task (corpid, member, no);
CREATE INDEX moment_time ON moment (corpid, created_at, no);
CREATE INDEX oidc_client_app ON oidc_client (app);
CREATE INDEX oidc_client_corp ON oidc_client (corpid);
CREATE INDEX oidc_consent_member ON oidc_consent (member);
CREATE INDEX oidc_grant_client ON oidc_grant (client);
CREATE INDEX oidc_grant_expiry ON oidc_grant (expires_at);
CREATE INDEX oidc_grant_member ON oidc_grant (member);
CREATE INDEX oidc_grant_session ON oidc_grant (session);
CREATE INDEX oidc_key_corp ON oidc_key (corpid, alg, signs_from);
CREATE INDEX oidc_notice_client ON oidc_notice (client, session);
CREATE INDEX oidc_notice_due ON oidc_notice (due_at);
CREATE INDEX oidc_token_expiry ON oidc_token (expires_at);
CREATE INDEX oidc_token_grant ON oidc_token (grant_id);
CREATE INDEX open_corp_corp ON open_corp (corpid);
CREATE UNIQUE INDEX open_corp_openid ON open_corp (provider, openid);
CREATE UNIQUE INDEX paytool_edition_editionid ON paytool_edition (editionid);
CREATE INDEX paytool_edition_suite ON paytool_edition (suite, no);
CREATE INDEX paytool_item_order ON paytool_item (order_no, no);
CREATE INDEX paytool_item_suite ON paytool_item (suite, no);
CREATE INDEX paytool_order_corp ON paytool_order (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX paytool_order_due ON paytool_order (due_at) WHERE due_at > 0;
CREATE UNIQUE INDEX paytool_order_orderid ON paytool_order (orderid);
CREATE INDEX paytool_order_provider ON paytool_order (provider, no);
CREATE INDEX paytool_trial_corp ON paytool_trial (corpid);
CREATE INDEX pending_external_age ON pending_external (corpid, created_at);
CREATE INDEX phone_read_corp ON phone_read (corpid);
CREATE INDEX picture_blob ON picture (blob);
CREATE INDEX picture_corp ON picture (corpid);
CREATE INDEX picture_size_blob ON picture_size (blob);
CREATE UNIQUE INDEX provider_corp ON provider (corpid);
CREATE INDEX register_code_corp ON register_code (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX register_code_created ON register_code (created_at) WHERE used_at = 0;
CREATE UNIQUE INDEX register_code_mac ON register_code (mac);
CREATE INDEX register_code_package ON register_code (package);
CREATE INDEX register_package_provider ON register_package (provider);
CREATE UNIQUE INDEX register_package_templateid ON register_package (templateid);
CREATE INDEX robot_chat ON robot (chat);
CREATE INDEX robot_corp ON robot (corpid);
CREATE UNIQUE INDEX robot_key ON robot (key_mac);
CREATE INDEX scim_member_external ON scim_member (corpid, external_id);
CREATE INDEX scim_pending_due ON scim_pending (target, due_at);
CREATE INDEX scim_remote_user ON scim_remote (target, userkey) WHERE userkey <> '';
CREATE UNIQUE INDEX scim_target_name ON scim_target (corpid, name);
CREATE UNIQUE INDEX scim_token_mac ON scim_token (mac);
CREATE INDEX security_act_at ON security_act (corpid, at, no);
CREATE INDEX security_act_user ON security_act (corpid, userkey, type);
CREATE UNIQUE INDEX security_application_approval ON security_application (corpid, approval_id) WHERE approval_id <> '';
CREATE INDEX security_application_corp ON security_application (corpid, business, no);
CREATE INDEX security_application_user ON security_application (corpid, userkey);
CREATE UNIQUE INDEX security_device_code ON security_device (corpid, code);
CREATE INDEX security_device_status ON security_device (corpid, status, no);
CREATE INDEX security_device_user ON security_device (corpid, last_key);
CREATE INDEX security_file_at ON security_file (corpid, at, no);
CREATE INDEX security_file_user ON security_file (corpid, userkey);
CREATE INDEX security_mark_device ON security_mark (device);
CREATE INDEX security_screen_at ON security_screen (corpid, at, no);
CREATE INDEX security_screen_user ON security_screen (corpid, userkey);
CREATE INDEX security_vip_corp ON security_vip (corpid, member);
CREATE INDEX sensitive_rule_corp ON sensitive_rule (corpid, no);
CREATE UNIQUE INDEX sensitive_rule_name ON sensitive_rule (corpid, name) WHERE deleted_at = 0;
CREATE UNIQUE INDEX smart_field_id ON smart_field (sheet, field_id);
CREATE UNIQUE INDEX smart_group_id ON smart_group (sheet, group_id);
CREATE INDEX smart_hook_corp ON smart_hook (corpid);
CREATE UNIQUE INDEX smart_hook_key ON smart_hook (key_mac);
CREATE UNIQUE INDEX smart_hook_sheet ON smart_hook (sheet);
CREATE INDEX smart_record_corp ON smart_record (corpid);
CREATE UNIQUE INDEX smart_record_id ON smart_record (sheet, record_id);
CREATE INDEX smart_record_no ON smart_record (sheet, no);
CREATE INDEX smart_rule_corp ON smart_rule (corpid);
CREATE UNIQUE INDEX smart_rule_id ON smart_rule (doc, rule_id);
CREATE UNIQUE INDEX smart_sheet_id ON smart_sheet (doc, sheet_id);
CREATE UNIQUE INDEX smart_view_id ON smart_view (sheet, view_id);
CREATE INDEX strategy_parent ON strategy (corpid, family, parent);
CREATE INDEX suite_code_app ON suite_code (app) WHERE app IS NOT NULL;
CREATE INDEX suite_code_expires ON suite_code (expires_at);
CREATE INDEX suite_installation_corp ON suite_installation (corpid);
CREATE INDEX suite_installation_plain ON suite_installation (suite, corpid) WHERE plain_ids = 1;
CREATE UNIQUE INDEX suite_installation_suite ON suite_installation (suite, corpid);
CREATE INDEX suite_provider ON suite (provider);
CREATE UNIQUE INDEX suite_suiteid ON suite (suiteid);
CREATE INDEX suite_ticket_due ON suite (ticket_due) WHERE ticket_due > 0;
CREATE INDEX tag_department_department ON tag_department (corpid, department);
CREATE INDEX tag_member_member ON tag_member (member);
CREATE UNIQUE INDEX tag_name ON tag (corpid, name);
CREATE INDEX todo_corp ON todo (corpid, no);
CREATE INDEX todo_corp_status ON todo (corpid, status, no);
CREATE INDEX todo_creator ON todo (corpid, creator_key, no);
CREATE INDEX todo_follower_member ON todo_follower (corpid, userkey, todo);
CREATE UNIQUE INDEX todo_id ON todo (corpid, todo_id);
CREATE INDEX todo_remind ON todo (remind_at);
CREATE UNIQUE INDEX trend_code_of ON trend_code (corpid, minute, code);
CREATE UNIQUE INDEX trend_minute_of ON trend_minute (corpid, minute);
CREATE INDEX wedoc_answer_round ON wedoc_answer (form, round, no);
CREATE INDEX wedoc_answer_user ON wedoc_answer (corpid, userkey);
CREATE UNIQUE INDEX wedoc_docid ON wedoc (corpid, docid);
CREATE UNIQUE INDEX wedoc_file_id ON wedoc_file (file_id);
CREATE INDEX wedoc_file_unused ON wedoc_file (used, made);
CREATE UNIQUE INDEX wedoc_form_id ON wedoc_form (corpid, formid);
CREATE INDEX wedoc_member_corp ON wedoc_member (corpid, userkey);
CREATE UNIQUE INDEX wedoc_member_user ON wedoc_member (doc, userkey);
CREATE UNIQUE INDEX wedoc_sheet_id ON wedoc_sheet (doc, sheet_id);

