-- +goose Up
CREATE TABLE app (
    no              @serial,
    corpid          @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    agentid         BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    secret          @bytes NOT NULL, -- sealed
    secret_mac      @bytes NOT NULL,
    callback_keys   @bytes NOT NULL, -- sealed token and EncodingAESKey
    trusted_ips     TEXT NOT NULL,
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds
    version         BIGINT NOT NULL DEFAULT 1,
    token_round     BIGINT NOT NULL DEFAULT 1, -- raised when all tokens end
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds; 0 is never
);
CREATE UNIQUE INDEX app_agent ON app (corpid, agentid);
CREATE UNIQUE INDEX app_secret ON app (secret_mac, corpid); -- by the secret alone for 40091
