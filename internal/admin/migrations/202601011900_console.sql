-- +goose Up

-- console_admin is a member who administers the corp. Its creator does without a row.
CREATE TABLE console_admin (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    role       @text NOT NULL,  -- super, ranged or reader
    range      TEXT NOT NULL,   -- JSON; of a ranged one
    created_at BIGINT NOT NULL  -- Unix milliseconds, like all times here
) @rowless;
CREATE INDEX console_admin_corp ON console_admin (corpid);

-- console_session is a browser in which an admin is signed in to the console. The
-- browser holds the token, the row a keyed digest of it.
CREATE TABLE console_session (
    mac        @bytes PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    way        TEXT NOT NULL,   -- how he signed in
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
) @rowless;
CREATE INDEX console_session_member ON console_session (member);
CREATE INDEX console_session_corp ON console_session (corpid);
CREATE INDEX console_session_seen ON console_session (seen_at);

-- console_audit is what admins did in the console. It outlives who did it.
CREATE TABLE console_audit (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userid  TEXT NOT NULL,
    address TEXT NOT NULL,   -- IP that it came from
    action  TEXT NOT NULL,   -- such as member.update
    target  TEXT NOT NULL,   -- what it was done to, as a person would name it
    detail  TEXT NOT NULL    -- JSON
);
CREATE INDEX console_audit_corp ON console_audit (corpid, no);
CREATE INDEX console_audit_time ON console_audit (corpid, at);
