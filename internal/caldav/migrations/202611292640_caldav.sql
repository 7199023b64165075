-- +goose Up

-- caldav_key is what a member gives to a calendar program: a password of its own, or the secret part of a
-- feed's address.
CREATE TABLE caldav_key (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    feed       SMALLINT NOT NULL, -- 1 for a feed
    name       @text NOT NULL,    -- for the member
    mac        @bytes NOT NULL,
    created_at BIGINT NOT NULL,   -- Unix milliseconds
    used_on    @text NOT NULL DEFAULT '' -- the last day, YYYY-MM-DD
);
CREATE UNIQUE INDEX caldav_key_mac ON caldav_key (mac);
CREATE INDEX caldav_key_member ON caldav_key (member);
