-- +goose Up

-- kf_corp is what a corp has set for customer service. It also serialises what counts
-- the corp's accounts and groups of knowledge.
CREATE TABLE kf_corp (
    corpid      @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts    BIGINT NOT NULL, -- how many there are
    members     TEXT NOT NULL,   -- JSON, numbers: specialists to upgrade to
    departments TEXT NOT NULL    -- JSON, of specialists
);

-- kf_account is an account of customer service. Its number is what open_kfids are made
-- of. A deleted one stays, because its messages are still told apart from others'.
CREATE TABLE kf_account (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    avatar     TEXT NOT NULL,   -- path of a picture; empty for the usual one
    created_at BIGINT NOT NULL, -- Unix milliseconds
    deleted_at BIGINT NOT NULL, -- 0 if it is there
    seq        BIGINT NOT NULL  -- of its newest message
);
CREATE INDEX kf_account_corp ON kf_account (corpid, no) WHERE deleted_at = 0;

-- kf_manager is an application that manages an account by the API.
CREATE TABLE kf_manager (
    account BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    app     BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (account, app)
) @rowless;
CREATE INDEX kf_manager_app ON kf_manager (app);

-- kf_servicer is a member or a department that serves an account's customers.
CREATE TABLE kf_servicer (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    account    BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number; 0 for a department
    department BIGINT NOT NULL, -- 0 for a member
    UNIQUE (account, member, department)
);

-- kf_rest is a servicer who receives nobody.
CREATE TABLE kf_rest (
    account BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    stop    BIGINT NOT NULL, -- 0 stopped, 1 suspended
    PRIMARY KEY (account, member)
) @rowless;

-- kf_session is a customer at an account.
CREATE TABLE kf_session (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
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
    advice      TEXT NOT NULL,   -- JSON: whom an application recommends; empty if nobody
    UNIQUE (account, customer)
);
CREATE INDEX kf_session_customer ON kf_session (corpid, customer);

-- kf_message is what was said at an account, and what happened there. Numbers of one
-- account grow in the order of commits, because its row is locked for them.
CREATE TABLE kf_message (
    account  BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    seq      BIGINT NOT NULL,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid    @text NOT NULL,
    customer BIGINT NOT NULL, -- 0 for what concerns none
    origin   BIGINT NOT NULL, -- 1 the API, 2 the API on an event, 3 the customer, 4 an event, 5 a servicer
    servicer @text NOT NULL,  -- userid
    other    @text NOT NULL,  -- userid of a former servicer, or on a card
    msgtype  @text NOT NULL,
    content  TEXT NOT NULL,   -- JSON, without ids
    at       BIGINT NOT NULL, -- Unix milliseconds
    failed   BIGINT NOT NULL, -- 1 if it has not reached the customer
    recalled BIGINT NOT NULL, -- 1 if its author has taken it back
    PRIMARY KEY (account, seq)
) @rowless;
CREATE INDEX kf_message_id ON kf_message (account, msgid);
CREATE UNIQUE INDEX kf_message_sent ON kf_message (account, msgid) WHERE origin < 3;
CREATE INDEX kf_message_customer ON kf_message (account, customer, seq);
CREATE INDEX kf_message_at ON kf_message (corpid, at);

-- kf_code lets an application send one message on an event.
CREATE TABLE kf_code (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    session BIGINT NOT NULL REFERENCES kf_session (no) ON DELETE CASCADE,
    run     BIGINT NOT NULL, -- of the session
    kind    BIGINT NOT NULL, -- 1 entered, 2 in the pool, 3 served, 4 ended
    at      BIGINT NOT NULL, -- Unix milliseconds
    used    BIGINT NOT NULL
);
CREATE INDEX kf_code_at ON kf_code (at);

-- kf_day counts a day of a session, with a servicer or, as member 0, before one.
CREATE TABLE kf_day (
    account  BIGINT NOT NULL REFERENCES kf_account (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    session  BIGINT NOT NULL,
    run      BIGINT NOT NULL,
    member   BIGINT NOT NULL, -- our number
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    messages BIGINT NOT NULL, -- of the customer
    assigned BIGINT NOT NULL, -- 1 if the session was the servicer's, or the assistant's
    moved    BIGINT NOT NULL, -- 1 if it went from the assistant to a servicer
    asked    BIGINT NOT NULL, -- Unix milliseconds of the customer's first message; 0 if there is none
    replied  BIGINT NOT NULL, -- Unix milliseconds of the first answer to it
    invited  BIGINT NOT NULL, -- specialists whose card was sent
    joined   BIGINT NOT NULL, -- specialists whom the customer has added since
    refused  BIGINT NOT NULL, -- 1 if the servicer would take no more messages
    PRIMARY KEY (account, day, session, run, member)
) @rowless;
CREATE INDEX kf_day_corp ON kf_day (day);

-- kf_group and kf_intent are the knowledge of the assistant.
CREATE TABLE kf_group (
    no     @serial,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    usual  BIGINT NOT NULL, -- 1 for the one that the platform makes
    UNIQUE (corpid, name)
);
CREATE TABLE kf_intent (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    part     BIGINT NOT NULL REFERENCES kf_group (no) ON DELETE CASCADE,
    question TEXT NOT NULL,
    similar_questions TEXT NOT NULL, -- JSON
    answers  TEXT NOT NULL, -- JSON
    UNIQUE (corpid, question)
);
CREATE INDEX kf_intent_part ON kf_intent (part, no);
