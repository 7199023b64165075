-- +goose Up

-- A code of a suite's or a provider's link belongs to it, and to no application of the corp.
ALTER TABLE login_code ADD COLUMN suite BIGINT REFERENCES suite (no) ON DELETE CASCADE;
ALTER TABLE login_code ADD COLUMN provider BIGINT REFERENCES provider (no) ON DELETE CASCADE;
CREATE INDEX login_code_suite ON login_code (suite) WHERE suite IS NOT NULL;
CREATE INDEX login_code_provider ON login_code (provider) WHERE provider IS NOT NULL;

-- A QR code may be a suite's or a provider's as well. It lives five minutes: a page that was waiting when this ran
-- shows a new one.
DROP TABLE login_scan;
CREATE TABLE login_scan (
    id           @text PRIMARY KEY, -- the key in the QR code: 16 hexadecimal digits
    corpid       @text REFERENCES corp (corpid) ON DELETE CASCADE,      -- NULL where members of any corp may answer
    app          BIGINT REFERENCES app (no) ON DELETE CASCADE,          -- with the corp
    suite        BIGINT REFERENCES suite (no) ON DELETE CASCADE,        -- a login authorisation
    provider     BIGINT REFERENCES provider (no) ON DELETE CASCADE,     -- of 3rd_qrConnect
    usertype     TEXT NOT NULL,     -- who may answer a provider's: admin or member
    redirect_uri TEXT NOT NULL,
    state        TEXT NOT NULL,     -- as written in the address of the page
    browser      TEXT NOT NULL,     -- the waiting one, in words
    status       SMALLINT NOT NULL, -- 0 shown, 1 scanned, 2 confirmed, 3 declined
    member       BIGINT REFERENCES member (no) ON DELETE CASCADE, -- who decided
    code         @bytes,            -- sealed, once confirmed
    expires_at   BIGINT NOT NULL,   -- Unix milliseconds
    desk         SMALLINT NOT NULL  -- 1 signs the waiting browser in, 0 takes its member to an application and no further
) @rowless;
CREATE INDEX login_scan_app ON login_scan (app);
CREATE INDEX login_scan_member ON login_scan (member);
CREATE INDEX login_scan_expiry ON login_scan (expires_at);
CREATE INDEX login_scan_suite ON login_scan (suite) WHERE suite IS NOT NULL;
CREATE INDEX login_scan_provider ON login_scan (provider) WHERE provider IS NOT NULL;
