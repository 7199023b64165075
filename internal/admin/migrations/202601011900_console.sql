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
