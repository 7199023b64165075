-- +goose Up

-- login_scan is a QR code on somebody's screen, and what became of it.
CREATE TABLE login_scan (
    id           @text PRIMARY KEY, -- the key in the QR code: 16 hexadecimal digits
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    state        TEXT NOT NULL,     -- as written in the address of the page
    browser      TEXT NOT NULL,     -- the waiting one, in words
    status       SMALLINT NOT NULL, -- 0 shown, 1 scanned, 2 confirmed, 3 declined
    member       BIGINT REFERENCES member (no) ON DELETE CASCADE, -- who decided
    code         @bytes,            -- sealed, once confirmed
    expires_at   BIGINT NOT NULL    -- Unix milliseconds
) @rowless;
CREATE INDEX login_scan_app ON login_scan (app);
CREATE INDEX login_scan_member ON login_scan (member);
CREATE INDEX login_scan_expiry ON login_scan (expires_at);
