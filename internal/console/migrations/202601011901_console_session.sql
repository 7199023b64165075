-- +goose Up

-- A database from before this file has these already: they stood in the file that
-- admin has now.

-- console_session is a browser in which an admin is signed in to the console. The
-- browser holds the token, the row a keyed digest of it.
CREATE TABLE IF NOT EXISTS console_session (
    mac        @bytes PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    way        TEXT NOT NULL,   -- how he signed in
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
) @rowless;
CREATE INDEX IF NOT EXISTS console_session_member ON console_session (member);
CREATE INDEX IF NOT EXISTS console_session_corp ON console_session (corpid);
CREATE INDEX IF NOT EXISTS console_session_seen ON console_session (seen_at);

-- console_audit is what admins did in the console. It outlives who did it.
CREATE TABLE IF NOT EXISTS console_audit (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userid  TEXT NOT NULL,
    address TEXT NOT NULL,   -- IP that it came from
    action  TEXT NOT NULL,   -- such as member.update
    target  TEXT NOT NULL,   -- what it was done to, as a person would name it
    detail  TEXT NOT NULL    -- JSON
);
CREATE INDEX IF NOT EXISTS console_audit_corp ON console_audit (corpid, no);
CREATE INDEX IF NOT EXISTS console_audit_time ON console_audit (corpid, at);
