-- +goose Up

-- member_gone is the number of a member who has left, which ids are made of that
-- others still know them by.
CREATE TABLE member_gone (
    no      BIGINT PRIMARY KEY,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey @text NOT NULL,
    left_at BIGINT NOT NULL -- Unix milliseconds
) @rowless;
CREATE INDEX member_gone_user ON member_gone (corpid, userkey);
