-- +goose Up

-- media_quota counts what members upload by day. No foreign key to the member, whose
-- room lies above this one: the row is gone a day later.
CREATE TABLE media_quota (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL,
    day    BIGINT NOT NULL, -- days since 1970 by UTC
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (corpid, member, day)
) @rowless;
CREATE INDEX media_quota_day ON media_quota (day);
