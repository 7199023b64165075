-- +goose Up

-- namekey is the name in lower case, which standard clients look members up by.
-- Rows from before get what the database makes of it, which is the same but for
-- capital letters outside ASCII, until the member is next renamed.
ALTER TABLE member ADD COLUMN namekey @text NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0; -- Unix milliseconds
UPDATE member SET namekey = lower(name), changed_at = created_at;
CREATE INDEX member_namekey ON member (corpid, namekey);
