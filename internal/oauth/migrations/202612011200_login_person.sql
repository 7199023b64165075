-- +goose Up

-- A code may be of somebody in WeChat who is no member. Codes live five minutes: whoever was on the way when this ran
-- opens the page again.
DROP TABLE login_code;
CREATE TABLE login_code (
    mac        @bytes PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT REFERENCES member (no) ON DELETE CASCADE, -- NULL of somebody who is none
    person     TEXT NOT NULL,   -- that somebody; empty of a member
    purpose    TEXT NOT NULL,   -- what it may be exchanged for
    scope      TEXT NOT NULL,
    app        BIGINT NOT NULL, -- that the link named; 0 where it named none
    suite      BIGINT REFERENCES suite (no) ON DELETE CASCADE,
    provider   BIGINT REFERENCES provider (no) ON DELETE CASCADE,
    origin     TEXT NOT NULL,   -- scheme and host of the redirect address
    device     TEXT NOT NULL,   -- DeviceId of the browser
    session    @bytes REFERENCES login_session (mac) ON DELETE CASCADE, -- of a second verification
    expires_at BIGINT NOT NULL, -- Unix milliseconds
    used_at    BIGINT NOT NULL  -- 0 until then
) @rowless;
CREATE INDEX login_code_member ON login_code (member);
CREATE INDEX login_code_session ON login_code (session);
CREATE INDEX login_code_expiry ON login_code (expires_at);
CREATE INDEX login_code_suite ON login_code (suite) WHERE suite IS NOT NULL;
CREATE INDEX login_code_provider ON login_code (provider) WHERE provider IS NOT NULL;
