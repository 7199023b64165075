-- +goose Up

-- login_code is a single-use code on its way through somebody's browser. Rows
-- stay for a while after use, so that a second use can be told from nonsense.
CREATE TABLE login_code (
    mac        @bytes PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,   -- what it may be exchanged for
    scope      TEXT NOT NULL,
    app        BIGINT NOT NULL, -- that the link named; 0 where it named none
    origin     TEXT NOT NULL,   -- scheme and host of the redirect address
    device     TEXT NOT NULL,   -- DeviceId of the browser
    session    @bytes REFERENCES login_session (mac) ON DELETE CASCADE, -- of a second verification
    expires_at BIGINT NOT NULL, -- Unix milliseconds
    used_at    BIGINT NOT NULL  -- 0 until then
) @rowless;
CREATE INDEX login_code_member ON login_code (member);
CREATE INDEX login_code_session ON login_code (session);
CREATE INDEX login_code_expiry ON login_code (expires_at);
