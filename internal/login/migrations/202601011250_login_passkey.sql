-- +goose Up
CREATE TABLE login_passkey (
    no         @serial,
    credential @bytes NOT NULL,  -- the id that the authenticator made
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    record     @bytes NOT NULL,  -- public key, counter and flags, sealed
    created_at BIGINT NOT NULL,  -- Unix milliseconds
    used_at    BIGINT NOT NULL   -- 0 until then
);
CREATE UNIQUE INDEX login_passkey_credential ON login_passkey (credential);
CREATE INDEX login_passkey_member ON login_passkey (member);

-- login_challenge remembers the challenges that were answered: each is good once.
CREATE TABLE login_challenge (
    mac        @bytes PRIMARY KEY,
    expires_at BIGINT NOT NULL   -- Unix milliseconds
) @rowless;
CREATE INDEX login_challenge_expiry ON login_challenge (expires_at);
