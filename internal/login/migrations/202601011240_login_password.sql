-- +goose Up
CREATE TABLE login_password (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    hash       @bytes NOT NULL,  -- argon2id in PHC form, sealed
    changed_at BIGINT NOT NULL   -- Unix milliseconds
) @rowless;

-- login_invitation lets a member set his first password, or a new one. He has at
-- most one; making another ends it.
CREATE TABLE login_invitation (
    member     BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    mac        @bytes NOT NULL,  -- of the code
    expires_at BIGINT NOT NULL,  -- Unix milliseconds
    used_at    BIGINT NOT NULL   -- 0 until then
) @rowless;

-- login_guess counts tries at somebody's secrets: by the name that was tried,
-- whether or not a member has it, and by the address they came from.
CREATE TABLE login_guess (
    subject      @text PRIMARY KEY,
    fails        BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,  -- Unix milliseconds
    locked_until BIGINT NOT NULL
) @rowless;
CREATE INDEX login_guess_last ON login_guess (last_at);
