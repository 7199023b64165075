-- +goose Up

-- login_session is a browser in which a member is signed in. The browser holds
-- the token, the row a keyed digest of it: who reads the table cannot sign in.
CREATE TABLE login_session (
    mac         @bytes PRIMARY KEY,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member      BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    way         TEXT NOT NULL,     -- how he signed in
    pending     SMALLINT NOT NULL, -- 1 until the second verification is passed
    presented   SMALLINT NOT NULL, -- 1 once the code of the verification was redeemed
    next        TEXT NOT NULL,     -- where he was going, while pending
    created_at  BIGINT NOT NULL,   -- Unix milliseconds, like all times here
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
) @rowless;
CREATE INDEX login_session_member ON login_session (member);
CREATE INDEX login_session_expiry ON login_session (expires_at);
