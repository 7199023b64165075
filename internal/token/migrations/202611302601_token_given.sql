-- +goose Up

-- For tests alone: token_life is how many seconds the application's tokens are good, 0
-- for as long as the server's; token_given is the MAC of a token that never expires.
ALTER TABLE app ADD COLUMN token_life BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN token_given @bytes;
CREATE UNIQUE INDEX app_token_given ON app (token_given) WHERE token_given IS NOT NULL;
