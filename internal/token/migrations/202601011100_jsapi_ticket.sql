-- +goose Up
CREATE TABLE jsapi_ticket (
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app       BIGINT NOT NULL, -- 0 for the corp's own
    scope     TEXT NOT NULL,
    issued_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (corpid, app, scope)
) @rowless;
