-- +goose Up

-- message is what an application, a robot or a member has written, stored once
-- however many read it.
CREATE TABLE message (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    chat        BIGINT NOT NULL,    -- 0 in the application's own conversation
    robot       BIGINT NOT NULL,    -- that wrote it; else 0
    sender      BIGINT NOT NULL,    -- member who wrote it; else 0
    msgtype     TEXT NOT NULL,
    body        TEXT NOT NULL,      -- JSON: the object of the msgtype
    safe        SMALLINT NOT NULL,
    task_id     @text NOT NULL,     -- of a card; else empty
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
CREATE INDEX message_app ON message (app, sent_at);
CREATE INDEX message_corp ON message (corpid);
CREATE INDEX message_chat ON message (chat) WHERE chat <> 0;
CREATE INDEX message_pending ON message (no) WHERE pending = 1;
CREATE UNIQUE INDEX message_task ON message (app, task_id) WHERE task_id <> '';

-- message_copy is a message in a member's hands.
CREATE TABLE message_copy (
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    app     BIGINT NOT NULL,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    chat    BIGINT NOT NULL,
    card    BIGINT NOT NULL, -- version that this member was given; 0 for none of his own
    button  BIGINT NOT NULL,
    PRIMARY KEY (member, app, message)
) @rowless;
CREATE INDEX message_copy_message ON message_copy (message);

-- message_card is what a card was replaced by: a whole card, or the text of its
-- button. Of two versions the one with the larger number counts.
CREATE TABLE message_card (
    no      @serial,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    body    TEXT NOT NULL -- JSON of the card; text of the button
);
CREATE INDEX message_card_message ON message_card (message);

-- message_code is a response_code. It is used once.
CREATE TABLE message_code (
    mac        @bytes PRIMARY KEY,
    message    BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
) @rowless;
CREATE INDEX message_code_message ON message_code (message);
CREATE INDEX message_code_expiry ON message_code (expires_at);

-- message_digest remembers what was sent with enable_duplicate_check.
CREATE TABLE message_digest (
    app     BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    digest  @bytes NOT NULL,
    message BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    PRIMARY KEY (app, digest)
) @rowless;
CREATE INDEX message_digest_message ON message_digest (message);
CREATE INDEX message_digest_at ON message_digest (at);

-- message_count counts the copies that an application's messages made in a day.
-- Several rows are one number, so that senders need not wait for each other.
CREATE TABLE message_count (
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    day    @text NOT NULL,
    slot   SMALLINT NOT NULL,
    people BIGINT NOT NULL,
    PRIMARY KEY (app, day, slot)
) @rowless;
