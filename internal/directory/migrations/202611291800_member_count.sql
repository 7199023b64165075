-- +goose Up

-- member_count counts the corp's members beside directory_size, in several rows that
-- are changed at once. A row may be below zero, the sum is not.
CREATE TABLE member_count (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    lane   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (corpid, lane)
) @rowless;
