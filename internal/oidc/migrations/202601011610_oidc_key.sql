-- +goose Up

-- oidc_key is a key that a corp's tokens are signed with. It is published before
-- it signs and after, so that nobody meets a signature whose key he does not know.
CREATE TABLE oidc_key (
    kid        @text PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    alg        @text NOT NULL,  -- ES256 or RS256
    private    @bytes NOT NULL, -- PKCS #8, sealed
    created_at BIGINT NOT NULL, -- Unix milliseconds, like all times here
    signs_from BIGINT NOT NULL, -- the key of an algorithm that signs is the one with the latest
    expires_at BIGINT NOT NULL  -- published until then; 0 while no later key signs
);
CREATE INDEX oidc_key_corp ON oidc_key (corpid, alg, signs_from);
