-- +goose Up
CREATE TABLE corp (
    corpid       @text PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   BIGINT NOT NULL, -- Unix milliseconds
    member_limit BIGINT NOT NULL,
    creator      @text NOT NULL,  -- userid in lower case, or empty
    settings     TEXT NOT NULL    -- JSON
) @rowless;
