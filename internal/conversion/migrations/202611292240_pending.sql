-- +goose Up

-- pending_external is a WeChat user whom a provider has asked for by unionid and who was no customer then.
CREATE TABLE pending_external (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    provider   @text NOT NULL, -- its corpid
    unionid    @text NOT NULL,
    pending_id @text NOT NULL,
    created_at BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, provider, unionid)
);
CREATE INDEX pending_external_age ON pending_external (corpid, created_at);
