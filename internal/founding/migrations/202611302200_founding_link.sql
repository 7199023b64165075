-- +goose Up

-- founding_link lets whoever holds it found the server's first enterprise, or give one that has no admin its
-- first. There is one at a time for each; whoever uses it takes the row.
CREATE TABLE founding_link (
    target     @text PRIMARY KEY, -- a corpid; empty for the first enterprise
    mac        @bytes NOT NULL,   -- of the key in the link
    sealed     @bytes NOT NULL,   -- the key, so that a restart shows the same link
    expires_at BIGINT NOT NULL    -- Unix milliseconds
) @rowless;
CREATE UNIQUE INDEX founding_link_mac ON founding_link (mac);
